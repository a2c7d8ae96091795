/** Rows [from, to) of a window that are taken as affected; the rest of the window is quiet. */
export interface Bout {
  from: number;
  to: number;
}

/**
 * All ways to split a window of `rows` into one affected run and quiet rows, that leave at least `minQuiet` rows
 * quiet. `touching` (rows) keeps those that reach into that range: where an alert says that the trouble was. With a
 * `step`, runs start and end at multiples of it (or at the end of the window): fewer ways in long windows.
 */
export function bouts(rows: number, minQuiet: number, touching?: Bout, step = 1): Bout[] {
  const all: Bout[] = [];
  const edge = (k: number): number => Math.min(rows, k * step);
  const edges = Math.ceil(rows / step);
  for (let i = 0; i < edges; i++)
    for (let k = i + 1; k <= edges; k++) {
      const [from, to] = [edge(i), edge(k)];
      if (rows - (to - from) >= minQuiet && (!touching || (from < touching.to && to > touching.from)))
        all.push({ from, to });
    }
  return all;
}

/** The median of the rows outside of the bout, those without a value left out; `NaN` when none has one. */
export const quietLevel = (values: ArrayLike<number>, { from, to }: Bout): number =>
  medianOf(values, values.length, from, to);

/** The median of the rows inside. */
const boutLevel = (values: ArrayLike<number>, { from, to }: Bout): number => medianOf(values, to, 0, from);

/** Median of the rows below `end` but for those in [from, to): an insertion sort, since windows are short. */
function medianOf(values: ArrayLike<number>, end: number, from: number, to: number): number {
  const kept = new Float64Array(end);
  let n = 0;
  for (let i = 0; i < end; i++) {
    const value = values[i] as number;
    if ((i >= from && i < to) || Number.isNaN(value)) continue;
    let at = n++;
    for (; at > 0 && (kept[at - 1] as number) > value; at--) kept[at] = kept[at - 1] as number;
    kept[at] = value;
  }
  return n === 0 ? Number.NaN : ((kept[(n - 1) >> 1] as number) + (kept[n >> 1] as number)) / 2;
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
    const level = boutLevel(values, bout);
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
