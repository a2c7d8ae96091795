import { fillTree } from './fenwick.js';

/** A point of a curve by bytes: an LRU cache of this size misses this share of requests, and of bytes asked for. */
export interface ByteCurvePoint {
  bytes: number;
  missRatio: number;
  byteMissRatio: number;
}

/**
 * LRU miss ratios by cache size in bytes, exact for objects that keep their size: an object is found when the bytes of
 * all different objects used since, and its own, fit. (An object larger than the cache is counted as passing through
 * it.) `sizes[object]` in bytes. O(n log u). (R. L. Mattson et al., IBM Systems Journal 9, 1970.)
 */
export function byteCurve(
  trace: ArrayLike<number>,
  sizes: ArrayLike<number>,
  capacities: readonly number[],
): ByteCurvePoint[] {
  const objects = sizes.length;
  const slots = Math.max(16, 2 * objects);
  const tree = new Float64Array(slots + 1);
  const held = new Float64Array(objects);
  const lastAt = new Int32Array(objects);
  const objectAt = new Int32Array(slots + 1).fill(-1);
  const sorted = [...capacities].sort((a, b) => a - b);
  const hits = new Float64Array(sorted.length);
  const hitBytes = new Float64Array(sorted.length);
  let time = 0;
  let live = 0;
  let asked = 0;
  const add = (at: number, by: number): void => {
    for (let k = at; k <= slots; k += k & -k) tree[k] = (tree[k] as number) + by;
  };
  const renumber = (): void => {
    let to = 0;
    for (let from = 1; from <= slots; from++) {
      const object = objectAt[from] as number;
      if (object < 0) continue;
      objectAt[from] = -1;
      objectAt[++to] = object;
      lastAt[object] = to;
    }
    time = to;
    for (let i = 0; i < to; i++) held[i] = sizes[objectAt[i + 1] as number] as number;
    fillTree(tree, held.subarray(0, to));
  };
  for (let i = 0; i < trace.length; i++) {
    const object = trace[i] as number;
    const size = sizes[object] as number;
    asked += size;
    if (time === slots) renumber();
    time++;
    const last = lastAt[object] as number;
    if (last > 0) {
      let upTo = 0;
      for (let k = last; k > 0; k &= k - 1) upTo += tree[k] as number;
      const needed = live - upTo + size;
      // Larger caches hit too: a hit is counted at the smallest that has it, and summed up below.
      const c = firstAtLeast(sorted, needed);
      if (c < sorted.length) {
        hits[c] = (hits[c] as number) + 1;
        hitBytes[c] = (hitBytes[c] as number) + size;
      }
      add(last, -size);
      objectAt[last] = -1;
    } else live += size;
    add(time, size);
    objectAt[time] = object;
    lastAt[object] = time;
  }
  let sumHits = 0;
  let sumBytes = 0;
  return sorted.map((bytes, c) => {
    sumHits += hits[c] as number;
    sumBytes += hitBytes[c] as number;
    return {
      bytes,
      missRatio: trace.length === 0 ? 0 : 1 - sumHits / trace.length,
      byteMissRatio: asked === 0 ? 0 : 1 - sumBytes / asked,
    };
  });
}

function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((sorted[mid] as number) < value) low = mid + 1;
    else high = mid;
  }
  return low;
}
