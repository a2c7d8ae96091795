import { quantile } from '../quantile.js';
import { seededRandom } from '../random.js';
import { type Fitter, fitQueue, fitScalability, fitUtilisation, type LoadModel } from './candidates.js';
import { byFirstLimit, limitsOf, type ResourceLimit, withoutDisturbed } from './resources.js';
import { type CapacityStep, insideOf, meanOf, overloaded, withoutIdleLatency } from './steps.js';
import type { Tail } from './tail.js';
import { type JudgedTail, judgedTails } from './tails.js';

/** An estimate with the interval in which nine of ten would lie. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface Candidate {
  model: LoadModel;
  /** Mean relative error on the steps held back; absent when there were too few to hold any back. */
  heldOutError?: number;
  /** Mean relative error on the steps it was fitted to. */
  ownError: number;
}

/** A model that is wrong by more than this on what it is judged on says nothing about other loads. */
const TRUSTED_ERROR = 0.3;

/** Whether the best model describes the steps well enough to be asked beyond them. */
export const trusted = (fit: CapacityFit): boolean => rank(fit.chosen) <= TRUSTED_ERROR;

export interface CapacityFit {
  steps: readonly CapacityStep[];
  /** Where each resource that was watched is full, the first in front. */
  limits: readonly ResourceLimit[];
  /** What the errors are of. */
  judgedOn: 'throughput at a concurrency' | 'mean latency at a rate' | 'utilisation at a rate';
  /** The steps that were held back to judge the models, the highest. */
  heldOut: number;
  candidates: readonly Candidate[];
  chosen: Candidate;
  capacity: Estimate;
  /** Where requests begin to wait too long: the objective is broken, or without one mean latency has doubled. */
  knee: Estimate & { by: 'objective' | 'latency doubled' | 'all in use' };
  /** Highest throughput that was measured. */
  measuredTo: number;
  /** False when latency hardly rose and nothing says how busy the system was: the knee may be just beyond what was measured. */
  kneeSeen: boolean;
  /** What p99 was taken to grow with, and its mean relative error on the p99 of the steps held back. */
  tail?: { id: Tail['id']; parameters: Tail['parameters']; heldOutError?: number };
  p99At(throughput: number): Estimate | undefined;
  /** Mean latency at a throughput with its interval, for the curve. */
  meanAt(throughput: number): Estimate;
}

const FITTERS: readonly Fitter[] = [fitScalability, fitQueue, fitUtilisation];
const RESAMPLES = 120;
/** Steps are a few per cent from the rate that was asked for. */
const KEPT = 0.97;
/** Rivals that did almost as well widen the interval: the data do not tell them apart. */
const RIVAL = 2;
const BEYOND_BUSY = 1.1;
const AGREES = 0.8;
/** Latency that rose by less than this shows a limit badly, by less than the second not at all. */
const CLEAR_RISE = 0.25;
const ANY_RISE = 0.1;
const FAIR_ERROR = 0.03;
/** The p99 of a step is not known better than this, so tails that differ by less on it are as good. */
const FAIR_TAIL_ERROR = 0.1;

/** A model of the mean and of the tail on top of it. */
interface Fitted {
  model: LoadModel;
  tail: Tail | undefined;
}

/**
 * Fits every model that the steps allow, judges each on the highest steps, which it has not seen, and keeps the best. Its
 * intervals come from 120 resamples of its residuals and from rivals that did nearly as well. `undefined` when no
 * model can be fitted: fewer than three steps, and utilisation at fewer than two.
 * (B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, §9.4: resampling residuals.)
 */
