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
  /** What the samples after were multiplied by, so that the functions that did not change are as before. */
  scale: number;
  /** Functions with enough samples to be tested. */
  tested: number;
  falseDiscoveryRate: number;
  /** Smallest growth of a function of this share that is found four times in five: ratio after ÷ before. */
  leastDetectable(share: number): number;
}

/**
 * A set within a false-discovery rate of one in a hundred holds a false function in one pair of fifty beside a true one,
 * and a gate asks at every change: what is called changed keeps the chance of any false one to this share of that rate.
 */
const FAMILY_SHARE = 0.2;
/** Fewer samples in both together cannot show a change by half. */
const FEWEST = 12;
/** A change that is certain but smaller than this is not worth a look … */
const SMALLEST_RATIO = 1.05;
/** … nor is one of less than this share of all samples. */
const SMALLEST_CHANGE = 0.002;
/** The functions that are as before are known after a few rounds, or the last word counts. */
const MOST_ROUNDS = 10;

/**
 * Which functions take another share of the samples than before. Each is tested on its own (exact binomial test of the
 * split of its samples between the two profiles). Suspected are those within `falseDiscoveryRate` (Y. Benjamini and
 * Y. Hochberg, JRSS B 57, 1995); called changed are those that matter and for which the chance of any false one
 * among all tested is a fifth of that (S. Holm, Scandinavian Journal of Statistics 6, 1979, weighted as below). Shares add
 * to one, so a function that grows makes all others shrink: each is held against the rest of the profile without those
 * that changed. The first such rest is the typical one, by the median ratio of the functions (as expression counts are
 * scaled: S. Anders and W. Huber, Genome Biology 11, 2010). With `scale`, where the work done is known, it is that.
 */
export function differenceOf(
  functions: readonly FunctionCounts[],
  samples: { before: number; after: number },
  options: { falseDiscoveryRate?: number; scale?: number } = {},
): ProfileDifference {
  const falseDiscoveryRate = options.falseDiscoveryRate ?? 0.01;
  const level = FAMILY_SHARE * falseDiscoveryRate;
  const fixed = options.scale === undefined ? undefined : (options.scale * samples.before) / samples.after;
  const stakes = stakesOf(functions, samples);
  const typical = (typicalScale(functions, samples) * samples.before) / samples.after;
  let against: Against = fixed === undefined ? { odds: typical, samples } : { odds: fixed };
  let tests = functions.map((f) => heldAgainst(f, against));
  let changed = surelyChanged(tests, functions, samples, stakes, level);
  for (let round = 1, before: ReadonlySet<number> | undefined; round < MOST_ROUNDS; round++) {
    const rest = fixed === undefined ? restWithout(functions, samples, changed) : undefined;
    if (!rest || (before && sameSet(changed, before))) break;
    against = { odds: rest.before / rest.after, samples: rest };
    before = changed;
    tests = functions.map((f, i) => heldAgainst(f, before?.has(i) ? against : withoutOwn(rest, f)));
    changed = surelyChanged(tests, functions, samples, stakes, level);
  }
  const rates = discoveryRates(tests, functions);
  const { odds } = against;
  return {
    scale: (odds * samples.after) / samples.before,
    tested: tests.filter((t) => !Number.isNaN(t.p)).length,
    falseDiscoveryRate,
    leastDetectable: (share) =>
      leastDetectableRatio(share, samples, level * stakes.weight(share * (samples.before + samples.after))),
    changes: tests.map(({ ratio }, index) => {
      const q = rates.get(index) ?? 1;
      const far = ratio >= SMALLEST_RATIO || ratio <= 1 / SMALLEST_RATIO;
      const isChanged = changed.has(index);
      return { index, ratio, q, isSuspected: isChanged || (q <= falseDiscoveryRate && far), isChanged };
    }),
  };
}

/** What a function is held against. */
interface Against {
  /** Samples before for one after, of what did not change. */
  odds: number;
  /** The samples that the odds are known from; exactly known without. */
  samples?: { before: number; after: number };
}

/** The profile without some functions; nothing when too little is left to hold the others against. */
function restWithout(
  functions: readonly FunctionCounts[],
  samples: { before: number; after: number },
  without: ReadonlySet<number>,
): { before: number; after: number } | undefined {
  let { before, after } = samples;
  for (const i of without) {
    before -= functions[i]?.before ?? 0;
    after -= functions[i]?.after ?? 0;
  }
  return before < FEWEST || after < FEWEST ? undefined : { before, after };
}

/** The rest of the profile as one of its functions sees it. */
function withoutOwn(rest: { before: number; after: number }, f: FunctionCounts): Against {
  const samples = { before: rest.before - f.before, after: rest.after - f.after };
  return samples.before < FEWEST || samples.after < FEWEST
    ? { odds: rest.before / rest.after, samples: rest }
    : { odds: samples.before / samples.after, samples };
}

