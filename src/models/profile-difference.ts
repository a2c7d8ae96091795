import { normalCdf, normalQuantile } from './distribution.js';
import { regularisedBeta } from './special.js';

/** Samples of one function in two profiles. */
export interface FunctionCounts {
  before: number;
  after: number;
  /**
   * How many times the variance of the counts exceeds that of independent samples; 1 when samples are independent.
   * Samples that follow one another show the same function: they tell less than their number says.
   */
  designEffect?: number;
}

export interface FunctionChange {
  index: number;
  /** after ÷ before, normalised; infinite for a new function. */
  ratio: number;
  /** Adjusted p-value: the false-discovery rate at which it would just be in the set. */
  q: number;
  /** Sure enough that a pair of equal profiles hardly ever shows one such function. */
  isChanged: boolean;
  /** Within the false-discovery rate, and no more: of many such some are chance. */
  isSuspected: boolean;
}

export interface ProfileDifference {
  changes: FunctionChange[];
  /** What the samples after were multiplied by, so that most functions are as before. */
  scale: number;
  /** Functions with enough samples to be tested. */
  tested: number;
  falseDiscoveryRate: number;
}

/**
 * A set within a false-discovery rate of one in a hundred holds a false function in one pair of fifty beside a true one,
 * and a gate asks at every change: what is called changed keeps the chance of any false one to this share of that rate.
 */
const FAMILY_SHARE = 0.2;
/** Fewer samples in both together cannot show a change by half. */
const FEWEST = 12;
/** A change that is certain but smaller than this is not worth a look. */
const SMALLEST_RATIO = 1.05;

/**
 * Which functions take another share of the samples than before. Each is tested on its own (exact binomial test of the
 * split of its samples between the two profiles). Suspected are those within `falseDiscoveryRate` (Y. Benjamini and
 * Y. Hochberg, JRSS B 57, 1995); called changed are those of them for which the chance of any false one among all
 * tested is a fifth of that (Bonferroni, weighted as below). Shares add to one, so a function that grows makes all others
 * shrink: the samples after are scaled by the median ratio of the functions, as expression counts are
 * (S. Anders and W. Huber, Genome Biology 11, 2010), or by `scale` where the work done is known.
 */
export function differenceOf(
  functions: readonly FunctionCounts[],
  samples: { before: number; after: number },
  options: { falseDiscoveryRate?: number; scale?: number } = {},
): ProfileDifference {
  const falseDiscoveryRate = options.falseDiscoveryRate ?? 0.01;
  const scale = options.scale ?? typicalScale(functions, samples);
  const expected = (samples.after / (scale * samples.before + samples.after)) as number;
  const rows = functions.map((f, index) => {
    const effect = Math.max(1, f.designEffect ?? 1);
    const before = f.before / effect;
    const after = f.after / effect;
    const ratio =
      f.before > 0
        ? (f.after / f.before) * (samples.before / samples.after) * scale
        : Number.POSITIVE_INFINITY;
    return { index, ratio, p: before + after < FEWEST ? Number.NaN : splitTest(before, after, expected) };
  });
  const counted = rows.filter((r) => !Number.isNaN(r.p));
  const mean =
    counted.reduce((sum, r) => sum + samplesOf(functions[r.index]), 0) / Math.max(1, counted.length);
  const tested = counted
    .map((r) => ({ ...r, p: Math.min(1, (r.p * mean) / samplesOf(functions[r.index])) }))
    .sort((a, b) => a.p - b.p || a.index - b.index);
  const q = new Map<number, number>();
  const sure = new Set(
    tested.filter((r) => r.p * tested.length <= FAMILY_SHARE * falseDiscoveryRate).map((r) => r.index),
  );
  let least = 1;
  for (let i = tested.length - 1; i >= 0; i--) {
    const row = tested[i];
    if (!row) continue;
    least = Math.min(least, (row.p * tested.length) / (i + 1));
    q.set(row.index, least);
  }
  return {
    scale,
    tested: tested.length,
    falseDiscoveryRate,
    changes: rows.map(({ index, ratio }) => {
      const rate = q.get(index) ?? 1;
      const far = ratio >= SMALLEST_RATIO || ratio <= 1 / SMALLEST_RATIO;
      const isSuspected = rate <= falseDiscoveryRate && far;
      return { index, ratio, q: rate, isSuspected, isChanged: isSuspected && sure.has(index) };
    }),
  };
}

