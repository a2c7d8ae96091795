import { arrivals } from '../../src/experiments/load/arrivals.js';
import { quantileMs } from '../../src/experiments/load/histogram.js';
import { type LoadPlan, planSchema, stretchesOf } from '../../src/experiments/load/plan.js';
import { runLoad } from '../../src/experiments/load/run.js';
import { quantile } from '../../src/models/quantile.js';
import { PEERS, type Peer, PeerFault } from '../load/peers.js';
import { othersShare, quietMoment, workDone } from '../load/quiet.js';
import { startTarget, type TargetReport } from '../load/target.js';
import type { Suite } from '../main.js';

/** Stalls in seconds, and how long the run lasts. */
const STALLS = [
  [0.2, 4],
  [1, 10],
  [3, 15],
] as const;
const RATES = [50, 200, 1000, 2000] as const;
const DISPERSION_RATES = [200, 1000] as const;
const DISPERSION_SECONDS = 20;
const WINDOW_MS = 50;
/** Long enough for the spread of the drawn arrivals to show: 100 000 windows. */
const MODEL_SECONDS = 5000;
const TOP_RATES = [2000, 4000, 5000, 6000, 8000, 10_000, 12_000] as const;
const TOP_SECONDS = 5;
/** A run counts as undisturbed while others use less than this share of the machine. */
const QUIET = 0.15;
/** Seconds to wait for a quiet moment before a run, and runs of one case. */
const WAIT_SECONDS = 5;
const ATTEMPTS = 3;
/** The suite waits and repeats only as far as it then still ends in this time. */
const WHOLE_SECONDS = 345;
/** Starting a target, a run and its last answers, beside the seconds of the run. */
const AROUND_SECONDS = 1.5;

/** A target that stands still once: what the generator reports against what users would have seen. */
export default {
  suite: 'load/omission',
  about: 'p99 across a stall, spread of arrivals, highest rate that judges itself valid; peers beside it',
  ownData: true,
  async run() {
    const time = timeFor(
      STALLS.reduce((sum, [, seconds]) => sum + RATES.length * (seconds + AROUND_SECONDS), 0) +
        DISPERSION_RATES.length * (DISPERSION_SECONDS + AROUND_SECONDS) +
        TOP_RATES.length * (TOP_SECONDS + AROUND_SECONDS),
    );
    const { peers, peersWithout } = await peersAcross(1, 10, 200);
    const stalls = [];
    for (const [stall, seconds] of STALLS)
      for (const rate of RATES)
        stalls.push({
          stall,
          rate,
          ...(await calmest(time, seconds + AROUND_SECONDS, () => acrossStall(stall, seconds, rate))),
        });
    const dispersion = [];
    for (const rate of DISPERSION_RATES)
      dispersion.push({
        rate,
        ...(await calmest(time, DISPERSION_SECONDS + AROUND_SECONDS, () => spreadOfArrivals(rate))),
      });
    const top = await highestValid(time);
    return {
      cases: stalls.length,
      worstP99Error: Math.max(...stalls.map((s) => s.error)),
      // On a machine that others use, runs say of themselves that they do not count.
      worstP99ErrorOfValid: Math.max(0, ...stalls.filter((s) => s.verdict === 'valid').map((s) => s.error)),
      invalidRuns: stalls.filter((s) => s.verdict !== 'valid').length,
      worstDispersionError: Math.max(...dispersion.map((d) => d.error)),
      maxValidRps: top.rate,
      othersShare: Math.max(...[...stalls, ...dispersion, top].map((r) => r.others)),
      peers,
      ...(Object.keys(peersWithout).length > 0 ? { peersWithout } : {}),
      stalls,
      dispersion,
    };
  },
} satisfies Suite;

interface Measured {
  /** Share of the machine that others used meanwhile: what a run is chosen by, never by its result. */
  others: number;
}

/** What is left of the suite's time when everything that is still to be measured was measured once. */
interface SuiteTime {
  /** Seconds that may be spent on waiting and repeating. */
  spare(): number;
  /** One of the planned measurements, of so many seconds, begins. */
  begins(seconds: number): void;
}

