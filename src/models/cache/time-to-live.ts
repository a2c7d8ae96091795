import { linkedLists } from './linked-lists.js';

/** What a time to live brings on a trace: entries are filled on a miss and expire, without a refresh on reading. */
export interface TtlPoint {
  ttlMs: number;
  hitRatio: number;
  /** Age of what hits served: the mean, and the share older than half the time to live. */
  meanAgeMs: number;
  /** Entries alive on average: fills × life / duration. */
  meanEntries: number;
  /** Fills a second at the busiest second: what reaches the store behind the cache. */
  peakFillsPerSecond: number;
  fills: number;
}

export interface TtlOptions {
  /** Room for so many entries, LRU; absent for no limit. */
  capacity?: number;
  /** Life is spread evenly over ttl × (1 ± jitter), by object and fill. */
  jitter?: number;
  /** Requests before this time fill the cache and are not counted. */
  countFromMs?: number;
}

/**
 * Replays a timed trace with entries that live `ttlMs` from their fill, in a cache with room for `capacity` entries
 * (LRU) or without limit. Exact: every request is looked at. Times in ms, not falling.
 */
export function replayTtl(
  trace: ArrayLike<number>,
  timesMs: ArrayLike<number>,
  objects: number,
  ttlMs: number,
  options: TtlOptions = {},
): TtlPoint {
  const filledAt = new Float64Array(objects).fill(Number.NEGATIVE_INFINITY);
  const expiresAt = new Float64Array(objects).fill(Number.NEGATIVE_INFINITY);
  const fillsOf = new Uint32Array(objects);
  const lists = options.capacity === undefined ? undefined : linkedLists(1, objects);
  const capacity = options.capacity ?? Number.POSITIVE_INFINITY;
  const from = options.countFromMs ?? Number.NEGATIVE_INFINITY;
  const perSecond = new Map<number, number>();
  let requests = 0;
  let hits = 0;
  let ageSum = 0;
  let fills = 0;
  let life = 0;
  for (let i = 0; i < trace.length; i++) {
    const object = trace[i] as number;
    const now = timesMs[i] as number;
    const counted = now >= from;
    if (counted) requests++;
    const held = lists === undefined || lists.listOf(object) === 0;
    if (held && now < (expiresAt[object] as number)) {
      if (counted) {
        hits++;
        ageSum += now - (filledAt[object] as number);
      }
      lists?.remove(object);
      lists?.push(0, object);
      continue;
    }
    const spread = options.jitter
      ? 1 + options.jitter * (2 * uniform(object, fillsOf[object] as number) - 1)
      : 1;
    const lives = ttlMs * spread;
    fillsOf[object] = (fillsOf[object] as number) + 1;
    filledAt[object] = now;
    expiresAt[object] = now + lives;
    if (lists) {
      if (lists.listOf(object) === 0) lists.remove(object);
      else if (lists.length(0) >= capacity) lists.remove(lists.tail(0));
      lists.push(0, object);
    }
    if (counted) {
      fills++;
      life += lives;
      const second = Math.floor(now / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
  }
  const start = Math.max(from, (timesMs[0] as number | undefined) ?? 0);
  const duration = Math.max(1, ((timesMs[trace.length - 1] as number | undefined) ?? 0) - start);
  let peak = 0;
  for (const count of perSecond.values()) peak = Math.max(peak, count);
  return {
    ttlMs,
    hitRatio: requests === 0 ? 0 : hits / requests,
    meanAgeMs: hits === 0 ? 0 : ageSum / hits,
    meanEntries: Math.min(capacity, life / duration),
    peakFillsPerSecond: peak,
    fills,
  };
}

/** A repeatable number in [0, 1) for the n-th fill of an object. */
function uniform(object: number, n: number): number {
  let h = Math.imul(object ^ Math.imul(n + 1, 0x9e3779b9), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}
