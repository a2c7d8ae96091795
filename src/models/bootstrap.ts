import { quantile } from './quantile.js';
import { seededRandom } from './random.js';

/**
 * Percentile interval of a statistic of resampled rows. `statistic` gets the row numbers of one resample (valid only
 * during the call). The same seed gives the same interval.
 * (B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, §13.3.)
 */
export function bootstrapInterval(
  rows: number,
  statistic: (resample: Int32Array) => number,
  options: { level?: number; resamples?: number; seed?: number } = {},
): [number, number] {
  const { level = 0.95, resamples = 200, seed = 1 } = options;
  const random = seededRandom(seed);
  const pick = new Int32Array(rows);
  const results = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < rows; i++) pick[i] = Math.floor(random() * rows);
    results[r] = statistic(pick);
  }
  results.sort();
  return [quantile(results, (1 - level) / 2), quantile(results, (1 + level) / 2)];
}

/** Bootstrap interval of the mean of values. */
export function meanInterval(values: ArrayLike<number>, level = 0.95, seed = 1): [number, number] {
  return bootstrapInterval(
    values.length,
    (pick) => {
      let sum = 0;
      for (let i = 0; i < pick.length; i++) sum += values[pick[i] as number] as number;
      return sum / pick.length;
    },
    { level, seed },
  );
}

/** Mean of the slowest `share` of ascending values: at least one of them. */
export function tailMean(ascending: ArrayLike<number>, share: number): number {
  const n = ascending.length;
  const from = Math.min(n - 1, Math.max(0, Math.floor(n * (1 - share))));
  let sum = 0;
  for (let i = from; i < n; i++) sum += ascending[i] as number;
  return n === 0 ? Number.NaN : sum / (n - from);
}

/**
 * Percentile interval of the difference of two tail means (`after` − `before`), both samples drawn anew each time,
 * so that where the tail begins is uncertain too. (B. Efron and R. J. Tibshirani, 1993, §8.3: two-sample problems.)
 */
export function tailDifferenceInterval(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  share: number,
  options: { level?: number; resamples?: number; seed?: number } = {},
): [number, number] {
  const { level = 0.95, resamples = 200, seed = 1 } = options;
  const random = seededRandom(seed);
  const again = (values: ArrayLike<number>): number => {
    const pick = new Float64Array(values.length);
    for (let i = 0; i < pick.length; i++) pick[i] = values[Math.floor(random() * values.length)] as number;
    return tailMean(pick.sort(), share);
  };
  const results = Float64Array.from({ length: resamples }, () => again(after) - again(before)).sort();
  return [quantile(results, (1 - level) / 2), quantile(results, (1 + level) / 2)];
}
