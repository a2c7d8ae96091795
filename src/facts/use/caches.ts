import { type Fact, type Subject, subject } from '../../domain/index.js';
import { factOf, grouped, labelOf, matching, productOf, type ResourceFacts } from './gather.js';
import type { Series } from './series.js';

const HITS =
  /^(?:redis_keyspace_hits|redis_keyspace_hits_total|valkey_keyspace_hits|memcached_operation_hit_ratio|cache_hits?|cache_hits?_total|\w+_cache_hits?(?:_total)?)$/;
const MISSES =
  /^(?:redis_keyspace_misses|redis_keyspace_misses_total|valkey_keyspace_misses|cache_miss(?:es)?|cache_miss(?:es)?_total|\w+_cache_miss(?:es)?(?:_total)?)$/;
const GETS = /^(?:cache_gets(?:_total)?|memcached_operations|memcached_commands(?:_total)?)$/;
const EVICTED =
  /^(?:redis_keys_evicted|redis_evicted_keys(?:_total)?|valkey_keys_evicted|memcached_evictions|memcached_items_evicted_total|cache_evictions(?:_total)?)$/;
const EXPIRED = /^(?:redis_keys_expired|redis_expired_keys(?:_total)?)$/;

/** A server reports of itself; a service reports of a cache by name: a part of what the server holds. */
const cacheOf = (s: Series): Subject => {
  const server = productOf(s);
  if (server) return server;
  return subject('keyspace', labelOf(s, 'cache.name', 'cache', 'name', 'cache_name') ?? 'cache', s.service);
};
/** Look-ups below which a ratio says little. */
const FEW_LOOKUPS = 50;
const total = (all: readonly Series[]): number => all.reduce((a, s) => a + s.rate, 0);

/** Hit ratio, look-ups and evictions of caches. */
export const caches: ResourceFacts = (g) => {
  const hits = grouped(
    [...matching(g, HITS, 'counter'), ...resultsOf(matching(g, GETS, 'counter'), 'hit')],
    (s) => cacheOf(s).id,
  );
  const misses = grouped(
    [...matching(g, MISSES, 'counter'), ...resultsOf(matching(g, GETS, 'counter'), 'miss')],
    (s) => cacheOf(s).id,
  );
  return [
    ...[...new Set([...hits.keys(), ...misses.keys()])].sort().flatMap((id) => {
      const [hit, miss] = [hits.get(id) ?? [], misses.get(id) ?? []];
      const first = hit[0] ?? miss[0];
      const lookups = total(hit) + total(miss);
      if (!first || lookups <= 0 || hit.length === 0 || miss.length === 0) return [];
      return [
        ...factOf(g, 'cache.hitRatio', cacheOf(first), total(hit) / lookups, 'ratio', [...hit, ...miss]),
        ...lastOf(g, cacheOf(first), hit, miss),
        ...factOf(g, productOf(first) ? 'cache.requests' : 'cache.lookups', cacheOf(first), lookups, '1/s', [
          ...hit,
          ...miss,
        ]),
      ];
    }),
    ...rates(g, EVICTED, 'cache.evictions'),
    ...rates(g, EXPIRED, 'cache.expiries'),
    ...[
      ...grouped(
        matching(g, /cache_hit_rat(?:io|e)$|hit_rat(?:io|e)$/, 'level'),
        (s) => cacheOf(s).id,
      ).values(),
    ].flatMap((all) =>
      all[0]
        ? factOf(
            g,
            'cache.hitRatio',
            cacheOf(all[0]),
            all[0].mean > 1.5 ? all[0].mean / 100 : all[0].mean,
            'ratio',
            all,
          )
        : [],
    ),
  ];
};

/** The hit ratio of the last third of the time: what it comes to. Nothing with few look-ups in it. */
function lastOf(g: Parameters<ResourceFacts>[0], about: Subject, hit: Series[], miss: Series[]): Fact[] {
  const late = (all: readonly Series[]): number => all.reduce((a, s) => a + s.lateIncrease, 0);
  const lookups = late(hit) + late(miss);
  return lookups >= FEW_LOOKUPS
    ? factOf(g, 'cache.hitRatio.last', about, late(hit) / lookups, 'ratio', [...hit, ...miss])
    : [];
}

const resultsOf = (all: readonly Series[], result: string): Series[] =>
  all.filter((s) => (labelOf(s, 'result', 'type', 'status') ?? '').toLowerCase().startsWith(result));

const rates = (g: Parameters<ResourceFacts>[0], pattern: RegExp, name: string) =>
  [...grouped(matching(g, pattern, 'counter'), (s) => cacheOf(s).id).values()].flatMap((all) =>
    all[0] ? factOf(g, name, cacheOf(all[0]), total(all), '1/s', all) : [],
  );
