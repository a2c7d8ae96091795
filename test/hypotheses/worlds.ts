import {
  type Case,
  type Component,
  type Context,
  type Fact,
  indexFacts,
  type Subject,
  SYMPTOMS,
  subject,
  type Telemetry,
} from '../../src/domain/index.js';
import {
  API,
  APP,
  CACHE,
  change,
  complains,
  DB,
  made,
  PARTS,
  pair,
  part,
  pattern,
  QUEUE,
  said,
  seen,
  TAX,
  traces,
} from './made.js';

const WORKER = subject('service', 'indexer');
const REPLICA = subject('database', 'read replica');
const SEARCH = subject('search', 'Elasticsearch');
const CDN = subject('cdn', 'CloudFront');
const HOST = subject('host', 'Kubernetes');
const POOL = subject('pool', 'orders pool', 'shop-api');
const STATEMENT = subject('statement', 'select * from lines where order_id = ?', 'shop-api');

const PARTS_ALL: Component[] = [
  ...PARTS,
  part(REPLICA, { product: 'postgresql', roles: ['replica'] }),
  part(QUEUE, { product: 'kafka' }),
  part(WORKER, { runtime: 'jvm', roles: ['worker', 'consumer'] }),
  part(SEARCH, { product: 'elasticsearch' }),
  part(CDN, { product: 'cloudfront', layer: 'client' }),
  part(HOST, { product: 'kubernetes', layer: 'infrastructure' }),
];
const tool = (product: string, ...roles: Case['tools'][number]['roles']): Case['tools'][number] => ({
  product,
  name: product,
  roles,
  place: { input: 'observability', start: 0, end: 1, text: product },
});
const trait = (t: string): Case['traits'][number] => ({
  trait: t,
  place: { input: 'workload', start: 0, end: 1, text: t },
});

/** Everything said, nothing measured: each symptom once, a number of each kind. */
const SAID: Fact[] = [
  said('cpu.utilisation', APP, 0.92, 'ratio', 'incident'),
  said('cpu.throttled', API, 0.3, 'ratio'),
  said('connections.used', DB, 490, 'count', 'incident'),
  said('connections.limit', DB, 500, 'count'),
  said('cache.hitRatio', CACHE, 0.6, 'ratio'),
  said('cache.evictions', CACHE, 300, '1/s'),
  said('ttl', CACHE, 30, 's'),
  said('latency.mean', DB, 150, 'ms'),
  said('rows.perCall', DB, 90_000, 'count'),
  said('latency.mean', SEARCH, 310, 'ms'),
  said('calls.perRequest', API, 240, 'count'),
  said('latency.p99', TAX, 900, 'ms'),
  said('latency.p99', APP, 1800, 'ms', 'incident'),
  said('latency.p99', APP, 480, 'ms', 'baseline'),
  said('latency.p99', APP, 700, 'ms', 'target'),
  said('throughput', APP, 3000, '1/s', 'steady'),
  said('throughput', APP, 6000, '1/s', 'peak'),
  said('throughput', APP, 9000, '1/s', 'target'),
  said('queue.depth', QUEUE, 180_000, 'count'),
  said('queue.arrivalRate', QUEUE, 70, '1/s'),
  said('queue.serviceRate', QUEUE, 45, '1/s'),
  said('partitions', QUEUE, 6, 'count'),
  said('workers', WORKER, 12, 'count'),
  said('heap.used', API, 900_000_000, 'bytes'),
  said('heap.limit', API, 1_000_000_000, 'bytes'),
  said('gc.pause.p99', WORKER, 700, 'ms'),
  said('replication.lag', REPLICA, 45, 's'),
  said('retry.ratio', API, 0.6, 'ratio'),
  said('payload.mean', APP, 450_000, 'bytes'),
  said('skew.share', APP, 0.45, 'ratio'),
  said('burst.ramp', APP, 60, 's'),
  said('burst.factor', APP, 12, 'factor'),
  said('scaleout.delay', API, 300, 's'),
  said('instances', API, 20, 'count'),
  said('shards', CACHE, 3, 'count'),
  said('threads.used', API, 200, 'count'),
  said('threads.limit', API, 200, 'count'),
  said('lock.hold.mean', DB, 80, 'ms'),
  said('lock.wait.mean', DB, 300, 'ms'),
  said('disk.utilisation', DB, 0.96, 'ratio'),
  said('fanout.count', API, 12, 'count'),
  said('growth.ratio', APP, 1.7, 'ratio'),
];
const CHANGES = [
  change(['call-added'], [TAX], 'added a call to the tax API'),
  change(['orm-upgrade'], [], 'new ORM'),
  change(['cache-change'], [CACHE], 'shorter cache'),
  change(['retry-change'], [], 'retries'),
  change(['logging-change'], [], 'debug log'),
  change(['batch-change'], [], 'hourly job'),
  change(['infrastructure-change', 'scaling-change'], [API], 'smaller pods'),
  change(['security-change'], [], 'TLS everywhere'),
  change(['data-growth'], [DB], 'table grew'),
  change(['serialisation-change'], [], 'bigger answers'),
  change(['runtime-upgrade', 'library-upgrade'], [], 'new runtime'),
  change(['pool-change', 'concurrency-change', 'timeout-change'], [DB], 'pools'),
];

