import { quantile, sorted } from '../quantile.js';
import { erlangC } from '../queueing.js';
import { normalNumbers, type Random, seededRandom } from '../random.js';
import { moved, type Regime, regimeOf } from './diffusion.js';
import { firstFree, gammaService } from './simulate.js';
import {
  addExponentialWaits,
  addWait,
  copyOf,
  type WaitRecord,
  waitQuantile,
  waitRecord,
} from './wait-record.js';

/** Workers in front of a queue whose arrival rate changes from step to step. */
export interface VaryingLoad {
  ratePerSecond: readonly number[];
  stepSeconds: number;
  serviceSeconds: number;
  /** Squared coefficients of variation: of the gaps between arrivals (1 for Poisson), and of service. */
  arrivalVariation: number;
  serviceVariation: number;
  /** Every arrival, ascending, where each is known; then they are served as they came. */
  arrivalsSeconds?: Float64Array;
}

/** What chance leaves of a figure: the middle of all runs of the same load, and what eight of ten lie within. */
export interface Chance {
  low: number;
  middle: number;
  high: number;
}

export interface VaryingWait {
  /** The wait that a share `quantile` of all customers of a run does not exceed. */
  quantileSeconds(quantile: number): Chance;
  /** Largest backlog in customers, and the longest stretch in which one waited longer than a service takes. */
  worstBacklog: Chance;
  longestBacklogSeconds: Chance;
}

/** The load behind so many workers: a run by its seed, and how many runs its cost affords. */
interface Behind {
  run(seed: number): Run;
  afford: number;
}
const affordable = (budget: number, each: number): number =>
  Math.max(FEWEST_RUNS, Math.min(RUNS, budget / Math.max(1, each)));

/** One run of the load, by chance: its waits, its worst wait, and how long waits were worth the name. */
interface Run {
  waits: WaitRecord;
  worstSeconds: number;
  longestSeconds: number;
}

/** Runs of a load; fewer where each arrival is served singly. */
const RUNS = 400;
const FEWEST_RUNS = 20;
/** Share of the runs that tells well enough where to look further, and how many those are at least. */
export const FEW_RUNS = 0.25;
const FEWEST_OF_FEW = 8;
/** Looks at the motion in all runs together: a long load needs fewer runs, for each has much of chance in it. */
const LOOKS = 10_000_000;
/** Customers served singly in all runs together, and in one: beyond them the queue is a motion. */
const SERVED_SINGLY = 2_000_000;
const MOST_SINGLY = 100_000;
const MOST_RECORDED = 400_000;
/** A step so many times as long as the queue remembers is in its long run. */
const LONG_RUN = 100;
/** Parts of a step in which the motion is looked at. */
const FEWEST_PARTS = 30;
const MOST_PARTS = 120;
const EIGHT_OF_TEN = [0.1, 0.9] as const;

/** Waits behind so many workers; a share of all runs is enough to look around. */
export type Waits = (workers: number, share?: number) => VaryingWait;

/**
 * Waits under a load that changes, over many runs of chance. Few arrivals, or recorded ones, are served one by one. Many
 * are a diffusion in each step (see `Regime`), whose long run is taken from its formula where the step is long enough.
 * Rates are taken as they are told: arrivals stray around them, as they would on another such day. What was drawn and
 * what was answered is kept: numbers of workers are compared on the same draws.
 */
export function waitsUnder(load: VaryingLoad): Waits {
  const arrivals =
    load.arrivalsSeconds?.length ?? load.ratePerSecond.reduce((sum, r) => sum + r, 0) * load.stepSeconds;
  const singly = arrivals <= (load.arrivalsSeconds ? MOST_RECORDED : MOST_SINGLY);
  const behind = singly ? servedSingly(load) : asMotion(load);
  const known = new Map<string, VaryingWait>();
  return (workers, share = 1) => {
    const key = `${workers} ${share}`;
    const before = known.get(key);
    if (before) return before;
    const { run, afford } = behind(workers);
    const count = Math.max(FEWEST_OF_FEW, Math.round(share * afford));
    const runs = Array.from({ length: count }, (_, i) => run(i + 1));
    const quantiles = new Map<number, Chance>();
    const wait: VaryingWait = {
      quantileSeconds: (q) => {
        const told = quantiles.get(q) ?? chanceOf(runs.map((r) => waitQuantile(r.waits, q)));
        quantiles.set(q, told);
        return told;
      },
      worstBacklog: chanceOf(runs.map((r) => (r.worstSeconds * workers) / load.serviceSeconds)),
      longestBacklogSeconds: chanceOf(runs.map((r) => r.longestSeconds)),
    };
    known.set(key, wait);
    return wait;
  };
}

