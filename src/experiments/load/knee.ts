import { type CapacityFit, type Estimate, fitCapacity } from '../../models/capacity/fit.js';
import type { ResourceUse } from '../../models/capacity/steps.js';
import { exceedance, type LimitAnswer } from '../../models/exceedance.js';
import { quantileMs } from './histogram.js';
import { dueRate, watchMeasured } from './measured-part.js';
import type { LoadPlan } from './plan.js';
import type { LoadRun, RunHooks } from './run.js';
import { disturbance } from './watch.js';

/** One rate that was tried. */
export interface KneeStep {
  rate: number;
  /** Requests a second that were due while it was measured: chance makes it another than the rate. */
  offered?: number;
  throughput: number;
  p50Ms: number;
  p95Ms?: number;
  p99Ms: number;
  meanMs: number;
  errorRatio: number;
  /** How busy what was watched was. */
  resources?: ResourceUse[];
  /** Surely within the objectives, and the run valid. */
  ok: boolean;
  /** Holds or breaks beyond chance; too near to the objective to tell. */
  answer: 'holds' | 'breaks' | 'too near to tell';
  verdict: 'valid' | 'invalid';
  why?: string;
}

export interface Knee {
  steps: KneeStep[];
  /** The highest rate that surely held, and the lowest above it that surely did not. */
  holds?: number;
  breaks?: number;
  /** What ended the search. */
  ended: 'objective broken' | 'generator at its limit' | 'rate limit of the plan';
  curve?: KneeCurve;
}

/** What the steps say of rates that were not tried; intervals in which nine of ten would lie. */
export interface KneeCurve {
  model: string;
  capacityPerSecond: Estimate;
  /** Rate from which requests wait too long; its interval is what the steps showed to hold and to break. */
  kneePerSecond: Estimate & { by: CapacityFit['knee']['by'] };
  /** What was watched, the one that is full first in front. */
  limits?: CapacityFit['limits'];
}

export interface KneeOptions {
  from: number;
  to: number;
  stepSeconds: number;
  /** Each rate is this many times the one before, until one breaks. */
  factor: number;
  /** Steps to narrow the gap between the rate that holds and the one that breaks. */
  refine: number;
  p99Ms: number;
  errorRatio: number;
  /** Begins to watch processes and the machine; what it returns tells how busy they were meanwhile. */
  watch?: () => () => ResourceUse[];
}

/** Runs one step; the hooks must be given every request. */
export type StepRun = (plan: LoadPlan, hooks: RunHooks) => Promise<LoadRun>;

const REPEATS = 2;
/** A step with too few requests for an answer is run once more, at most so many times as long. */
const LONGEST = 6;
const SPARE = 1.5;
/** Times that a first rate which breaks is lowered before the search gives up. */
const DESCENTS = 8;
/** A gap narrower than this is not worth another step. */
const NARROW = 1.04;

/**
 * Raises the rate step by step until an objective surely breaks or the run is no longer valid, then narrows the gap from
 * both sides: a step too near to the objective to tell is neither bound. A first rate that breaks is lowered. Stops by
 * itself: after `refine` steps or at a narrow gap, at the generator's limit, or at `to`.
 */
export async function findKnee(
  plan: LoadPlan,
  options: KneeOptions,
  run: StepRun,
  onStep: (step: KneeStep) => void = () => {},
): Promise<Knee> {
  const steps: KneeStep[] = [];
  let runs = 0;
  const measuredFor = (rate: number, seconds: number) =>
    measure(anew(atRate(plan, rate, seconds), runs++), rate, options, run);
  const once = async (rate: number): Promise<KneeStep> => {
    const first = await measuredFor(rate, options.stepSeconds);
    if (first.longer === undefined) return first.step;
    return (await measuredFor(rate, options.stepSeconds * Math.min(LONGEST, first.longer))).step;
  };
  const attempt = async (rate: number): Promise<KneeStep> => {
    let step = await once(rate);
    // A neighbour on the machine can make the generator late once; only lateness that stays is its limit.
    const doubtful = (s: KneeStep): boolean =>
      s.verdict === 'invalid' || (s.answer === 'breaks' && disturbance(s.resources ?? []) !== undefined);
    for (let again = 0; again < REPEATS && doubtful(step); again++) step = await once(rate);
    steps.push(step);
    onStep(step);
    return step;
  };
  const limit = await raise(options, attempt);
  const generator = limit?.verdict === 'invalid';
  if (limit && !generator) {
    for (let i = 0, rate = options.from; i < DESCENTS && boundsOf(steps).holds === undefined; i++) {
      rate /= options.factor;
      if ((await attempt(rate)).verdict === 'invalid') break;
    }
    for (let i = 0; i < options.refine; i++) {
      const rate = widestGap(steps);
      if (rate === undefined || (await attempt(rate)).verdict === 'invalid') break;
    }
  }
  steps.sort((a, b) => a.rate - b.rate);
  const bounds = boundsOf(steps);
  const curve = fitCurve(steps, options.p99Ms);
  return {
    steps,
    ...bounds,
    ended: !limit ? 'rate limit of the plan' : generator ? 'generator at its limit' : 'objective broken',
    ...(curve ? { curve: withinBounds(curve, bounds) } : {}),
  };
}

