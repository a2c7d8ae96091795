import type { Unit } from './unit.js';

/**
 * The vocabulary of facts: name → unit and meaning. Readers of prose and of telemetry produce these; readings,
 * hypotheses and deliverables ask for them. A derived fact may use a name of its own.
 */
export const FACT_NAMES = {
  // RED, per service, operation, edge, dependency or statement
  'latency.mean': ['ms', 'mean duration'],
  'latency.p50': ['ms', 'median duration'],
  'latency.p75': ['ms', '75th percentile'],
  'latency.p90': ['ms', '90th percentile'],
  'latency.p95': ['ms', '95th percentile'],
  'latency.p99': ['ms', '99th percentile'],
  'latency.p999': ['ms', '99.9th percentile'],
  'latency.max': ['ms', 'longest duration'],
  throughput: ['1/s', 'requests, messages or calls a second'],
  'errors.ratio': ['ratio', 'share that failed'],
  'availability.ratio': ['ratio', 'share that succeeded, or uptime'],
  'timeouts.ratio': ['ratio', 'share that timed out'],
  'requests.count': ['count', 'requests seen'],
  // USE, per host, service, database, cache, queue
  'cpu.utilisation': ['ratio', 'busy share of the processors'],
  'cpu.throttled': ['ratio', 'share of periods throttled by a quota'],
  'cpu.cores': ['cores', 'processors'],
  'memory.used': ['bytes', 'memory in use'],
  'memory.limit': ['bytes', 'memory available'],
  'memory.utilisation': ['ratio', 'memory in use of what is available'],
  'disk.utilisation': ['ratio', 'busy share of the disk'],
  'disk.iops': ['1/s', 'disk operations a second'],
  'network.utilisation': ['ratio', 'share of the link in use'],
  'network.throughput': ['bytes/s', 'bytes a second'],
  'storage.size': ['bytes', 'data held'],
  'rows.count': ['count', 'rows or documents held'],
  // runtime
  'eventloop.utilisation': ['ratio', 'busy share of the event loop'],
  'eventloop.delay.p99': ['ms', 'event-loop delay'],
  'gc.pause.share': ['ratio', 'share of time in collection pauses'],
  'gc.pause.mean': ['ms', 'mean collection pause'],
  'gc.pause.p99': ['ms', 'long collection pause'],
  'heap.used': ['bytes', 'heap in use'],
  'heap.limit': ['bytes', 'heap limit'],
  'threads.used': ['count', 'threads busy'],
  'threads.limit': ['count', 'threads available'],
  // pools and connections
  'connections.used': ['count', 'connections in use'],
  'connections.limit': ['count', 'connections allowed'],
  'connections.utilisation': ['ratio', 'connections in use of those allowed'],
  'pool.limit': ['count', 'size of a pool'],
  'pool.used': ['count', 'pool members in use'],
  'pool.pending': ['count', 'waiting for a pool member'],
  'pool.wait.mean': ['ms', 'mean wait for a pool member'],
  'pool.wait.p99': ['ms', 'long wait for a pool member'],
  'lock.wait.mean': ['ms', 'mean wait for a lock'],
  'lock.wait.p99': ['ms', 'long wait for a lock'],
  'lock.hold.mean': ['ms', 'how long a lock is held'],
  // cache
  'cache.hitRatio': ['ratio', 'share of look-ups served from the cache'],
  'cache.evictions': ['1/s', 'evictions a second'],
  'cache.requests': ['1/s', 'look-ups a second'],
  ttl: ['s', 'time to live'],
  // queues and streams
  'queue.depth': ['count', 'messages waiting, or consumer lag in messages'],
  'queue.delay': ['s', 'age of the oldest message, or lag in time'],
  'queue.arrivalRate': ['1/s', 'messages arriving a second'],
  'queue.serviceRate': ['1/s', 'messages finished a second'],
  'batch.duration': ['s', 'how long a job runs'],
  // statements and calls
  'calls.perRequest': ['count', 'calls of a kind for one request'],
  'rows.perCall': ['count', 'rows returned or examined by one call'],
  'retry.count': ['count', 'attempts or retries'],
  'retry.ratio': ['ratio', 'retries per first attempt'],
  timeout: ['s', 'deadline or time-out'],
  'replication.lag': ['s', 'how far a replica is behind'],
  // payloads and fan-out
  'payload.mean': ['bytes', 'typical payload'],
  'payload.max': ['bytes', 'largest payload'],
  'fanout.count': ['count', 'parallel calls of one request'],
  // topology
  instances: ['count', 'instances, pods, tasks, nodes, brokers'],
  shards: ['count', 'shards or cluster slots groups'],
  partitions: ['count', 'partitions'],
  replicas: ['count', 'read replicas or copies'],
  workers: ['count', 'worker processes or consumers'],
  users: ['count', 'concurrent or daily users, sessions, tenants'],
  version: ['none', 'version of a product; the subject says which'],
  // workload
  'mix.share': ['ratio', 'share of the traffic of a class of requests'],
  'skew.share': ['ratio', 'share of the traffic on the hottest few (tenants, keys, products)'],
  'skew.members': ['ratio', 'how few: the share of members that carry skew.share'],
  'burst.factor': ['factor', 'peak over steady'],
  'burst.duration': ['s', 'how long a burst lasts'],
  'burst.ramp': ['s', 'how fast a burst rises'],
  'growth.ratio': ['ratio', 'growth over the stated period'],
  'scaleout.delay': ['s', 'time until new capacity serves'],
  // money
  'cost.change': ['ratio', 'allowed or observed relative change of cost'],
  'cost.monthly': ['currency/month', 'cost a month'],
  'duration.stated': ['s', 'any other stated span of time'],
  'count.stated': ['count', 'any other stated count'],
  'ratio.stated': ['ratio', 'any other stated share'],
  'bytes.stated': ['bytes', 'any other stated size'],
  // measured only
  'criticalPath.exclusive': ['ms', 'mean exclusive time on the critical path of slow requests'],
  'excess.total': ['ms', 'mean duration above the percentile, incident minus baseline'],
  'excess.share': ['ratio', 'share of the excess'],
} as const satisfies Record<string, readonly [Unit, string]>;

export type FactName = keyof typeof FACT_NAMES;
