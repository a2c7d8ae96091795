import { median } from './spread.js';

/** Rows [from, to) of a window that are taken as affected; the rest of the window is quiet. */
export interface Bout {
  from: number;
  to: number;
}

/**
 * All ways to split a window of `rows` into one affected run and quiet rows, that leave at least `minQuiet` rows
 * quiet. `touching` (rows) keeps those that reach into that range: where an alert says that the trouble was.
 */
export function bouts(rows: number, minQuiet: number, touching?: Bout): Bout[] {
  const all: Bout[] = [];
  for (let from = 0; from < rows; from++)
    for (let to = from + 1; to <= rows; to++)
      if (rows - (to - from) >= minQuiet && (!touching || (from < touching.to && to > touching.from)))
        all.push({ from, to });
  return all;
}

/** The median of the rows outside of the bout, those without a value left out; `NaN` when none has one. */
export function quietLevel(values: ArrayLike<number>, { from, to }: Bout): number {
  const quiet: number[] = [];
  for (let i = 0; i < values.length; i++)
    if ((i < from || i >= to) && !Number.isNaN(values[i] as number)) quiet.push(values[i] as number);
  return median(quiet);
}

/**
 * How probable each bout is, when the values of a window are a quiet level, a higher level in the bout, and noise of
 * the given scale with Laplace tails (so that one wild row does not decide). Equal probability before seeing the
 * values; sums to 1. A bout in which the values do not rise has probability 0; none rises: all equal.
 */
export function boutProbabilities(
  values: ArrayLike<number>,
  scale: number,
  candidates: readonly Bout[],
): Float64Array {
  const cost = Float64Array.from(candidates, (bout) => {
    const quiet = quietLevel(values, bout);
    const inside: number[] = [];
    for (let i = bout.from; i < bout.to; i++)
      if (!Number.isNaN(values[i] as number)) inside.push(values[i] as number);
    const level = median(inside);
    if (!(level > quiet)) return Number.POSITIVE_INFINITY;
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (!Number.isNaN(value)) sum += Math.abs(value - (i >= bout.from && i < bout.to ? level : quiet));
    }
    return sum / scale;
  });
  const least = Math.min(...cost);
  if (!Number.isFinite(least)) return cost.map(() => 1 / cost.length);
  const weights = cost.map((c) => Math.exp(least - c));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}
