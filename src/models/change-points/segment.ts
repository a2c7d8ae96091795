import { pullInSpikes } from './outliers.js';
import { withoutSeason } from './season.js';
import { type Place, type StepEvidence, stepEvidence } from './step-likelihood.js';

export interface SegmentOptions {
  /** Fewest values between two changes, and before the first and after the last. */
  minimumLength?: number;
  /** How many series are looked at together: the chance of a false alarm stays that of one. */
  amongSeries?: number;
}

export interface ChangePoint {
  /** First value after the change. */
  at: number;
  /** Twice the log likelihood ratio of a step here, between the neighbouring changes. */
  evidence: number;
  /** What had to be exceeded. */
  needed: number;
  /** A step of the level, a step on a trend that runs through, or a trend that turns. */
  on: 'level' | 'trend' | 'slope';
}

const MINIMUM_LENGTH = 5;

/**
 * Twice the log likelihood ratio that noise alone exceeds with a chance of about 2 % when the best of all places is taken:
 * simulated over lengths of 16 to 400, normal and t(3) noise, outliers, autocorrelation 0 to 1. It hardly depends on the
 * length, because the autocorrelation is fitted anew on both sides of the ratio.
 */
const threshold = (rho: number): number => 11.5 + 5.5 * rho;

/** What one of several stretches needs on top: it was chosen among them, and they overlap. */
const chosenAmong = (parts: number): number => 2 * Math.log(parts) + 1;

/**
 * Finds lasting steps in a series: in the whole, then on each side of every step found, then again between the neighbours
 * of each until nothing moves. Where a whole shows none, overlapping parts of it are looked at, so that a change that went
 * away again does not hide itself. A straight trend that explains the values as well is not taken for steps.
 */
export function changePoints(values: ArrayLike<number>, options: SegmentOptions = {}): ChangePoint[] {
  const look: Look = {
    margin: options.minimumLength ?? MINIMUM_LENGTH,
    // The ratio's tail falls by e for every 2, so that this divides the chance by the number of series.
    extra: 2 * Math.log(Math.max(1, options.amongSeries ?? 1)),
  };
  const y = pullInSpikes(withoutSeason(Float64Array.from(values)));
  let found = search(y, 0, y.length, look);
  for (let round = 0; round < 10; round++) {
    const settled = settle(y, found, look);
    if (settled.length === found.length && settled.every((c, i) => c.at === found[i]?.at)) return settled;
    found = settled;
  }
  return found;
}

interface Look {
  margin: number;
  /** Evidence needed on top of the threshold. */
  extra: number;
}

function search(y: Float64Array, from: number, to: number, look: Look): ChangePoint[] {
  const change = within(y, from, to, look) ?? inParts(y, from, to, look);
  if (!change) return [];
  // A trend that runs through the step runs on at its sides: there it must not look like more steps.
  const rest = change.on === 'trend' ? withoutSlope(y, from, change.at, to) : y;
  return [...search(rest, from, change.at, look), change, ...search(rest, change.at, to, look)];
}

/** The values of a stretch without the slope that both sides of a step share (least squares within the sides). */
function withoutSlope(y: Float64Array, from: number, at: number, to: number): Float64Array {
  let up = 0;
  let across = 0;
  for (const [start, end] of [
    [from, at],
    [at, to],
  ] as const) {
    const middle = (start + end - 1) / 2;
    for (let i = start; i < end; i++) {
      up += (i - middle) * (y[i] as number);
      across += (i - middle) ** 2;
    }
  }
  const slope = across > 0 ? up / across : 0;
  return y.map((v, i) => (i >= from && i < to ? v - slope * (i - at) : v));
}

/** The best step of a stretch when it is one. */
function within(y: Float64Array, from: number, to: number, look: Look, parts = 0): ChangePoint | undefined {
  if (to - from < 2 * look.margin) return undefined;
  return judge(
    stepEvidence(y, from, to, look.margin),
    look.extra + (parts > 0 ? chosenAmong(parts) : 0),
    parts > 0,
  );
}

/**
 * A step when it is one; else, where a trend explains as much, a step on it or a bend of it. Bends are looked for in whole
 * stretches only: any curve bends somewhere in a part.
 */
function judge(e: StepEvidence, extra: number, part: boolean): ChangePoint | undefined {
  const needed = threshold(e.rho) + extra;
  const onTrend = threshold(e.rhoOfTrend) + 1 + extra;
  const bends = !part && e.bend.ratio > e.curve + CURVE_EDGE;
  const bent = bends && e.bend.ratio > onTrend ? e.trend + e.bend.ratio : e.trend;
  // A trend has no place to choose; what a step gains over it must pay for the search.
  if (e.step.ratio > bent + TREND_EDGE) return named(e.step, 'level', needed);
  return bends && e.bend.ratio > e.stepOnTrend.ratio
    ? named(e.bend, 'slope', onTrend)
    : named(e.stepOnTrend, 'trend', onTrend);
}
const TREND_EDGE = 4;
/** A smooth curve has no place to choose either: a bend must be clearly sharper. */
const CURVE_EDGE = 6;

const named = ({ at, ratio }: Place, on: ChangePoint['on'], needed: number): ChangePoint | undefined =>
  ratio > needed ? { at, evidence: ratio, needed, on } : undefined;

/** Overlapping parts, each half as long as the ones before. (Seeded intervals; S. Kovács et al., Biometrika 110, 2023.) */
function inParts(y: Float64Array, from: number, to: number, look: Look): ChangePoint | undefined {
  const n = to - from;
  let best: ChangePoint | undefined;
  for (let length = n / Math.SQRT2; length >= 4 * look.margin; length /= Math.SQRT2) {
    const parts = 2 * Math.ceil(n / length) - 1;
    for (let k = 0; k < parts; k++) {
      const start = from + Math.floor(((n - length) * k) / Math.max(1, parts - 1));
      const end = Math.min(to, Math.ceil(start + length));
      const change = within(y, start, end, look, parts);
      if (change && (!best || change.evidence - change.needed > best.evidence - best.needed)) best = change;
    }
  }
  return best;
}

/** Each change is held again against the values between its neighbours: it moves, or goes. */
function settle(y: Float64Array, found: readonly ChangePoint[], look: Look): ChangePoint[] {
  const kept: ChangePoint[] = [];
  for (const i of found.keys()) {
    const from = kept.at(-1)?.at ?? 0;
    const to = found[i + 1]?.at ?? y.length;
    const again = within(y, from, to, look);
    if (again) kept.push(again);
  }
  return kept;
}
