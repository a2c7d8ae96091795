import type { Store } from '../../../evidence/store/index.js';
import type { Phases } from '../../phases.js';
import { statementIdentity } from '../../statement-identity.js';

/** All runs of one statement, added up: of those that a slow log holds, or of all that counters count. */
export interface StatementTotals {
  statement: string;
  product: string;
  /** Only runs beyond the threshold of a log are in it. */
  logged: boolean;
  calls: number;
  totalMs: number;
  deviationMs?: number;
  lockMs?: number;
  rows?: number;
  rowsExamined?: number;
  blocks?: number;
  tempBytes?: number;
  walBytes?: number;
  /** Texts that differ only in the values written into them. */
  texts?: number;
  /** The same before the trouble. */
  before?: { calls: number; totalMs: number };
}

interface Row {
  phase: string;
  product: string;
  source: string;
  id: string;
  statement: string;
  calls: number;
  totalMs: number;
  squares: number;
  deviationMs: number | null;
  lockMs: number | null;
  rowsGiven: number | null;
  rowsExamined: number | null;
  blocks: number | null;
  tempBytes: number | null;
  walBytes: number | null;
  texts: number;
}

const MOST_ROWS = 20_000;

const SUMS = `sum(Calls) AS calls, sum(TotalMs) AS totalMs, sum(TotalMs * TotalMs) AS squares, max(DeviationMs) AS deviationMs,
  sum(LockMs) AS lockMs, sum(Rows) AS rowsGiven, sum(RowsExamined) AS rowsExamined, sum(Blocks) AS blocks,
  sum(TempBytes) AS tempBytes, sum(WalBytes) AS walBytes, uniqExact(Statement) AS texts`;

/** Runs of a slow log, by statement. */
export async function loggedRuns(store: Store, phases: Phases): Promise<StatementTotals[]> {
  const rows = await store.query<Row>(
    `SELECT ${phases.sql('Timestamp')} AS phase, Product AS product, '' AS source, '' AS id,
       normalizeQuery(Statement) AS statement, ${SUMS}
     FROM query_stats WHERE Kind = 'slow' GROUP BY phase, product, statement
     ORDER BY totalMs DESC, statement LIMIT ${MOST_ROWS}`,
    phases.params,
  );
  const merged = await byMeaning([...rows, ...(await loggedWaits(store, phases))]);
  const baseline = new Map(merged.filter((m) => m.phase === 'baseline').map((m) => [m.key, m.totals]));
  const incident = merged.filter((m) => m.phase !== 'baseline');
  return (incident.length > 0 ? incident : merged).map(({ key, totals }) => {
    const before = baseline.get(key);
    return before && before !== totals
      ? { ...totals, logged: true, before: { calls: before.calls, totalMs: before.totalMs } }
      : { ...totals, logged: true };
  });
}

/** PostgreSQL logs waits for locks apart from durations: they belong to the same runs, so they count no run of their own. */
const loggedWaits = (store: Store, phases: Phases): Promise<Row[]> =>
  store.query<Row>(
    `SELECT ${phases.sql('Timestamp')} AS phase, Product AS product, '' AS source, '' AS id,
       normalizeQuery(Statement) AS statement, 0 AS calls, 0 AS totalMs, 0 AS squares, NULL AS deviationMs,
       sum(LockMs) AS lockMs, NULL AS rowsGiven, NULL AS rowsExamined, NULL AS blocks, NULL AS tempBytes,
       NULL AS walBytes, 0 AS texts
     FROM query_stats WHERE Kind = 'lock-wait' GROUP BY phase, product, statement
     ORDER BY lockMs DESC, statement LIMIT ${MOST_ROWS}`,
    phases.params,
  );

/**
 * What counters counted: of one snapshot all since they were reset, of several what was counted between the first and the
 * last. Counters only grow, so the order of snapshots is that of their sums. Those that went back were reset: what they say
 * is all later.
 */