export const everythingSaid = made({
  components: PARTS_ALL,
  facts: SAID,
  symptoms: SYMPTOMS.map((k) => complains(k)),
  changes: CHANGES,
  traits: ['bursty', 'event', 'multi-tenant', 'skewed', 'growing', 'batch'].map(trait),
  tools: [tool('datadog', 'apm', 'metrics'), tool('k6', 'load')],
});

const CELLS = [
  { id: 'self', kind: 'self', before: 40, during: 140 },
  { id: 'loop', kind: 'event-loop', before: 5, during: 95 },
  { id: 'gc', kind: 'gc', before: 2, during: 82 },
  {
    id: 'lines',
    kind: 'database',
    before: 10,
    during: 210,
    peer: DB,
    statement: 'select * from lines where order_id = ?',
  },
  { id: 'pool', kind: 'pool-wait', before: 1, during: 161 },
  { id: 'lock', kind: 'lock-wait', before: 1, during: 121 },
  { id: 'tax', kind: 'call', before: 30, during: 230, peer: TAX },
  { id: 'redis', kind: 'cache', before: 3, during: 63, peer: CACHE },
  { id: 'connect', kind: 'connect', before: 2, during: 92, peer: TAX },
  { id: 'gap', kind: 'queue-gap', before: 2, during: 102 },
] as const;

const count = (name: string, value: number): Fact => seen(name, API, value, 'count');

const PATTERNS = [
  pattern(
    'n-plus-one',
    STATEMENT,
    { lines: 150 },
    { repeats: count('repeats', 23), baselineRepeats: count('repeats.before', 1) },
  ),
  pattern('slow-statement', STATEMENT, { lines: 50 }),
  pattern(
    'pool-wait',
    POOL,
    { pool: 160 },
    { limit: count('pool.size', 2), hold: seen('hold', POOL, 90, 'ms'), busy: seen('busy', POOL, 20, 'ms') },
  ),
  pattern('serial-calls', API, { tax: 60 }),
  pattern('new-call', subject('dependency', 'coupon service'), { tax: 100 }),
  pattern('fan-out', API, { tax: 70 }),
  pattern('chatty', TAX, { tax: 70 }, { calls: count('talk', 18), baselineCalls: count('talk.before', 2) }),
  pattern('retry', TAX, { tax: 80 }, { attempts: count('attempts', 3) }),
  pattern('masked-timeout', TAX, { tax: 80 }),
  pattern('connection-setup', TAX, { connect: 80 }),
  pattern(
    'cache-miss',
    CACHE,
    { redis: 50 },
    {
      hitRatio: seen('hit', CACHE, 0.5, 'ratio'),
      baselineHitRatio: seen('hit.before', CACHE, 0.95, 'ratio'),
      repeatMisses: seen('again', CACHE, 0.7, 'ratio'),
    },
  ),
  pattern('stampede', CACHE, { redis: 60 }, { concurrent: count('concurrent', 40) }),
  pattern('large-payload', API, { self: 60 }),
  pattern('head-of-line', API, { queue: 60 }, { occupied: count('occupants', 1) }),
];

const SHARDS = ['a', 'b', 'c'].map((n) => subject('host', `Redis ${n}`, 'Redis'));
const shards = (...values: number[]): Fact[] =>
  SHARDS.map((s, i) => seen('cache.requests', s, values[i] ?? 0, '1/s'));

