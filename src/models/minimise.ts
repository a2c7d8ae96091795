interface Vertex {
  at: readonly number[];
  value: number;
}

/**
 * A local minimum of `f` near `start`, by a simplex whose first edges are `edge` long: for few parameters, and without derivatives.
 * Never worse than `start`; the same input gives the same output. (J. A. Nelder and R. Mead, The Computer Journal 7, 1965.)
 */
export function minimise(
  f: (at: readonly number[]) => number,
  start: readonly number[],
  edge: number,
  rounds: number,
): { at: readonly number[]; value: number } {
  const vertex = (at: readonly number[]): Vertex => ({ at, value: f(at) });
  let simplex = [start, ...start.map((_, i) => start.map((v, j) => (i === j ? v + edge : v)))].map(vertex);
  for (let round = 0; round < rounds; round++) {
    simplex.sort((a, b) => a.value - b.value);
    const worst = simplex.at(-1);
    const [best] = simplex;
    if (!worst || !best) break;
    const others = simplex.slice(0, -1);
    const middle = start.map((_, j) => others.reduce((sum, v) => sum + (v.at[j] ?? 0), 0) / others.length);
    /** On the line from the worst through the middle of the others: 1 mirrors it, 2 goes twice as far, −½ halfway back. */
    const along = (t: number): Vertex => vertex(middle.map((m, j) => m + t * (m - (worst.at[j] ?? 0))));
    const mirrored = along(1);
    if (mirrored.value < best.value) {
      const further = along(2);
      simplex = [...others, further.value < mirrored.value ? further : mirrored];
    } else if (mirrored.value < (others.at(-1)?.value ?? Number.POSITIVE_INFINITY)) {
      simplex = [...others, mirrored];
    } else {
      const back = along(-0.5);
      simplex =
        back.value < worst.value
          ? [...others, back]
          : [best, ...simplex.slice(1).map((v) => vertex(v.at.map((x, j) => (x + (best.at[j] ?? 0)) / 2)))];
    }
  }
  const [found] = simplex.sort((a, b) => a.value - b.value);
  return found ?? vertex(start);
}
