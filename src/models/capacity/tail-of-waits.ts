import { quantile, sorted } from '../quantile.js';
import { multiServerWait } from '../queueing.js';
import { lineOf } from './candidates.js';
import { type CapacityStep, meanOf, overloaded } from './steps.js';
import { TAIL_OF_WAITS, type TailFitter } from './tail.js';

/** p99 = base + factor × mean wait: a tail grows with the wait, and the factor says by how much. */
export const fitWaits: TailFitter = (model, steps) => {
  const leastMs = model.meanMs(1e-9);
  const points = steps.flatMap((s): [number, number][] => {
    const wait = model.meanMs(s.throughput) - leastMs;
    return s.p99Ms === undefined || overloaded(s) || !Number.isFinite(wait) ? [] : [[wait, s.p99Ms]];
  });
  if (points.length < 2 || !Number.isFinite(leastMs)) return undefined;
  const slope = waitFactor(points);
  const start = quantile(sorted(points.map(([wait, p99]) => p99 - slope * wait)), 0.5);
  // The base cannot be below nothing: then all of it is waiting.
  const waits = points.filter(([wait]) => wait > 0);
  const [baseMs, factor] =
    start >= 0 ? [start, slope] : [0, Math.max(...waits.map(([wait, p99]) => p99 / wait))];
  return {
    id: 'waits',
    parameters: { baseMs, factor },
    p99Ms(x) {
      const mean = model.meanMs(x);
      return Number.isFinite(mean) ? baseMs + factor * (mean - leastMs) : Number.POSITIVE_INFINITY;
    },
  };
};

/** How far real tails lie from that of exponential waits, either way. */
const TAIL_SPREAD = TAIL_OF_WAITS / 2;
/** A p99 of one step is not better known than this share of it. */
const LEAST_NOISE = 0.05;

/**
 * How much p99 grows with the mean wait: the slope of the steps, drawn towards that of exponential waits as far as the steps leave
 * it open (a normal prior, its weight by the standard error of the slope).
 */
function waitFactor(points: readonly (readonly [number, number])[]): number {
  const { slope, start } = lineOf(points);
  const mean = points.reduce((a, [x]) => a + x, 0) / points.length;
  const spread = points.reduce((a, [x]) => a + (x - mean) ** 2, 0);
  const off = quantile(sorted(points.map(([x, y]) => Math.abs(y - start - slope * x))), 0.5);
  const noise = Math.max(1.4826 * off, LEAST_NOISE * Math.abs(start));
  const error = spread > 0 ? noise / Math.sqrt(spread) : Number.POSITIVE_INFINITY;
  const own = 1 / error ** 2;
  const prior = 1 / TAIL_SPREAD ** 2;
  return Math.max(0, (slope * own + TAIL_OF_WAITS * prior) / (own + prior));
}

/** Work whose squared variation is 7 waits four times as long as exponential work (F. Pollaczek and A. Khinchine, M/G/1). */
const MOST_UNEVEN = 4;

/**
 * Whether requests wait longer than the queue for a resource makes them, however uneven their work: what they wait for are stops
 * then. False where its servers or its busy share are not known. By what mean latency rose by, up to the
 * steps from half the highest load on.
 */
export function waitsBeyondQueue(steps: readonly CapacityStep[]): boolean {
  const known = steps.flatMap((s) => {
    const meanMs = meanOf(s);
    if (overloaded(s) || !s.servers || !s.utilisation || meanMs === undefined) return [];
    return [{ rate: s.throughput, meanMs, queuedMs: exponentialWaitMs(s) }];
  });
  const top = Math.max(...known.map((s) => s.rate));
  const [least] = [...known].sort((a, b) => a.meanMs - b.meanMs);
  const times = known.flatMap((s) => {
    if (!least || s.rate < top / 2 || s.queuedMs <= least.queuedMs) return [];
    return [(s.meanMs - least.meanMs) / (s.queuedMs - least.queuedMs)];
  });
  return times.length > 0 && quantile(sorted(times), 0.5) > MOST_UNEVEN;
}

/** Mean wait that a queue for the resource would give exponential work: M/M/c at the busy share and the demand of the step. */
function exponentialWaitMs({ servers = 1, utilisation = 0, throughput }: CapacityStep): number {
  return 1000 * multiServerWait(throughput, (servers * utilisation) / throughput, servers).meanWaitSeconds;
}
