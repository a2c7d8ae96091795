import {
  epochMs,
  epochNs,
  INNOCENT_PAIRS,
  INNOCENT_PROSE,
  isoTime,
  metricName,
  spanId,
  traceId,
} from './innocent.js';
import { PLANTED, type Planted } from './planted.js';
import { DIGITS, type Draw, drawFrom, HEX } from './random.js';

/** A line of telemetry, with the characters [start, end) of each secret in it. */
export interface LabelledLine {
  text: string;
  secrets: [start: number, end: number, kind: string][];
  format?: string;
}

/** A piece of text; pieces with a kind are secrets. */
type Piece = string | { secret: string; kind: string };
type Pieces = Piece[];

const flat = (parts: readonly (Piece | Pieces)[]): Pieces =>
  parts.flatMap((p) => (Array.isArray(p) ? p : [p]));

/** Escapes every piece alone, as JSON writes strings: positions stay those of the line. */
const escaped = (pieces: Pieces): Pieces =>
  pieces.map((p) => (typeof p === 'string' ? inJson(p) : { kind: p.kind, secret: inJson(p.secret) }));
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

function labelled(format: string, pieces: Pieces): LabelledLine {
  let text = '';
  const secrets: LabelledLine['secrets'] = [];
  for (const p of pieces) {
    if (typeof p === 'string') text += p;
    else {
      secrets.push([text.length, text.length + p.secret.length, p.kind]);
      text += p.secret;
    }
  }
  return { text, secrets, format };
}

/** A sentence: something planted or not, with something innocent beside it. */
function sentence(d: Draw, plant: Planted | undefined): Pieces {
  const harmless = d.one(INNOCENT_PROSE)(d);
  if (!plant || plant.prose.length === 0) return [`${harmless}, ${d.one(INNOCENT_PROSE)(d)}`];
  const said = d.one(plant.prose);
  // A sign of per cent that is no gap stands before a digit or a letter in the templates of URLs.
  const gap = said.search(/%(?!2f)/);
  const secret: Piece = { secret: plant.value(d), kind: plant.kind };
  const around: Pieces = [said.slice(0, gap), secret, said.slice(gap + 1)];
  // Headers and statements run to the end of their line.
  return d.chance(0.5) ? [`${harmless}: `, ...around] : [...around, `\t${harmless}`];
}

const pair = (d: Draw): readonly [string, string | number] => d.one(INNOCENT_PAIRS)(d);
/** A planted key and its value, or nothing when it stands in prose only. Of a cookie, its name is no secret. */
function keyed(d: Draw, plant: Planted | undefined): [string, Pieces] | undefined {
  if (!plant || plant.keys.length === 0) return undefined;
  const secret: Piece = { kind: plant.kind, secret: plant.value(d) };
  const key = d.one(plant.keys);
  return [key, /cookie$/.test(key) ? ['sid=', secret] : [secret]];
}
const asKey = (d: Draw, plant: Planted | undefined): boolean =>
  plant !== undefined && plant.keys.length > 0 && (plant.prose.length === 0 || d.chance(0.5));

function otlp(d: Draw, plant: Planted | undefined): Pieces {
  const attributes: Pieces[] = [pair(d), pair(d), pair(d)].map(([key, value]) => [
    `{"key":"${key}","value":{${typeof value === 'number' ? `"intValue":"${value}"` : `"stringValue":"${value}"`}}}`,
  ]);
  let body: Pieces = sentence(d, undefined);
  if (asKey(d, plant)) {
    const made = keyed(d, plant);
    if (made)
      attributes.splice(1, 0, [`{"key":"${made[0]}","value":{"stringValue":"`, ...escaped(made[1]), '"}}']);
  } else body = sentence(d, plant);
  return flat([
    `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"${epochNs(d)}","severityText":"INFO","traceId":"${traceId(d)}","spanId":"${spanId(d)}","body":{"stringValue":"`,
    escaped(body),
    '"},"attributes":[',
    ...attributes.flatMap((a, i) => (i === 0 ? [a] : [',', a])),
    ']}]}]}]}',
  ]);
}