/**
 * The chance of a false call is divided by what is at stake: a p-value weighs by the function's samples, in both together.
 * More of them can show a smaller change, too. The test is conditional on that number, so the weights do not bend the
 * rate (C. R. Genovese et al., Biometrika 93, 2006).
 */
const samplesOf = (f: FunctionCounts | undefined): number => (f?.before ?? 0) + (f?.after ?? 0);

/** Weighted median of before ÷ after over the functions, each share against its own. */
function typicalScale(
  functions: readonly FunctionCounts[],
  samples: { before: number; after: number },
): number {
  const ratios = functions
    .filter((f) => f.before + f.after >= FEWEST && f.before > 0 && f.after > 0)
    .map((f) => ({
      ratio: f.before / samples.before / (f.after / samples.after),
      // The inverse of the variance of the log ratio, held down so that one large function does not decide.
      weight: Math.min(100, 1 / (1 / f.before + 1 / f.after)),
    }))
    .sort((a, b) => a.ratio - b.ratio);
  const half = ratios.reduce((sum, r) => sum + r.weight, 0) / 2;
  if (ratios.length < 3) return 1;
  let sum = 0;
  for (const r of ratios) {
    sum += r.weight;
    if (sum >= half) return r.ratio;
  }
  return 1;
}

/** Two-sided p-value of `after` of before + after samples when a share `expected` was to be there. */
function splitTest(before: number, after: number, expected: number): number {
  const n = before + after;
  if (n > 2000) {
    const z = (after - n * expected) / Math.sqrt(n * expected * (1 - expected));
    return 2 * (1 - normalCdf(Math.abs(z))) || 2 * normalCdf(-Math.abs(z));
  }
  // Mid-p of the two tails, by the incomplete beta function, which takes counts that are no whole numbers too.
  const upper = after <= 0 ? 1 : regularisedBeta(expected, after, before + 1);
  const lower = before <= 0 ? 1 : 1 - regularisedBeta(expected, after + 1, before);
  return Math.min(1, 2 * Math.min(upper, lower));
}

/**
 * The smallest growth that a comparison finds with a power of 80 % in a function of this share: ratio after ÷ before.
 * (Normal approximation to two Poisson counts.)
 */
export function leastDetectableRatio(
  share: number,
  samples: { before: number; after: number },
  tested: number,
  falseDiscoveryRate = 0.01,
): number {
  const alpha = (FAMILY_SHARE * falseDiscoveryRate) / Math.max(1, tested);
  const z = normalQuantile(1 - alpha / 2) + normalQuantile(0.8);
  const before = share * samples.before;
  const after = share * samples.after;
  return before > 0 && after > 0 ? Math.exp(z * Math.sqrt(1 / before + 1 / after)) : Number.POSITIVE_INFINITY;
}

/**
 * How much the counts of each function vary more than those of independent samples, from their order: batch means
 * (the variance that a block bootstrap tends to; H. R. Künsch, Annals of Statistics 17, 1989). At least 1.
 */
export function designEffects(functionOfSample: ArrayLike<number>, functions: number): Float64Array {
  const effects = new Float64Array(functions).fill(1);
  const n = functionOfSample.length;
  const blocks = Math.min(50, Math.floor(Math.sqrt(n)));
  if (blocks < 10) return effects;
  const length = Math.floor(n / blocks);
  const counts = new Float64Array(functions * blocks);
  for (let b = 0; b < blocks; b++)
    for (let i = b * length; i < (b + 1) * length; i++) {
      const at = (functionOfSample[i] as number) * blocks + b;
      counts[at] = (counts[at] as number) + 1;
    }
  for (let f = 0; f < functions; f++) {
    let sum = 0;
    let squares = 0;
    for (let b = 0; b < blocks; b++) {
      const c = counts[f * blocks + b] as number;
      sum += c;
      squares += c * c;
    }
    const mean = sum / blocks;
    const share = sum / (blocks * length);
    const independent = length * share * (1 - share);
    if (independent <= 0) continue;
    const variance = (squares - blocks * mean * mean) / (blocks - 1);
    effects[f] = Math.max(1, variance / independent);
  }
  return effects;
}
