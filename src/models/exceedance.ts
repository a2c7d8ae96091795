import { quantile } from './quantile.js';

/** Whether a share of values over a limit is surely within what is allowed, surely beyond it, or too near to tell. */
export type LimitAnswer = 'within' | 'beyond' | 'undecided';

export interface Exceedance {
  answer: LimitAnswer;
  /** Values over the limit ÷ all values. */
  share: number;
  /** How many times the variance of that share exceeds that of independent values; at least 1. */
  designEffect: number;
  /** With fewer values than this not even none over the limit would be sure to be within. */
  needed: number;
}

/** Standard errors from what is allowed; beyond two on one side in 2.3 of 100 samples at the limit. */
const STANDARD_ERRORS = 2;
/** Values over this own quantile are many enough to show how they cluster. */
const CLUSTER_QUANTILE = 0.9;

/**
 * Compares the share of values over `limit` with `allowed` (0.01 for a p99). Values come in stretches of time, since those
 * of one queue follow one another: the test is that of a share with the variance of independent values at `allowed`
 * times a design effect. That is estimated from how the slowest tenth clusters over the stretches, because the few
 * values over the limit say little of themselves: none seen is no proof of none.
 * (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, §3.12 and §9: shares of unequal clusters.)
 */
export function exceedance(
  stretches: readonly ArrayLike<number>[],
  limit: number,
  allowed: number,
): Exceedance {
  const filled = stretches.filter((s) => s.length > 0);
  const n = filled.reduce((sum, s) => sum + s.length, 0);
  if (n === 0) return { answer: 'undecided', share: 0, designEffect: 1, needed: neededFor(1, allowed) };
  const over = filled.map((s) => countOver(s, limit));
  const share = over.reduce((a, b) => a + b, 0) / n;
  const all = new Float64Array(n);
  let at = 0;
  for (const s of filled) for (let i = 0; i < s.length; i++) all[at++] = s[i] as number;
  const slow = quantile(all.sort(), CLUSTER_QUANTILE);
  const designEffect = Math.max(
    1,
    clustering(filled, (s) => countOver(s, slow)),
    over.some((x) => x > 0) ? clustering(filled, (_, i) => over[i] ?? 0) : 1,
  );
  const error = Math.sqrt((designEffect * allowed * (1 - allowed)) / n);
  const z = (share - allowed) / error;
  return {
    answer: z <= -STANDARD_ERRORS ? 'within' : z >= STANDARD_ERRORS ? 'beyond' : 'undecided',
    share,
    designEffect,
    needed: neededFor(designEffect, allowed),
  };
}

const neededFor = (designEffect: number, allowed: number): number =>
  Math.ceil((STANDARD_ERRORS ** 2 * designEffect * (1 - allowed)) / allowed);

/** Variance of a share between clusters of unequal size, over that of independent values. */
function clustering(
  stretches: readonly ArrayLike<number>[],
  hits: (s: ArrayLike<number>, index: number) => number,
): number {
  const k = stretches.length;
  if (k < 2) return 1;
  const counts = stretches.map((s, i) => ({ n: s.length, hits: hits(s, i) }));
  const n = counts.reduce((sum, c) => sum + c.n, 0);
  const share = counts.reduce((sum, c) => sum + c.hits, 0) / n;
  if (share <= 0 || share >= 1) return 1;
  const squares = counts.reduce((sum, c) => sum + (c.hits - share * c.n) ** 2, 0);
  return ((k / (k - 1)) * squares) / (n * share * (1 - share));
}

function countOver(values: ArrayLike<number>, limit: number): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > limit) count++;
  return count;
}