export function fitCapacity(
  steps: readonly CapacityStep[],
  objectiveMs?: number,
  seed = 1,
): CapacityFit | undefined {
  const limits = limitsOf(steps);
  const ordered = (limits.length > 0 ? byFirstLimit(withoutDisturbed(steps)) : [...steps]).sort(
    (a, b) => a.throughput - b.throughput || (insideOf(a) ?? 0) - (insideOf(b) ?? 0),
  );
  const closed = ordered.every((s) => s.concurrency !== undefined);
  const byLoad = closed
    ? [...ordered].sort((a, b) => (a.concurrency ?? 0) - (b.concurrency ?? 0))
    : withoutIdleLatency(ordered);
  const heldOut = byLoad.length >= 5 ? Math.max(1, Math.floor(byLoad.length / 3)) : 0;
  const seen = byLoad.slice(0, byLoad.length - heldOut);
  const held = byLoad.slice(byLoad.length - heldOut);
  const candidates = FITTERS.flatMap((refit): (Candidate & { refit: Fitter })[] => {
    const model = refit(byLoad);
    if (!model) return [];
    const early = heldOut > 0 ? refit(seen) : undefined;
    return [
      {
        model,
        refit,
        ownError: errorOf(model, byLoad, closed),
        ...(early ? { heldOutError: errorOf(early, held, closed) } : {}),
      },
    ];
  }).sort((a, b) => rank(a) - rank(b));
  const busy = fitUtilisation(byLoad)?.capacity;
  // No model may go beyond where the busy share measured says that everything is in use.
  const possible = candidates.filter((c) => busy === undefined || c.model.capacity <= BEYOND_BUSY * busy);
  const timedFirst = possible.filter((c) => Number.isFinite(c.model.meanMs(1e-9)));
  const chosen = preferred(timedFirst, busy) ?? possible[0] ?? candidates[0];
  if (!chosen) return undefined;
  const [tailed, ...otherTails] = judgedTails(chosen.model, seen, held, closed);
  const tail = tailed?.tail;
  const rivalTails = otherTails.filter(
    (t) => tailed !== undefined && t.error <= Math.max(FAIR_TAIL_ERROR, RIVAL * tailed.error),
  );
  const rivals: readonly Fitted[] = [
    ...possible
      .filter((c) => c !== chosen && rank(c) <= Math.max(FAIR_ERROR, RIVAL * rank(chosen)))
      .map((c) => ({ model: c.model, tail: tailed?.fitter(c.model, byLoad, tail) })),
    ...rivalTails.map((t) => ({ model: chosen.model, tail: t.tail })),
  ];
  const drawn = resampled(chosen, tailed ? [tailed, ...rivalTails] : [], byLoad, closed, seed);
  const timed = Number.isFinite(chosen.model.meanMs(1e-9));
  const kneeBy = objectiveMs !== undefined && tail ? 'objective' : timed ? 'latency doubled' : 'all in use';
  const kneeOf = (model: LoadModel, own: Tail | undefined): number =>
    kneeBy === 'objective' && own ? rateFor(model, own, objectiveMs ?? 0) : rateOfDoubling(model);
  const estimate = (of: (model: LoadModel, own: Tail | undefined) => number): Estimate => {
    const value = of(chosen.model, tail);
    const told = (fitted: readonly Fitted[]): number[] =>
      fitted.map((f) => of(f.model, f.tail)).filter((v) => !Number.isNaN(v));
    const inner = drawn.map((d) => told(d).sort((a, b) => a - b));
    const outer = told(rivals);
    return {
      value,
      low: Math.min(value, ...inner.map((d) => quantileOf(d, 0.05, value)), ...outer),
      high: Math.max(value, ...inner.map((d) => quantileOf(d, 0.95, value)), ...outer),
    };
  };
  const measuredTo = Math.max(...byLoad.map((s) => s.throughput));
  const told = closed || busy !== undefined || byLoad.some(overloaded) || !timed;
  const rise = told ? Number.POSITIVE_INFINITY : riseOf(chosen.model, byLoad);
  /** What latency hardly shows may lie right beyond the data, or anywhere after. */
  const doubted = (e: Estimate): Estimate => ({
    value: e.value,
    low: rise < CLEAR_RISE ? Math.min(e.low, Math.max(measuredTo, 0)) : e.low,
    high: rise < ANY_RISE ? Number.POSITIVE_INFINITY : e.high,
  });
  return {
    steps: byLoad,
    limits,
    judgedOn: closed
      ? 'throughput at a concurrency'
      : byLoad.some((s) => meanOf(s) !== undefined)
        ? 'mean latency at a rate'
        : 'utilisation at a rate',
    heldOut,
    candidates: candidates.map(({ refit: _, ...c }) => c),
    chosen,
    capacity: doubted(estimate((m) => m.capacity)),
    knee: { ...doubted(estimate(kneeOf)), by: kneeBy },
    measuredTo,
    kneeSeen: rise >= ANY_RISE,
    ...(tailed
      ? {
          tail: {
            id: tailed.tail.id,
            parameters: tailed.tail.parameters,
            ...(tailed.judged ? { heldOutError: tailed.error } : {}),
          },
        }
      : {}),
    p99At: (x) => (tail ? estimate((_, own) => own?.p99Ms(x) ?? Number.NaN) : undefined),
    meanAt: (x) => estimate((m) => m.meanMs(x)),
  };
}