/** The first step that breaks or is invalid, if one does up to the highest rate. */
async function raise(
  { from, to, factor }: KneeOptions,
  attempt: (rate: number) => Promise<KneeStep>,
): Promise<KneeStep | undefined> {
  for (let rate = from; ; rate = Math.min(to, rate * factor)) {
    const step = await attempt(rate);
    if (step.answer === 'breaks' || step.verdict === 'invalid') return step;
    if (rate >= to) return undefined;
  }
}

/** The highest rate that surely held below the lowest that surely broke. */
function boundsOf(steps: readonly KneeStep[]): { holds?: number; breaks?: number } {
  const valid = steps.filter((s) => s.verdict === 'valid');
  const breaks = Math.min(...valid.filter((s) => s.answer === 'breaks').map((s) => s.rate));
  const holds = Math.max(...valid.filter((s) => s.answer === 'holds' && s.rate < breaks).map((s) => s.rate));
  return {
    ...(Number.isFinite(holds) ? { holds } : {}),
    ...(Number.isFinite(breaks) ? { breaks } : {}),
  };
}

/** The middle of the wider gap: from the rate that holds to the first that is not sure to, or from the last such to the break. */
function widestGap(steps: readonly KneeStep[]): number | undefined {
  const { holds, breaks } = boundsOf(steps);
  if (holds === undefined || breaks === undefined) return undefined;
  const unsure = steps.map((s) => s.rate).filter((r) => r > holds && r < breaks);
  const gaps = [
    [holds, Math.min(breaks, ...unsure)],
    [Math.max(holds, ...unsure), breaks],
  ] as const;
  const [low, high] = gaps[1][1] / gaps[1][0] > gaps[0][1] / gaps[0][0] ? gaps[1] : gaps[0];
  return high / low < NARROW ? undefined : (low + high) / 2;
}

const atRate = (plan: LoadPlan, rate: number, seconds: number): LoadPlan => ({
  ...plan,
  warmupSeconds: Math.min(plan.warmupSeconds, seconds / 4),
  arrivals: { process: plan.arrivals.process, stages: [{ rate, seconds }] },
});

/** Seeds that one run takes: of its arrivals, and of its requests. */
const SEEDS_OF_A_RUN = 2;

/**
 * The plan with requests of its own for each run, the same in each search: were they the same in every run, caches would hold what the
 * runs before asked for, and only what a longer run asks beyond them would show what a request costs.
 */
const anew = (plan: LoadPlan, run: number): LoadPlan => ({
  ...plan,
  seed: plan.seed + SEEDS_OF_A_RUN * run,
});

/** A step, and how many times as long it would have to be where it had too few requests to tell anything. */
async function measure(
  plan: LoadPlan,
  rate: number,
  o: KneeOptions,
  run: StepRun,
): Promise<{ step: KneeStep; longer?: number }> {
  const warmupMs = plan.warmupSeconds * 1000;
  const bySecond: number[][] = [];
  const watched = o.watch ? watchMeasured(plan, o.watch) : undefined;
  const result = await run(plan, {
    ...(watched ? { onSecond: watched.onSecond } : {}),
    onBatch(b) {
      for (let i = 0; i < b.count; i++) {
        const at = b.intendedMs[i] as number;
        if (at < warmupMs) continue;
        const second = Math.floor(at / 1000);
        bySecond[second] ??= [];
        bySecond[second].push(b.latencyMs[i] as number);
      }
    },
  });
  const seconds = Object.values(bySecond);
  const tail = exceedance(seconds, o.p99Ms, 0.01);
  const resources = watched?.uses() ?? [];
  const judged = judge(rate, result, tail.answer, o);
  const taken = judged.answer === 'breaks' ? disturbance(resources) : undefined;
  const step = {
    ...judged,
    ...(taken === undefined
      ? {}
      : {
          why: `${judged.why ?? ''}; neighbours took ${(taken * 100).toFixed(0)} % of the processors of this machine`,
        }),
    ...(resources.length > 0 ? { resources: [...resources, generatorOf(result)] } : {}),
  };
  const count = seconds.reduce((sum, s) => sum + s.length, 0);
  const few = step.answer === 'too near to tell' && count < tail.needed;
  return { step, ...(few ? { longer: (SPARE * tail.needed) / Math.max(1, count) } : {}) };
}

