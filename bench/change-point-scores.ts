/**
 * Scores of change points against several annotators, with the definitions of G. J. J. van den Burg and C. K. I. Williams,
 * An Evaluation of Change Point Detection Algorithms, 2020, §4.2. The start of a series counts as a change for all.
 */

/** F1: precision against all annotators together, recall as the mean over annotators; each found point is used once. */
export function fMeasure(
  annotators: readonly (readonly number[])[],
  found: readonly number[],
  margin: number,
): number {
  const own = annotators.map((a) => [...new Set([0, ...a])]);
  const together = [...new Set(own.flat())];
  const points = [...new Set([0, ...found])];
  const precision = hits(together, points, margin) / points.length;
  const recall = own.reduce((sum, a) => sum + hits(a, points, margin) / a.length, 0) / own.length;
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

function hits(truth: readonly number[], found: readonly number[], margin: number): number {
  const left = new Set(found);
  let count = 0;
  for (const t of truth) {
    const [nearest] = [...left]
      .filter((x) => Math.abs(x - t) <= margin)
      .sort((a, b) => Math.abs(a - t) - Math.abs(b - t) || a - b);
    if (nearest === undefined) continue;
    left.delete(nearest);
    count++;
  }
  return count;
}

/** Covering: for each annotator, the segments weighted by length, each with the best Jaccard overlap; the mean over annotators. */
export function cover(
  annotators: readonly (readonly number[])[],
  found: readonly number[],
  length: number,
): number {
  const parts = segments(found, length);
  const each = annotators.map((a) =>
    segments(a, length).reduce(
      (sum, [s, e]) => sum + ((e - s) / length) * Math.max(...parts.map(([ps, pe]) => jaccard(s, e, ps, pe))),
      0,
    ),
  );
  return each.reduce((a, b) => a + b, 0) / each.length;
}

function segments(changes: readonly number[], length: number): [number, number][] {
  const cuts = [0, ...[...new Set(changes)].filter((c) => c > 0 && c < length).sort((a, b) => a - b), length];
  return cuts.slice(1).map((end, i) => [cuts[i] as number, end]);
}

function jaccard(a: number, b: number, c: number, d: number): number {
  const both = Math.max(0, Math.min(b, d) - Math.max(a, c));
  return both / (b - a + (d - c) - both);
}
