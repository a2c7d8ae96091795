import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  name,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
} from '../../domain/index.js';
import { WINDOW_BYTES } from '../design/chosen.js';
import { whole } from '../design/code-text.js';
import { runtimeOf, uses } from '../design/language.js';
import { cdnOrClient, productNotCode, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service } = scene;
  const size =
    context.facts.find({ name: ['payload.max', 'payload.mean'], subject: target.subject }) ??
    context.facts.find({ name: ['payload.max', 'payload.mean'] });
  const about = [target.subject, size?.subject].find((s) => s && !['service', 'system'].includes(s.kind));
  const what: Text = about ? say`${name(about.name)}` : serviceName;
  const change = context.changes.find((c) => c.mechanisms.includes('serialisation-change'));
  const edge = cdnOrClient(scene);
  return {
    title: say`Make answers of ${what} smaller: fewer fields, compressed, a compact form`,
    description: say`Three steps in this order: leave out what no client of ${what} reads, compress what is text, and only then change the format. ${change ? say`${quote(change.summary)} is the first thing to look at.` : say`A field that nobody reads still costs ${serviceName} its query, its serialisation and its bytes.`}`,
    benefit: size
      ? say`${num(size)} an answer is ${size.value > WINDOW_BYTES.value ? 'more than' : 'within'} the ${num(WINDOW_BYTES)} that leave before the first acknowledgement; JSON usually compresses to a small part, which a phone feels more than a server.`
      : say`Bytes on the way to clients of ${what} and, with fewer fields, work in ${serviceName} as well; the size of an answer was not said.`,
    riskText: say`Compression costs ${serviceName} processor time for each answer: at a high level it costs more than it brings. Compress where it is done once (${edge ?? say`the edge or the proxy`}) if processors are short, and never secrets of ${serviceName} beside what an attacker can choose.`,
    effortText: say`Hours for compression in front of ${serviceName}; days for fields, with its clients.${shippingNote(context)}`,
    verification: say`Bytes of an answer of ${what} on the wire, time to last byte by client, and processor time a request of ${serviceName}: the first two fall, the third does not rise.`,
    design: [
      ...compress(runtimeOf(service), uses(context, 'nginx'), serviceName),
      bullets([
        say`Log for a week which fields of ${what} clients read, then remove the rest behind a parameter.`,
        say`Parts of ${what} that are equal for all users are kept compressed at ${edge ?? say`the edge`}; compressing the same bytes again for each visitor is the dear way.`,
        say`Numbers and repeated names make most of large JSON: a columnar layout or a binary form pays from a few hundred kilobytes on${size ? say` (${num(size)} here)` : ''}, for ${what} and not in general.`,
      ]),
    ],
  };
}

function compress(runtime: string | undefined, nginx: boolean, who: Text): Block[] {
  const caption = say`Compression in front of ${who}; small answers stay as they are`;
  if (nginx)
    return [
      code(
        'nginx',
        say`gzip on;  gzip_types application/json text/css application/javascript image/svg+xml;
gzip_min_length ${whole(WINDOW_BYTES)};   # what fits the first flight gains nothing
gzip_comp_level 1;   # higher levels cost more than they save on dynamic answers
# brotli_static on; for what is built once`,
        caption,
      ),
    ];
  switch (runtime) {
    case 'nodejs':
      return [
        code(
          'javascript',
          say`app.use(compression({ threshold: ${whole(WINDOW_BYTES)}, filter: (req, res) => !res.getHeader('x-already-compressed') }));
// better still in the proxy: zlib shares its threads with name look-ups and files`,
          caption,
        ),
      ];
    case 'jvm':
      return [
        code(
          'properties',
          say`server.compression.enabled=true
server.compression.min-response-size=${whole(WINDOW_BYTES)}
server.compression.mime-types=application/json`,
          caption,
        ),
      ];
    case 'dotnet':
      return [
        code(
          'csharp',
          say`builder.Services.AddResponseCompression(o => { o.EnableForHttps = true; o.Providers.Add<BrotliCompressionProvider>(); });
builder.Services.Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);`,
          caption,
        ),
      ];
    case 'python':
      return [
        code(
          'python',
          say`MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware", *MIDDLEWARE]   # or in nginx, which leaves workers free`,
          caption,
        ),
      ];
    default:
      return [];
  }
}

export default {
  id: 'shrink-payload',
  layer: 'client',
  title: 'Smaller answers',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.4, 0.9], growth: [0.05, 0.6] },
  blocked: (_, about) => (about.kind === 'cdn' ? undefined : productNotCode(about)),
  advise,
} satisfies Remedy;
