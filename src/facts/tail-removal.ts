import type { Cell } from '../domain/index.js';
import type { CellKey, WalkedTrace } from './sections.js';
import { sampleWeights } from './slow-requests.js';
import { STALLS } from './stalls.js';
import { lengthOf } from './traces.js';

export interface WalkedTail {
  /** Walked requests of both phases; slow ones and a sample of the others. */
  traces: readonly WalkedTrace[];
  /** Share of all requests that counts as slow. */
  slowShare: number;
  cells: readonly Cell[];
  /** The cell that a key's time was counted in. */
  cellOf(key: CellKey): string;
}

type Claims = readonly { cell: string; share: number }[];

/**
 * How many milliseconds slow requests would lose on average if these shares of the growth of cells were gone, and all
 * else stayed as it is. Slow requests are the slowest of all after the change too: where the claimed time only made
 * some of many slow requests the slowest, others take their place, and less is won than the claimed time itself.
 */
export function tailRemoval({
  traces,
  slowShare,
  cells: counted,
  cellOf,
}: WalkedTail): (claims: Claims) => number {
  const all = traces.filter((t) => t.request.phase === 'incident');
  const weight = sampleWeights(all, slowShare);
  const recorded = all.map((t) => lengthOf(t, t.root));
  const before = tailOf(recorded, weight, slowShare);
  const cells = new Map(counted.map((c) => [c.id, c]));
  const timeIn = all.map((t) => {
    const own = new Map<string, number>();
    for (const s of t.sections) {
      const id = cellOf(s.key);
      own.set(id, (own.get(id) ?? 0) + s.end - s.start);
    }
    return own;
  });
  return (claims) => {
    let everywhere = 0;
    const factors = claims.flatMap(({ cell, share }) => {
      const c = cells.get(cell);
      if (!c || !(c.excess.value > 0)) return [];
      // Time of stalls has no spans to look for: it is taken to be in all requests alike.
      if (STALLS.has(c.operation)) everywhere += share * c.excess.value;
      return [[cell, share * grownPart(c)] as const];
    });
    const after = recorded.map((ms, i) =>
      factors.reduce((left, [cell, factor]) => left - factor * (timeIn[i]?.get(cell) ?? 0), ms),
    );
    return Math.max(0, before - tailOf(after, weight, slowShare)) + everywhere;
  };
}

const grownPart = (c: Cell): number =>
  c.incident.value > 0 ? Math.min(1, c.excess.value / c.incident.value) : 0;

/** Mean of the slowest `share` of all requests, each of which stands for as many as its weight says. */
function tailOf(durations: readonly number[], weights: readonly number[], share: number): number {
  const order = durations.map((_, i) => i).sort((a, b) => (durations[b] ?? 0) - (durations[a] ?? 0));
  const sum = weights.reduce((a, b) => a + b, 0);
  let left = share * sum;
  let total = 0;
  for (const i of order) {
    const part = Math.min(left, weights[i] ?? 0);
    total += part * (durations[i] ?? 0);
    left -= part;
    if (left <= 0) break;
  }
  return total / (share * sum);
}
