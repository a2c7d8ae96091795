import type { WalkedTrace } from './sections.js';
import { childrenOf, lengthOf } from './traces.js';

/** Own time of every span of a request, ms: its duration less what its children cover of it, on the path or not. */
export function ownTimes(t: WalkedTrace): Float64Array {
  const { tree } = t;
  return Float64Array.from(t.spans, (_, row) => {
    const [from, to] = [tree.start[row] ?? 0, tree.end[row] ?? 0];
    let covered = 0;
    let at = from;
    // Children come by their start.
    for (const child of childrenOf(tree, row)) {
      if (tree.detached[child] === 1) continue;
      const begins = Math.max(at, tree.start[child] ?? 0);
      const ends = Math.min(to, tree.end[child] ?? 0);
      if (ends <= begins) continue;
      covered += ends - begins;
      at = ends;
    }
    return Math.max(0, lengthOf(t, row) - covered);
  });
}

/** Time that each of many requests spent in something, none included, and for how many requests each stands. */
export interface Totals {
  values: readonly number[];
  weights: readonly number[];
}

/**
 * What a request that spent `value` in something would have spent before: the value at the same rank of the earlier
 * totals. So the whole distribution, tail included, goes back to what it was (quantile mapping; H. Panofsky, G. Brier,
 * Some Applications of Statistics to Meteorology, 1958, p. 40). Never more than `value`; nothing was spent where there
 * are no earlier requests.
 */
export function asBefore(now: Totals, before: Totals): (value: number) => number {
  const ranks = ranked(now);
  const earlier = ranked(before);
  return (value) => {
    if (earlier.values.length === 0) return 0;
    const rank = rankOf(ranks, value);
    return Math.min(value, valueAt(earlier, rank));
  };
}

interface Ranked {
  values: Float64Array;
  /** Share of the weight up to the middle of each value's own. */
  ranks: Float64Array;
}

function ranked({ values, weights }: Totals): Ranked {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const sum = weights.reduce((a, b) => a + b, 0);
  let below = 0;
  const ranks = Float64Array.from(order, (i) => {
    const own = weights[i] ?? 0;
    below += own;
    return (below - own / 2) / Math.max(1e-12, sum);
  });
  return { values: Float64Array.from(order, (i) => values[i] ?? 0), ranks };
}

/** The middle rank of all that equal a value: many requests spend nothing in most things. */
function rankOf({ values, ranks }: Ranked, value: number): number {
  const from = firstAtLeast(values, value);
  let to = from;
  while (to + 1 < values.length && (values[to + 1] ?? 0) <= value) to++;
  return ((ranks[Math.min(from, ranks.length - 1)] ?? 0) + (ranks[Math.min(to, ranks.length - 1)] ?? 0)) / 2;
}

function valueAt({ values, ranks }: Ranked, rank: number): number {
  const at = firstAtLeast(ranks, rank);
  if (at === 0) return values[0] ?? 0;
  if (at >= ranks.length) return values[values.length - 1] ?? 0;
  const [low, high] = [ranks[at - 1] ?? 0, ranks[at] ?? 0];
  const part = high > low ? (rank - low) / (high - low) : 1;
  return (values[at - 1] ?? 0) + part * ((values[at] ?? 0) - (values[at - 1] ?? 0));
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
