import type { DiffMechanism } from './mechanism.js';
import type { FaultKind } from './signature.js';

/** What a mechanism is called in a report; starts a sentence. */
export const MECHANISM_WORDS: Readonly<Record<DiffMechanism, string>> = {
  'call-in-loop': 'A call now runs once for each element',
  'call-added': 'A call was added',
  'eager-load-removed': 'What came with one query is now fetched one by one',
  'parallelism-removed': 'Calls that ran side by side now wait for each other',
  'await-removed': 'Work is no longer waited for',
  'limit-lowered': 'A limit was lowered',
  'limit-raised': 'A limit was raised',
  'timeout-changed': 'A deadline was changed',
  'retry-added': 'Retries were added',
  'check-removed': 'A check is gone',
  'index-removed': 'An index is gone',
  'cache-removed': 'A cache, or its time to live, was cut',
  'bound-removed': 'A bound on the result is gone',
  'batch-shrunk': 'Batches became smaller',
  'filter-removed': 'A condition of a query is gone or can use no index',
  'lock-added': 'A lock was added',
  'isolation-changed': 'The isolation of transactions was changed',
  'blocking-added': 'The path now blocks',
  'work-added': 'Costly work now runs for each element',
  'logging-added': 'More is written to the log',
  'compression-removed': 'Compression is gone',
  'reuse-removed': 'Connections are no longer kept',
  'leak-added': 'Something that was given back no longer is',
  'flag-changed': 'A feature was switched',
  'default-changed': 'A value was changed',
  'dependency-bump': 'A library was changed',
};

/** What a kind of fault is called within a sentence. */
export const FAULT_WORDS: Readonly<Record<FaultKind, string>> = {
  'repeated-calls': 'work for each request that multiplied',
  'pool-exhausted': 'a pool without free members',
  crash: 'crashes',
  'traffic-surge': 'more demand at every service',
  'slow-code': 'slower work at the same demand',
  memory: 'memory that runs out',
  errors: 'failures',
  throttled: 'calls refused by a quota',
  certificate: 'a certificate that is not accepted',
  disk: 'a full disk',
  'name-resolution': 'names that do not resolve',
  'dependency-down': 'a party outside that does not answer',
  'noisy-neighbour': 'a host that serves others first',
  lock: 'waits for locks',
  timeouts: 'calls that are given up',
  'cache-misses': 'a cache that misses more',
  retries: 'attempts that multiplied',
  backlog: 'work that arrives faster than it is done',
};
