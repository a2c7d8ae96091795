import { constant, type Fact } from '../domain/index.js';

/** A cause with less than this share of the excess is not worth a verdict. */
export const MATERIAL = constant(
  'material.share',
  0.05,
  'ratio',
  'Method: below a twentieth of the excess a fix cannot be told from noise',
);
/** Growth of the tail that a healthy system shows too, of its baseline. */
export const NORMAL_VARIATION = constant(
  'normal.variation',
  0.1,
  'ratio',
  'Method: the same bound that the excess budget uses for a material slowdown',
);
/** Utilisation from which waiting dominates: at this point a request waits four times as long as it works. */
export const CPU_KNEE = constant(
  'cpu.knee',
  0.8,
  'ratio',
  'L. Kleinrock, Queueing Systems, volume I, 1975, section 3.2: response = service / (1 − utilisation)',
);
export const LOOP_BUSY = constant(
  'eventloop.busy',
  0.85,
  'ratio',
  'T. Norling, Event loop utilization in Node.js, 2020: one thread serves, so the same queueing knee holds',
);
export const LOOP_DELAY = constant(
  'eventloop.delay.limit',
  50,
  'ms',
  'Node.js documentation, "Don’t Block the Event Loop"; a delay that every request in flight waits for',
);
export const GC_SHARE = constant(
  'gc.share.limit',
  0.1,
  'ratio',
  'HotSpot Garbage Collection Tuning Guide: a collector that takes a tenth of the time costs throughput and tail',
);
export const HEAP_FULL = constant(
  'heap.full',
  0.85,
  'ratio',
  'HotSpot Garbage Collection Tuning Guide: with little room left after collection, cycles come one after another',
);
export const MEMORY_FULL = constant(
  'memory.full',
  0.9,
  'ratio',
  'B. Gregg, Systems Performance, 2nd edition, 2020, section 2.5: capacity left for bursts',
);
export const LIMIT_NEAR = constant(
  'limit.near',
  0.9,
  'ratio',
  'Method: a tenth of headroom is used up by one burst between two samples',
);
export const WORKERS_BUSY = constant(
  'workers.busy',
  0.9,
  'ratio',
  'M. Harchol-Balter, Performance Modeling and Design of Computer Systems, 2013, section 14.3: Erlang-C waits',
);
export const THROTTLED = constant(
  'cpu.throttled.limit',
  0.05,
  'ratio',
  'Linux kernel documentation, CFS bandwidth control: a stopped period holds a request up to a whole period',
);
export const DISK_BUSY = constant(
  'disk.busy',
  0.8,
  'ratio',
  'B. Gregg, Systems Performance, 2nd edition, 2020, section 9.3: queueing beyond this utilisation',
);
export const NETWORK_BUSY = constant(
  'network.busy',
  0.7,
  'ratio',
  'B. Gregg, Systems Performance, 2nd edition, 2020, section 10.3: bursts fill the link between samples',
);
/** Absolute fall of a hit ratio that matters. */
export const HIT_FALL = constant(
  'cache.hit.fall',
  0.05,
  'ratio',
  'Method: misses grow by the same share of all look-ups',
);
export const HIT_LOW = constant(
  'cache.hit.low',
  0.8,
  'ratio',
  'Method: below it each request of a few look-ups usually meets a miss (0.8³ is about a half)',
);
/** Repeats of one statement in a request from which a loop is meant. */
export const LOOP_OF_STATEMENTS = constant(
  'statements.loop',
  5,
  'count',
  'getsentry/sentry, issue detection settings, 2025: an N+1 needs five equal statements',
);
/** Statements for one request from which a loop is the likelier reading of a stated count. */
export const MANY_STATEMENTS = constant(
  'statements.many',
  20,
  'count',
  'Method: hand-written handlers seldom need more than a few statements; twenty leave room for joins by page part',
);
/** Mean time from which an indexed lookup is not what runs. */
export const SLOW_LOOKUP = constant(
  'statement.slow',
  50,
  'ms',
  'Method: an index look-up of a few rows reads a few cached pages; ten times a random disk read is no look-up',
);
/** Rows read for one call that no screen shows. */
export const MANY_ROWS = constant(
  'rows.many',
  1000,
  'count',
  'Method: a page shows tens of rows; a call that reads a thousand filters most of them out',
);
export const RISE = constant(
  'rise.factor',
  1.25,
  'factor',
  'Method: a quarter more is beyond the usual variation between two windows of the same service',
);
export const STRONG_RISE = constant(
  'rise.strong',
  1.5,
  'factor',
  'Method: half as much again is beyond load and time-of-day effects',
);
export const MANY_TIMES = constant(
  'rise.manyTimes',
  4,
  'factor',
  'Method: an error, a retry or a note adds a record or two to a request; four times as many is another way of logging',
);
export const UNEVEN = constant(
  'uneven.factor',
  1.3,
  'factor',
  'Method: with even placement the busiest of a few nodes stays within a quarter of the mean',
);
export const SKEWED = constant(
  'skew.share.limit',
  0.25,
  'ratio',
  'Method: a quarter of the traffic on a few keys loads one shard of four or more beyond its fair share',
);
export const RETRY_SHARE = constant(
  'retry.share.limit',
  0.1,
  'ratio',
  'Google, Site Reliability Engineering, 2016, chapter 22: a retry budget of ten per cent per client',
);
export const LARGE_PAYLOAD = constant(
  'payload.large',
  100_000,
  'bytes',
  'Method: seven round trips of TCP slow start from ten segments; RFC 6928, 2013',
);
export const FAILING = constant(
  'errors.limit',
  0.01,
  'ratio',
  'Method: one in a hundred is what a p99 shows',
);
export const LAG = constant(
  'replication.lag.limit',
  5,
  's',
  'Method: readers notice their own writes missing; beyond a few seconds the replica does not keep up',
);