/** The generator's own thread is a resource of the measurement: beyond it nothing can be measured from here. */
export const generatorOf = (run: LoadRun): ResourceUse => {
  const busy = run.seconds.filter((s) => s.due > 0).map((s) => s.busy);
  return {
    name: 'thread of the generator',
    busy: busy.reduce((a, b) => a + b, 0) / Math.max(1, busy.length),
  };
};

function judge(rate: number, run: LoadRun, tail: LimitAnswer, o: KneeOptions): KneeStep {
  const p99Ms = quantileMs(run.latency, 0.99) ?? 0;
  const p95Ms = quantileMs(run.latency, 0.95);
  const offered = dueRate(run);
  const errorRatio = run.answers === 0 ? 1 : run.errors / run.answers;
  const { verdict, reasons } = run.judgement;
  // When answers stop coming, requests pile up and are left out: that is the target, not the generator.
  const drowned = run.dropped > 0;
  const why =
    verdict === 'invalid' && !drowned
      ? reasons[0]
      : tail === 'beyond'
        ? `p99 ${p99Ms.toFixed(0)} ms is over ${o.p99Ms} ms`
        : errorRatio > o.errorRatio
          ? `${(errorRatio * 100).toFixed(1)} % of the answers are errors`
          : drowned
            ? `${run.dropped} requests had to be left out`
            : undefined;
  const unsure = why === undefined && tail === 'undecided';
  return {
    rate,
    ...(offered === undefined ? {} : { offered }),
    throughput: run.throughput,
    p50Ms: quantileMs(run.latency, 0.5) ?? 0,
    ...(p95Ms === undefined ? {} : { p95Ms }),
    p99Ms,
    meanMs: run.latency.mean / 1000,
    errorRatio,
    ok: why === undefined && !unsure,
    answer: why !== undefined ? 'breaks' : unsure ? 'too near to tell' : 'holds',
    verdict: drowned ? 'valid' : verdict,
    ...(why !== undefined
      ? { why }
      : unsure
        ? { why: `p99 ${p99Ms.toFixed(0)} ms: too near to ${o.p99Ms} ms to tell from so many requests` }
        : {}),
  };
}

/** Where the steps bound the knee, they are its interval: a model of them has no part in what was seen. */
function withinBounds(curve: KneeCurve, bounds: { holds?: number; breaks?: number }): KneeCurve {
  const knee = curve.kneePerSecond;
  if (knee.by !== 'objective') return curve;
  const { holds = Math.min(knee.low, bounds.breaks ?? knee.low) } = bounds;
  const { breaks = Math.max(knee.high, holds) } = bounds;
  const value = Math.min(breaks, Math.max(holds, knee.value));
  return { ...curve, kneePerSecond: { ...knee, value, low: holds, high: breaks } };
}

/** The capacity models fitted to the steps that were valid; nothing when no model can be fitted. */
export function fitCurve(steps: readonly KneeStep[], p99Ms: number): KneeCurve | undefined {
  const fit = fitCapacity(
    steps
      .filter((s) => s.verdict === 'valid' && s.meanMs > 0)
      .map((s) => ({
        throughput: s.throughput,
        offered: s.offered ?? s.rate,
        meanMs: s.meanMs,
        p50Ms: s.p50Ms,
        ...(s.p95Ms === undefined ? {} : { p95Ms: s.p95Ms }),
        p99Ms: s.p99Ms,
        errorRatio: s.errorRatio,
        ...(s.resources ? { resources: s.resources } : {}),
        from: `${s.rate} a second`,
      })),
    p99Ms,
  );
  return fit
    ? {
        model: fit.chosen.model.id,
        capacityPerSecond: fit.capacity,
        kneePerSecond: fit.knee,
        ...(fit.limits.length > 0 ? { limits: fit.limits } : {}),
      }
    : undefined;
}