const quotedIfNeeded = (pieces: Pieces): Pieces =>
  pieces.some((p) => /[\s="]/.test(typeof p === 'string' ? p : p.secret))
    ? ['"', ...escaped(pieces), '"']
    : pieces;

function logfmt(d: Draw, plant: Planted | undefined): Pieces {
  const made = asKey(d, plant) ? keyed(d, plant) : undefined;
  const pairs: Pieces[] = [pair(d), pair(d), pair(d)].map(([k, v]) => [` ${k}=${v}`]);
  if (made) pairs.splice(d.int(0, 3), 0, [` ${made[0]}=`, ...quotedIfNeeded(made[1])]);
  return flat([
    `ts=${isoTime(d)} level=${d.one(['info', 'warn', 'error'])} msg="`,
    escaped(sentence(d, made ? undefined : plant)),
    '"',
    ...pairs,
  ]);
}

function jsonLog(d: Draw, plant: Planted | undefined): Pieces {
  const made = asKey(d, plant) ? keyed(d, plant) : undefined;
  const pairs: Pieces[] = [pair(d), pair(d)].map(([k, v]) => [`,"${k}":${JSON.stringify(v)}`]);
  if (made) pairs.splice(d.int(0, 2), 0, [`,"${made[0]}":"`, ...escaped(made[1]), '"']);
  return flat([
    `{"time":"${isoTime(d)}","level":"info","msg":"`,
    escaped(sentence(d, made ? undefined : plant)),
    '"',
    ...pairs,
    ',"ctx":{"attempt":',
    `${d.int(1, 5)},"epoch":${epochMs(d)}}}`,
  ]);
}

const AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';
const PARAMETERS = ['email', 'q', 'token', 'name', 'code', 'access_token', 'sig'];
function nginx(d: Draw, plant: Planted | undefined): Pieces {
  const family = d.chance(0.8) ? 'ipv4' : 'ipv6';
  const address = PLANTED.find((p) => p.kind === family) as Planted;
  const query: Pieces = !plant
    ? [`?page=${d.int(1, 90)}`]
    : plant.kind === 'email' || plant.kind === 'jwt'
      ? [`?page=2&${d.one(PARAMETERS)}=`, { secret: plant.value(d), kind: plant.kind }]
      : plant.kind === 'url-query'
        ? [`?${d.one(PARAMETERS)}=`, { secret: plant.value(d), kind: plant.kind }, '&page=3']
        : [];
  const extra: Pieces =
    plant?.kind === 'cookie'
      ? [' cookie="sid=', { secret: plant.value(d), kind: 'cookie' }, '"']
      : plant?.kind === 'bearer'
        ? [' auth="Bearer ', { secret: plant.value(d), kind: 'bearer' }, '"']
        : [];
  const at = isoTime(d);
  return flat([
    { secret: address.value(d), kind: address.kind },
    ` - - [${at.slice(8, 10)}/Mar/2026:${at.slice(11, 19)} +0000] "GET /api/v2/orders/${d.int(1, 1e8)}`,
    query,
    ` HTTP/1.1" ${d.one([200, 304, 404, 502])} ${d.int(0, 90000)} "-" "${AGENT}" rt=0.${d.text(DIGITS, 3)} ua=0.${d.text(DIGITS, 3)} rid=${d.text(HEX, 32)}`,
    extra,
  ]);
}

function prometheus(d: Draw, plant: Planted | undefined): Pieces {
  const made = plant && ['pem', 'cookie'].includes(plant.kind) ? undefined : keyed(d, plant);
  const label: Pieces = made ? [`,${made[0].replace(/[.-]/g, '_')}="`, ...escaped(made[1]), '"'] : [];
  return flat([
    `${metricName(d)}{job="api",le="${d.one(['0.005', '0.1', '2.5', '+Inf'])}",version="${d.int(1, 9)}.${d.int(0, 20)}.${d.int(0, 9)}.${d.int(0, 99)}"`,
    label,
    `} ${d.int(0, 1e6)}.${d.int(0, 9)} ${epochMs(d)}`,
  ]);
}

function slowLog(d: Draw, plant: Planted | undefined): Pieces {
  const said: Pieces =
    plant?.kind === 'sql-literal' || plant === undefined
      ? sentence(d, plant)
      : plant.kind === 'connection-string' || plant.kind === 'basic' || plant.kind === 'pem'
        ? ['SELECT 1']
        : [
            `SELECT o.id, o.total FROM orders o WHERE o.shop = ${d.int(1, 1e6)} AND o.note = '`,
            { secret: plant.value(d), kind: plant.kind },
            `' AND o.created_at > '2026-02-${d.int(10, 28)} 00:00:00' LIMIT ${d.int(1, 500)}`,
          ];
  const address = PLANTED.find((p) => p.kind === 'ipv4') as Planted;
  return d.chance(0.5)
    ? flat([
        `# Time: ${isoTime(d)}\n# User@Host: app[app] @  [`,
        { secret: address.value(d), kind: 'ipv4' },
        `]  Id: ${d.int(1, 1e6)}\n# Query_time: ${d.int(0, 30)}.${d.text(DIGITS, 6)}  Lock_time: 0.${d.text(DIGITS, 6)} Rows_sent: ${d.int(0, 999)}  Rows_examined: ${d.int(0, 1e7)}\nSET timestamp=17${d.text(DIGITS, 8)};\n`,
        said,
        ';',
      ])
    : flat([
        `${isoTime(d)} [${d.int(1, 99999)}] LOG:  duration: ${d.int(1, 9999)}.${d.text(DIGITS, 3)} ms  statement: `,
        said,
      ]);
}

function stackTrace(d: Draw, plant: Planted | undefined): Pieces {
  return flat([
    `${isoTime(d)} ERROR [http-nio-8080-exec-${d.int(1, 200)}] c.e.shop.CheckoutHandlerV2: java.lang.IllegalStateException: `,
    sentence(d, plant),
    `\n\tat com.example.shop.CheckoutServiceV2$$EnhancerBySpringCGLIB$$${d.text(HEX, 8)}.handle(CheckoutServiceV2.java:${d.int(1, 999)})\n\tat java.base/java.lang.Thread.run(Thread.java:${d.int(100, 999)})\n\tat app//node_modules/express@4.${d.int(10, 21)}.2/lib/router/layer.js:95:5\n... ${d.int(1, 60)} more`,
  ]);
}

function kubernetesEvent(d: Draw, plant: Planted | undefined): Pieces {
  return flat([
    `${d.int(1, 59)}m${d.int(1, 59)}s   ${d.one(['Warning', 'Normal'])}   ${d.one(['BackOff', 'Unhealthy', 'FailedMount', 'Pulled'])}   pod/checkout-${d.text('bcdfghjklmnpqrstvwxz2456789', 9)}-${d.text('bcdfghjklmnpqrstvwxz2456789', 5)}   `,
    sentence(d, plant),
    `   x${d.int(1, 400)} over ${d.int(1, 90)}m uid=${d.text(HEX, 8)}-${d.text(HEX, 4)}-4${d.text(HEX, 3)}-8${d.text(HEX, 3)}-${d.text(HEX, 12)} container-id=containerd://${d.text(HEX, 64)}`,
  ]);
}

const FORMATS = {
  'otlp-json': otlp,
  logfmt,
  'json-log': jsonLog,
  'nginx-access': nginx,
  prometheus,
  'slow-log': slowLog,
  'stack-trace': stackTrace,
  'kubernetes-event': kubernetesEvent,
} as const;
export const FORMAT_NAMES = Object.keys(FORMATS);

/** Lines of all formats in turn; about one in three has something planted, the others only look so. */
export function generateLines(count: number, seed: number): LabelledLine[] {
  const d = drawFrom(seed);
  const makers = Object.entries(FORMATS);
  return Array.from({ length: count }, (_, i) => {
    const [format, make] = makers[i % makers.length] as (typeof makers)[number];
    const plant = d.chance(0.35) ? d.one(PLANTED) : undefined;
    return labelled(format, make(d, plant));
  });
}
