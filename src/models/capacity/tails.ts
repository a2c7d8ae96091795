import type { LoadModel } from './candidates.js';
import { type CapacityStep, overloaded } from './steps.js';
import type { Tail, TailFitter } from './tail.js';
import { fitStops } from './tail-of-stops.js';
import { fitWaits, waitsBeyondQueue } from './tail-of-waits.js';

export interface JudgedTail {
  fitter: TailFitter;
  tail: Tail;
  /** Mean relative error, on the steps held back where `judged`, else on its own. */
  error: number;
  judged: boolean;
}

/**
 * Every tail that the steps allow, in order of trust. Where requests wait far longer than the busy share explains it is that of stops
 * that goes first. Else it is the one that does clearly best on the p99 of the steps held back, which it has not seen; where none was
 * held back that of waits, for nothing tells them apart.
 */
export function judgedTails(
  model: LoadModel,
  seen: readonly CapacityStep[],
  held: readonly CapacityStep[],
  closed: boolean,
): JudgedTail[] {
  const all = [...seen, ...held];
  // Callers that wait for an answer send nothing into a stop.
  const fitters = closed ? [fitWaits] : [fitWaits, fitStops];
  const first = waitsBeyondQueue(all) ? fitStops : undefined;
  const rankOf = (t: JudgedTail): number =>
    t.fitter === first ? 0 : (t.judged ? t.error : MOST_ERROR) + (t.fitter === fitWaits ? 0 : CLEARLY_BETTER);
  const told = held.filter((s) => s.p99Ms !== undefined && !overloaded(s));
  return fitters
    .flatMap((fitter): JudgedTail[] => {
      const tail = fitter(model, all);
      if (!tail) return [];
      const early = told.length > 0 ? fitter(model, seen) : undefined;
      return early
        ? [{ fitter, tail, error: errorOf(early, told), judged: true }]
        : [{ fitter, tail, error: errorOf(tail, all), judged: false }];
    })
    .sort((a, b) => rankOf(a) - rankOf(b))
    .filter((t, i) => t.judged || i === 0);
}

/** On a few steps, an error that is smaller by less than this is chance: the tail with fewer parameters stays. */
const CLEARLY_BETTER = 0.03;
const MOST_ERROR = 1;

function errorOf(tail: Tail, steps: readonly CapacityStep[]): number {
  const errors = steps.flatMap((s) => {
    const off = s.p99Ms ? Math.abs(tail.p99Ms(s.throughput) / s.p99Ms - 1) : undefined;
    return off === undefined ? [] : [Number.isFinite(off) ? Math.min(off, MOST_ERROR) : MOST_ERROR];
  });
  return errors.length === 0 ? MOST_ERROR : errors.reduce((a, b) => a + b, 0) / errors.length;
}
