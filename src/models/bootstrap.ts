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
 * Percentile interval of the difference of two tail means (`after` − `before`), both samples drawn anew each time, so
 * that where the tail begins is uncertain too. Values come in order of time and are drawn in blocks of neighbours:
 * requests that one stall made slow are one event and not many.
 * (B. Efron and R. J. Tibshirani, 1993, §8.3: two samples; §8.6: the moving block idea, here with fixed blocks.)
 */
export function tailDifferenceInterval(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  share: number,
  options: { level?: number; resamples?: number; seed?: number; blocks?: number } = {},
): [number, number] {
  const { level = 0.95, resamples = 400, seed = 1, blocks = 30 } = options;
  const random = seededRandom(seed);
  const again = (values: ArrayLike<number>): number => {
    const count = Math.max(1, Math.min(blocks, Math.floor(values.length / 5)));
    const size = values.length / count;
    const pick: number[] = [];
    for (let b = 0; b < count; b++) {
      const at = Math.floor(random() * count);
      for (let i = Math.floor(at * size); i < Math.floor((at + 1) * size); i++)
        pick.push(values[i] as number);
    }
    return tailMean(Float64Array.from(pick).sort(), share);
  };
  const results = Float64Array.from({ length: resamples }, () => again(after) - again(before)).sort();
  return [quantile(results, (1 - level) / 2), quantile(results, (1 + level) / 2)];
}
