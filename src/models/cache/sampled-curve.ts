import { type CurvePoint, stackDistances } from './stack-distance.js';

/** A curve from a sample of the objects, with what the sample rests on. */
export interface SampledCurve {
  points: CurvePoint[];
  /** Share of objects sampled. */
  rate: number;
  sampledObjects: number;
  sampledRequests: number;
  /** Half width of a 95 % interval of the miss ratio, at worst over the sizes. */
  error: number;
}

/** Fewer sampled objects than this say nothing reliable about a curve. */
export const FEWEST_SAMPLED_OBJECTS = 1000;

/**
 * The LRU curve from the requests of a hash-sampled share of the objects; depths are scaled up by 1/rate, and the
 * difference between expected and seen requests is put at depth 0. `undefined` when too few objects fall into the
 * sample. (C. A. Waldspurger et al., Efficient MRC Construction with SHARDS, FAST 2015, §3, with SHARDS-adj of §5.2.)
 *
 * The error is that of sampling objects whose requests hang together: the variance of a sampled sum of request shares
 * p, (1 − R)/R · Σp² (W. G. Cochran, Sampling Techniques, 1977, §2.9 for Bernoulli samples). A few hot objects make it
 * wide, as they should.
 */
export function sampledCurve(
  trace: ArrayLike<number>,
  objects: number,
  rate: number,
  sizes: readonly number[],
): SampledCurve | undefined {
  const threshold = rate * 4294967296;
  const numbers = new Int32Array(objects).fill(-1);
  let sampled = 0;
  for (let object = 0; object < objects; object++) if (mixed(object) < threshold) numbers[object] = sampled++;
  const kept: number[] = [];
  for (let i = 0; i < trace.length; i++) {
    const number = numbers[trace[i] as number] as number;
    if (number >= 0) kept.push(number);
  }
  const requestsOf = new Float64Array(sampled);
  for (const number of kept) requestsOf[number] = (requestsOf[number] as number) + 1;
  const seen = requestsOf.reduce((n, count) => n + (count > 0 ? 1 : 0), 0);
  if (seen < FEWEST_SAMPLED_OBJECTS) return undefined;
  const { counts } = stackDistances(Int32Array.from(kept), sampled);
  const expected = trace.length * rate;
  counts[0] = (counts[0] ?? 0) + (expected - kept.length);
  const sorted = [...sizes].sort((a, b) => a - b);
  let hits = 0;
  let depth = 0;
  const points = sorted.map((size) => {
    for (; depth < Math.min(size * rate, counts.length); depth++) hits += counts[depth] as number;
    return { size, missRatio: Math.min(1, Math.max(0, 1 - hits / expected)) };
  });
  const squares = requestsOf.reduce((sum, count) => sum + (count / trace.length) ** 2, 0) / rate;
  return {
    points,
    rate,
    sampledObjects: seen,
    sampledRequests: kept.length,
    error: Math.min(1, 1.96 * Math.sqrt(((1 - rate) / rate) * squares)),
  };
}

/** A well mixed 32-bit hash of an object's number (the finaliser of MurmurHash3, A. Appleby 2011). */
function mixed(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
