import { bytesText, number, type RedisCheck, type RedisFinding } from '../finding.js';

/** Resident over used memory; below 100 MB the ratio is that of an empty server. (Redis documentation, INFO memory.) */
const FRAGMENTED = 1.5;
const SMALLEST_BYTES = 100_000_000;
const NEAR_LIMIT = 0.95;

export const memory: RedisCheck = (s) => {
  const found: RedisFinding[] = [];
  const [used, resident, limit] = [
    number(s, 'used_memory'),
    number(s, 'used_memory_rss'),
    number(s, 'maxmemory'),
  ];
  if (used >= SMALLEST_BYTES && resident / used >= FRAGMENTED)
    found.push({
      id: 'fragmentation',
      says: `The server holds ${bytesText(resident)} of the machine for ${bytesText(used)} of data: ${(resident / used).toPrecision(3)} times.`,
      todo: 'Turn on activedefrag, or restart a replica and fail over to it.',
      numbers: { ratio: resident / used },
    });
  if (limit > 0 && used >= NEAR_LIMIT * limit && s.after.values.maxmemory_policy === 'noeviction')
    found.push({
      id: 'memory-limit',
      says: `${bytesText(used)} of ${bytesText(limit)} are used and the policy is noeviction: writes will fail at the limit.`,
      todo: 'For a cache set maxmemory-policy allkeys-lru or allkeys-lfu; for data give it more room.',
      numbers: { used, limit },
    });
  return found;
};
