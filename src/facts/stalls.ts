import { type Fact, type Subject, subject } from '../domain/index.js';
import { cellId, type Row, type Tally } from './cells.js';

type Look = (name: string, about: Subject, phase: 'baseline' | 'incident') => Fact | undefined;

const GC = 'garbage collection';
const WAIT = 'wait for a connection';
const LOOP = 'event loop';
/** Operations of the cells that stand for stalls: no span is in them. */
export const STALLS: ReadonlySet<string> = new Set([GC, WAIT, LOOP]);

/** A loop this late, or this busy, and that much more than before, delays the work of a process. */
const LATE_MS = 20;
const BUSY = 0.7;
const GC_SHARE = 0.05;
const RISEN = 1.5;
const BUSIER = 1.2;
/** Growth of the wait for a connection that is worth setting apart, ms. */
const WAIT_MS = 1;

/**
 * A process's own time on the critical path that grew while its event loop was late, its collector paused it or its
 * pool had no connection is not work: the growth goes to cells of its own, as far as the metrics account for it.
 * Without a baseline nothing can be told apart.
 */
export function withStalls(counted: Tally, fact: Look): Tally {
  const rows = new Map(counted.rows);
  for (const service of [...new Set([...rows.values()].map((r) => r.key.service))].sort()) {
    const about = subject('service', service);
    const pair = (name: string, of: Subject = about): [number, number] | undefined => {
      const now = fact(name, of, 'incident');
      const was = fact(name, of, 'baseline');
      return now && was ? [now.value, was.value] : undefined;
    };
    const gc = pair('gc.pause.share');
    if (gc && gc[0] >= GC_SHARE && gc[0] >= RISEN * gc[1])
      move(rows, service, 'gc', GC, (row) => gc[0] * row.incident.ms);
    const hasPoolSpans = [...rows.values()].some(
      (r) => r.key.service === service && r.key.kind === 'pool-wait',
    );
    const wait = hasPoolSpans ? undefined : waitOf(fact, service);
    if (wait) {
      let left = wait.ms;
      move(
        rows,
        service,
        'pool-wait',
        WAIT,
        (row) => {
          const part = Math.min(left, growth(row));
          left -= part;
          return part;
        },
        wait.pool,
      );
    }
    const delay = pair('eventloop.delay.p99');
    const busy = pair('eventloop.utilisation');
    const late = delay && delay[0] >= LATE_MS && delay[0] >= RISEN * delay[1];
    if (late || (busy && busy[0] >= BUSY && busy[0] >= BUSIER * busy[1]))
      move(rows, service, 'event-loop', LOOP, growth);
  }
  return { rows, cellOf: counted.cellOf };
}

const growth = (row: Row): number => Math.max(0, row.incident.ms - row.baseline.ms);

/** The pool of a service whose wait grew most, by its metrics. */
function waitOf(fact: Look, service: string): { pool: Subject; ms: number } | undefined {
  const pool = subject('pool', 'connection pool', service);
  const [now, was] = [fact('pool.wait.p99', pool, 'incident'), fact('pool.wait.p99', pool, 'baseline')];
  if (!now || !was || now.value - was.value < WAIT_MS || now.value < RISEN * was.value) return undefined;
  return { pool: now.subject, ms: now.value - was.value };
}

/** Moves up to `of` of the growth of each row of a service's own time to a row of another kind. */
function move(
  rows: Map<string, Row>,
  service: string,
  kind: 'gc' | 'event-loop' | 'pool-wait',
  operation: string,
  of: (row: Row) => number,
  peer?: Subject,
): void {
  for (const [id, row] of [...rows]) {
    if (row.key.service !== service || row.key.kind !== 'self') continue;
    const ms = Math.min(growth(row), of(row));
    if (ms <= 0) continue;
    const key = { service, operation, kind, ...(peer ? { peer } : {}) };
    const to = rows.get(cellId(key)) ?? { key, baseline: { ms: 0, count: 0 }, incident: { ms: 0, count: 0 } };
    rows.set(cellId(key), {
      ...to,
      incident: { ms: to.incident.ms + ms, count: Math.max(to.incident.count, row.incident.count) },
    });
    rows.set(id, { ...row, incident: { ...row.incident, ms: row.incident.ms - ms } });
  }
}
