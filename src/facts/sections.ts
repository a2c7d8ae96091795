import type { Cell, Subject } from '../domain/index.js';
import { subject } from '../domain/index.js';
import { criticalPath } from '../models/critical-path.js';
import type { PeerOf } from './peers.js';
import { callName, poolName, statementName, storeOf } from './span-kind.js';
import { parentOf, servedBy, spanAt, startOf, type Trace } from './traces.js';

/** What a stretch of the critical path was spent on. */
export interface CellKey {
  service: string;
  operation: string;
  kind: Cell['kind'];
  peer?: Subject;
  statement?: string;
}

/** A stretch of the critical path of one request, ms since its start. */
export interface Section {
  span: number;
  start: number;
  end: number;
  key: CellKey;
}

export interface WalkedTrace extends Trace {
  /** What the own time of a span is, on the path or not. */
  keyOf(row: number): CellKey;
  /** In order of time; they touch and add up to the duration of the request. */
  sections: Section[];
}

/** Time before the other side starts counts as queueing only when it is this much longer than the time after it, ms. */
const QUEUE_FLOOR_MS = 1;

/** The critical path of a request, each stretch with what it was spent on. */
export function walk(trace: Trace, peerOf: PeerOf): WalkedTrace {
  const keys: CellKey[] = [];
  const key = (row: number): CellKey => {
    const made = keys[row] ?? keyOf(trace, row, peerOf);
    keys[row] = made;
    return made;
  };
  const path = criticalPath(trace.tree, trace.root);
  const moved = new Set(trace.moved.map((m) => m.span));
  const sections: Section[] = [];
  for (let i = path.span.length - 1; i >= 0; i--) {
    const span = path.span[i] as number;
    sections.push({
      span,
      start: path.start[i] as number,
      end: path.end[i] as number,
      key: key(span),
    });
  }
  return {
    ...trace,
    keyOf: key,
    sections: withQueueGaps(trace, sections, moved),
  };
}

/** The key of a span's own time. */
export function keyOf(t: Trace, row: number, peerOf: PeerOf): CellKey {
  const s = spanAt(t, row);
  const { service } = s;
  switch (s.role) {
    case 'database':
    case 'cache':
      return {
        service,
        operation: statementName(s.statement, s.attributes, s.name),
        kind: s.role,
        peer: storeOf(s.role, s.attributes, s.statement),
        ...(s.statement === '' ? {} : { statement: s.statement }),
      };
    case 'pool':
      return {
        service,
        operation: s.name,
        kind: 'pool-wait',
        peer: subject('pool', poolName(s.attributes), service),
      };
    case 'lock':
      return { service, operation: s.name, kind: 'lock-wait' };
    case 'connect':
      return { service, operation: s.name, kind: 'connect', peer: peerOf(t, row) };
    case 'gc':
      return { service, operation: s.name, kind: 'gc' };
    case 'call':
    case 'produced': {
      const peer = peerOf(t, row);
      const other = servedBy(t, row);
      const operation = other === undefined ? callName(s.name, s.attributes) : spanAt(t, other).name;
      return { service, operation, kind: 'call', peer };
    }
    case 'served':
    case 'consumed':
      return { service, operation: s.name, kind: 'self' };
    case 'inside':
      return { service, operation: insideName(t, row), kind: 'self' };
  }
}

/** Own time of a handler goes by the operation it handles; that of any other inner span by its own name. */
function insideName(t: Trace, row: number): string {
  const s = spanAt(t, row);
  if (s.attributes['http.route'] === undefined) return s.name;
  for (let at = parentOf(t, row); at >= 0; at = parentOf(t, at))
    if (['served', 'consumed'].includes(spanAt(t, at).role)) return spanAt(t, at).name;
  return s.name;
}

/**
 * The own time of a call lies before and after the other side's work. Both ways take the same on a network, so what
 * lies before in excess of what lies after was spent in a queue in front of the callee.
 */
function withQueueGaps(t: Trace, sections: readonly Section[], moved: ReadonlySet<number>): Section[] {
  const after = new Map<number, number>();
  const before = new Map<number, number>();
  const other = new Map<number, number | undefined>();
  for (const s of sections) {
    if (spanAt(t, s.span).role !== 'call') continue;
    if (!other.has(s.span)) other.set(s.span, servedBy(t, s.span));
    const callee = other.get(s.span);
    if (callee === undefined || moved.has(callee)) continue;
    const side = s.end <= startOf(t, callee) ? before : after;
    side.set(s.span, (side.get(s.span) ?? 0) + s.end - s.start);
  }
  return sections.flatMap((s) => {
    const callee = other.get(s.span);
    const lead = before.get(s.span);
    if (callee === undefined || lead === undefined || s.end > startOf(t, callee)) return [s];
    const queue = lead - (after.get(s.span) ?? 0);
    if (queue <= QUEUE_FLOOR_MS || queue > s.end - s.start) return [s];
    const served = spanAt(t, callee);
    const from = s.end - queue;
    const gap: Section = {
      span: s.span,
      start: from,
      end: s.end,
      key: { service: served.service, operation: served.name, kind: 'queue-gap' },
    };
    return from > s.start ? [{ ...s, end: from }, gap] : [gap];
  });
}
