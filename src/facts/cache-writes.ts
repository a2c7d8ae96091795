import type { Store } from '../evidence/store/index.js';
import { attributeSql } from './attributes.js';
import type { Phases } from './phases.js';

/** How often entries of one kind of key are written to a cache, and how many different keys they are. */
export interface CacheWrites {
  service: string;
  phase: 'baseline' | 'incident';
  /** The key with numbers and ids left out: `order:*`. */
  keys: string;
  writes: number;
  distinct: number;
}

/** Key of a write command as the instrumentation recorded it: `set order:8 [3 other arguments]`, `SETEX "order:8" 60 ?`. */
const KEY = `extract(${attributeSql('statement')}, '(?i)^\\\\s*(?:set|setex|psetex|setnx|getset|hset|hmset|add|replace)\\\\s+"?([^\\\\s"\\\\[]+)')`;

/** Writes to caches by kind of key; none where the commands carry no keys. */
export const cacheWrites = (store: Store, phases: Phases): Promise<CacheWrites[]> =>
  store.query<CacheWrites>(
    `SELECT service, phase, replaceRegexpAll(key, '(?i)[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]+', '*') AS keys,
            count() AS writes, uniqExact(key) AS distinct
     FROM (SELECT ServiceName AS service, ${phases.sql('Timestamp')} AS phase, ${KEY} AS key
           FROM otel_traces PREWHERE match(lower(SpanName), 'set|add|replace|pipeline|multi')
           WHERE lower(${attributeSql('dbSystem')}) IN ('redis', 'valkey', 'keydb', 'dragonfly', 'memcached'))
     WHERE key NOT IN ('', '?') GROUP BY service, phase, keys
     ORDER BY writes DESC, service, phase, keys LIMIT 200`,
    phases.params,
  );

/** Share of the writes of a service in a phase that wrote a key again, of the kinds of keys whose keys are told. */
export function rewriteShare(
  all: readonly CacheWrites[],
  service: string,
  phase: string,
): { share: number; writes: number } | undefined {
  const own = all.filter((w) => w.service === service && w.phase === phase && /\*/.test(w.keys));
  const writes = own.reduce((a, w) => a + w.writes, 0);
  if (writes === 0) return undefined;
  return { share: 1 - own.reduce((a, w) => a + w.distinct, 0) / writes, writes };
}
