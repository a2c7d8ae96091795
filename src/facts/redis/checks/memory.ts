import { bytesText, number, percent, type RedisCheck, type RedisFinding } from '../finding.js';

/** Resident over used memory; below 100 MB the ratio is that of an empty server. (Redis documentation, INFO memory.) */
const FRAGMENTED = 1.5;
const SMALLEST_BYTES = 100_000_000;
const SOME_HOLES = 1.2;
const NEAR_LIMIT = 0.95;
/** Buffers of clients beyond both are taken from the data. */
const LARGEST_BUFFERS = 50_000_000;
const BUFFER_SHARE = 0.1;

export const memory: RedisCheck = (s) => {
  const found: RedisFinding[] = [];
  const [used, resident, limit] = [
    number(s, 'used_memory'),
    number(s, 'used_memory_rss'),
    number(s, 'maxmemory'),
  ];
  // Holes between values are closed by moving them; pages that the allocator keeps are only given back.
  const holes = number(s, 'allocator_frag_ratio');
  if (used >= SMALLEST_BYTES && resident / used >= FRAGMENTED)
    found.push({
      id: 'fragmentation',
      says: `The server holds ${bytesText(resident)} of the machine for ${bytesText(used)} of data: ${(resident / used).toPrecision(3)} times${holes > 0 ? `, ${holes.toPrecision(3)} times of it by holes between values` : ''}.`,
      todo:
        holes > 0 && holes < SOME_HOLES
          ? 'Most of it are pages that the allocator keeps: MEMORY PURGE gives them back; activedefrag has little to move.'
          : 'Turn on activedefrag, or restart a replica and fail over to it.',
      numbers: { ratio: resident / used },
    });
  const buffers = number(s, 'mem_clients_normal');
  if (buffers >= LARGEST_BUFFERS && buffers >= BUFFER_SHARE * used)
    found.push({
      id: 'client-buffers',
      says: `${bytesText(buffers)} of ${bytesText(used)} (${percent(buffers / used)}) are buffers of clients, not data: answers that were not fetched, or requests of many megabytes.`,
      todo: 'Find the client by omem and qbuf in CLIENT LIST; set client-output-buffer-limit normal, and read large answers in parts.',
      numbers: { buffers, share: buffers / used },
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
