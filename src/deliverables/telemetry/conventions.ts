import type { Component } from '../../domain/index.js';
import type { Parts } from '../parts.js';

/** Something to record: where, under which names of OpenTelemetry's semantic conventions, and what it decides. */
export interface Recording {
  id: string;
  /** What it is, in our own words. */
  what: string;
  kind: 'spans and a metric' | 'metric' | 'spans' | 'resource' | 'log record';
  /** The parts of the case that it is recorded at, or of; none: it does not fit this case. */
  at: (p: Parts) => readonly Component[];
  /** Names of metrics or events. */
  names: readonly string[];
  /** Attributes, by their keys. */
  keys: readonly string[];
  /** Keys that no convention has: under a prefix of one's own. */
  own?: readonly string[];
  /** Causes that it tells apart. */
  decides: readonly string[];
  /** What to mind. */
  mind: string;
}

const service = (p: Parts): Component[] => (p.service ? [p.service] : []);
const ofRuntime =
  (runtime: string) =>
  (p: Parts): Component[] =>
    p.runtime === runtime ? service(p) : [];
const database = (p: Parts): Component[] => (p.database && p.dialect ? [p.database] : []);

const RUNTIME_CAUSES = [
  'cpu-saturation',
  'gc-pressure',
  'inefficient-code',
  'memory-leak',
  'thread-pool-exhausted',
  'event-loop-blocked',
  'unbounded-concurrency',
  'head-of-line-queue',
];

/** What a runtime exports of itself, by the names of its conventions. */
const runtime = (of: string, names: readonly string[], mind: string): Recording => ({
  id: `runtime-${of}`,
  what: 'the runtime: time it stands still, and what it runs out of',
  kind: 'metric',
  at: ofRuntime(of),
  names,
  keys: ['service.instance.id'],
  decides: RUNTIME_CAUSES,
  mind,
});

export const RECORDINGS: readonly Recording[] = [
  {
    id: 'requests',
    what: 'each request at the door',
    kind: 'spans and a metric',
    at: service,
    names: ['http.server.request.duration', 'http.server.active_requests'],
    keys: ['http.request.method', 'http.route', 'http.response.status_code', 'url.scheme', 'error.type'],
    decides: [
      'unbounded-concurrency',
      'oversized-payload',
      'uncached-edge',
      'uneven-load',
      'logging-hot-path',
    ],
    mind: 'the route with its placeholders, never the path: a path an order makes a series an order',
  },
  {
    id: 'versions',
    what: 'which version ran, and where',
    kind: 'resource',
    at: service,
    names: [],
    keys: [
      'service.name',
      'service.namespace',
      'service.version',
      'service.instance.id',
      'deployment.environment.name',
    ],
    decides: ['new-dependency-call', 'uneven-load', 'noisy-neighbour', 'cold-start', 'scale-out-lag'],
    mind: 'set the version at build time; without it no change can be told from the one before',
  },
  {
    id: 'flags',
    what: 'each flag that was on for the request',
    kind: 'log record',
    at: (p) => (p.context.changes.length > 0 ? service(p) : []),
    names: ['feature_flag.evaluation'],
    keys: ['feature_flag.key', 'feature_flag.result.variant', 'feature_flag.provider.name'],
    decides: ['new-dependency-call'],
    mind: 'slow requests with and without it in the same minutes tell a change from its hour of the day',
  },
  runtime(
    'nodejs',
    [
      'nodejs.eventloop.delay.p99',
      'nodejs.eventloop.utilization',
      'v8js.gc.duration',
      'v8js.memory.heap.used',
    ],
    'by process: one late loop hides in the mean of many',
  ),
  runtime(
    'jvm',
    ['jvm.gc.duration', 'jvm.memory.used_after_last_gc', 'jvm.thread.count', 'jvm.cpu.recent_utilization'],
    'memory after the last collection, not memory in use: the latter is a saw',
  ),
  runtime(
    'go',
    ['go.goroutine.count', 'go.memory.used', 'go.memory.gc.goal', 'go.schedule.duration'],
    'the time a goroutine waits to be run tells full processors from locks',
  ),
  runtime(
    'dotnet',
    ['dotnet.gc.pause.time', 'dotnet.thread_pool.queue.length', 'dotnet.monitor.lock_contentions'],
    'a queue of work with idle processors is a pool that grows too slowly',
  ),
  runtime(
    'python',
    ['process.cpu.time', 'cpython.gc.collections', 'process.memory.usage'],
    'a process for each worker: name them apart by their instance id',
  ),
  {
    id: 'statements',
    what: 'each statement, as the service sees it',
    kind: 'spans and a metric',
    at: database,
    names: ['db.client.operation.duration'],
    keys: [
      'db.system.name',
      'db.namespace',
      'db.operation.name',
      'db.collection.name',
      'db.query.summary',
      'db.query.text',
      'db.response.returned_rows',
      'error.type',
    ],
    decides: [
      'slow-statement',
      'n-plus-one',
      'chatty-service',
      'stale-statistics',
      'work-memory',
      'replica-unused',
      'write-saturation',
      'batch-contention',
      'hot-partition',
      'needless-compilation',
      'missing-workers',
    ],
    mind: 'the text with placeholders in place of values, on spans alone; the summary is what series are grouped by',
  },
  {
    id: 'pool',
    what: 'the wait for a connection, and how long it is held',
    kind: 'metric',
    at: database,
    names: [
      'db.client.connection.wait_time',
      'db.client.connection.use_time',
      'db.client.connection.pending_requests',
      'db.client.connection.count',
      'db.client.connection.max',
      'db.client.connection.timeouts',
    ],
    keys: ['db.client.connection.pool.name', 'db.client.connection.state'],
    decides: ['pool-exhausted', 'connection-limit', 'long-transaction', 'connection-setup'],
    mind: 'most pools do not export these by themselves: wrap acquire and release',
  },
  {
    id: 'transactions',
    what: 'each transaction as a span around its statements and calls',
    kind: 'spans',
    at: database,
    names: [],
    keys: ['db.system.name', 'db.namespace'],
    own: ['app.transaction.name'],
    decides: ['long-transaction', 'lock-wait', 'batch-contention', 'in-process-lock'],
    mind: 'a call to another part inside it is then seen at once',
  },
  {
    id: 'look-ups',
    what: 'each look-up in the cache, with its outcome',
    kind: 'spans and a metric',
    at: (p) => (p.cache ? [p.cache] : []),
    names: ['db.client.operation.duration'],
    keys: ['db.system.name', 'db.operation.name', 'error.type'],
    own: ['app.cache.hit', 'app.cache.key_prefix'],
    decides: [
      'low-hit-ratio',
      'ttl-too-short',
      'cold-cache',
      'stampede',
      'hot-key',
      'cache-evictions',
      'slow-cache-command',
    ],
    mind: 'the prefix of the key, never the key: no convention names hits, so the prefix is one of your own',
  },
  {
    id: 'calls',
    what: 'each call to another service',
    kind: 'spans and a metric',
    at: (p) => p.callees,
    names: ['http.client.request.duration', 'http.client.active_requests'],
    keys: [
      'server.address',
      'server.port',
      'http.request.method',
      'http.response.status_code',
      'http.request.resend_count',
      'url.template',
      'error.type',
    ],
    decides: [
      'slow-dependency',
      'new-dependency-call',
      'missing-timeout',
      'serial-calls',
      'client-retries',
      'retry-amplification',
      'rate-limited',
      'name-resolution',
      'network-latency',
    ],
    mind: 'a repeat is a span of its own with its count; else repeats look like a slow answer',
  },
  {
    id: 'messages',
    what: 'each message, sent and handled, in one trace',
    kind: 'spans and a metric',
    at: (p) => p.queues,
    names: [
      'messaging.client.operation.duration',
      'messaging.process.duration',
      'messaging.client.consumed.messages',
    ],
    keys: [
      'messaging.system',
      'messaging.destination.name',
      'messaging.destination.partition.id',
      'messaging.consumer.group.name',
      'messaging.operation.name',
      'error.type',
    ],
    decides: ['consumer-lag', 'partition-parallelism', 'rebalance-storm', 'head-of-line-queue'],
    mind: 'the context goes in the headers of the message; the handler links to the sender',
  },
  {
    id: 'containers',
    what: 'what each container uses of what it may',
    kind: 'metric',
    at: (p) => (p.kubernetes ? service(p) : []),
    names: ['container.cpu.usage', 'container.memory.usage', 'k8s.deployment.available_pods'],
    keys: ['k8s.namespace.name', 'k8s.deployment.name', 'k8s.pod.name', 'k8s.container.name'],
    decides: ['cpu-throttling', 'memory-limit', 'noisy-neighbour', 'scale-out-lag', 'cold-start'],
    mind: 'stops by the quota have no convention: take the kubelet’s `container_cpu_cfs_throttled_periods_total`',
  },
];

