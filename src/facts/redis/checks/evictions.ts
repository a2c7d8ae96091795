import { number, percent, perSecond, type RedisCheck } from '../finding.js';

/** Evictions per fill above this say that entries go before they are used again. */
const CHURN = 0.5;
const FEWEST_PER_SECOND = 5;
const POOR_HIT_RATIO = 0.8;

/** Entries are thrown out for want of room, and then missed. */
export const evictions: RedisCheck = (s) => {
  const evicted = perSecond(s, 'evicted_keys');
  const [hits, misses] = [perSecond(s, 'keyspace_hits'), perSecond(s, 'keyspace_misses')];
  if (!(evicted >= FEWEST_PER_SECOND) || !(misses > 0)) return [];
  const hitRatio = hits / (hits + misses);
  if (evicted < CHURN * misses || hitRatio >= POOR_HIT_RATIO) return [];
  return [
    {
      id: 'eviction-churn',
      says: `${evicted.toPrecision(3)} keys a second are evicted under ${s.after.values.maxmemory_policy ?? 'an unknown policy'} while ${percent(hitRatio)} of look-ups hit: entries go before they are asked for again.`,
      todo: `Record a minute of MONITOR and run kneepoint cache on it: it tells the hit ratio for each size. Room today: ${number(s, 'maxmemory') || 0} bytes.`,
      numbers: { evictedPerSecond: evicted, hitRatio },
    },
  ];
};