/** Every saturation and pattern at once, measured. */
const BAD: Fact[] = [
  ...pair('cpu.utilisation', API, 0.4, 0.95, 'ratio'),
  ...pair('cpu.throttled', API, 0, 0.3, 'ratio'),
  ...pair('eventloop.delay.p99', API, 8, 240, 'ms'),
  ...pair('eventloop.utilisation', API, 0.3, 0.97, 'ratio'),
  ...pair('gc.pause.share', API, 0.01, 0.2, 'ratio'),
  ...pair('heap.used', API, 3e8, 9.5e8, 'bytes'),
  ...pair('memory.utilisation', API, 0.4, 0.97, 'ratio'),
  ...pair('threads.used', API, 20, 200, 'count'),
  seen('threads.limit', API, 200, 'count'),
  ...pair('connections.used', DB, 40, 99, 'count'),
  seen('connections.limit', DB, 100, 'count'),
  ...pair('pool.wait.p99', DB, 2, 400, 'ms'),
  ...pair('lock.wait.mean', DB, 2, 200, 'ms'),
  ...pair('cache.hitRatio', CACHE, 0.95, 0.5, 'ratio'),
  ...pair('cache.evictions', CACHE, 0, 500, '1/s'),
  ...pair('disk.utilisation', DB, 0.2, 0.97, 'ratio'),
  ...pair('network.utilisation', API, 0.1, 0.9, 'ratio'),
  ...pair('queue.depth', QUEUE, 100, 90_000, 'count'),
  ...pair('latency.p99', TAX, 100, 900, 'ms'),
  ...pair('throughput', API, 100, 300, '1/s'),
  ...pair('replication.lag', REPLICA, 0.1, 40, 's'),
  ...pair('retry.ratio', TAX, 0.01, 0.7, 'ratio'),
  ...pair('errors.ratio', API, 0.001, 0.08, 'ratio'),
  ...pair('payload.mean', API, 10_000, 400_000, 'bytes'),
  ...shards(9000, 2000, 2100),
  seen('skew.share', APP, 0.5, 'ratio'),
  ...pair('cpu.steal', API, 0, 0.2, 'ratio'),
  ...pair('dns.delay.p99', API, 3, 400, 'ms'),
  ...pair('network.retransmissions', API, 0.0001, 0.04, 'ratio'),
  ...pair('memory.oomKills', API, 0, 3, 'count'),
  ...pair('coldstart.share', API, 0.001, 0.08, 'ratio'),
  ...pair('scaling.pending', API, 0, 12, 'count'),
  ...pair('startup.duration', API, 2, 40, 's'),
  ...pair('lock.waiting', DB, 0, 30, 'count'),
  ...pair('sessions.idleInTransaction', DB, 0, 40, 'count'),
  ...pair('log.wait.mean', DB, 1, 40, 'ms'),
  ...pair('rows.dead.ratio', DB, 0.02, 0.5, 'ratio'),
  ...pair('estimate.factor', DB, 1.2, 400, 'factor'),
  ...pair('temp.perCall', STATEMENT, 0, 2e8, 'bytes'),
  seen('temp.share', STATEMENT, 0.4, 'ratio'),
  seen('compile.share', STATEMENT, 0.5, 'ratio'),
  seen('workers.missing.ratio', STATEMENT, 1, 'ratio'),
  seen('workers.missing.share', STATEMENT, 0.6, 'ratio'),
  seen('heapFetches.ratio', STATEMENT, 0.9, 'ratio'),
  seen('rows.discarded.ratio', STATEMENT, 0.99, 'ratio'),
  ...pair('replica.share', DB, 0.4, 0.01, 'ratio'),
  ...pair('cache.memory.utilisation', CACHE, 0.5, 0.99, 'ratio'),
  ...pair('cache.command.p99', CACHE, 0.5, 90, 'ms'),
  ...pair('throttled.ratio', TAX, 0, 0.2, 'ratio'),
  ...pair('connections.rate', TAX, 1, 290, '1/s'),
  ...pair('throughput', TAX, 100, 300, '1/s'),
  ...pair('rebalances', QUEUE, 0, 14, 'count'),
];
export const everythingSeen = made({
  components: PARTS_ALL,
  facts: [said('latency.p99', APP, 700, 'ms', 'target')],
  symptoms: SYMPTOMS.map((k) => complains(k)),
  changes: CHANGES,
  tools: [tool('prometheus', 'metrics'), tool('jaeger', 'traces'), tool('pyroscope', 'profiler')],
  measured: BAD,
  telemetry: traces(CELLS, PATTERNS),
});

