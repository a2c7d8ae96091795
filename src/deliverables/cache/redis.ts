import {
  type Block,
  type Context,
  constant,
  type DeliverableEntry,
  join,
  name,
  say,
  type Text,
} from '../../domain/index.js';
import { dataKind, hardOf, statedTtl } from '../../remedies/design/cache-plan.js';
import { singleFlightCode } from '../../remedies/design/cache-snippets.js';
import { type Language, languageOf } from '../../remedies/design/language.js';
import { sceneOf } from '../../remedies/design/scene.js';
import { partsOf } from '../parts.js';
import { comment, whole } from '../text.js';

const SAMPLES = constant(
  'redis.samples',
  10,
  'count',
  'Redis documentation, maxmemory-samples: ten come close to true LFU at some processor time',
);
const SLOW_COMMAND = constant(
  'redis.slowlog',
  10_000,
  'count',
  'Redis default of slowlog-log-slower-than: microseconds; a command of ten milliseconds stops all others',
);
const LATENCY_MS = constant(
  'redis.latencyMonitor',
  100,
  'ms',
  'Redis documentation, latency monitoring: events that a user can feel',
);

/** Settings of Redis as a cache, and the code that fills it: one refresh a key, spread ends, old answers meanwhile. */
export default {
  id: 'cache/redis',
  about:
    'Redis settings for a cache, and single-flight code with spread times to live for the language of the case',
  make(result, context) {
    const parts = partsOf(result, context);
    const { cache } = parts;
    if (!cache) return [];
    const language = languageOf(context, parts.service);
    const code = clientCode(context, language, cache);
    return [
      ...(cache.product === 'redis' || cache.product === 'valkey' || cache.product === undefined
        ? [
            {
              id: 'cache/redis',
              path: 'cache/redis.conf',
              kind: 'cache' as const,
              stack: 'Redis',
              language: 'ini',
              title: say`Settings of ${name(cache.subject.name)} as a cache`,
              use: say`grep -v '^#' cache/redis.conf | xargs -L1 redis-cli -h "$CACHE_HOST" CONFIG SET    # each node; then CONFIG REWRITE`,
              text: settings(parts.app, cache.subject.name),
            },
          ]
        : []),
      ...(code && language
        ? [
            {
              id: 'cache/client',
              path: `cache/cached.${EXTENSION[language]}`,
              kind: 'code' as const,
              stack: LANGUAGE[language],
              language,
              title: say`Reads through ${name(cache.subject.name)}: one refresh a key, spread ends, old answers while it runs`,
              use: say`# bind cache, load and report to yours; then wrap one read, compare misses a second, wrap the next`,
              text: code,
            },
          ]
        : []),
    ];
  },
} satisfies DeliverableEntry;

const EXTENSION: Record<Language, string> = {
  javascript: 'mjs',
  java: 'java.txt',
  python: 'py',
  go: 'go.txt',
  csharp: 'cs.txt',
};
const LANGUAGE: Record<Language, string> = {
  javascript: 'Node.js',
  java: 'Java',
  python: 'Python',
  go: 'Go',
  csharp: '.NET',
};

const settings = (
  app: string,
  cache: string,
): Text => say`# ${comment(cache)} of ${comment(app)}, while it holds nothing but copies.
# With sessions, locks or idempotency keys beside them: volatile-lfu, or an instance of their own.
maxmemory-policy allkeys-lfu
maxmemory-samples ${whole(SAMPLES)}
# Freeing and expiring in the background: a large key must not stop all others.
lazyfree-lazy-eviction yes
lazyfree-lazy-expire yes
lazyfree-lazy-server-del yes
activedefrag yes
# What took long, to be read with SLOWLOG GET and LATENCY LATEST.
slowlog-log-slower-than ${whole(SLOW_COMMAND)}
latency-monitor-threshold ${whole(LATENCY_MS)}
# maxmemory is not set here: leave a quarter of the machine for copy-on-write and buffers.
`;

function clientCode(
  context: Context,
  language: Language | undefined,
  cache: NonNullable<ReturnType<typeof partsOf>['cache']>,
): Text | undefined {
  const scene = sceneOf(context, {
    finding: '',
    hypothesis: 'ttl-too-short',
    subject: cache.subject,
    supported: false,
  });
  const soft = statedTtl(scene) ?? dataKind('').soft;
  const blocks = singleFlightCode(language, 'cached read', soft, hardOf(soft), say``);
  const code = blocks.find((b): b is Extract<Block, { kind: 'code' }> => b.kind === 'code');
  if (!code) return undefined;
  const mark = language === 'python' ? '#' : '//';
  const head = [
    `${mark} Soft time to live: after it one caller renews, all others are served the old answer. Hard: after it the entry is gone.`,
    `${mark} What a write decides upon (stock, balances, limits) is never read through this.`,
  ];
  const imports: Partial<Record<Language, string>> = {
    javascript: `${mark} cache: an ioredis client; report: your error log.\nexport let cache, report = console.error;\nexport const bind = (client, onError) => { cache = client; report = onError ?? report; };\n`,
    python:
      'import math\nimport random\nimport time\nfrom dataclasses import dataclass\n\nfrom django.core.cache import cache\n\nREFRESH_DEADLINE = 1  # seconds a refresh may take before another caller may try\n\n\n@dataclass\nclass Kept:\n    value: object\n    fresh_until: float\n\n\ndef wait_for(key, seconds):\n    deadline = time.time() + seconds\n    while time.time() < deadline:\n        kept = cache.get(key)\n        if kept:\n            return kept.value\n        time.sleep(0.02)\n    raise TimeoutError(key)\n\n',
  };
  return say`${join(
    head.map((h) => say`${h}`),
    '\n',
  )}
${(language && imports[language]) ?? ''}
${code.text}
`;
}