/**
 * The best; but where a busy share tells what can be carried, one that sees the end long before that must see it clearly: by
 * latency that it describes well, and much better than those that agree with the busy share.
 */
function preferred<C extends Candidate>(ranked: readonly C[], busy: number | undefined): C | undefined {
  const [best] = ranked;
  const agreeing = busy === undefined ? best : ranked.find((c) => c.model.capacity >= AGREES * busy);
  if (!best || !agreeing) return best;
  return rank(best) <= TRUSTED_ERROR && rank(best) * RIVAL < rank(agreeing) ? best : agreeing;
}

/** By how much mean latency rose over the steps, as the model has it. */
const riseOf = (model: LoadModel, steps: readonly CapacityStep[]): number => {
  const rates = steps.map((s) => s.throughput);
  return model.meanMs(Math.max(...rates)) / model.meanMs(Math.min(...rates)) - 1;
};

const rank = (c: Candidate): number => c.heldOutError ?? c.ownError;
const quantileOf = (sortedValues: readonly number[], p: number, fallback: number): number => {
  // Infinite draws are answers too: no limit within the data.
  const at = sortedValues[Math.round(p * (sortedValues.length - 1))];
  const finite = sortedValues.every(Number.isFinite);
  return finite && sortedValues.length > 0 ? quantile(sortedValues, p) : (at ?? fallback);
};

/** Mean relative error; a model that says "impossible" of what happened is wrong by all of it. */
function errorOf(model: LoadModel, steps: readonly CapacityStep[], closed: boolean): number {
  const isTimed = steps.some((s) => meanOf(s) !== undefined);
  const errors = steps.flatMap((s) => {
    if (closed) return [Math.abs(model.throughputAt(s.concurrency ?? 0) / s.throughput - 1)];
    if (overloaded(s)) return [Math.abs(model.capacity / s.throughput - 1)];
    const mean = meanOf(s);
    if (mean !== undefined) return [Math.abs(model.meanMs(s.throughput) / mean - 1)];
    // Where latency is what a model is judged on, a step without one says nothing of it.
    return s.utilisation && !isTimed ? [Math.abs(busyShareOf(model, s.throughput) / s.utilisation - 1)] : [];
  });
  const bounded = errors.map((e) => (Number.isFinite(e) ? Math.min(e, 1) : 1));
  return bounded.length === 0 ? 1 : bounded.reduce((a, b) => a + b, 0) / bounded.length;
}

/** The highest throughput whose p99 keeps the objective; not a number when it never does. */
function rateFor(model: LoadModel, tail: Tail, objectiveMs: number): number {
  if (tail.p99Ms(1e-9) > objectiveMs) return 0;
  return halved(model, (x) => tail.p99Ms(x) > objectiveMs);
}

const rateOfDoubling = (model: LoadModel): number => {
  const least = model.meanMs(1e-9);
  return Number.isFinite(least) ? halved(model, (x) => model.meanMs(x) > 2 * least) : model.capacity;
};

