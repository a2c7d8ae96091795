import { quantile, quantileInterval, sorted } from '../../src/models/quantile.js';
import { erlangC } from '../../src/models/queueing.js';
import { firstFree } from '../../src/models/queues/simulate.js';
import { addWait, waitQuantile, waitRecord } from '../../src/models/queues/wait-record.js';
import { type Random, seededRandom } from '../../src/models/random.js';

/** A queue whose every arrival is drawn and served. */
export interface Served {
  ratePerSecond: readonly number[];
  stepSeconds: number;
  /** Whether the rate moves in a straight line from the middle of a step to that of the next, or stays within it. */
  moves: boolean;
  servers: number;
  serviceSeconds: number;
  serviceVariation: number;
  service(random: Random): () => number;
}

/** p99 of the wait over runs of chance. */
export interface Truth {
  runs: Float64Array;
  median: number;
  /** What the median lies within, with 95 % confidence whatever the distribution. */
  medianInterval: [number, number];
}

const FEWEST_RUNS = 24;
const MOST_RUNS = 200;
/** Runs are enough when their median is known this well. */
const MEDIAN_WITHIN = 0.05;
/**
 * A step in which waits that matter are rarer than this is counted, not served, when no queue stands: it moves the
 * hundredth of all that p99 is about by a hundredth of itself at most. Those matter that are nearly as long as the p99.
 */
const RARE = 1e-4;
const MATTERS = 0.8;
/** Shares of a service that are told apart. */
const SHORTEST = 0.05;
/** Seeds of the check are none of the models'. */
const FIRST_SEED = 1_000_003;

/** Runs until the median of their p99 is known, or until there are `most`. */
export function p99OfRuns(queue: Served, most = MOST_RUNS): Truth {
  const runs: number[] = [];
  let seconds = queue.serviceSeconds / 2;
  for (;;) {
    const seed = FIRST_SEED + runs.length;
    let p99 = p99Of(queue, calmSteps(queue, seconds), seed);
    // Waits that are shorter than what was thought to matter: more of the steps are served, here and from now on.
    while (p99 < seconds && seconds > SHORTEST * queue.serviceSeconds) {
      seconds = Math.max(SHORTEST * queue.serviceSeconds, MATTERS * Math.min(p99, seconds / 2));
      p99 = p99Of(queue, calmSteps(queue, seconds), seed);
    }
    runs.push(p99);
    if (runs.length === 1) seconds = Math.max(seconds, MATTERS * p99);
    if (runs.length < FEWEST_RUNS || (runs.length % 8 !== 0 && runs.length < most)) continue;
    const ascending = sorted(runs);
    const median = quantile(ascending, 0.5);
    const medianInterval = quantileInterval(ascending, 0.5) ?? [Number.NaN, Number.NaN];
    const known = (medianInterval[1] - medianInterval[0]) / 2 <= MEDIAN_WITHIN * median;
    if (known || runs.length >= most) return { runs: ascending, median, medianInterval };
  }
}

/** Steps in which hardly anybody waits for so many seconds. */
function calmSteps(q: Served, seconds: number): boolean[] {
  const calm = q.ratePerSecond.map((rate, i) => {
    const around = q.moves ? [i - 1, i + 1].map((k) => q.ratePerSecond[k] ?? rate) : [];
    const load = Math.max(rate, ...around) * q.serviceSeconds;
    if (load >= q.servers) return false;
    const decay = (2 * (q.servers - load)) / (q.serviceSeconds * (1 + q.serviceVariation));
    return erlangC(q.servers, load) * Math.exp(-decay * seconds) < RARE;
  });
  // The one before a busy step is served too, so that workers are as busy as they would be.
  return calm.map((c, i) => c && calm[i + 1] !== false);
}

function p99Of(q: Served, calm: readonly boolean[], seed: number): number {
  const random = seededRandom(2 * seed);
  const service = q.service(seededRandom(2 * seed + 1));
  const waits = waitRecord(q.serviceSeconds);
  const waitOf = firstFree(q.servers);
  let last = 0;
  q.ratePerSecond.forEach((rate, i) => {
    if (calm[i] && last === 0) {
      addWait(waits, 0, rate * q.stepSeconds);
      return;
    }
    const [rateAt, most] = rateWithin(q, i);
    if (most <= 0) return;
    const end = (i + 1) * q.stepSeconds;
    // Poisson arrivals at the highest rate, thinned to the rate of the moment. (Lewis and Shedler, 1979.)
    for (let at = i * q.stepSeconds; ; ) {
      at -= Math.log(1 - random()) / most;
      if (at >= end) break;
      if (q.moves && random() * most > rateAt(at - i * q.stepSeconds)) continue;
      last = waitOf(at, service());
      addWait(waits, last, 1);
    }
  });
  return waitQuantile(waits, 0.99);
}

/** The rate within a step by the seconds into it, and the highest. */
function rateWithin(q: Served, i: number): [(into: number) => number, number] {
  const here = q.ratePerSecond[i] ?? 0;
  if (!q.moves) return [() => here, here];
  const before = q.ratePerSecond[i - 1] ?? here;
  const after = q.ratePerSecond[i + 1] ?? here;
  const at = (into: number): number => {
    const x = into / q.stepSeconds - 0.5;
    return here + (x < 0 ? (here - before) * x : (after - here) * x);
  };
  return [at, Math.max(at(0), here, at(q.stepSeconds))];
}
