import {
  type Chance,
  FEW_RUNS,
  type VaryingLoad,
  type VaryingWait,
  waitsUnder,
  workersForWait,
} from '../../models/queues/varying-load.js';
import { type AdmissionRow, admissionAtPeak } from './admission.js';
import type { Arrivals } from './arrivals.js';
import type { QueueQuestion } from './question.js';

/** What a queue and its workers need, each number with what it follows from. */
export interface QueueStudy {
  /** Length of the steps that arrivals were told in. */
  stepSeconds: number;
  meanPerSecond: number;
  peakPerSecond: number;
  /** Peak over mean of the steps. */
  burst: number;
  now?: WorkersRow;
  /** The fewest workers that keep the objective in nine of ten runs; absent when none up to ten thousand do. */
  needed?: WorkersRow;
  /** Fewer and more than needed, to see how steep it is. */
  rows: WorkersRow[];
  /** What the peak does to today's workers by who is let in; absent when they carry it. */
  admission?: AdmissionRow[];
  settings: Setting[];
}
/** What so many workers make of the arrivals: each figure in the middle of all runs, and within eight of ten. */
export interface WorkersRow {
  workers: number;
  utilisation: number;
  /** Share of the workers that the busiest step needs; above 1 a queue grows in it whatever happens. */
  peakUtilisation: number;
  p50Seconds: Chance;
  p99Seconds: Chance;
  objectiveSeconds: Chance;
  /** Whether the objective holds in nine of ten runs, in fewer than one, or as chance will have it. */
  objective: 'kept' | 'chance' | 'broken';
  worstBacklog: Chance;
  longestBacklogSeconds: Chance;
  stable: boolean;
}
export interface Setting {
  name: string;
  value: string;
  because: string;
}

/** Waits, backlogs and the settings that follow, from arrivals as they came and the time one takes. */
export function studyQueue(arrivals: Arrivals, q: QueueQuestion): QueueStudy {
  const load: VaryingLoad = {
    ratePerSecond: arrivals.ratePerSecond,
    stepSeconds: arrivals.stepSeconds,
    serviceSeconds: q.serviceSeconds,
    arrivalVariation: arrivals.gapVariation ?? 1,
    serviceVariation: q.serviceVariation,
    ...(arrivals.arrivalsSeconds ? { arrivalsSeconds: arrivals.arrivalsSeconds } : {}),
  };
  const mean = arrivals.ratePerSecond.reduce((a, b) => a + b, 0) / arrivals.ratePerSecond.length;
  const peak = arrivals.ratePerSecond.reduce((a, b) => Math.max(a, b), 0);
  const waits = waitsUnder(load);
  const row = (workers: number, share = 1): WorkersRow =>
    rowOf(workers, waits(workers, share), { mean, peak }, q);
  const fewest = workersForWait(load, q.objective.quantile, q.objective.seconds, waits);
  const needed = fewest === undefined ? undefined : row(fewest);
  const study: Omit<QueueStudy, 'settings'> = {
    stepSeconds: arrivals.stepSeconds,
    meanPerSecond: mean,
    peakPerSecond: peak,
    burst: mean > 0 ? peak / mean : 0,
    ...(q.workers === undefined ? {} : { now: row(q.workers) }),
    ...(needed === undefined ? {} : { needed }),
    rows:
      needed === undefined
        ? []
        : workersAround(needed.workers).map((n) => (n === needed.workers ? needed : row(n, FEW_RUNS))),
  };
  const overloaded = q.workers !== undefined && peak * q.serviceSeconds > q.workers;
  return {
    ...study,
    ...(overloaded && q.workers !== undefined ? { admission: admissionAtPeak(arrivals, q, q.workers) } : {}),
    settings: settingsOf(study, q),
  };
}

/** Fewer and more workers, and one more and less: about the fewest that are enough a single one decides. */
const workersAround = (needed: number): number[] =>
  [
    ...new Set(
      [0.6, 0.8, 0.9, 1, 1.25, 1.5].map((f) => Math.round(f * needed)).concat(needed - 1, needed + 1),
    ),
  ]
    .filter((n) => n > 0)
    .sort((a, b) => a - b);