function timeFor(plannedSeconds: number): SuiteTime {
  const start = performance.now();
  let planned = plannedSeconds;
  return {
    spare: () => WHOLE_SECONDS - (performance.now() - start) / 1000 - planned,
    begins: (seconds) => {
      planned -= seconds;
    },
  };
}

const waitForQuiet = async (time: SuiteTime): Promise<void> => {
  if (time.spare() > WAIT_SECONDS) await quietMoment(QUIET, WAIT_SECONDS);
};

/** Measures, in a quiet moment if one comes; again, while there is time, when others disturbed it. The calmest attempt counts. */
async function calmest<T extends Measured>(
  time: SuiteTime,
  seconds: number,
  measure: () => Promise<T>,
): Promise<T> {
  await waitForQuiet(time);
  time.begins(seconds);
  let best = await measure();
  for (let i = 1; i < ATTEMPTS && best.others >= QUIET && time.spare() > seconds + WAIT_SECONDS; i++) {
    await waitForQuiet(time);
    const again = await measure();
    if (again.others < best.others) best = again;
  }
  return best;
}

const planFor = (url: string, rate: number, seconds: number, process: 'uniform' | 'poisson'): LoadPlan =>
  planSchema.parse({
    target: url,
    arrivals: { process, stages: [{ rate, seconds }] },
    requests: [{ name: 'GET /', path: '/' }],
  });

async function acrossStall(stallSeconds: number, seconds: number, rate: number) {
  const target = await startTarget(seconds * 0.35, stallSeconds);
  try {
    const plan = planFor(target.url, rate, seconds, 'uniform');
    const lags: number[] = [];
    const before = workDone([target.pid]);
    const run = await runLoad(plan, {
      onBatch: (b) => {
        if (lags.length === 0) lags.push(...b.lagMs.subarray(0, b.count));
      },
    });
    const others = othersShare(before, workDone([target.pid]));
    const truth = truthOf(plan, await target.report(), lags);
    const p99 = quantileMs(run.latency, 0.99) ?? 0;
    return {
      p99Ms: round(p99),
      truthMs: round(truth),
      error: round(Math.abs(p99 / truth - 1), 4),
      verdict: run.judgement.verdict,
      others: round(others, 2),
    };
  } finally {
    target.stop();
  }
}

/**
 * The p99 that users would have seen: requests at their intended starts through one server in the order they come, each as
 * long as one takes the target, and nothing done while the target stood still.
 */
function truthOf(plan: LoadPlan, report: TargetReport, lags: readonly number[]): number {
  const due = [...arrivals(stretchesOf(plan), plan.arrivals.process, plan.seed)];
  // The clocks of the two meet where a request was least delayed on its way, before the stall.
  const early = Math.min(10, lags.length);
  let start = Number.POSITIVE_INFINITY;
  for (let i = 0; i < early; i++)
    start = Math.min(start, (report.arrivals[i] as number) - (due[i] as number) - (lags[i] as number));
  const { from, to } = report.stall;
  const serviceMs = serviceTime(report, plan.limits.connections);
  let free = 0;
  const latencies = due.map((t) => {
    const arrived = start + t;
    let begin = Math.max(arrived, free);
    if (begin + serviceMs > from && begin < to) begin = to;
    free = begin + serviceMs;
    return free - arrived;
  });
  return quantile(Float64Array.from(latencies).sort(), 0.99);
}

/**
 * How long one request takes the target: from the pace at which it takes up those that lay in its sockets when the stall was
 * over, where there are enough of them, so that a busy machine counts; else its CPU time. What the generator does then has no
 * part in it.
 */
function serviceTime(report: TargetReport, connections: number): number {
  const after = report.arrivals.filter((t) => t >= report.stall.to);
  const due = report.arrivals.filter((t) => t < report.stall.from).length;
  const rate = due / Math.max(1, report.stall.from - (report.arrivals[0] ?? 0));
  const waiting = Math.floor(0.7 * Math.min(connections, rate * (report.stall.to - report.stall.from)));
  const [first, last] = [after[0], after[waiting - 1]];
  if (waiting < 50 || first === undefined || last === undefined) return report.cpuMsPerRequest;
  return (last - first) / (waiting - 1);
}

