import type { Settings } from '../../settings.js';
import { client } from '../cache.js';

const KEY = 'viewed:all';
const MEMBERS = 40_000;
const SHOWN = 8;
let filled: Promise<void> | undefined;

async function fill(): Promise<void> {
  for (let from = 0; from < MEMBERS; from += 5_000)
    await client.sadd(KEY, ...Array.from({ length: 5_000 }, (_, i) => `customer:${from + i}`));
}

/** Who else looked at products lately: picked from the whole set read each time, or drawn by the cache. */
export async function recentlyViewed(how: Settings['recentlyViewed']): Promise<string[]> {
  if (how === 'none') return [];
  filled ??= fill();
  await filled;
  if (how === 'sample') return client.srandmember(KEY, SHOWN);
  return (await client.smembers(KEY)).slice(0, SHOWN);
}
