import { arrayOf, isObject } from '../../readers/sample.js';
import { numberOf } from './value.js';

interface NativePoint {
  count: number;
  sum: number;
  bucketCounts: number[];
  explicitBounds: number[];
}

/** Four buckets a power of two, from under a microsecond to some hours in seconds, or to gigabytes in bytes. */
const STEPS_PER_POWER = 4;
const FIRST_POWER = -20;
const LAST_POWER = 36;
const GRID: readonly number[] = Array.from(
  { length: (LAST_POWER - FIRST_POWER) * STEPS_PER_POWER + 1 },
  (_, i) => 2 ** (FIRST_POWER + i / STEPS_PER_POWER),
);
/** Two edges this close, relative to their size, are one. */
const SAME = 1e-6;

/**
 * A native histogram (`{count, sum, buckets: [[rule, from, to, count]]}` with numbers as text) on a fixed grid of bounds,
 * so that points of one series and series of one metric can be added up. Buckets of the exponential schemas 2 and finer
 * lie within one step of the grid; a wider bucket is put where its upper edge is, which can only say "slower".
 */
export function nativePoint(raw: unknown): NativePoint | undefined {
  if (!isObject(raw)) return undefined;
  const count = numberOf(String(raw.count));
  const sum = numberOf(String(raw.sum));
  if (!Number.isFinite(count)) return undefined;
  const bucketCounts = new Array<number>(GRID.length + 1).fill(0);
  for (const entry of arrayOf(raw.buckets)) {
    if (!Array.isArray(entry) || entry.length < 4) return undefined;
    const to = numberOf(String(entry[2]));
    const inside = numberOf(String(entry[3]));
    if (Number.isNaN(to) || !Number.isFinite(inside)) return undefined;
    const at = stepOf(to);
    bucketCounts[at] = (bucketCounts[at] ?? 0) + inside;
  }
  return {
    count: Math.round(count),
    sum: Number.isFinite(sum) ? sum : 0,
    bucketCounts: bucketCounts.map(Math.round),
    explicitBounds: [...GRID],
  };
}

/** The first step of the grid whose bound is at or above an upper edge. */
function stepOf(edge: number): number {
  const wanted = edge * (1 - SAME);
  const at = GRID.findIndex((b) => b >= wanted);
  return at < 0 ? GRID.length : at;
}
