import { normalQuantile } from './distribution.js';
import { regularisedBeta } from './special.js';

/** A sorted copy, not-a-number values left out. */
export const sorted = (values: ArrayLike<number>): Float64Array =>
  Float64Array.from(values)
    .filter((v) => !Number.isNaN(v))
    .sort();

/**
 * The share-`p` quantile of ascending values by linear interpolation; `NaN` for none.
 * (Type 7 of R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages, 1996.)
 */
export function quantile(ascending: ArrayLike<number>, p: number): number {
  const n = ascending.length;
  if (n === 0) return Number.NaN;
  const at = Math.min(1, Math.max(0, p)) * (n - 1);
  const low = Math.floor(at);
  const a = ascending[low] as number;
  const b = ascending[Math.min(n - 1, low + 1)] as number;
  return a + (b - a) * (at - low);
}

/**
 * An interval of two order statistics that covers the share-`p` quantile with at least `level`, whatever the
 * distribution; `undefined` when the sample is too small for one on both sides.
 * (H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed. 2003, §7.1: P(X(i) ≤ ξ) = P(Bin(n, p) ≥ i).)
 */
export function quantileInterval(
  ascending: ArrayLike<number>,
  p: number,
  level = 0.95,
): [number, number] | undefined {
  const n = ascending.length;
  const miss = (1 - level) / 2;
  const spread = normalQuantile(1 - miss) * Math.sqrt(n * p * (1 - p));
  // P(Bin(n, p) ≥ i) = I_p(i, n − i + 1); the normal value is where the search starts.
  const atLeast = (i: number): number => (i <= 0 ? 1 : i > n ? 0 : regularisedBeta(p, i, n - i + 1));
  let low = Math.min(n, Math.max(0, Math.floor(n * p - spread)));
  while (low > 0 && 1 - atLeast(low) > miss) low--;
  while (low < n && 1 - atLeast(low + 1) <= miss) low++;
  let high = Math.max(1, Math.min(n + 1, Math.ceil(n * p + spread)));
  while (high <= n && atLeast(high) > miss) high++;
  while (high > 1 && atLeast(high - 1) <= miss) high--;
  return low < 1 || high > n ? undefined : [ascending[low - 1] as number, ascending[high - 1] as number];
}

/**
 * The Harrell–Davis estimate of a quantile: a mean of all order statistics weighted by a beta distribution.
 * Steadier than one order statistic in small samples. (F. E. Harrell and C. E. Davis, Biometrika 69, 1982, eq. 2.)
 */
export function harrellDavis(ascending: ArrayLike<number>, p: number): number {
  const n = ascending.length;
  if (n === 0) return Number.NaN;
  if (p <= 0) return ascending[0] as number;
  if (p >= 1) return ascending[n - 1] as number;
  const [a, b] = [(n + 1) * p, (n + 1) * (1 - p)];
  let before = 0;
  let sum = 0;
  for (let i = 1; i <= n; i++) {
    const until = regularisedBeta(i / n, a, b);
    sum += (until - before) * (ascending[i - 1] as number);
    before = until;
  }
  return sum;
}