export async function countedRuns(
  store: Store,
  phases: Phases,
): Promise<{ totals: StatementTotals[]; snapshots: number }> {
  const rows = await store.query<Row>(
    `SELECT ${phases.sql('Timestamp')} AS phase, Product AS product, KpSource AS source, StatementId AS id,
       normalizeQuery(Statement) AS statement, ${SUMS}
     FROM query_stats WHERE Kind = 'counter' GROUP BY phase, product, source, id, statement
     ORDER BY totalMs DESC, statement, id LIMIT ${MOST_ROWS}`,
    phases.params,
  );
  const sources = [...new Set(rows.map((r) => r.source))];
  const calls = (source: string): number =>
    rows.filter((r) => r.source === source).reduce((sum, r) => sum + Number(r.calls), 0);
  const phaseOf = (source: string): string => rows.find((r) => r.source === source)?.phase ?? '';
  sources.sort(
    (a, b) =>
      Number(phaseOf(b) === 'baseline') - Number(phaseOf(a) === 'baseline') ||
      calls(a) - calls(b) ||
      (a < b ? -1 : 1),
  );
  const first = sources[0];
  const last = sources.at(-1);
  if (first === undefined || last === undefined) return { totals: [], snapshots: 0 };
  const now = rows.filter((r) => r.source === last);
  if (first === last)
    return { totals: (await byMeaning(now)).map((m) => m.totals), snapshots: sources.length };
  const earlier = new Map(rows.filter((r) => r.source === first).map((r) => [r.id, r]));
  const since = now.flatMap((r) => {
    const then = earlier.get(r.id);
    if (!then || Number(then.calls) > Number(r.calls)) return [r];
    const counted = difference(r, then);
    return counted.calls > 0 ? [counted] : [];
  });
  const before = new Map((await byMeaning([...earlier.values()])).map((m) => [m.key, m.totals]));
  return {
    snapshots: sources.length,
    totals: (await byMeaning(since)).map(({ key, totals }) => {
      const was = before.get(key);
      return was ? { ...totals, before: { calls: was.calls, totalMs: was.totalMs } } : totals;
    }),
  };
}

function difference(now: Row, then: Row): Row {
  const less = (a: number | null, b: number | null): number | null =>
    a === null || b === null ? null : Math.max(0, Number(a) - Number(b));
  return {
    ...now,
    calls: Number(now.calls) - Number(then.calls),
    totalMs: Math.max(0, Number(now.totalMs) - Number(then.totalMs)),
    // Deviations of two spans cannot be taken apart.
    deviationMs: null,
    lockMs: less(now.lockMs, then.lockMs),
    rowsGiven: less(now.rowsGiven, then.rowsGiven),
    rowsExamined: less(now.rowsExamined, then.rowsExamined),
    blocks: less(now.blocks, then.blocks),
    tempBytes: less(now.tempBytes, then.tempBytes),
    walBytes: less(now.walBytes, then.walBytes),
  };
}

/** Rows whose statements mean the same, added up; the costliest first. */
async function byMeaning(
  rows: readonly Row[],
): Promise<{ key: string; phase: string; totals: StatementTotals }[]> {
  const identity = await statementIdentity();
  const merged = new Map<string, { phase: string; statement: string; rows: Row[] }>();
  for (const row of rows) {
    const statement = identity(row.statement);
    const key = `${row.phase}\n${statement}`;
    const known = merged.get(key);
    if (known) known.rows.push(row);
    else merged.set(key, { phase: row.phase, statement, rows: [row] });
  }
  return [...merged.values()]
    .map(({ phase, statement, rows: own }) => ({ key: statement, phase, totals: added(statement, own) }))
    .sort((a, b) => b.totals.totalMs - a.totals.totalMs || (a.key < b.key ? -1 : 1));
}

function added(statement: string, rows: readonly Row[]): StatementTotals {
  const sum = (of: (row: Row) => number | null): number | undefined => {
    const given = rows.flatMap((r) => {
      const value = of(r);
      return value === null ? [] : [Number(value)];
    });
    return given.length === 0 ? undefined : given.reduce((a, b) => a + b, 0);
  };
  const calls = sum((r) => r.calls) ?? 0;
  const totalMs = sum((r) => r.totalMs) ?? 0;
  const [first] = rows;
  // Single runs tell their own deviation; of counters it is known for one row alone.
  const single = rows.every((r) => r.deviationMs === null) && rows.every((r) => r.id === '');
  const mean = totalMs / Math.max(1, calls);
  const deviationMs = single
    ? Math.sqrt(Math.max(0, (sum((r) => r.squares) ?? 0) / Math.max(1, calls) - mean * mean))
    : rows.length === 1 && first?.deviationMs !== null && first?.deviationMs !== undefined
      ? Number(first.deviationMs)
      : undefined;
  const optional = {
    deviationMs,
    lockMs: sum((r) => r.lockMs),
    rows: sum((r) => r.rowsGiven),
    rowsExamined: sum((r) => r.rowsExamined),
    blocks: sum((r) => r.blocks),
    tempBytes: sum((r) => r.tempBytes),
    walBytes: sum((r) => r.walBytes),
    texts: sum((r) => r.texts),
  };
  return {
    statement,
    product: first?.product ?? '',
    logged: false,
    calls,
    totalMs,
    ...Object.fromEntries(Object.entries(optional).filter(([, v]) => v !== undefined)),
  };
}
