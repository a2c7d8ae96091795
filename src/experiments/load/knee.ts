import { type CapacityFit, type Estimate, fitCapacity } from '../../models/capacity/fit.js';
import { quantileMs } from './histogram.js';
import type { LoadPlan } from './plan.js';
import type { LoadRun } from './run.js';

/** One rate that was tried. */
export interface KneeStep {
  rate: number;
  throughput: number;
  p50Ms: number;
  p99Ms: number;
  meanMs: number;
  errorRatio: number;
  /** Within the objectives, and the run valid. */
  ok: boolean;
  verdict: 'valid' | 'invalid';
  why?: string;
}

export interface Knee {
  steps: KneeStep[];
  /** The highest rate that held, and the lowest that did not. */
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
  /** Rate from which requests wait too long. */
  kneePerSecond: Estimate & { by: CapacityFit['knee']['by'] };
}

export interface KneeOptions {
  from: number;
  to: number;
  stepSeconds: number;
  /** Each rate is this many times the one before, until one breaks. */
  factor: number;
  /** Halvings of the gap between the rate that holds and the one that breaks. */
  refine: number;
  p99Ms: number;
  errorRatio: number;
}

/**
 * Raises the rate step by step until an objective breaks or the run is no longer valid, then narrows the gap. Stops by
 * itself: at the first break, at the generator's limit, or at `to`.
 */
export async function findKnee(
  plan: LoadPlan,
  options: KneeOptions,
  run: (plan: LoadPlan) => Promise<LoadRun>,
  onStep: (step: KneeStep) => void = () => {},
): Promise<Knee> {
  const steps: KneeStep[] = [];
  const once = async (rate: number): Promise<KneeStep> =>
    judge(rate, await run(atRate(plan, rate, options.stepSeconds)), options);
  const attempt = async (rate: number): Promise<KneeStep> => {
    let step = await once(rate);
    // A neighbour on the machine can make the generator late once; only lateness that stays is its limit.
    for (let again = 0; again < REPEATS && step.verdict === 'invalid'; again++) step = await once(rate);
    steps.push(step);
    onStep(step);
    return step;
  };
  let holds: number | undefined;
  let broken: KneeStep | undefined;
  for (let rate = options.from; rate <= options.to && !broken; rate *= options.factor) {
    const step = await attempt(rate);
    if (step.ok) holds = rate;
    else broken = step;
  }
  const generator = broken?.verdict === 'invalid';
  if (broken && !generator && holds !== undefined)
    for (let i = 0; i < options.refine; i++) {
      const step = await attempt((holds + broken.rate) / 2);
      if (step.ok) holds = step.rate;
      else if (step.verdict === 'invalid') break;
      else broken = step;
    }
  steps.sort((a, b) => a.rate - b.rate);
  const curve = fitCurve(steps, options.p99Ms);
  return {
    steps,
    ...(holds === undefined ? {} : { holds }),
    ...(broken && !generator ? { breaks: broken.rate } : {}),
    ended: !broken ? 'rate limit of the plan' : generator ? 'generator at its limit' : 'objective broken',
    ...(curve ? { curve } : {}),
  };
}

const REPEATS = 2;

const atRate = (plan: LoadPlan, rate: number, seconds: number): LoadPlan => ({
  ...plan,
  warmupSeconds: Math.min(plan.warmupSeconds, seconds / 4),
  arrivals: { process: plan.arrivals.process, stages: [{ rate, seconds }] },
});

function judge(rate: number, run: LoadRun, o: KneeOptions): KneeStep {
  const p99Ms = quantileMs(run.latency, 0.99) ?? 0;
  const errorRatio = run.answers === 0 ? 1 : run.errors / run.answers;
  const { verdict, reasons } = run.judgement;
  // When answers stop coming, requests pile up and are left out: that is the target, not the generator.
  const drowned = run.dropped > 0;
  const why =
    verdict === 'invalid' && !drowned
      ? reasons[0]
      : p99Ms > o.p99Ms
        ? `p99 ${p99Ms.toFixed(0)} ms is over ${o.p99Ms} ms`
        : errorRatio > o.errorRatio
          ? `${(errorRatio * 100).toFixed(1)} % of the answers are errors`
          : drowned
            ? `${run.dropped} requests had to be left out`
            : undefined;
  return {
    rate,
    throughput: run.throughput,
    p50Ms: quantileMs(run.latency, 0.5) ?? 0,
    p99Ms,
    meanMs: run.latency.mean / 1000,
    errorRatio,
    ok: why === undefined,
    verdict: drowned ? 'valid' : verdict,
    ...(why === undefined ? {} : { why }),
  };
}

/** The capacity models fitted to the steps that were valid; nothing when no model can be fitted. */
export function fitCurve(steps: readonly KneeStep[], p99Ms: number): KneeCurve | undefined {
  const fit = fitCapacity(
    steps
      .filter((s) => s.verdict === 'valid' && s.meanMs > 0)
      .map((s) => ({
        throughput: s.throughput,
        offered: s.rate,
        meanMs: s.meanMs,
        p50Ms: s.p50Ms,
        p99Ms: s.p99Ms,
        errorRatio: s.errorRatio,
        from: `${s.rate} a second`,
      })),
    p99Ms,
  );
  return fit
    ? { model: fit.chosen.model.id, capacityPerSecond: fit.capacity, kneePerSecond: fit.knee }
    : undefined;
}