export const waitUnderVaryingLoad = (load: VaryingLoad, workers: number): VaryingWait =>
  waitsUnder(load)(workers);

function chanceOf(values: readonly number[]): Chance {
  const ascending = sorted(values);
  const [low, high] = EIGHT_OF_TEN;
  return {
    low: quantile(ascending, low),
    middle: quantile(ascending, 0.5),
    high: quantile(ascending, high),
  };
}

/** Arrivals of a run, and how long each is served. */
interface Drawn {
  arrivals: Float64Array;
  services: Float64Array;
}

/** Each arrival served by the worker that is free first; arrivals that are not known are drawn from the rates. */
function servedSingly(load: VaryingLoad): (workers: number) => Behind {
  const known = new Map<number, Drawn>();
  const drawnBy = (seed: number): Drawn => {
    const before = known.get(seed);
    if (before) return before;
    const arrivals = load.arrivalsSeconds ?? drawArrivals(load, seededRandom(2 * seed + 1));
    const service = gammaService(load.serviceSeconds, load.serviceVariation, seededRandom(2 * seed));
    const drawn = { arrivals, services: Float64Array.from(arrivals, () => service()) };
    known.set(seed, drawn);
    return drawn;
  };
  const runBehind =
    (workers: number) =>
    (seed: number): Run => {
      const { arrivals, services } = drawnBy(seed);
      const waitOf = firstFree(workers);
      const waits = waitRecord(load.serviceSeconds);
      const standing = longestStretch(load.serviceSeconds);
      let worstSeconds = 0;
      for (let i = 0; i < arrivals.length; i++) {
        const at = arrivals[i] as number;
        const wait = waitOf(at, services[i] as number);
        addWait(waits, wait, 1);
        standing.see(at, wait);
        if (wait > worstSeconds) worstSeconds = wait;
      }
      return { waits, worstSeconds, longestSeconds: standing.longest() };
    };
  return (workers) => ({
    run: runBehind(workers),
    afford: affordable(SERVED_SINGLY, drawnBy(1).arrivals.length),
  });
}

/** Renewals of the given variation, run through faster or slower as the rate is. */
function drawArrivals(load: VaryingLoad, random: Random): Float64Array {
  const gap = gammaService(1, load.arrivalVariation, random);
  const times: number[] = [];
  // An even stream starts anywhere within its first gap.
  let left = gap() * (load.arrivalVariation < 1 ? random() : 1);
  load.ratePerSecond.forEach((rate, step) => {
    let at = step * load.stepSeconds;
    const end = at + load.stepSeconds;
    for (; left <= rate * (end - at); left = gap()) {
      at += left / rate;
      times.push(at);
    }
    left -= rate * (end - at);
  });
  return Float64Array.from(times);
}

interface Step extends Regime {
  rate: number;
  /** Whether the step shows the long run, when it does not begin with a backlog. */
  settles: boolean;
  parts: number;
}

/** The load as a motion. What steps in their long run add is the same in every run, and is summed up once. */
function asMotion(load: VaryingLoad): (workers: number) => Behind {
  const merged = notShorterThanService(load);
  return (workers) => motionBehind(load, merged, workers);
}