export const HALF_QUEUE = constant(
  'queue.half',
  0.5,
  'ratio',
  'Method: a bounded queue that is half full between bursts overflows in them',
);
export const FAN_OUT = constant(
  'fanout.many',
  10,
  'count',
  'J. Dean, L. Barroso, The Tail at Scale, 2013: with ten calls, one in ten requests meets the 99th percentile of a call',
);

export const CROWD = constant(
  'stampede.crowd',
  3,
  'count',
  'Method: two equal loads meet by chance; three and more do so because nothing joins them',
);
/** Time of one cache command from which others behind it are late. */
export const SLOW_COMMAND = constant(
  'cache.command.slow',
  10,
  'ms',
  'Redis documentation, slow log: its default threshold is ten milliseconds of execution',
);
export const STOLEN = constant(
  'cpu.steal.limit',
  0.05,
  'ratio',
  'B. Gregg, Systems Performance, 2nd edition, 2020, section 6.6: stolen time is time in which a ready thread did not run',
);
export const RETRANSMITTED = constant(
  'network.retransmissions.limit',
  0.01,
  'ratio',
  'RFC 6298, 2011: a lost segment waits at least 200 ms to a second; one in a hundred is what a p99 shows',
);
export const LOST_LOOKUP = constant(
  'dns.delay.limit',
  100,
  'ms',
  'Method: an answer from a resolver in the same network takes a few milliseconds; a tenth of a second is a lost or queued query',
);
export const SLOW_CONNECT = constant(
  'connect.share',
  0.2,
  'ratio',
  'Method: a kept connection costs nothing; a fifth of a call spent on setting one up is a connection for each call',
);
export const SLOW_DISK = constant(
  'disk.latency.limit',
  10,
  'ms',
  'B. Gregg, Systems Performance, 2nd edition, 2020, section 9.3: flash answers within a millisecond; ten mean queueing or a used-up credit',
);
export const WAITS_FOR_DISK = constant(
  'io.pressure.limit',
  0.2,
  'ratio',
  'Linux kernel documentation, Pressure Stall Information: share of time in which some task waited',
);
export const DEAD_ROWS = constant(
  'rows.dead.limit',
  0.2,
  'ratio',
  'PostgreSQL documentation, autovacuum_vacuum_scale_factor: a fifth of a table is what triggers vacuum by default',
);
export const ESTIMATE_OFF = constant(
  'estimate.off',
  10,
  'factor',
  'V. Leis and others, How Good Are Query Optimizers, Really?, VLDB 2015: plans go wrong where estimates miss by an order of magnitude',
);
/** Temporary files of one call that cost more than opening them. */
export const TEMPORARY_FILES = constant(
  'temp.limit',
  1_000_000,
  'bytes',
  'Method: a quarter of the default work_mem of PostgreSQL (4 MB); less is written and read back within a millisecond or two',
);
export const COMPILE_SHARE = constant(
  'compile.limit',
  0.1,
  'ratio',
  'G. Amdahl, 1967: removing less than a tenth of the work gains less than 11 %',
);
export const HEAP_FETCHES = constant(
  'heapFetches.limit',
  0.1,
  'ratio',
  'PostgreSQL documentation, Index-Only Scans: they pay where most pages are marked all-visible; a tenth is no longer most',
);
/** Of rows looked at, those thrown away, from which an index would have left them alone. */
export const DISCARDED = constant(
  'rows.discarded.limit',
  0.9,
  'ratio',
  'Method: nine rows in ten read for nothing; below it reading the table is about as fast as an index',
);
export const MISSING_WORKERS = constant(
  'workers.missing.limit',
  0.5,
  'ratio',
  'Method: with half of its workers a parallel plan takes about half as long again as planned',
);
/** A wait that a log holds has passed deadlock_timeout, a second by default. */
export const LONG_LOCK_WAIT = constant(
  'lock.wait.long',
  1000,
  'ms',
  'PostgreSQL documentation, log_lock_waits: waits beyond deadlock_timeout, one second by default, are logged',
);
export const COLD_SHARE = constant(
  'coldstart.limit',
  0.01,
  'ratio',
  'Method: one request in a hundred is what a p99 shows',
);
export const ONE = constant(
  'event.one',
  1,
  'count',
  'Method: a single process ended for memory is an event, not noise',
);
export const SEVERAL = constant(
  'waiting.several',
  5,
  'count',
  'Method: one or two that wait at an instant are chance; five are a queue',
);
/** Share of reads that a replica serves, below which it is as good as unused. */
export const REPLICA_IDLE = constant(
  'replica.idle',
  0.1,
  'ratio',
  'Method: a tenth of the reads relieves the primary by less than usual variation',
);

