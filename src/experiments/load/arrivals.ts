import { seededRandom } from '../../models/random.js';

/** A stretch in which the rate goes evenly from one value to another. Requests a second. */
export interface RateStretch {
  from: number;
  to: number;
  seconds: number;
}

/** Even spacing, or independent arrivals as many users make them. */
export type ArrivalProcess = 'uniform' | 'poisson';

/**
 * The intended start of every request, in milliseconds from the start of the run, ascending. The same seed gives the same
 * starts. A uniform process spaces requests evenly along the rate; a Poisson process turns independent exponential gaps into
 * time by the inverse of the summed rate. (P. A. W. Lewis and G. S. Shedler, Naval Research Logistics 26, 1979.)
 */
export function* arrivals(
  stretches: readonly RateStretch[],
  process: ArrivalProcess,
  seed: number,
): Generator<number> {
  const random = seededRandom(seed);
  const step = process === 'uniform' ? () => 1 : () => -Math.log(1 - random());
  // The first of evenly spaced requests starts half a gap in, so that pieces of a run add up to the run.
  let due = process === 'uniform' ? 0.5 : step();
  let before = 0;
  let startMs = 0;
  for (const s of stretches) {
    const inside = expected(s);
    while (due < before + inside) {
      yield startMs + 1000 * timeOf(s, due - before);
      due += step();
    }
    before += inside;
    startMs += s.seconds * 1000;
  }
}

/** Requests that a stretch is expected to make. */
const expected = (s: RateStretch): number => ((s.from + s.to) / 2) * s.seconds;

/** Seconds into a stretch at which the summed rate reaches `count`: from·t + (to − from)·t²/(2·seconds) = count. */
function timeOf({ from, to, seconds }: RateStretch, count: number): number {
  const slope = (to - from) / seconds;
  if (slope === 0) return count / from;
  return (2 * count) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * count)));
}

export const totalSeconds = (stretches: readonly RateStretch[]): number =>
  stretches.reduce((sum, s) => sum + s.seconds, 0);
export const expectedRequests = (stretches: readonly RateStretch[]): number =>
  stretches.reduce((sum, s) => sum + expected(s), 0);
