import { benjaminiHochberg, holm } from '../../models/multiplicity.js';
import { harrellDavis, sorted } from '../../models/quantile.js';
import { hodgesLehmann, mannWhitney, runsNeeded } from '../../models/rank-test.js';
import { mean } from '../../models/spread.js';
import { type Order, orderOf, type Run, sharedMetrics, type Worse, worseWhen } from './run.js';

export interface CompareOptions {
  /** Smallest change that matters, as a share of the baseline: 0.05. */
  minimumEffect: number;
  /** Chance of a false alarm over all metrics together. */
  level: number;
  /** Metrics to hold against each other; all shared ones when absent. */
  metrics?: readonly string[];
  /** Correction over several metrics. */
  correction: 'holm' | 'bh';
}
export const DEFAULT_COMPARE: CompareOptions = { minimumEffect: 0.05, level: 0.05, correction: 'holm' };

export type Verdict = 'pass' | 'fail' | 'inconclusive';

export interface MetricComparison {
  metric: string;
  worse: Worse;
  /** Harrell–Davis medians over the runs, in the metric's unit. */
  baseline: number;
  candidate: number;
  /** Change of the candidate as a share of the baseline, with its interval; positive is more. */
  shift: number;
  low?: number;
  high?: number;
  /** The change is in the metric's own unit, because a run had a value of zero or below. */
  absolute: boolean;
  p: number;
  /** After the correction over all metrics. */
  pAdjusted: number;
  verdict: Verdict;
  /** The candidate is better beyond doubt, by at least the smallest change that matters. */
  better: boolean;
  /** Runs a side that are missing for a change of `minimumEffect` to be seen four times in five. */
  moreRuns: number;
}

export interface Comparison {
  verdict: Verdict;
  metrics: MetricComparison[];
  runs: { baseline: number; candidate: number };
  order: Order;
  options: CompareOptions;
}

const POWER = 0.8;

/**
 * Holds the runs of two sides against each other, run by run. A metric fails when the rank test, corrected over all metrics,
 * rejects and the Hodges–Lehmann shift is at least the smallest change that matters; it passes when the interval rules such
 * a change out; else the answer is how many more runs would tell. The result for all is the worst of each.
 * Throws a RangeError when a side has no run or the sides share no metric.
 */
export function compareRuns(
  baseline: readonly Run[],
  candidate: readonly Run[],
  options: CompareOptions = DEFAULT_COMPARE,
): Comparison {
  const names = options.metrics ?? sharedMetrics(baseline, candidate);
  if (baseline.length === 0 || candidate.length === 0) throw new RangeError('a side has no run');
  if (names.length === 0) throw new RangeError('the two sides share no metric');
  const each = names.map((name) => measure(name, values(baseline, name), values(candidate, name), options));
  const adjust = options.correction === 'holm' ? holm : benjaminiHochberg;
  const adjusted = adjust(each.map((m) => m.p));
  const metrics = each.map((m, i) => judged({ ...m, pAdjusted: adjusted[i] ?? 1 }, options));
  return {
    verdict: worst(metrics.map((m) => m.verdict)),
    metrics,
    runs: { baseline: baseline.length, candidate: candidate.length },
    order: orderOf(baseline, candidate),
    options,
  };
}

const values = (runs: readonly Run[], name: string): number[] =>
  runs.map((r) => r.metrics[name]).filter((v): v is number => v !== undefined);

const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes('fail') ? 'fail' : verdicts.includes('inconclusive') ? 'inconclusive' : 'pass';

function measure(metric: string, a: number[], b: number[], options: CompareOptions): MetricComparison {
  const absolute = [...a, ...b].some((v) => v <= 0);
  // Times multiply: what makes a run slow makes all of it slow by a share.
  const scale = absolute ? (v: number) => v : Math.log;
  const back = absolute ? (v: number) => v : (v: number) => Math.expm1(v);
  const [x, y] = [a.map(scale), b.map(scale)];
  const { shift, low, high } = hodgesLehmann(x, y, 1 - options.level);
  const p = mannWhitney(x, y).twoSided;
  const spread = spreadOf(x, y);
  const effect = effectOf(absolute, [...a, ...b], options);
  // Without spread any change shows at once, as soon as the test can reject at all.
  const enough = spread > 1e-9 ? runsNeeded(effect / spread, options.level, POWER) : 0;
  return {
    metric,
    worse: worseWhen(metric),
    baseline: harrellDavis(sorted(a), 0.5),
    candidate: harrellDavis(sorted(b), 0.5),
    shift: back(shift),
    ...(low === undefined ? {} : { low: back(low) }),
    ...(high === undefined ? {} : { high: back(high) }),
    absolute,
    p,
    pAdjusted: p,
    verdict: 'inconclusive',
    better: false,
    moreRuns: Math.max(fewestRuns(options.level), enough) - Math.min(a.length, b.length),
  };
}

/** The smallest change that matters, on the scale the test works on; of the mean of both sides where that is absolute. */
const effectOf = (absolute: boolean, all: readonly number[], options: CompareOptions): number =>
  absolute ? options.minimumEffect * Math.max(1e-12, Math.abs(mean(all))) : Math.log1p(options.minimumEffect);

/** Standard deviation within the sides, both together. */
function spreadOf(x: readonly number[], y: readonly number[]): number {
  const squares = [x, y].map((side) => {
    const centre = mean(side);
    return side.reduce((sum, v) => sum + (v - centre) ** 2, 0);
  });
  const freedom = Math.max(1, x.length + y.length - 2);
  return Math.sqrt(((squares[0] ?? 0) + (squares[1] ?? 0)) / freedom);
}

/** Fewest runs a side with which the exact test can reject at all: 2 / C(2n, n) ≤ level. */
export function fewestRuns(level: number): number {
  let n = 1;
  for (let ways = 2; 2 / ways > level; n++) ways = (ways * (2 * n + 2) * (2 * n + 1)) / (n + 1) ** 2;
  return n;
}

function judged(m: MetricComparison, options: CompareOptions): MetricComparison {
  const sign = m.worse === 'higher' ? 1 : -1;
  const limit = m.absolute
    ? options.minimumEffect * Math.abs(m.baseline)
    : sign > 0
      ? options.minimumEffect
      : options.minimumEffect / (1 + options.minimumEffect);
  const worseBy = sign * m.shift;
  const worseAtMost = sign > 0 ? m.high : m.low === undefined ? undefined : -m.low;
  const real = m.pAdjusted <= options.level;
  // Values that are all one and the same leave nothing to doubt.
  const same = m.shift === 0 && m.low === 0 && m.high === 0;
  const verdict: Verdict =
    real && worseBy >= limit && worseBy > 0
      ? 'fail'
      : same || (worseAtMost !== undefined && worseAtMost < Math.max(limit, 1e-12))
        ? 'pass'
        : 'inconclusive';
  return {
    ...m,
    verdict,
    better: real && worseBy <= -limit && worseBy < 0,
    moreRuns: verdict === 'inconclusive' ? Math.max(1, m.moreRuns) : 0,
  };
}