/** How often and how long to sample. */
export const SAMPLE_EVERY = constant('sample.every', 10, 's', 'Method: six points a minute show a burst');
export const BEFORE_TROUBLE = constant(
  'window.before',
  300,
  's',
  'Method: five minutes of quiet to compare with',
);
export const INTO_TROUBLE = constant(
  'window.into',
  1200,
  's',
  'Method: long enough for queues to reach their level',
);
export const SLOW_SAMPLES = constant(
  'samples.slow',
  100,
  'count',
  'Binomial interval: one hundred slow requests give a share to within ten points (A. Agresti, B. Coull, 1998)',
);
export const PROFILE_SECONDS = constant(
  'profile.seconds',
  60,
  's',
  'Sampling at 99 Hz for a minute: about 6 000 samples, so a share of 1 % is known to within a quarter of itself (95 %, binomial)',
);
export const PROFILE_SHARE = constant(
  'profile.share.limit',
  0.1,
  'ratio',
  'G. Amdahl, 1967: removing less than a tenth of the work gains less than 11 %',
);
export const MOST_OF_TIME = constant(
  'profile.share.most',
  0.5,
  'ratio',
  'Method: what runs in more than half of the samples is there whenever something else has to wait',
);
export const RATE_SECONDS = constant(
  'rate.seconds',
  60,
  's',
  'Prometheus documentation, rate(): at least four scrape intervals',
);
export const TOP_ROWS = constant('top.rows', 20, 'count', 'Method: the head of the list carries the load');
export const TAIL = constant('tail.share', 0.99, 'none', 'Method: the percentile in which waits show');

/** True when `fact` is at or beyond the threshold; units of time are brought together. */
export const reaches = (fact: Fact, threshold: Fact): boolean => same(fact) >= same(threshold);

/** The value in a common unit: durations in milliseconds, all else as it is. */
export const same = (fact: Fact): number => (fact.unit === 's' ? fact.value * 1000 : fact.value);
