import { minimise } from '../minimise.js';
import { quantile, sorted } from '../quantile.js';
import { type LoadModel, lineOf } from './candidates.js';
import { type CapacityStep, meanOf, overloaded } from './steps.js';

/** How p99 grows with load, on top of a model of the mean. */
export interface Tail {
  id: 'waits' | 'stalls';
  /** Milliseconds; infinite at or above the capacity. */
  p99Ms(throughput: number): number;
  /** Its parameters, for the reader. */
  parameters: Readonly<Record<string, number>>;
}

/**
 * Fits one kind of tail to what the steps say beside a model of them, from `near` on where one is known; `undefined` when they do
 * not hold what it needs.
 */
export type TailFitter = (model: LoadModel, steps: readonly CapacityStep[], near?: Tail) => Tail | undefined;

export interface JudgedTail {
  fitter: TailFitter;
  tail: Tail;
  /** Mean relative error, on the steps held back where `judged`, else on its own. */
  error: number;
  judged: boolean;
}

/**
 * Every tail that the steps allow, the one in front that does clearly best on the p99 of the steps held back, which it has not seen. Where
 * none was held back it is that of waits: nothing tells them apart.
 */
export function judgedTails(
  model: LoadModel,
  seen: readonly CapacityStep[],
  held: readonly CapacityStep[],
  closed: boolean,
): JudgedTail[] {
  // Callers that wait for an answer send nothing into a stop.
  const fitters = closed ? [fitWaits] : [fitWaits, fitStalls];
  const told = held.filter((s) => s.p99Ms !== undefined && !overloaded(s));
  return fitters
    .flatMap((fitter): JudgedTail[] => {
      const tail = fitter(model, [...seen, ...held]);
      if (!tail) return [];
      const early = told.length > 0 ? fitter(model, seen) : undefined;
      if (early) return [{ fitter, tail, error: errorOf(early, told), judged: true }];
      return fitter === fitWaits ? [{ fitter, tail, error: errorOf(tail, seen), judged: false }] : [];
    })
    .sort((a, b) => rankOf(a) - rankOf(b));
}

/** On a few steps, an error that is smaller by less than this is chance: the tail with fewer parameters stays. */
const CLEARLY_BETTER = 0.03;
const rankOf = (t: JudgedTail): number =>
  (t.judged ? 0 : 1) + t.error + (t.fitter === fitWaits ? 0 : CLEARLY_BETTER);

function errorOf(tail: Tail, steps: readonly CapacityStep[]): number {
  const errors = steps.flatMap((s) => {
    const off = s.p99Ms ? Math.abs(tail.p99Ms(s.throughput) / s.p99Ms - 1) : undefined;
    return off === undefined ? [] : [Number.isFinite(off) ? Math.min(off, 1) : 1];
  });
  return errors.length === 0 ? 1 : errors.reduce((a, b) => a + b, 0) / errors.length;
}

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

/** Of exponential waits, which queues tend to under load, the 99th percentile is so many means (J. F. C. Kingman 1961). */
const TAIL_OF_WAITS = Math.log(100);
/** How far real tails lie from that, either way. */
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
export const fitStalls: TailFitter = (model, steps, near) => {
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
  const starts = near
    ? [Object.values(near.parameters)]
    : STARTS.map(([length, share]) => {
        const stallMs = length * spreadMs;
        return [stallMs, (1000 * share) / (stallMs * top), calmMs];
      });
  const best = starts
    .map((start) => minimise(misfit, start.map(Math.log), EDGE, near ? ROUNDS_NEAR : ROUNDS))
    .sort((a, b) => a.value - b.value)[0];
  if (!best) return undefined;
  const stalls = p(best.at);
  return {
    id: 'stalls',
    parameters: { ...stalls },
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
