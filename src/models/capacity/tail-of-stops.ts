import { minimise } from '../minimise.js';
import { type LoadModel, lineOf } from './candidates.js';
import { type CapacityStep, meanOf, overloaded } from './steps.js';
import { TAIL_OF_WAITS, type Tail, type TailFitter } from './tail.js';

/**
 * The tail of a system that stops now and then. Two forecasts of it are joined by the mean of their logarithms: what stops do to
 * a queue, which rises at last as they pile up, and the trend of p99, which knows no end. Each is off by itself, rarely the same way.
 * (J. M. Bates and C. W. J. Granger, The Combination of Forecasts, 1969.) Where there is no trend yet, stops are left alone.
 */
export const fitStops: TailFitter = (model, steps, near) => {
  const fit = fitStalls(model, steps, near?.parameters);
  if (!fit) return undefined;
  const trend = fitTrend(model, steps);
  return {
    id: 'stalls',
    parameters: { ...fit.stalls, ...(trend ? { trendPower: trend.power } : {}) },
    p99Ms: trend ? (x) => Math.sqrt(fit.p99Ms(x) * trend.p99Ms(x)) : fit.p99Ms,
  };
};

/** Steps of less load than this share of the highest say little of what comes after it. */
const NEAR_TOP = 1 / 3;
const LEAST_NEAR = 3;

/** p99 in proportion to a power of the load, not less than none: the line of the steps near the highest, both in logarithms. */
function fitTrend(
  model: LoadModel,
  steps: readonly CapacityStep[],
): { power: number; p99Ms: Tail['p99Ms'] } | undefined {
  const own = steps.flatMap((s) =>
    !overloaded(s) && s.p99Ms && s.throughput < model.capacity ? [{ x: s.throughput, p99Ms: s.p99Ms }] : [],
  );
  const top = Math.max(...own.map((s) => s.x));
  const points = own
    .filter((s) => s.x >= NEAR_TOP * top)
    .map((s) => [Math.log(s.x / top), Math.log(s.p99Ms)] as const);
  if (points.length < LEAST_NEAR) return undefined;
  const power = Math.max(0, lineOf(points).slope);
  const atTop = points.reduce((sum, [x, y]) => sum + y - power * x, 0) / points.length;
  return { power, p99Ms: (x) => Math.exp(atTop + power * Math.log(x / top)) };
}

/** What is fitted of a service that stops now and then. */
interface Stalls {
  /** Mean length of a stop. */
  stallMs: number;
  /** Stops a request: collections of garbage come by what was allocated, and time slices of neighbours by what was asked. */
  stallsPerRequest: number;
  /** How fast the tail of a request that met no stop falls off. */
  calmMs: number;
}

/** Points of the distribution that steps may give, and share of requests beyond. */
const QUANTILES = [
  ['p95Ms', 0.05],
  ['p99Ms', 0.01],
] as const;
const LEAST_POINTS = 4;
/** A point that is off by more than this says no more than one that is off by this. */
const MOST_OFF = Math.log(1.5);
const STARTS = [
  [0.3, 0.01],
  [1, 0.01],
  [1, 0.1],
  [3, 0.001],
] as const;
const EDGE = 0.5;
const ROUNDS = 100;
const ROUNDS_NEAR = 40;

/**
 * Everything stops now and then (garbage is collected, another process has the processor), and what came meanwhile is worked off with
 * the capacity that is left. Stops come with the work: after so many requests, 1 / g. With their length exponential of mean D, ν = g ×
 * rate a second and c = 1 − busy + νD for them and what is left, the work that a request finds ahead is that of the queue
 * E(1/g)/M/1: more than w with chance ρ e^(−w (1 − σ) / D), ρ = νD / c and σ = (1 + g (1 − σ) / ρ)^(−1/g). (L. Kleinrock, Queueing
 * Systems I, 1975, §6.4.) With a stop for each request that is M/M/1, σ = ρ; stops that are few come regularly, and do not pile up
 * until there is hardly anything left. So a tail comes up long before requests queue for each other, and then rises slowly.
 */
