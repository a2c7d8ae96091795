import { fillTree } from './fenwick.js';

/** Reuse of an object: how many different objects were asked for since. Never seen before: −1. */
export interface StackDistances {
  /** `counts[d]`: requests that found their object at depth d (0 = asked for just before). */
  counts: Float64Array;
  /** Requests for objects not seen before. */
  cold: number;
  requests: number;
}

/**
 * Exact LRU stack distances of a whole trace. Times of last use are bits; a Fenwick tree counts them by words of 32,
 * so that it stays small enough for the processor's cache. Times are renumbered when they run out: memory is O(u), time
 * O(n log u). (R. L. Mattson et al., IBM Systems Journal 9, 1970, for the distances; F. Olken 1981 for a tree over
 * times; P. M. Fenwick, Software: Practice and Experience 24, 1994.)
 */
export function stackDistances(trace: ArrayLike<number>, objects: number): StackDistances {
  const words = Math.max(4, Math.ceil((2 * objects) / 32));
  const slots = words * 32;
  const bits = new Int32Array(words);
  const tree = new Int32Array(words + 1);
  /** Slot of the last use + 1; 0 for an object not seen yet. */
  const lastAt = new Int32Array(objects);
  const objectAt = new Int32Array(slots);
  const counts = new Float64Array(objects);
  let cold = 0;
  let time = 0;
  let live = 0;
  const add = (word: number, by: number): void => {
    for (let k = word + 1; k <= words; k += k & -k) tree[k] = (tree[k] as number) + by;
  };
  const renumber = (): void => {
    let to = 0;
    for (let word = 0; word < words; word++) {
      for (let rest = bits[word] as number; rest !== 0; rest &= rest - 1) {
        const object = objectAt[word * 32 + 31 - Math.clz32(rest & -rest)] as number;
        objectAt[to] = object;
        lastAt[object] = ++to;
      }
    }
    time = to;
    const held = Int32Array.from(bits, (_, word) => Math.min(32, Math.max(0, to - word * 32)));
    bits.set(held.map((here) => (here === 32 ? -1 : (1 << here) - 1)));
    fillTree(tree, held);
  };
  for (let i = 0; i < trace.length; i++) {
    const object = trace[i] as number;
    if (time === slots) renumber();
    const last = (lastAt[object] as number) - 1;
    if (last < 0) {
      cold++;
      live++;
    } else {
      const word = last >>> 5;
      let upTo = ones((bits[word] as number) & (-1 >>> (31 - (last & 31))));
      for (let k = word; k > 0; k &= k - 1) upTo += tree[k] as number;
      counts[live - upTo] = (counts[live - upTo] as number) + 1;
      bits[word] = (bits[word] as number) & ~(1 << (last & 31));
      add(word, -1);
    }
    const word = time >>> 5;
    bits[word] = (bits[word] as number) | (1 << (time & 31));
    add(word, 1);
    objectAt[time] = object;
    lastAt[object] = ++time;
  }
  return { counts, cold, requests: trace.length };
}

/** Bits set in a 32-bit word (H. S. Warren, Hacker's Delight, 2012, §5-1). */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A point of a miss-ratio curve: LRU with room for `size` objects misses this share. */
export interface CurvePoint {
  size: number;
  missRatio: number;
}

/** The LRU miss ratio at each size, exact for all of them at once. */
export function lruCurve({ counts, requests }: StackDistances, sizes: readonly number[]): CurvePoint[] {
  const sorted = [...sizes].sort((a, b) => a - b);
  const points: CurvePoint[] = [];
  let hits = 0;
  let depth = 0;
  for (const size of sorted) {
    for (; depth < Math.min(size, counts.length); depth++) hits += counts[depth] as number;
    points.push({ size, missRatio: requests === 0 ? 0 : 1 - hits / requests });
  }
  return points;
}
