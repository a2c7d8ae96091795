import { constant } from '../../domain/index.js';

/** Chosen numbers of the designs: each with the reason for it, or who recommends it. */
export const JITTER = constant(
  'design.jitter',
  0.1,
  'ratio',
  'M. Brooker, Timeouts, retries, and backoff with jitter, Amazon Builders’ Library, 2019: spread what would happen at one moment; a tenth either way keeps freshness nearly as chosen',
);
export const HARD_OVER_SOFT = constant(
  'design.hardOverSoft',
  5,
  'factor',
  'Kneepoint: how long an old answer may still be served while one request renews it; outlives a short failure of the origin (stale-while-revalidate, RFC 5861)',
);
export const NEAR_TTL = constant(
  'design.nearTtl',
  1,
  's',
  'Kneepoint: one second in process turns a hot key into one look-up a second per process, and no user sees a page that old',
);
export const NEGATIVE_TTL = constant(
  'design.negativeTtl',
  5,
  's',
  'Kneepoint: stops repeated look-ups of a missing key, and a row that appears is seen soon after',
);
export const EARLY_BETA = constant(
  'design.earlyBeta',
  1,
  'factor',
  'A. Vattani, F. Chierichetti and K. Lowenstein, Optimal Probabilistic Cache Stampede Prevention, VLDB 2015: optimal at one; larger renews sooner and more often',
);
export const RETRY_BUDGET = constant(
  'design.retryBudget',
  0.1,
  'ratio',
  'Site Reliability Engineering, ch. 21 Handling Overload, 2016: retries stay below a tenth of the requests of a client',
);
export const ATTEMPTS = constant(
  'design.attempts',
  2,
  'count',
  'Kneepoint: one retry at one layer; each further one multiplies load where it hurts most (Site Reliability Engineering, ch. 22 Addressing Cascading Failures, 2016)',
);
export const BREAKER_FAILURES = constant(
  'design.breakerFailures',
  0.5,
  'ratio',
  'Default failure threshold of Resilience4j and of opossum (their documentation)',
);
export const BREAKER_OPEN = constant(
  'design.breakerOpen',
  30,
  's',
  'Default reset time of opossum (its documentation): long enough to recover, short enough to notice recovery',
);
export const BACKOFF_FIRST = constant(
  'design.backoffFirst',
  1,
  's',
  'Kneepoint: first pause of a background retry; requests that a user waits for get none',
);
export const BACKOFF_MOST = constant(
  'design.backoffMost',
  60,
  's',
  'M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015: capped exponential pauses with full jitter; the cap is ours',
);
export const DELIVERIES = constant(
  'design.deliveries',
  5,
  'count',
  'Kneepoint: after five tries with growing pauses a message fails for a reason that waiting does not cure',
);
export const FREE_CONNECTIONS = constant(
  'design.connectionShare',
  0.8,
  'ratio',
  'Kneepoint: a fifth of the server’s connections stays free for administration, replication and the overlap of a rolling deploy',
);
export const ACQUIRE_SHARE = constant(
  'design.acquireShare',
  0.25,
  'ratio',
  'Kneepoint: a request that has spent a quarter of its target waiting for a connection will miss it; fail while a retry elsewhere still helps',
);
export const LOCK_SHARE = constant(
  'design.lockShare',
  0.5,
  'ratio',
  'Kneepoint: half of the target is left for the request’s own work after the longest wait for a lock',
);
export const RESERVE = constant(
  'budget.reserve',
  0.1,
  'ratio',
  'Part of a latency target kept back for what is not in the budget: queueing, collection, network',
);
export const BEYOND_P95 = constant(
  'deadline.beyondP95',
  2,
  'factor',
  'Where only a p95 is known: the p99 of calls whose times are log-normal with σ near 1 lies near twice as far',
);
export const LEAD = constant(
  'design.prescaleLead',
  900,
  's',
  'Kneepoint: a quarter of an hour to see new capacity serve, warm its caches and pools, and still cancel',
);
export const SCALE_DOWN = constant(
  'design.scaleDown',
  600,
  's',
  'Kneepoint: twice the stabilisation window that Kubernetes sets by default, so that a second wave meets the capacity of the first',
);
export const WEEK = constant('week.hours', 168, 'count', 'Hours of a week');
export const CORES_TIMES = constant(
  'design.activePerCore',
  2,
  'factor',
  'PostgreSQL wiki, Number Of Database Connections: active connections of about twice the cores, plus spindles, give the best throughput',
);
export const BATCH = constant(
  'design.batch',
  100,
  'count',
  'Kneepoint: one round trip for a hundred keys leaves a hundredth of the round trips; larger lists gain little and lengthen the plan',
);
export const HEAP_LIVE = constant(
  'design.heapOccupancy',
  0.45,
  'ratio',
  'Java SE documentation, Garbage-First Garbage Collector Tuning: concurrent marking starts at an occupancy of 45 % by default; live data above it keeps the collector running',
);
export const SHADOW = constant(
  'design.canary',
  0.05,
  'ratio',
  'Site Reliability Workbook, ch. 16 Canarying Releases, 2018: a small share first; one request in twenty shows a p99 within minutes at these rates',
);
export const WINDOW_BYTES = constant(
  'tcp.initialWindow',
  14_600,
  'bytes',
  'RFC 6928, 2013: ten segments of 1 460 bytes are sent before the first acknowledgement',
);
export const DAILY_REUSE = constant(
  'design.prewarmShare',
  0.8,
  'ratio',
  'Kneepoint: warm until four look-ups in five would hit; the long tail fills itself at a rate the origin can bear',
);
export const LOG_BUFFER = constant(
  'design.logBuffer',
  8192,
  'count',
  'Kneepoint: a few seconds of records at a few thousand a second; 32 times the default queue of logback',
);
export const MEMORY_ROOM = constant(
  'design.memoryShare',
  0.75,
  'ratio',
  'Kneepoint: a quarter stays free for bursts, buffers beside the heap and the copy that a restart makes',
);
export const DEAD_SHARE = constant(
  'design.deadShare',
  0.02,
  'ratio',
  'Kneepoint: a tenth of the default of autovacuum_vacuum_scale_factor, so that cleaning comes ten times as often and is a tenth as long',
);
export const INDEXED = constant(
  'statement.indexed',
  5,
  'ms',
  'Upper end of an indexed look-up of a few rows held in memory; a figure to plan with, checked with EXPLAIN (ANALYZE)',
);
export const WRITE_HOLD = constant(
  'design.writeHold',
  15,
  'ms',
  'Kneepoint: a local transaction of a few statements and one commit; no remote call and no user inside it. Measure it',
);