const OTHER_TOOLS = [['new-relic'], ['application-insights'], ['tempo', 'mimir'], ['cloudwatch'], []];
const RUNTIMES = [
  ['jvm', 'mysql'],
  ['dotnet', 'sqlserver'],
  ['go', 'dynamodb'],
  ['python', 'mongodb'],
  ['ruby', 'oracle'],
] as const;
/** The same case on other stacks: other commands, the same hypotheses. */
const stacks = RUNTIMES.map(([runtime, store], i): [string, Context] => [
  `said, ${runtime} and ${store}`,
  made({
    components: PARTS_ALL.map((c) =>
      c.subject.id === API.id
        ? part(API, { runtime })
        : c.subject.id === DB.id
          ? part(DB, { product: store, roles: ['primary'] })
          : c,
    ),
    facts: SAID,
    symptoms: SYMPTOMS.map((k) => complains(k)),
    changes: CHANGES,
    tools: (OTHER_TOOLS[i] ?? []).map((p) => tool(p, 'metrics')),
  }),
]);

export const CONTEXTS: readonly (readonly [string, Context])[] = [
  ['everything said', everythingSaid],
  ['everything seen', everythingSeen],
  ...stacks,
];

/** Durations of a context in the other unit: milliseconds in seconds, seconds in milliseconds. */
export function inSeconds(context: Context): Context {
  const turn = (f: Fact): Fact =>
    f.unit === 'ms'
      ? {
          ...f,
          value: f.value / 1000,
          unit: 's',
          ...(f.interval
            ? { interval: [f.interval[0] / 1000, f.interval[1] / 1000] as [number, number] }
            : {}),
        }
      : f.unit === 's'
        ? { ...f, value: f.value * 1000, unit: 'ms' }
        : f;
  const telemetry = context.telemetry && turnTelemetry(context.telemetry, turn);
  const facts = context.facts.all.map(turn);
  return {
    ...context,
    case: { ...context.case, facts: context.case.facts.map(turn) },
    facts: indexFacts(facts),
    ...(telemetry ? { telemetry } : {}),
  };
}

const turnTelemetry = (t: Telemetry, turn: (f: Fact) => Fact): Telemetry => ({
  ...t,
  excess: {
    ...t.excess,
    total: turn(t.excess.total),
    baseline: turn(t.excess.baseline),
    incident: turn(t.excess.incident),
  },
  cells: t.cells.map((c) => ({
    ...c,
    baseline: turn(c.baseline),
    incident: turn(c.incident),
    excess: turn(c.excess),
  })),
  patterns: t.patterns.map((p) => ({
    ...p,
    saving: turn(p.saving),
    facts: Object.fromEntries(Object.entries(p.facts).map(([k, f]) => [k, turn(f)])),
  })),
});

/** Fine by every number: said or measured, with the patterns there before as now. */
const FINE: Fact[] = [
  ...pair('cpu.utilisation', API, 0.45, 0.46, 'ratio'),
  ...pair('cpu.throttled', API, 0, 0, 'ratio'),
  ...pair('eventloop.delay.p99', API, 8, 8.2, 'ms'),
  ...pair('eventloop.utilisation', API, 0.3, 0.31, 'ratio'),
  ...pair('gc.pause.share', API, 0.01, 0.011, 'ratio'),
  ...pair('memory.utilisation', API, 0.5, 0.5, 'ratio'),
  ...pair('connections.used', DB, 40, 41, 'count'),
  seen('connections.limit', DB, 100, 'count'),
  ...pair('pool.wait.p99', DB, 2, 2.1, 'ms'),
  ...pair('lock.wait.mean', DB, 1, 1, 'ms'),
  ...pair('cache.hitRatio', CACHE, 0.95, 0.949, 'ratio'),
  ...pair('cache.evictions', CACHE, 0, 0, '1/s'),
  ...pair('disk.utilisation', DB, 0.2, 0.21, 'ratio'),
  ...pair('queue.depth', QUEUE, 10, 11, 'count'),
  ...pair('latency.p99', TAX, 100, 101, 'ms'),
  ...pair('throughput', API, 300, 301, '1/s'),
  ...pair('replication.lag', REPLICA, 0.1, 0.1, 's'),
  ...pair('retry.ratio', TAX, 0.01, 0.01, 'ratio'),
  ...pair('errors.ratio', API, 0.001, 0.001, 'ratio'),
  ...pair('payload.mean', API, 10_000, 10_000, 'bytes'),
  ...shards(2000, 2050, 2100),
  ...pair('cpu.steal', API, 0, 0, 'ratio'),
  ...pair('dns.delay.p99', API, 3, 3, 'ms'),
  ...pair('network.retransmissions', API, 0.0001, 0.0001, 'ratio'),
  ...pair('memory.oomKills', API, 0, 0, 'count'),
  ...pair('coldstart.share', API, 0.001, 0.001, 'ratio'),
  ...pair('scaling.pending', API, 0, 0, 'count'),
  ...pair('startup.duration', API, 2, 2, 's'),
  ...pair('lock.waiting', DB, 0, 0, 'count'),
  ...pair('sessions.idleInTransaction', DB, 0, 1, 'count'),
  ...pair('log.wait.mean', DB, 1, 1, 'ms'),
  ...pair('rows.dead.ratio', DB, 0.02, 0.02, 'ratio'),
  ...pair('estimate.factor', DB, 1.2, 1.2, 'factor'),
  ...pair('temp.perCall', STATEMENT, 0, 0, 'bytes'),
  seen('compile.share', STATEMENT, 0.01, 'ratio'),
  seen('workers.missing.ratio', STATEMENT, 0, 'ratio'),
  seen('heapFetches.ratio', STATEMENT, 0.001, 'ratio'),
  ...pair('replica.share', DB, 0.4, 0.4, 'ratio'),
  ...pair('cache.memory.utilisation', CACHE, 0.5, 0.5, 'ratio'),
  ...pair('cache.command.p99', CACHE, 0.5, 0.5, 'ms'),
  ...pair('throttled.ratio', TAX, 0, 0, 'ratio'),
  ...pair('connections.rate', TAX, 1, 1, '1/s'),
  ...pair('throughput', TAX, 100, 101, '1/s'),
  ...pair('rebalances', QUEUE, 0, 0, 'count'),
];
const calmCells = CELLS.map((c) => ({ ...c, before: 20, during: 20.5 }));
const FINE_SAID: Fact[] = [
  said('cpu.utilisation', APP, 0.45, 'ratio'),
  said('cache.hitRatio', CACHE, 0.96, 'ratio'),
  said('latency.p99', APP, 180, 'ms'),
  said('latency.p99', APP, 300, 'ms', 'target'),
  said('latency.p99', TAX, 40, 'ms'),
  said('throughput', APP, 300, '1/s', 'steady'),
  said('connections.used', DB, 20, 'count'),
  said('connections.limit', DB, 100, 'count'),
  said('payload.mean', APP, 3000, 'bytes'),
  said('instances', API, 4, 'count'),
];
const busyButFlat: Fact[] = FINE.map((f) =>
  f.name === 'cpu.utilisation' || f.name === 'eventloop.utilisation' ? { ...f, value: 0.9 } : f,
);