/** Fields of a log record; one record a request, written when it ends, tells more than ten on its way. */
export const LOG_FIELDS: readonly { key: string; why: string }[] = [
  { key: 'trace_id', why: 'leads to the trace, and from the trace to the record' },
  { key: 'span_id', why: 'which part of it' },
  { key: 'severity_text', why: 'ERROR only for what somebody has to act on' },
  { key: 'service.name', why: 'who wrote it' },
  { key: 'service.version', why: 'which deploy' },
  { key: 'http.route', why: 'which kind of request' },
  { key: 'http.response.status_code', why: 'how it ended' },
  { key: 'error.type', why: 'a class of failure, to count by' },
  { key: 'exception.stacktrace', why: 'on failures alone: it is most of the bytes' },
];
/** Not attributes of the conventions but fields of the log data model. */
export const LOG_MODEL: readonly string[] = ['trace_id', 'span_id', 'severity_text'];

/** How a runtime gets its instrumentation, and its logs the id of the trace. */
export const SETUP: Readonly<{ [runtime: string]: { start: string; logs: string } }> = {
  nodejs: {
    start:
      'npm install @opentelemetry/auto-instrumentations-node && export NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register"',
    logs: 'the instrumentations of pino, winston and bunyan in it add `trace_id` and `span_id` to every record',
  },
  jvm: {
    start: 'export JAVA_TOOL_OPTIONS="-javaagent:/opt/opentelemetry-javaagent.jar"',
    logs: 'the agent puts `trace_id` and `span_id` into the MDC: name them in the pattern or the JSON encoder',
  },
  python: {
    start:
      'pip install opentelemetry-distro opentelemetry-exporter-otlp && opentelemetry-bootstrap -a install    # then start with opentelemetry-instrument',
    logs: '`OTEL_PYTHON_LOG_CORRELATION=true` adds the ids to every record of the logging module',
  },
  dotnet: {
    start: 'dotnet add package OpenTelemetry.AutoInstrumentation',
    logs: 'records of ILogger carry the ids of the running activity when they leave by OpenTelemetry',
  },
  go: {
    start:
      'go get go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp go.opentelemetry.io/contrib/bridges/otelslog',
    logs: 'log through the bridge of slog with the request’s context',
  },
};