const sameSet = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean =>
  a.size === b.size && [...a].every((x) => b.has(x));

interface Held {
  ratio: number;
  /** `NaN` with too few samples. */
  p: number;
}

/** One function against the others, which are a count too, and as unsure as their samples are few. */
function heldAgainst(f: FunctionCounts, { odds, samples }: Against): Held {
  const unsure = samples ? 1 + (f.before + f.after) / (samples.before + samples.after) : 1;
  const effect = Math.max(1, f.designEffect ?? 1) * unsure;
  const enough = (f.before + f.after) / effect >= FEWEST;
  return {
    ratio: f.before > 0 ? (f.after / f.before) * odds : Number.POSITIVE_INFINITY,
    p: enough ? splitTest(f.before / effect, f.after / effect, 1 / (odds + 1)) : Number.NaN,
  };
}

/** How the chance of a false call is divided. */
interface Stakes {
  /** Whether a change of a function with so many samples in both together can matter. */
  matters(samples: number): boolean;
  /** Its part of the chance. */
  weight(samples: number): number;
}

/**
 * The chance of a false call is divided by what is at stake: half of it by a function's samples, what a change of it would
 * cost, and half by their square, since more of them can also show a smaller change. The test is conditional on that
 * number, so the weights do not bend the rate (C. R. Genovese et al., Biometrika 93, 2006).
 */
function stakesOf(functions: readonly FunctionCounts[], samples: { before: number; after: number }): Stakes {
  const least = Math.max(FEWEST, (SMALLEST_CHANGE / 2) * (samples.before + samples.after));
  const matters = (n: number): boolean => n >= least;
  let sum = 0;
  let squares = 0;
  for (const f of functions) {
    const n = samplesOf(f);
    if (!matters(n)) continue;
    sum += n;
    squares += n * n;
  }
  return {
    matters,
    weight: (n) => (sum > 0 ? Math.min(1, n / (2 * sum) + (n * n) / (2 * squares)) : 1),
  };
}

/** Those that changed beyond doubt, the chance of any false one at most `level`: step down from the surest. */
function surelyChanged(
  tests: readonly Held[],
  functions: readonly FunctionCounts[],
  samples: { before: number; after: number },
  stakes: Stakes,
  level: number,
): Set<number> {
  const rows = tests
    .flatMap(({ p }, index) => {
      const n = samplesOf(functions[index]);
      return Number.isNaN(p) || !stakes.matters(n) ? [] : [{ index, p, weight: stakes.weight(n) }];
    })
    .sort((a, b) => a.p / a.weight - b.p / b.weight || a.index - b.index);
  const changed = new Set<number>();
  let remaining = rows.reduce((sum, r) => sum + r.weight, 0);
  for (const { index, p, weight } of rows) {
    if (p > (level * weight) / remaining) break;
    remaining -= weight;
    const f = functions[index];
    const ratio = tests[index]?.ratio ?? 1;
    const share = (f?.before ?? 0) / samples.before;
    const moved = f && f.before > 0 ? share * Math.abs(ratio - 1) : (f?.after ?? 0) / samples.after;
    const far = ratio >= SMALLEST_RATIO || ratio <= 1 / SMALLEST_RATIO;
    if (far && moved >= SMALLEST_CHANGE) changed.add(index);
  }
  return changed;
}

/** False-discovery rate at which each function would just be in the set, weighted by its samples. */
function discoveryRates(tests: readonly Held[], functions: readonly FunctionCounts[]): Map<number, number> {
  const counted = tests.flatMap(({ p }, index) => (Number.isNaN(p) ? [] : [{ index, p }]));
  const mean =
    counted.reduce((sum, r) => sum + samplesOf(functions[r.index]), 0) / Math.max(1, counted.length);
  const rows = counted
    .map((r) => ({ ...r, p: Math.min(1, (r.p * mean) / samplesOf(functions[r.index])) }))
    .sort((a, b) => a.p - b.p || a.index - b.index);
  const q = new Map<number, number>();
  let least = 1;
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i];
    if (!row) continue;
    least = Math.min(least, (row.p * rows.length) / (i + 1));
    q.set(row.index, least);
  }
  return q;
}

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
  // Twice the smaller tail, by the incomplete beta function, which takes counts that are no whole numbers too.
  const upper = after <= 0 ? 1 : regularisedBeta(expected, after, before + 1);
  const lower = before <= 0 ? 1 : 1 - regularisedBeta(expected, after + 1, before);
  return Math.min(1, 2 * Math.min(upper, lower));
}

/**
 * The smallest growth that a comparison finds with a power of 80 % in a function of this share, at a chance of a false call
 * for it: ratio after ÷ before. (Normal approximation to two Poisson counts.)
 */
export function leastDetectableRatio(
  share: number,
  samples: { before: number; after: number },
  chance: number,
): number {
  const z = normalQuantile(1 - chance / 2) + normalQuantile(0.8);
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
