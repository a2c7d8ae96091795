import type { Cell } from '../domain/index.js';
import { asBefore, ownTimes, type Totals } from './cell-totals.js';
import type { WalkedTrace } from './sections.js';
import { sampleWeights } from './slow-requests.js';
import { STALLS } from './stalls.js';
import type { Traced } from './traced.js';

type Claims = readonly { cell: string; share: number }[];

/** What the own time of each span was counted in, and the service whose own time it is, if it is that. */
export interface RowCell {
  cell: string;
  self: string | undefined;
}

export function cellsOfRows(t: WalkedTrace, cellOf: Traced['cellOf']): RowCell[] {
  return t.spans.map((_, row) => {
    const key = t.keyOf(row);
    return { cell: cellOf(key), self: key.kind === 'self' ? key.service : undefined };
  });
}

/** Works something out at the first question, and remembers it. */
export function once<T>(work: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: work() };
    return made.value;
  };
}

const OWN = 'own time of ';

/**
 * What requests would have spent in claimed cells before: for each request the factor on the own time of its spans.
 * Requests go back in the order of what they spent, so those that a cause hit hardest lose most.
 */
export function earlierTimes(traced: Traced, traces: readonly WalkedTrace[], weights: readonly number[]) {
  const { telemetry, entry, cellOf } = traced;
  const was = traced.traces.filter((t) => t.request.phase === 'baseline');
  const weightsBefore = sampleWeights(was, entry.slowShare);
  const groupOf = (row: RowCell): string => (row.self === undefined ? row.cell : `${OWN}${row.self}`);
  const timed = (all: readonly WalkedTrace[]) =>
    once(() =>
      all.map((t) => {
        const own = ownTimes(t);
        const groups = cellsOfRows(t, cellOf).map(groupOf);
        const totals = new Map<string, number>();
        groups.forEach((group, row) => {
          totals.set(group, (totals.get(group) ?? 0) + (own[row] ?? 0));
        });
        return { groups, totals };
      }),
    );
  const [now, before] = [timed(traces), timed(was)];
  const mappings = new Map<string, (value: number) => number>();
  const mapping = (group: string): ((value: number) => number) => {
    const of = (all: ReturnType<typeof now>, w: readonly number[]): Totals => ({
      values: all.map((t) => t.totals.get(group) ?? 0),
      weights: w,
    });
    const made = mappings.get(group) ?? asBefore(of(now(), weights), of(before(), weightsBefore));
    mappings.set(group, made);
    return made;
  };
  return (claims: Claims, kept: number) => {
    const portions = portionsOf(telemetry.cells, claims);
    return (at: number): Map<number, number> => {
      const factors = new Map<string, number>();
      const { groups, totals } = now()[at] ?? { groups: [], totals: new Map<string, number>() };
      for (const [group, portion] of portions) {
        const total = totals.get(group) ?? 0;
        if (total <= 0) continue;
        factors.set(group, 1 - (portion * (1 - kept) * (total - mapping(group)(total))) / total);
      }
      return new Map(
        groups.flatMap((group, row) => {
          const factor = factors.get(group);
          return factor === undefined ? [] : [[row, factor] as const];
        }),
      );
    };
  };
}

/** What part of the growth of each group of spans is claimed; own time of a service and its stalls are one group. */
function portionsOf(cells: readonly Cell[], claims: Claims): Map<string, number> {
  const isOwn = (c: Cell): boolean => c.kind === 'self' || STALLS.has(c.operation);
  const portions = new Map<string, number>();
  for (const { cell: id, share } of claims) {
    const cell = cells.find((c) => c.id === id);
    if (!cell) continue;
    const group = isOwn(cell) ? `${OWN}${cell.service}` : id;
    const grown = isOwn(cell)
      ? cells
          .filter((c) => c.service === cell.service && isOwn(c))
          .reduce((sum, c) => sum + Math.max(0, c.excess.value), 0)
      : cell.excess.value;
    if (grown > 0)
      portions.set(
        group,
        Math.min(1, (portions.get(group) ?? 0) + (share * Math.max(0, cell.excess.value)) / grown),
      );
  }
  return portions;
}
