import { type Fact, name, num, say, subject, type Text } from '../../../domain/index.js';
import type { Row } from '../../../evidence/connectors/postgres/database.js';
import type { Snapshot } from '../../../evidence/connectors/postgres/snapshot.js';
import { kindOf, listOf, loadParser, NotSql, nameOf, parse } from '../statements/syntax.js';
import { number, studyOf, text } from './finding.js';

/** Whether a replica may answer a statement. */
export interface SplitStatement {
  statement: string;
  share: Fact;
  may: 'replica' | 'replica-if-read-only' | 'primary';
  /** Why not, or how fresh a replica must be for it. */
  reason: Text;
}

export interface ReadSplit {
  statements: SplitStatement[];
  /** Share of statement time that may go to a replica. */
  movable?: Fact;
}

/** Functions of PostgreSQL that change something or belong to the session, so a replica refuses or misleads them. */
const STATEFUL =
  /^(?:nextval|setval|currval|lastval|set_config|pg_notify|txid_current|pg_current_xact_id|pg_(?:try_)?advisory_.*|pg_switch_wal|lo_.*|dblink.*|pg_create_.*|pg_drop_.*|pg_logical_.*|pg_terminate_backend|pg_cancel_backend)$/;
/** Functions that PostgreSQL itself brings and that only read: anything else may write. */
const READS =
  /^(?:count|sum|avg|min|max|stddev.*|var.*|array_.*|string_.*|json.*|jsonb.*|coalesce|nullif|greatest|least|lower|upper|length|char_length|substr|substring|trim|btrim|ltrim|rtrim|replace|position|split_part|concat.*|format|to_.*|date_.*|date|extract|age|now|timezone|make_.*|abs|round|floor|ceil|ceiling|trunc|mod|power|sqrt|exp|ln|log|random|row_number|rank|dense_rank|percent_rank|ntile|lag|lead|first_value|last_value|nth_value|bool_.*|every|bit_.*|percentile_.*|mode|unnest|generate_series|generate_subscripts|regexp_.*|similarity|word_similarity|ts_.*|plainto_tsquery|websearch_to_tsquery|setweight|cardinality|md5|sha.*|encode|decode|left|right|lpad|rpad|repeat|reverse|starts_with|overlaps|pg_size_pretty|width_bucket|any_value|grouping)$/;
const MOST = 50;
/** Changed less often than this, a table is as good as fixed for whoever reads it. */
const SELDOM_PER_SECOND = 1 / 60;

/**
 * Which statements of a PostgreSQL may go to a replica, by their text, the tables they read and how often those change. A
 * replica is behind by its lag: a read that must see what its own user just wrote stays, and only the application knows which.
 */
export async function readSplit(snapshot: Snapshot): Promise<ReadSplit> {
  await loadParser();
  const study = studyOf(snapshot);
  const rows = study
    .rows('statements')
    .filter((s) => !CONTROL.test(text(s, 'query')) && !isAboutServer(text(s, 'query')));
  const total = rows.reduce((sum, s) => sum + number(s, 'total_ms'), 0);
  if (total <= 0) return { statements: [] };
  const up = Math.max(1, number(study.rows('server')[0], 'up_seconds'));
  const statements = rows.slice(0, MOST).map((row): SplitStatement => {
    const about = subject('statement', text(row, 'query').replace(/\s+/g, ' '));
    const share = study.figure('share', about, number(row, 'total_ms') / total, 'ratio', 'statements');
    const judged = judge(text(row, 'query'));
    if (judged.may === 'primary') return { statement: about.name, share, ...judged };
    const writes = writesPerSecond(study.rows('tables'), judged.tables, up);
    const rate = study.figure('writes', about, writes, '1/s', 'tables');
    const fresh =
      writes <= SELDOM_PER_SECOND
        ? say`its tables hardly change: any lag will do.`
        : say`its tables change ${num(rate)}: it shows them as they were by the replay lag ago, so not where a user must see what they just wrote.`;
    const needs = judged.calls ? say`if ${name(`${judged.calls}()`)} only reads; ${fresh}` : say`${fresh}`;
    return {
      statement: about.name,
      share,
      may: judged.calls ? 'replica-if-read-only' : 'replica',
      reason: needs,
    };
  });
  const movable = statements.filter((s) => s.may === 'replica').reduce((sum, s) => sum + s.share.value, 0);
  return {
    statements,
    movable: study.figure('movable', subject('database', 'statements'), movable, 'ratio', 'statements'),
  };
}

const CONTROL =
  /^\s*(?:begin|commit|rollback|set|show|savepoint|release|vacuum|analyze|checkpoint|discard|create|alter|drop|explain|reset)\b/i;

/** Questions about the server itself, ours among them, are no work of an application. */
const isAboutServer = (sql: string): boolean =>
  /\b(?:from|join)\s+(?:pg_(?:stat|catalog|locks|settings|class|index|inherits)|information_schema)|^\s*select\s+(?:current_setting|pg_stat)/i.test(
    sql,
  );

type Judged = { may: 'primary'; reason: Text } | { may: 'replica'; tables: string[]; calls?: string };

function judge(sql: string): Judged {
  const stays = (reason: Text): Judged => ({ may: 'primary', reason });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(sql);
  } catch (error) {
    if (error instanceof NotSql) return stays(say`its text is cut short, so nobody can tell.`);
    throw error;
  }
  const [first, ...more] = parsed;
  if (!first || more.length > 0) return stays(say`it is not one statement.`);
  if (first.kind !== 'SelectStmt') return stays(say`it writes.`);
  const tables = new Set<string>();
  let locks = false;
  let writes = false;
  let stateful: string | undefined;
  let unknown: string | undefined;
  walk(first.fields, (kind, fields) => {
    if (kind === 'RangeVar') tables.add(String(fields.relname ?? ''));
    if (kind === 'LockingClause') locks = true;
    if (/^(?:Insert|Update|Delete|Merge)Stmt$/.test(kind) || kind === 'IntoClause') writes = true;
    if (kind === 'FuncCall') {
      const called = nameOf(fields.funcname);
      if (STATEFUL.test(called)) stateful ??= called;
      else if (!READS.test(called)) unknown ??= called;
    }
  });
  if (listOf(first.fields.lockingClause).length > 0 || locks)
    return stays(say`it locks the rows it reads (${name('FOR UPDATE')} or ${name('FOR SHARE')}).`);
  if (writes || first.fields.intoClause !== undefined) return stays(say`it writes.`);
  if (stateful)
    return stays(say`it calls ${name(`${stateful}()`)}, which changes something or belongs to the session.`);
  return { may: 'replica', tables: [...tables].sort(), ...(unknown ? { calls: unknown } : {}) };
}

function walk(value: unknown, see: (kind: string, fields: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, see);
  else if (typeof value === 'object' && value !== null) {
    const inner = kindOf(value);
    if (inner && /^[A-Z]/.test(inner[0])) see(inner[0], inner[1]);
    for (const [key, below] of Object.entries(value)) {
      if (key === 'intoClause' && below !== undefined) see('IntoClause', {});
      walk(below, see);
    }
  }
}

function writesPerSecond(tables: readonly Row[], read: readonly string[], upSeconds: number): number {
  const bare = (called: string): string => called.replace(/^.*\./, '').replaceAll('"', '');
  return (
    tables
      .filter((t) => read.includes(bare(text(t, 'name'))) || read.includes(bare(text(t, 'parent'))))
      .reduce((sum, t) => sum + number(t, 'inserts') + number(t, 'updates') + number(t, 'deletes'), 0) /
    upSeconds
  );
}
