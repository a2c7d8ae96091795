import {
  type Block,
  type Fact,
  heading,
  name,
  num,
  say,
  subject,
  type Text,
  table,
} from '../../../domain/index.js';
import type { Store } from '../../../evidence/store/index.js';
import type { Phases } from '../../phases.js';
import { fromQuery, type Origin } from '../../query-fact.js';
import { contentionFacts } from './contention.js';
import { countedRuns, loggedRuns, type StatementTotals } from './runs.js';
import { loadParser } from './syntax.js';
import { statementTraits } from './traits.js';

const SHOWN = 8;
/** A statement below this share of the time is not looked into. */
const LEAST_SHARE = 0.05;
/** A database that spent less than this on statements has nothing to tell. */
const LEAST_TOTAL_MS = 1000;
const SHOWN_CHARS = 160;
const CONTROL =
  /^\s*(?:begin|commit|rollback|start transaction|set|show|savepoint|release|vacuum|analyze|checkpoint|discard|fetch|close|declare|deallocate|copy|create|alter|drop|truncate|explain|select (?:pg_)?sleep|reset|select pg_stat_statements_reset)\b/i;

/**
 * What slow logs and counters of a database say: which statements its time goes into, what stands out about each, and
 * what the logs say of locks and deadlocks. Nothing without such evidence.
 */
export async function statementFacts(
  store: Store,
  phases: Phases,
  sources: readonly string[],
): Promise<{ facts: Fact[]; blocks: Block[] }> {
  await loadParser();
  const counted = await countedRuns(store, phases);
  const logged = await loggedRuns(store, phases);
  const told = [
    statementsTold(counted.totals, sources, 'counters', counted.snapshots),
    statementsTold(logged, sources, 'log', 0),
    await contentionFacts(store, sources),
  ];
  return { facts: told.flatMap((t) => t.facts), blocks: told.flatMap((t) => t.blocks) };
}

function statementsTold(
  all: readonly StatementTotals[],
  sources: readonly string[],
  from: 'counters' | 'log',
  snapshots: number,
): { facts: Fact[]; blocks: Block[] } {
  const statements = all.filter((s) => !CONTROL.test(s.statement) && s.statement.trim() !== '');
  const totalMs = statements.reduce((sum, s) => sum + s.totalMs, 0);
  if (totalMs < LEAST_TOTAL_MS) return { facts: [], blocks: [] };
  const origin: Origin = {
    query: from === 'log' ? 'query_stats: runs in slow logs' : 'query_stats: counters of statements',
    rows: all.length,
    sources,
  };
  const whole = fromQuery(
    {
      name: `statements.${from}.time`,
      subject: subject('database', 'statements'),
      value: totalMs,
      unit: 'ms',
    },
    origin,
  );
  const rows = statements
    .slice(0, SHOWN)
    .map((s) => rowOf(s, totalMs, from, origin))
    .filter((r) => r.share.value >= LEAST_SHARE);
  const about =
    from === 'log'
      ? say`${num(whole)} in runs that the slow log holds: faster runs are not in it, so shares and means are of slow runs alone.`
      : snapshots > 1
        ? say`${num(whole)} of statements between the first snapshot of the counters and the last.`
        : say`${num(whole)} of statements since the counters were reset. A second snapshot an hour of trouble later would tell that hour alone.`;
  const traits = rows.map((row) => ({
    row,
    found: statementTraits(row.totals, row.share.value, (f) => fromQuery(f, origin)),
  }));
  const standing = traits.filter((t) => t.found.length > 0);
  return {
    facts: [
      whole,
      ...rows.flatMap((r) => r.facts),
      ...traits.flatMap((t) => t.found.flatMap((x) => x.facts)),
    ],
    blocks: [
      heading(from === 'log' ? say`What the slow log says` : say`Where the time of statements goes`),
      table(
        ['Statement', '> Share', '> Calls', '> Mean', '> Rows looked at a call', '> Rows given a call'],
        rows.map((r) => r.cells),
        about,
      ),
      ...(standing.length > 0
        ? [
            table(
              ['Statement', 'What stands out', 'What to do'],
              standing.flatMap((t) =>
                t.found.map((x) => [[t.row.shown], say`${x.reason}.`, say`${x.remedy}.`]),
              ),
            ),
          ]
        : []),
    ],
  };
}

interface ToldRow {
  totals: StatementTotals;
  shown: { name: string };
  share: Fact;
  facts: Fact[];
  cells: Text[];
}

function rowOf(s: StatementTotals, totalMs: number, from: 'counters' | 'log', origin: Origin): ToldRow {
  const about = subject('statement', s.statement.replace(/\s+/g, ' '));
  const fact = (what: string, value: number, unit: Fact['unit']): Fact =>
    fromQuery({ name: what, subject: about, value, unit, phase: 'incident' }, origin);
  const share = fact(`statements.${from}.share`, s.totalMs / totalMs, 'ratio');
  const calls = fact(`statements.${from}.calls`, s.calls, 'count');
  // The mean of a slow log is that of slow runs: it must not be taken for the statement's own.
  const mean = fact(
    from === 'log' ? 'statements.log.mean' : 'latency.mean',
    s.totalMs / Math.max(1, s.calls),
    'ms',
  );
  const each = (value: number | undefined, what: string): Fact | undefined =>
    value === undefined ? undefined : fact(what, value / Math.max(1, s.calls), 'count');
  const examined = each(s.rowsExamined, 'rows.perCall');
  const given = each(s.rows, 'rows.given');
  const temporary =
    s.tempBytes === undefined || s.tempBytes <= 0
      ? undefined
      : fact('temp.perCall', s.tempBytes / Math.max(1, s.calls), 'bytes');
  const shown = name(s.statement.replace(/\s+/g, ' ').slice(0, SHOWN_CHARS));
  return {
    totals: s,
    shown,
    share,
    facts: [share, calls, mean, ...[examined, given, temporary].filter((f) => f !== undefined)],
    cells: [
      [shown],
      [num(share)],
      [num(calls)],
      [num(mean)],
      examined ? [num(examined)] : say`not told`,
      given ? [num(given)] : say`not told`,
    ],
  };
}