function halved(model: LoadModel, beyond: (x: number) => boolean): number {
  if (!Number.isFinite(model.capacity)) return Number.POSITIVE_INFINITY;
  let low = 0;
  let high = model.capacity;
  for (let i = 0; i < 50; i++) {
    const mid = (low + high) / 2;
    if (beyond(mid)) high = mid;
    else low = mid;
  }
  return low;
}

/** Refits of the chosen model to its own curve with residuals drawn anew, once with each of the tails. */
function resampled(
  { model, refit }: { model: LoadModel; refit: Fitter },
  tails: readonly JudgedTail[],
  steps: readonly CapacityStep[],
  closed: boolean,
  seed: number,
): Fitted[][] {
  const random = seededRandom(seed);
  const parameters = 3;
  const inflate = Math.sqrt(steps.length / Math.max(1, steps.length - parameters));
  const tail = tails[0]?.tail;
  const ratio = (got: number | undefined, said: number): number =>
    got === undefined || !(said > 0) || !Number.isFinite(said) ? 0 : Math.log(got / said);
  const bodies = steps.map((s) =>
    closed
      ? ratio(s.throughput, model.throughputAt(s.concurrency ?? 0))
      : ratio(meanOf(s), model.meanMs(s.throughput)),
  );
  const tailOffs = steps.map((s) => (tail ? ratio(s.p99Ms, tail.p99Ms(s.throughput)) : 0));
  // Whatever model is chosen, the capacity rests on the busy share where there is one.
  const line = fitUtilisation(steps) ?? model;
  const uses = steps.flatMap((s) =>
    s.utilisation === undefined ? [] : [ratio(s.utilisation, busyShareOf(line, s.throughput))],
  );
  const draw = (of: readonly number[]): number =>
    Math.exp(inflate * (of[Math.floor(random() * of.length)] ?? 0));
  const answered = closed
    ? 0
    : Math.max(
        0,
        ...steps.filter((s) => !overloaded(s) && meanOf(s) !== undefined).map((s) => KEPT * s.throughput),
      );
  const draws = Array.from({ length: RESAMPLES }, () => {
    const again = steps.map((s): CapacityStep => {
      const body = draw(bodies);
      const x = closed ? model.throughputAt(s.concurrency ?? 0) * body : s.throughput;
      const mean = model.meanMs(s.throughput);
      const p99 = tail && s.p99Ms !== undefined ? tail.p99Ms(s.throughput) : undefined;
      const drawnTail = draw(tailOffs);
      const used = draw(uses);
      return {
        ...s,
        throughput: x,
        ...(closed || meanOf(s) === undefined || !Number.isFinite(mean) ? {} : { meanMs: mean * body }),
        ...(p99 !== undefined && Number.isFinite(p99) ? movedTo(s, p99 * drawnTail) : {}),
        ...(s.utilisation === undefined || !(busyShareOf(line, s.throughput) > 0)
          ? {}
          : { utilisation: busyShareOf(line, s.throughput) * used }),
      };
    });
    const next = refit(again);
    // What was answered without falling behind was possible: a refit that is full below it is none of this system.
    if (!next || next.capacity <= answered) return [];
    return [{ model: next, steps: again }];
  }).flat();
  const fitters = tails.length > 0 ? tails : [undefined];
  return fitters.map((t) =>
    draws.map((d) => ({ model: d.model, tail: t?.fitter(d.model, d.steps, t.tail) })),
  );
}

/** A step with another p99, and the p95 that goes with it. */
const movedTo = (s: CapacityStep, p99Ms: number): Partial<CapacityStep> => ({
  p99Ms,
  ...(s.p95Ms === undefined || !s.p99Ms ? {} : { p95Ms: (s.p95Ms * p99Ms) / s.p99Ms }),
});

/** Busy share that the utilisation law gives; other models say none. */
const busyShareOf = (model: LoadModel, x: number): number => {
  const { demandMs, idleShare } = model.parameters;
  return demandMs === undefined ? 0 : (idleShare ?? 0) + (demandMs / 1000) * x;
};
