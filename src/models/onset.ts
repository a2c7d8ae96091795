import { median } from './spread.js';

/** Where a series steps to another level: the first row of the new level, with the rows it may as well be. */
export interface Onset {
  at: number;
  /** First and last row that together hold `level` of the probability. */
  interval: [number, number];
  before: number;
  after: number;
}

/** Rows that must lie on each side of a step. */
const SIDE = 3;

/** Splits tried over the whole series before the neighbourhood of the best is tried row by row. */
const COARSE = 40;

/**
 * The onset of one step in a series: every split is scored by the absolute distances from the medians of its two
 * sides (Laplace noise: a third of wild rows does no harm), the noise scale is that of the best split, and the
 * interval is the shortest run of rows around the best that holds `level` of the posterior under equal priors.
 * `undefined` for fewer than 2 × 3 values. Rows without a value (`NaN`) are skipped. Splits are tried coarsely first,
 * so of two steps of like size either may be found.
 */
export function onset(values: ArrayLike<number>, level = 0.9): Onset | undefined {
  const rows: number[] = [];
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i] as number)) rows.push(i);
  if (rows.length < 2 * SIDE) return undefined;
  const kept = Float64Array.from(rows, (r) => values[r] as number);
  const last = kept.length - SIDE;
  const stride = Math.max(1, Math.ceil((last - SIDE) / COARSE));
  const coarse = least(splits(kept, SIDE, last, stride));
  const [from, to] = [Math.max(SIDE, coarse.k - 2 * stride), Math.min(last, coarse.k + 2 * stride)];
  const tried = splits(kept, from, to, 1);
  const found = least(tried);
  const scale = Math.max(found.cost / kept.length, Number.MIN_VALUE);
  const weights = tried.map((t) => Math.exp((found.cost - t.cost) / scale));
  const total = weights.reduce((a, b) => a + b, 0);
  let [low, high] = [found.k - from, found.k - from];
  let held = (weights[low] as number) / total;
  while (held < level && (low > 0 || high < tried.length - 1)) {
    const [down, up] = [weights[low - 1] ?? -1, weights[high + 1] ?? -1];
    held += Math.max(down, up) / total;
    if (down > up) low--;
    else high++;
  }
  return {
    at: rows[found.k] as number,
    interval: [rows[from + low] as number, rows[from + high] as number],
    before: median(kept.subarray(0, found.k)),
    after: median(kept.subarray(found.k)),
  };
}

interface Split {
  k: number;
  cost: number;
}
function splits(values: Float64Array, from: number, to: number, stride: number): Split[] {
  const tried: Split[] = [];
  for (let k = from; k <= to; k += stride)
    tried.push({ k, cost: distance(values.subarray(0, k)) + distance(values.subarray(k)) });
  return tried;
}
const least = (tried: readonly Split[]): Split => tried.reduce((a, b) => (b.cost < a.cost ? b : a));

/** Sum of the absolute distances from the median. */
function distance(values: Float64Array): number {
  const centre = median(values);
  let sum = 0;
  for (const v of values) sum += Math.abs(v - centre);
  return sum;
}