export const silent: readonly (readonly [string, Context])[] = [
  [
    'measured, no slower',
    made({
      components: PARTS_ALL,
      measured: FINE,
      telemetry: traces(calmCells, PATTERNS, { interval: [-2, 6] }),
    }),
  ],
  [
    'measured, busy as ever',
    made({ components: PARTS_ALL, measured: busyButFlat, telemetry: traces(calmCells, PATTERNS) }),
  ],
  ['metrics alone', made({ components: PARTS_ALL, measured: FINE })],
  ['said to be well', made({ components: PARTS_ALL, facts: FINE_SAID })],
  ['nothing given', made({ components: [] })],
];

export const HOSTILE = '<img src=x onerror=alert(1)>"; DROP TABLE t; $(rm -rf ~) `x`';
const rename = <T extends Subject>(s: T, text: string): T => ({ ...s, name: `${s.name} ${text}` });
const renamed = (context: Context, text: string): Context => {
  const facts = context.facts.all.map((f) => ({ ...f, subject: rename(f.subject, text), condition: text }));
  return {
    ...context,
    app: rename(context.app, text),
    case: { ...context.case, app: rename(context.app, text), appName: text, facts, traits: [] },
    facts: indexFacts(facts),
    components: context.components.map((c) => ({ ...c, subject: rename(c.subject, text) })),
    symptoms: context.symptoms.map((s) => ({
      ...s,
      condition: text,
      place: { ...s.place, text },
    })),
    changes: context.changes.map((c) => ({ ...c, summary: text, subject: rename(c.subject, text) })),
    ...(context.telemetry
      ? {
          telemetry: {
            ...context.telemetry,
            cells: context.telemetry.cells.map((c) => ({
              ...c,
              service: `${c.service} ${text}`,
              ...(c.peer ? { peer: rename(c.peer, text) } : {}),
            })),
            patterns: context.telemetry.patterns.map((p) => ({
              ...p,
              service: `${p.service} ${text}`,
              subject: rename(p.subject, text),
            })),
          },
        }
      : {}),
  };
};
const everything = [everythingSaid, everythingSeen];
export const hostile: readonly Context[] = everything.map((context) => renamed(context, HOSTILE));
/** Names as people write them: several plain words. */
export const ofSeveralWords: readonly Context[] = everything.map((context) => renamed(context, 'of ours'));
