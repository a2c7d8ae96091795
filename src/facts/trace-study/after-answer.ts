import type { Subject } from '../../domain/index.js';
import { meanInterval } from '../../models/bootstrap.js';
import { learnPrecedence } from '../../models/happens-before.js';
import { type Precedes, savedTime } from '../../models/retime.js';
import { attributeOf } from '../attributes.js';
import { fillsOf } from '../patterns/fills.js';
import type { CellKey, WalkedTrace } from '../sections.js';
import { isTransactionControl } from '../span-kind.js';
import { childrenOf, endOf, lengthOf, parentOf, spanAt, startOf } from '../traces.js';
import { nameOfSpan } from './edits.js';
import { type Purpose, purposeOf, type Told } from './purpose.js';

/** Whether a call on the critical path may be done after the answer was given. */
export type Turn =
  /** It may. */
  | 'after'
  /** The answer rests on it. */
  | 'before'
  /** Telemetry cannot tell who uses its answer. */
  | 'untested';

/** Equal calls or statements that requests wait for. */
export interface Awaited {
  service: string;
  operation: string;
  kind: CellKey['kind'];
  peer?: Subject;
  /** Mean ms a request would be shorter without waiting for them, the pessimistic of two re-timings. */
  savedMs: number;
  /** 95 % interval of that over resampled requests; absent for fewer than `FEWEST`. */
  interval?: [number, number];
  /** Mean number a request. */
  calls: number;
  turn: Turn;
  /** What it is for, and the word of its name that says so, where one does. */
  told: Told;
  evidence: {
    /** Requests in which one failed for good, and how many of these were answered without an error. */
    failed: number;
    answeredAnyway: number;
    /** All of them answer 202: accepted, to be done later. */
    accepted: boolean;
    /** All of them answer 202 or 204, or with an empty body. */
    nothingReturned: boolean;
    /** Run between the begin and the commit of a transaction. */
    inTransaction: boolean;
    /** What started only after it in every request, the most frequent first; empty: nothing waits for it. */
    awaitedBy: string[];
  };
}

const FEWEST = 20;
/** Groups that are re-timed: those with the most time on the critical path, each at least this share of it. */
const MOST_GROUPS = 20;
const LEAST_SHARE = 0.002;
/** Failures from which an answer all the same is no accident. */
const FAILURES = 3;
const MOST_NAMES = 3;
const MAY_WAIT: ReadonlySet<Purpose> = new Set([
  'cache-fill',
  'record',
  'notice',
  'analytics',
  'index',
  'message',
]);
const MUST_COME_FIRST: ReadonlySet<Purpose> = new Set(['read', 'decision', 'lock', 'outbox', 'transaction']);
const ROLES: ReadonlySet<string> = new Set(['database', 'cache', 'call', 'produced']);

/**
 * What requests wait for, by how much shorter they would be without: each kind of call or statement on the critical
 * path, and whether it may be done after the answer. Judged by what it is for, by what failed without harm, and by
 * what always starts after it (M. Chow et al., The Mystery Machine, OSDI 2014, §3.2).
 */
export function awaitedCalls(traces: readonly WalkedTrace[]): Awaited[] {
  const n = traces.length;
  const groups = groupsOf(traces);
  const total = traces.reduce((sum, t) => sum + lengthOf(t, t.root), 0);
  const chosen = [...groups.values()]
    .filter((g) => g.onPathMs >= LEAST_SHARE * total && g.onPathMs > 0)
    .sort((a, b) => b.onPathMs - a.onPathMs || (a.id < b.id ? -1 : 1))
    .slice(0, MOST_GROUPS);
  const named = traces.map((t) => ({ tree: t.tree, nameOf: (row: number) => nameOfSpan(t, row) }));
  const precedesIn = learnPrecedence(named);
  const precedes = named.map((t) => precedesIn(t));
  return chosen
    .map((g): Awaited => {
      const saved = new Float64Array(n);
      for (const [i, rows] of g.rows)
        saved[i] = savedWithout(traces[i] as WalkedTrace, rows, precedes[i] as Precedes);
      const mean = (of: Float64Array): number => of.reduce((sum, x) => sum + x, 0) / n;
      const evidence = evidenceOf(g, traces, precedes);
      return {
        service: g.key.service,
        operation: g.key.operation,
        kind: g.key.kind,
        ...(g.key.peer ? { peer: g.key.peer } : {}),
        savedMs: mean(saved),
        ...(n >= FEWEST ? { interval: meanInterval(saved) } : {}),
        calls: [...g.rows.values()].reduce((sum, rows) => sum + rows.length, 0) / n,
        turn: turnOf(g.told.purpose, g.key.kind, evidence),
        told: g.told,
        evidence,
      };
    })
    .sort((a, b) => b.savedMs - a.savedMs || (a.service + a.operation < b.service + b.operation ? -1 : 1));
}

