import { hash } from '../../domain/index.js';
import type { TraceChange } from '../../models/retime.js';
import { childrenOf, lengthOf, parentOf, spanAt, startOf, type Trace } from '../traces.js';
import { matches } from './pattern.js';

/** A change that someone considers, for the spans that a pattern names. */
export type Edit =
  /** The call is not made. */
  | { kind: 'drop'; spans: string }
  /** It takes `factor` of its time, or `lessMs` less. */
  | { kind: 'shorten'; spans: string; factor: number }
  | { kind: 'shorten'; spans: string; lessMs: number }
  /** Siblings start together. */
  | { kind: 'parallel'; spans: string }
  /** Answered without the call in a share of the cases. */
  | { kind: 'cache'; spans: string; hitRatio: number }
  /** Equal siblings become one. */
  | { kind: 'batch'; spans: string }
  /** Given up after this time. */
  | { kind: 'timeout'; spans: string; capMs: number };

/** The name that stands for a span in patterns and in learned waits: `service/operation`. */
export const nameOfSpan = (t: Trace, row: number): string =>
  `${spanAt(t, row).service}/${spanAt(t, row).name}`;

/**
 * Whether a pattern names a span: `*` stands for anything, capitals do not count, and it may name the service, the
 * operation, `service/operation` or the statement.
 */
export function matcher(pattern: string): (t: Trace, row: number) => boolean {
  return (t, row) => {
    const s = spanAt(t, row);
    return [s.service, s.name, `${s.service}/${s.name}`, s.statement].some(
      (x) => x !== '' && matches(pattern, x),
    );
  };
}

/** Rows that each edit touches in one trace; the request itself is never one. */
export const touched = (t: Trace, edit: Edit): number[] => {
  const matches = matcher(edit.spans);
  return [...t.spans.keys()].filter((row) => row !== t.root && matches(t, row));
};

/** All edits as one change of a recorded trace. A later edit does not undo an earlier one: factors multiply. */
export function changeOf(t: Trace, edits: readonly Edit[]): TraceChange {
  const own = new Map<number, number>();
  const drop = new Set<number>();
  const together = new Map<number, number>();
  const scale = (row: number, factor: number): void => {
    own.set(row, (own.get(row) ?? 1) * factor);
    for (const child of childrenOf(t.tree, row)) scale(child, factor);
  };
  for (const edit of edits) {
    const rows = outermost(t, touched(t, edit));
    switch (edit.kind) {
      case 'drop':
        for (const row of rows) drop.add(row);
        break;
      case 'cache':
        // The same requests hit in every run: told by the span's id.
        for (const row of rows) if (chance(spanAt(t, row).id) < edit.hitRatio) drop.add(row);
        break;
      case 'batch':
        for (const group of siblingGroups(t, rows, true)) for (const row of group.slice(1)) drop.add(row);
        break;
      case 'parallel':
        siblingGroups(t, rows, false).forEach((group, i) => {
          if (group.length > 1) for (const row of group) together.set(row, i);
        });
        break;
      case 'shorten':
        for (const row of rows) scale(row, shortened(edit, lengthOf(t, row)));
        break;
      case 'timeout':
        for (const row of rows) if (lengthOf(t, row) > edit.capMs) scale(row, edit.capMs / lengthOf(t, row));
        break;
    }
  }
  return {
    ...(own.size > 0 ? { own } : {}),
    ...(drop.size > 0 ? { drop } : {}),
    ...(together.size > 0 ? { together } : {}),
  };
}

const shortened = (edit: Extract<Edit, { kind: 'shorten' }>, ms: number): number =>
  'factor' in edit ? edit.factor : ms <= 0 ? 1 : Math.max(0, ms - edit.lessMs) / ms;

const chance = (id: string): number => Number.parseInt(hash(id), 16) / 2 ** 32;

/** A span inside of another that is named as well is changed with it, not again. */
function outermost(t: Trace, rows: readonly number[]): number[] {
  const named = new Set(rows);
  return rows.filter((row) => {
    for (let at = parentOf(t, row); at >= 0; at = parentOf(t, at)) if (named.has(at)) return false;
    return true;
  });
}

/** Rows under one parent, in order of start; `equal` ones apart by name and statement. */
function siblingGroups(t: Trace, rows: readonly number[], equal: boolean): number[][] {
  const groups = new Map<string, number[]>();
  for (const row of [...rows].sort((a, b) => startOf(t, a) - startOf(t, b) || a - b)) {
    const same = equal ? `${nameOfSpan(t, row)}\n${spanAt(t, row).statement}` : '';
    const key = `${parentOf(t, row)}\n${same}`;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}
