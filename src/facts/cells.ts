import { type Cell, hash, type Subject } from '../domain/index.js';
import { fromQuery, type Origin } from './query-fact.js';
import type { CellKey, WalkedTrace } from './sections.js';
import { cellSlug } from './span-kind.js';

/** Cells with less than this share of a slow request, before and during, are added up as one a service and kind. */
const SMALL_SHARE = 0.002;

/** A cell's stable id; remembered with its key, which many stretches share. */
export const cellId = (key: CellKey): string => {
  const before = ids.get(key);
  if (before !== undefined) return before;
  const made = newCellId(key);
  ids.set(key, made);
  return made;
};
const ids = new WeakMap<CellKey, string>();

const newCellId = (key: CellKey): string => {
  const told = [key.peer?.id ?? '', key.statement ?? ''].join('\n');
  return cellSlug(key.service, key.operation, key.kind) + (told === '\n' ? '' : `/${hash(told)}`);
};

/** What one phase spends in a cell: mean milliseconds and mean number of stretches' spans a slow request. */
export interface Spent {
  ms: number;
  count: number;
}
export interface Row {
  key: CellKey;
  baseline: Spent;
  incident: Spent;
}

/** Exclusive time on the critical path of slow requests by cell: what the excess is added up from. */
export interface Tally {
  rows: ReadonlyMap<string, Row>;
  /** The cell that a key's time was counted in: its own, or the collective one. */
  cellOf(key: CellKey): string;
}

export function tally(slow: readonly WalkedTrace[]): Tally {
  const sizes = { baseline: 0, incident: 0 };
  for (const t of slow) sizes[t.request.phase]++;
  const rows = new Map<string, Row>();
  const ids = new Map<CellKey, string>();
  for (const t of slow) {
    const n = sizes[t.request.phase];
    const met = new Set<string>();
    for (const s of t.sections) {
      const id = cellId(s.key);
      ids.set(s.key, id);
      const row = rows.get(id) ?? {
        key: s.key,
        baseline: { ms: 0, count: 0 },
        incident: { ms: 0, count: 0 },
      };
      rows.set(id, row);
      const spent = row[t.request.phase];
      spent.ms += (s.end - s.start) / n;
      const one = `${s.span} ${id}`;
      if (!met.has(one)) spent.count += 1 / n;
      met.add(one);
    }
  }
  return folded(rows);
}

function folded(rows: Map<string, Row>): Tally {
  const whole = { baseline: 0, incident: 0 };
  for (const r of rows.values()) {
    whole.baseline += r.baseline.ms;
    whole.incident += r.incident.ms;
  }
  const kept = new Map<string, Row>();
  const moved = new Map<string, string>();
  for (const [id, r] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const small =
      r.baseline.ms <= SMALL_SHARE * whole.baseline && r.incident.ms <= SMALL_SHARE * whole.incident;
    const key: CellKey = small ? { service: r.key.service, operation: 'other', kind: r.key.kind } : r.key;
    const to = small ? cellId(key) : id;
    moved.set(id, to);
    const before = kept.get(to);
    kept.set(
      to,
      before
        ? {
            ...before,
            baseline: add(before.baseline, r.baseline),
            incident: add(before.incident, r.incident),
          }
        : { ...r, key },
    );
  }
  return { rows: kept, cellOf: (key) => moved.get(cellId(key)) ?? cellId(key) };
}

const add = (a: Spent, b: Spent): Spent => ({ ms: a.ms + b.ms, count: a.count + b.count });

/** The cells as facts, the largest growth first. */
export function cellFacts(counted: Tally, origin: Origin): Cell[] {
  return [...counted.rows]
    .map(([id, row]) => cellOf(id, row, origin))
    .sort((a, b) => b.excess.value - a.excess.value || (a.id < b.id ? -1 : 1));
}

function cellOf(id: string, { key, baseline, incident }: Row, origin: Origin): Cell {
  const about: Subject = { kind: 'operation', id: `cell:${id}`, name: key.operation, service: key.service };
  const ms = (name: string, value: number, phase: 'baseline' | 'incident') =>
    fromQuery({ name, subject: about, value, unit: 'ms', phase }, origin);
  const count = (value: number, phase: 'baseline' | 'incident') =>
    fromQuery({ name: 'criticalPath.count', subject: about, value, unit: 'count', phase }, origin);
  return {
    id,
    ...key,
    baseline: ms('criticalPath.exclusive', baseline.ms, 'baseline'),
    incident: ms('criticalPath.exclusive', incident.ms, 'incident'),
    excess: ms('criticalPath.excess', incident.ms - baseline.ms, 'incident'),
    baselineCount: count(baseline.count, 'baseline'),
    incidentCount: count(incident.count, 'incident'),
  };
}