function turnOf(purpose: Purpose, kind: CellKey['kind'], e: Awaited['evidence']): Turn {
  if (MUST_COME_FIRST.has(purpose)) return 'before';
  // Such a write is kept or undone with the others of its transaction; later it would be neither.
  if (kind === 'database' && e.inTransaction) return 'untested';
  if (MAY_WAIT.has(purpose)) return 'after';
  if (purpose === 'both') return 'untested';
  if (e.accepted) return 'after';
  return e.failed >= FAILURES && e.answeredAnyway === e.failed ? 'after' : 'untested';
}

interface Group {
  id: string;
  key: CellKey;
  told: Told;
  onPathMs: number;
  /** Rows by index of the trace. */
  rows: Map<number, number[]>;
}

function groupsOf(traces: readonly WalkedTrace[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  traces.forEach((t, i) => {
    const fills = new Set(fillsOf(t).flatMap((f) => f.spans));
    const groupOfRow = new Map<number, Group>();
    t.spans.forEach((s, row) => {
      if (!ROLES.has(s.role) || row === t.root) return;
      const key = t.keyOf(row);
      const told = purposeOf(t, row, fills);
      const id = JSON.stringify([key.service, key.operation, key.kind, key.peer?.id ?? '', told.purpose]);
      const group = groups.get(id) ?? { id, key, told, onPathMs: 0, rows: new Map<number, number[]>() };
      groups.set(id, group);
      group.rows.set(i, [...(group.rows.get(i) ?? []), row]);
      groupOfRow.set(row, group);
    });
    for (const s of t.sections) {
      const counted = new Set<Group>();
      for (let at = s.span; at >= 0; at = parentOf(t, at)) {
        const group = groupOfRow.get(at);
        if (group && !counted.has(group)) group.onPathMs += s.end - s.start;
        if (group) counted.add(group);
      }
    }
  });
  return groups;
}

/** The smaller saving of the two re-timings, ms; never below nothing. */
function savedWithout(t: WalkedTrace, rows: readonly number[], precedes: Precedes): number {
  const change = { drop: new Set(rows) };
  const sure = savedTime(t.tree, t.root, change, 'sequential');
  const free = savedTime(t.tree, t.root, change, 'independent', precedes);
  return Math.max(0, Math.min(sure, free));
}

function evidenceOf(
  g: Group,
  traces: readonly WalkedTrace[],
  precedes: readonly Precedes[],
): Awaited['evidence'] {
  let [failed, answeredAnyway, all, accepted, empty, inside] = [0, 0, 0, 0, 0, 0];
  const followers = new Map<string, number>();
  for (const [i, rows] of g.rows) {
    const t = traces[i] as WalkedTrace;
    // A failure that was tried again with success is none.
    const last = rows.reduce((a, b) => (endOf(t, b) >= endOf(t, a) ? b : a));
    if (spanAt(t, last).failed) {
      failed++;
      if (!spanAt(t, t.root).failed) answeredAnyway++;
    }
    for (const row of rows) {
      all++;
      const { attributes } = spanAt(t, row);
      const status = attributeOf(attributes, 'status');
      if (status === '202') accepted++;
      if (status === '202' || status === '204' || attributeOf(attributes, 'responseBytes') === '0') empty++;
      if (inTransaction(t, row)) inside++;
    }
    const waiting = new Set(
      rows.flatMap((row) => waitingFor(t, row, precedes[i] as Precedes)).filter((f) => !rows.includes(f)),
    );
    for (const name of new Set([...waiting].map((row) => t.keyOf(row).operation)))
      followers.set(name, (followers.get(name) ?? 0) + 1);
  }
  return {
    failed,
    answeredAnyway,
    accepted: accepted === all,
    nothingReturned: empty === all,
    inTransaction: inside > 0,
    awaitedBy: [...followers]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, MOST_NAMES)
      .map(([name]) => name),
  };
}

/** The next piece of work of the same service that never ran before `row` had ended. */
function waitingFor(t: WalkedTrace, row: number, precedes: Precedes): number[] {
  for (let at = row; parentOf(t, at) >= 0; at = parentOf(t, at)) {
    const parent = parentOf(t, at);
    const later = childrenOf(t.tree, parent).filter(
      (s) => s !== at && t.tree.detached[s] !== 1 && startOf(t, s) >= endOf(t, at) && precedes(at, s),
    );
    const next = later.sort((a, b) => startOf(t, a) - startOf(t, b) || a - b)[0];
    if (next !== undefined) return [next];
    if (spanAt(t, parent).role !== 'inside') return [];
  }
  return [];
}

function inTransaction(t: WalkedTrace, row: number): boolean {
  const parent = parentOf(t, row);
  if (parent < 0) return false;
  const says = (s: number): string => spanAt(t, s).statement || spanAt(t, s).name;
  const siblings = childrenOf(t.tree, parent).filter((s) => isTransactionControl(says(s)));
  const before = siblings.filter((s) => endOf(t, s) <= startOf(t, row)).at(-1);
  const after = siblings.find((s) => startOf(t, s) >= endOf(t, row));
  return (
    before !== undefined &&
    after !== undefined &&
    /^\s*(?:begin|start)/i.test(says(before)) &&
    /^\s*(?:commit|end\b)/i.test(says(after))
  );
}
