import { regularisedBeta } from '../../models/special.js';
import { type LatencyHistogram, quantileMs } from './histogram.js';

/** What a run says of itself: whether its numbers describe the target, or the generator. */
export interface RunJudgement {
  verdict: 'valid' | 'invalid';
  /** Why it is invalid, or what to keep in mind. */
  reasons: string[];
  /** Percentiles, each with an interval; without one when the run is too short for it. */
  quantiles: EstimatedQuantile[];
}
export interface EstimatedQuantile {
  name: 'p50' | 'p90' | 'p95' | 'p99' | 'p999';
  valueMs: number;
  lowMs?: number;
  highMs?: number;
  /** "p99 not estimable from 120 requests", when the interval has no upper end. */
  notEstimable?: string;
}

/** Everything the judgement rests on, counted over the part of the run that counts. */
export interface RunEvidence {
  due: number;
  sent: number;
  dropped: number;
  /** Requests that waited for one of the allowed connections. */
  waited: number;
  lag: LatencyHistogram;
  latency: LatencyHistogram;
  /** The generator's thread was busy for this share of each second. */
  busy: readonly number[];
  /** Requests still without an answer at the end. */
  unanswered: number;
}

/** Below this share of the intended requests, the load was not the one asked for. */
const ACHIEVED = 0.99;
/** A generator may be late by this much at most, or by this share of the p99 it measured. */
const LAG_MS = 5;
const LAG_SHARE = 0.05;
/** Above this share of a second the thread has no time left to be punctual. */
const BUSY = 0.95;
const BUSY_SECONDS = 0.1;

/** Judges a run on what it measured about itself. */
export function judgeRun(e: RunEvidence): RunJudgement {
  const invalid: string[] = [];
  const notes: string[] = [];
  const p99 = quantileMs(e.latency, 0.99) ?? 0;
  const lag = quantileMs(e.lag, 0.99) ?? 0;
  const achieved = e.due === 0 ? 0 : e.sent / e.due;
  if (e.due === 0) invalid.push('no request was due: the plan asks for none');
  else if (achieved < ACHIEVED)
    invalid.push(
      `only ${share(achieved)} of the requests that were due were sent: ${e.dropped} were left out at the limit of requests in flight, so every percentile is a lower bound`,
    );
  else if (e.dropped > 0)
    notes.push(
      `${e.dropped} requests were left out at the limit of requests in flight; percentiles are lower bounds`,
    );
  if (lag > Math.max(LAG_MS, LAG_SHARE * p99))
    invalid.push(`the generator itself was late: ${round(lag)} ms at the 99th percentile`);
  const full = e.busy.filter((b) => b > BUSY).length;
  if (e.busy.length > 0 && full > BUSY_SECONDS * e.busy.length)
    invalid.push(`the generator had no time left in ${full} of ${e.busy.length} s: it is the bottleneck`);
  if (e.waited > 0)
    notes.push(
      `${e.waited} requests waited for one of the allowed connections; the wait is in their latency, since it runs from the intended start`,
    );
  if (e.unanswered > 0) notes.push(`${e.unanswered} requests had no answer when the run was stopped`);
  return {
    verdict: invalid.length > 0 ? 'invalid' : 'valid',
    reasons: [...invalid, ...notes],
    quantiles: QUANTILES.flatMap(([name, p]) => estimate(name, p, e.latency)),
  };
}

const QUANTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p999', 0.999],
] as const;

/**
 * A quantile with the order statistics that cover it in 95 of 100 runs; requests are taken as independent.
 * (H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed. 2003, §7.1.)
 */
function estimate(name: EstimatedQuantile['name'], p: number, h: LatencyHistogram): EstimatedQuantile[] {
  const n = h.totalCount;
  const valueMs = quantileMs(h, p);
  if (valueMs === undefined) return [];
  const ranks = rankInterval(n, p);
  if (!ranks) return [{ name, valueMs, notEstimable: `${name} not estimable from ${n} requests` }];
  return [
    {
      name,
      valueMs,
      lowMs: quantileMs(h, ranks[0] / n) ?? valueMs,
      highMs: quantileMs(h, ranks[1] / n) ?? valueMs,
    },
  ];
}

/** The ranks (from 1) between which the share-`p` quantile lies in 95 of 100 samples; none when the sample is too small. */
function rankInterval(n: number, p: number): [number, number] | undefined {
  const miss = 0.025;
  const atLeast = (i: number): number => (i <= 0 ? 1 : i > n ? 0 : regularisedBeta(p, i, n - i + 1));
  const low = bisect(0, n, (i) => 1 - atLeast(i + 1) > miss);
  const high = bisect(0, n + 1, (i) => atLeast(i) <= miss);
  return low < 1 || high > n ? undefined : [low, high];
}

/** The smallest whole number in a range for which a condition holds that stays true once it is. */
function bisect(from: number, to: number, holds: (i: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const share = (x: number): string => `${(x * 100).toFixed(1)} %`;
const round = (x: number): string => (x >= 100 ? x.toFixed(0) : x.toFixed(1));