/**
 * Variance over mean of the requests in windows, one for independent arrivals. The error is the larger of two: what the drawn
 * arrivals deviate from one over a long time, and what those that reached the target deviate from those drawn for the run.
 */
async function spreadOfArrivals(rate: number) {
  const target = await startTarget(0, 0);
  try {
    const plan = planFor(target.url, rate, DISPERSION_SECONDS, 'poisson');
    const drawn = (seconds: number): number[] => [
      ...arrivals([{ from: rate, to: rate, seconds }], plan.arrivals.process, plan.seed),
    ];
    const before = workDone([target.pid]);
    await runLoad(plan);
    const others = othersShare(before, workDone([target.pid]));
    const reached = dispersionOf((await target.report()).arrivals, DISPERSION_SECONDS);
    const model = dispersionOf(drawn(MODEL_SECONDS), MODEL_SECONDS);
    const due = dispersionOf(drawn(DISPERSION_SECONDS), DISPERSION_SECONDS);
    return {
      model: round(model, 3),
      due: round(due, 3),
      reached: round(reached, 3),
      error: round(Math.max(Math.abs(model - 1), Math.abs(reached / due - 1)), 3),
      others: round(others, 2),
    };
  } finally {
    target.stop();
  }
}

function dispersionOf(times: readonly number[], seconds: number): number {
  const first = times[0] ?? 0;
  const counts = new Float64Array(Math.floor((seconds * 1000) / WINDOW_MS) - 1);
  for (const t of times) {
    const w = Math.floor((t - first) / WINDOW_MS);
    if (w < counts.length) counts[w] = (counts[w] as number) + 1;
  }
  const mean = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((a, b) => a + (b - mean) ** 2, 0) / (counts.length - 1) / mean;
}

/** The highest rate at which a run judges itself valid, the target on the same machine. */
async function highestValid(time: SuiteTime) {
  const seconds = TOP_SECONDS + AROUND_SECONDS;
  let best = { rate: 0, others: 0 };
  for (const rate of TOP_RATES) {
    await waitForQuiet(time);
    time.begins(seconds);
    let others = await validAt(rate);
    for (let i = 1; i < ATTEMPTS && others === undefined && time.spare() > seconds + WAIT_SECONDS; i++) {
      await waitForQuiet(time);
      others = await validAt(rate);
    }
    if (others === undefined) return best;
    best = { rate, others };
  }
  return best;
}

/** The share of the machine that others used during a run that judged itself valid; nothing when it did not. */
async function validAt(rate: number): Promise<number | undefined> {
  const target = await startTarget(0, 0);
  try {
    const before = workDone([target.pid]);
    const run = await runLoad(planFor(target.url, rate, TOP_SECONDS, 'poisson'));
    const valid = run.judgement.verdict === 'valid' && run.errors === 0;
    return valid ? round(othersShare(before, workDone([target.pid])), 2) : undefined;
  } finally {
    target.stop();
  }
}

/** The same stall as the peers see it: the p99 of each, `null` for one that gave none, and why it did not. */
async function peersAcross(stallSeconds: number, seconds: number, rate: number) {
  const peers: Record<string, number | null> = {};
  const peersWithout: Record<string, string> = {};
  for (const peer of PEERS) {
    const answer = peer.installed()
      ? await peerAcross(peer, stallSeconds, seconds, rate)
      : `not installed: ${peer.route}`;
    peers[peer.name] = typeof answer === 'number' ? round(answer) : null;
    if (typeof answer === 'string') peersWithout[peer.name] = answer;
  }
  return { peers, peersWithout };
}

async function peerAcross(
  peer: Peer,
  stallSeconds: number,
  seconds: number,
  rate: number,
): Promise<number | string> {
  const target = await startTarget(seconds * 0.35, stallSeconds);
  try {
    return (await peer.p99(`${target.url}/`, rate, seconds)) ?? 'it ended without a p99';
  } catch (error) {
    if (error instanceof PeerFault) return error.message;
    throw error;
  } finally {
    target.stop();
  }
}

const round = (x: number, digits = 1): number => Number(x.toFixed(digits));