const fitStalls = (
  model: LoadModel,
  steps: readonly CapacityStep[],
  near: Readonly<Partial<Stalls>> | undefined,
): { stalls: Stalls; p99Ms: Tail['p99Ms'] } | undefined => {
  const leastMs = model.meanMs(1e-9);
  const { capacity } = model;
  const own = steps.filter((s) => !overloaded(s) && s.throughput < capacity && s.p99Ms !== undefined);
  if (!Number.isFinite(capacity) || !Number.isFinite(leastMs) || own.length < LEAST_POINTS) return undefined;
  const medians = own.flatMap((s) => s.p50Ms ?? []);
  const calmest = Math.min(...own.map((s) => s.p99Ms ?? Number.POSITIVE_INFINITY));
  const typicalMs = Math.min(calmest, medians.length > 0 ? Math.min(...medians) : leastMs);
  const highest = Math.max(...own.map((s) => s.p99Ms ?? 0));
  const top = Math.max(...own.map((s) => s.throughput));
  const idle = model.parameters.idleShare ?? 0;
  const busyAt = (x: number): number => idle + ((1 - idle) * x) / capacity;
  const p = (at: readonly number[]): Stalls => ({
    stallMs: Math.exp(at[0] ?? 0),
    stallsPerRequest: Math.exp(at[1] ?? 0),
    calmMs: Math.exp(at[2] ?? 0),
  });
  const misfit = (at: readonly number[]): number => {
    const stalls = p(at);
    // Stops longer than all that p99 shows are none that the steps have seen.
    if (stalls.stallMs > highest - typicalMs) return Number.POSITIVE_INFINITY;
    let sum = 0;
    for (const s of own) {
      const tail = tailOf(stalls, s.throughput, busyAt(s.throughput));
      // What lies near the load that is asked about says most of it.
      const weight = s.throughput / top;
      for (const [name, beyond] of QUANTILES) {
        const got = s[name];
        if (got !== undefined && got > 0) sum += weight * offBy(typicalMs + waitBeyond(tail, beyond), got);
      }
      const mean = meanOf(s);
      if (s.meanMs !== undefined && mean) sum += weight * offBy(leastMs + tail.share * tail.scaleMs, mean);
    }
    return sum;
  };
  const spreadMs = Math.max(1e-3, highest - typicalMs) / TAIL_OF_WAITS;
  const calmMs = Math.max(1e-3, calmest - typicalMs) / TAIL_OF_WAITS;
  const { stallMs: length, stallsPerRequest: share, calmMs: calm } = near ?? {};
  const isNear = length !== undefined && share !== undefined && calm !== undefined;
  const starts = isNear
    ? [[length, share, calm]]
    : STARTS.map(([length, share]) => {
        const stallMs = length * spreadMs;
        return [stallMs, (1000 * share) / (stallMs * top), calmMs];
      });
  const best = starts
    .map((start) => minimise(misfit, start.map(Math.log), EDGE, isNear ? ROUNDS_NEAR : ROUNDS))
    .sort((a, b) => a.value - b.value)[0];
  if (!best) return undefined;
  const stalls = p(best.at);
  return {
    stalls,
    p99Ms: (x) =>
      x < capacity ? typicalMs + waitBeyond(tailOf(stalls, x, busyAt(x)), 0.01) : Number.POSITIVE_INFINITY,
  };
};

const offBy = (said: number, got: number): number => Math.min(MOST_OFF, Math.abs(Math.log(said / got)));

/** Share of requests that wait for a stop, how long those do in the mean, and the tail of the others. */
interface WaitTail {
  share: number;
  scaleMs: number;
  calmMs: number;
}

function tailOf({ stallMs, stallsPerRequest, calmMs }: Stalls, rate: number, busy: number): WaitTail {
  const stopped = (stallsPerRequest * rate * stallMs) / 1000;
  const left = Math.max(1e-6, 1 - busy);
  const share = stopped / (left + stopped);
  return { share, scaleMs: stallMs / (1 - foundAtWork(share, Math.min(1, stallsPerRequest))), calmMs };
}

/** σ, the share of stops that begin before the last is worked off, by halving. */
function foundAtWork(share: number, perRequest: number): number {
  let low = 0;
  let high = share;
  for (let i = 0; i < 30; i++) {
    const mid = (low + high) / 2;
    if (Math.exp(-Math.log1p((perRequest * (1 - mid)) / share) / perRequest) > mid) low = mid;
    else high = mid;
  }
  return low;
}

/** The time over the typical that so large a share of requests exceeds: half of all are over it without a stop. */
function waitBeyond({ share, scaleMs, calmMs }: WaitTail, beyond: number): number {
  let low = 0;
  let high =
    Math.max(calmMs * Math.log(0.5 / beyond), scaleMs * Math.log(share / beyond), 0) + calmMs + scaleMs;
  for (let i = 0; i < 30; i++) {
    const mid = (low + high) / 2;
    const calm = 0.5 * Math.exp(-mid / calmMs);
    if (calm + share * Math.exp(-mid / scaleMs) * (1 - calm) > beyond) low = mid;
    else high = mid;
  }
  return low;
}