function motionBehind(
  load: VaryingLoad,
  { ratePerSecond, stepSeconds }: Pick<VaryingLoad, 'ratePerSecond' | 'stepSeconds'>,
  workers: number,
): Behind {
  const { serviceSeconds } = load;
  const steps = stepsOf(load, ratePerSecond, stepSeconds, workers);
  const settled = waitRecord(serviceSeconds);
  for (const s of steps) if (s.settles) addExponentialWaits(settled, s.rate * stepSeconds, s.waits, s.decay);
  const looks = steps.reduce((sum, x) => sum + (x.settles ? 1 : x.parts), 0);
  const run = (seed: number): Run => {
    const random = seededRandom(seed);
    const normal = normalNumbers(random);
    const waits = copyOf(settled);
    const standing = longestStretch(serviceSeconds);
    let worstSeconds = 0;
    let at = Number.NEGATIVE_INFINITY;
    steps.forEach((s, i) => {
      at = Math.max(at, s.floor);
      if (s.settles && at - s.floor <= 5 / s.decay) {
        at = s.floor - Math.log(1 - random()) / s.decay;
        standing.see((i + 1) * stepSeconds, 0);
        return;
      }
      if (s.settles) addExponentialWaits(waits, -s.rate * stepSeconds, s.waits, s.decay);
      const part = stepSeconds / s.parts;
      const weight = s.rate * part;
      for (let p = 1; p <= s.parts; p++) {
        at = moved(at, s, part, normal, random);
        const wait = Math.max(0, at);
        addWait(waits, wait, weight);
        standing.see(i * stepSeconds + p * part, wait);
        if (wait > worstSeconds) worstSeconds = wait;
      }
    });
    return { waits, worstSeconds, longestSeconds: standing.longest() };
  };
  return { run, afford: affordable(LOOKS, looks) };
}

/** Steps shorter than a service are seen together: what comes within one meets workers that were free anyhow. */
function notShorterThanService(load: VaryingLoad): Pick<VaryingLoad, 'ratePerSecond' | 'stepSeconds'> {
  const together = Math.ceil(load.serviceSeconds / load.stepSeconds);
  if (together <= 1) return load;
  const ratePerSecond: number[] = [];
  for (let i = 0; i < load.ratePerSecond.length; i += together) {
    const of = load.ratePerSecond.slice(i, i + together);
    ratePerSecond.push(of.reduce((a, b) => a + b, 0) / together);
  }
  return { ratePerSecond, stepSeconds: together * load.stepSeconds };
}

function stepsOf(
  load: VaryingLoad,
  ratePerSecond: readonly number[],
  stepSeconds: number,
  workers: number,
): Step[] {
  const spread = (load.arrivalVariation + load.serviceVariation) / 2;
  const known = new Map<number, number>();
  // Erlang's formula takes a turn for every worker: near rates share theirs.
  const waitShare = (busy: number): number => {
    const near = Number(busy.toPrecision(4));
    const share = known.get(near) ?? erlangC(workers, near * workers);
    known.set(near, share);
    return share;
  };
  return ratePerSecond.map((rate) => {
    const regime = regimeOf(rate, workers, load.serviceSeconds, spread, waitShare);
    return {
      ...regime,
      rate,
      settles: regime.memorySeconds * LONG_RUN <= stepSeconds,
      parts: Math.round(
        Math.min(MOST_PARTS, Math.max(FEWEST_PARTS, (4 * stepSeconds) / regime.memorySeconds)),
      ),
    };
  });
}

/** The longest stretch of time in which the wait stayed above `seconds`. */
function longestStretch(seconds: number): { see(at: number, wait: number): void; longest(): number } {
  let since = Number.NaN;
  let longest = 0;
  return {
    see(at, wait) {
      if (wait <= seconds) since = Number.NaN;
      else if (Number.isNaN(since)) since = at;
      else longest = Math.max(longest, at - since);
    },
    longest: () => longest,
  };
}

/**
 * The fewest workers whose wait stays within `seconds` for a share `quantile` of customers in nine runs of ten;
 * `undefined` above `most`.
 */
export function workersForWait(
  load: VaryingLoad,
  quantile: number,
  seconds: number,
  waits = waitsUnder(load),
  most = 10_000,
): number | undefined {
  const mean = load.ratePerSecond.reduce((a, b) => a + b, 0) / Math.max(1, load.ratePerSecond.length);
  let low = Math.max(1, Math.floor(mean * load.serviceSeconds));
  let high = Math.max(
    low,
    Math.ceil(load.ratePerSecond.reduce((a, b) => Math.max(a, b), 0) * load.serviceSeconds) + 1,
  );
  const enough = (workers: number, share: number): boolean =>
    waits(workers, share).quantileSeconds(quantile).high <= seconds;
  while (!enough(high, FEW_RUNS)) {
    high = Math.ceil(high * 1.2) + 1;
    if (high > most) return undefined;
  }
  while (low < high) {
    const mid = (low + high) >> 1;
    if (enough(mid, FEW_RUNS)) high = mid;
    else low = mid + 1;
  }
  // Fewer runs found it; all of them settle it.
  while (high > 1 && enough(high - 1, 1)) high--;
  while (high <= most && !enough(high, 1)) high++;
  return high;
}
