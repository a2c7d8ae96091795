/** What a diff does that can alter performance or correctness. */
export const DIFF_MECHANISMS = [
  'call-in-loop', // a query or remote call now runs once per element
  'call-added', // a query or remote call now runs where none did
  'eager-load-removed', // what came with one query is now fetched one by one
  'parallelism-removed', // calls that ran side by side now wait for each other
  'await-removed', // work that was waited for is no longer
  'limit-lowered', // pool, workers, connections, quota, memory, replicas
  'limit-raised',
  'timeout-changed',
  'retry-added',
  'check-removed', // a null check, guard or error handler is gone
  'index-removed',
  'cache-removed', // a cache, its fill or its time to live
  'bound-removed', // LIMIT, page size, rate limit
  'batch-shrunk', // fewer elements in one call
  'filter-removed', // a condition of a query is gone, or no index can serve it
  'lock-added',
  'isolation-changed', // of transactions
  'blocking-added', // sleep, synchronous I/O or CPU in the path
  'work-added', // loops within loops, parsing, compiling or sorting for each element
  'logging-added', // in a loop, or at a lower level
  'compression-removed',
  'reuse-removed', // connections or clients are made anew for each use
  'leak-added', // a resource opened and not closed, a collection that only grows
  'flag-changed', // a feature is switched
  'default-changed', // any other constant or configuration value
  'dependency-bump',
] as const;
export type DiffMechanism = (typeof DIFF_MECHANISMS)[number];

/** A mechanism and the line that shows it. */
export interface Mechanism {
  mechanism: DiffMechanism;
  line: string;
}