function rowOf(
  workers: number,
  wait: VaryingWait,
  rate: { mean: number; peak: number },
  q: QueueQuestion,
): WorkersRow {
  const objectiveSeconds = wait.quantileSeconds(q.objective.quantile);
  const { low, high } = objectiveSeconds;
  return {
    workers,
    utilisation: (rate.mean * q.serviceSeconds) / workers,
    peakUtilisation: (rate.peak * q.serviceSeconds) / workers,
    p50Seconds: wait.quantileSeconds(0.5),
    p99Seconds: wait.quantileSeconds(0.99),
    objectiveSeconds,
    objective: high <= q.objective.seconds ? 'kept' : low > q.objective.seconds ? 'broken' : 'chance',
    worstBacklog: wait.worstBacklog,
    longestBacklogSeconds: wait.longestBacklogSeconds,
    stable: rate.mean * q.serviceSeconds < workers,
  };
}

function settingsOf(study: Omit<QueueStudy, 'settings'>, q: QueueQuestion): Setting[] {
  const row = study.needed ?? study.now;
  if (!row) return [];
  const capacity = row.workers / q.serviceSeconds;
  const longest = q.longestSeconds ?? quantileOfService(q, 0.999);
  const bound = Math.max(row.workers, Math.floor(capacity * q.objective.seconds));
  const delays = [1, 2, 4, 8, 16].map((k) => k * Math.max(1, Math.ceil(q.serviceSeconds)));
  const hidden = Math.ceil(3 * longest);
  const remembered = Math.ceil(2 * ((delays.length + 1) * hidden + 1.5 * delays.reduce((a, b) => a + b, 0)));
  return [
    {
      name: 'workers',
      value: String(row.workers),
      because: `the fewest whose wait stays within ${text(q.objective.seconds)} for ${Number((100 * q.objective.quantile).toPrecision(6))} % of messages in nine of ten runs of these arrivals`,
    },
    {
      name: 'queue bound',
      value: `${bound} messages`,
      because: `${Number(capacity.toPrecision(3))} a second × ${text(q.objective.seconds)}: what waits behind more than these misses the objective anyway; refuse it (429 or back-pressure) or shed the oldest`,
    },
    {
      name: 'visibility time-out',
      value: text(hidden),
      because: `three times the ${q.longestSeconds === undefined ? '99.9th percentile of' : 'longest'} service, ${text(longest)}: a message is not handed out twice while it is worked on; workers extend it for longer ones`,
    },
    {
      name: 'prefetch or batch',
      value: String(Math.max(1, Math.min(100, Math.round(0.25 / q.serviceSeconds)))),
      because:
        'a quarter of a second of work a fetch: enough to hide the round trip, little enough to share evenly',
    },
    {
      name: 'retries',
      value: `${delays.map((d) => `${d} s`).join(', ')}, each × a random 0.5 to 1.5`,
      because:
        'five attempts with doubling gaps and jitter; then the dead-letter queue, with an alert on its first message',
    },
    {
      name: 'repeats',
      value: `an id in every message, remembered for ${text(remembered)} after its work`,
      because:
        'delivery is at least once: who dies between its work and its acknowledgement leaves the message to another. The id as a unique key, written with the work, makes the repeat harmless; remembered twice as long as the visibility time-outs and pauses of all attempts',
    },
    {
      name: 'concurrency limit of a caller',
      value: String(Math.max(1, Math.ceil(study.peakPerSecond * q.serviceSeconds))),
      because:
        'peak rate × service time (Little’s law); above it let latency steer the limit (additive increase, multiplicative decrease)',
    },
    {
      name: 'alert',
      value: `age of the oldest message > ${text(q.objective.seconds)}`,
      because: 'age says what a user waits; depth does not',
    },
  ];
}

/** A quantile of a gamma service with this mean and variation, by Wilson and Hilferty (1931). */
function quantileOfService(q: QueueQuestion, share: number): number {
  if (q.serviceVariation <= 0) return q.serviceSeconds;
  const shape = 1 / q.serviceVariation;
  const z = share >= 0.999 ? 3.0902 : 2.3263;
  const root = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape));
  return q.serviceSeconds * Math.max(1, root ** 3);
}

const text = (seconds: number): string =>
  seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${Number(seconds.toPrecision(3))} s`;
