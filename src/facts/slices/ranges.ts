/** A number with more different values than this is read in ranges, not value by value. */
const FEW_VALUES = 12;
/** Edges of the ranges, as shares of the rows. */
const EDGES = [0.5, 0.75, 0.9, 0.97] as const;

/**
 * Values of one attribute as they are compared. Numbers of many values (sizes, counts) become ranges whose edges are
 * quantiles; everything else stays as it is. A missing value stays empty.
 */
export function inRanges(values: readonly string[]): string[] {
  const present = values.filter((v) => v !== '');
  const numbers = present.map(Number);
  const distinct = [...new Set(numbers)];
  if (distinct.length <= FEW_VALUES || numbers.some((n) => !Number.isFinite(n))) return [...values];
  const sorted = [...numbers].sort((a, b) => a - b);
  const edges = [...new Set(EDGES.map((q) => sorted[Math.floor(q * (sorted.length - 1))] as number))];
  return values.map((v) => (v === '' ? '' : rangeName(Number(v), edges)));
}

function rangeName(value: number, edges: readonly number[]): string {
  const above = edges.filter((e) => value > e);
  const low = above[above.length - 1];
  const high = edges[above.length];
  if (low === undefined) return `≤ ${high}`;
  return high === undefined ? `> ${low}` : `> ${low}, ≤ ${high}`;
}
