import {
  constant,
  type DeliverableEntry,
  type Fact,
  join,
  name,
  say,
  type Text,
} from '../../domain/index.js';
import { lockTimeout } from '../../remedies/design/arithmetic.js';
import { snake } from '../../remedies/design/code-text.js';
import { sceneOf, slowStatements } from '../../remedies/design/scene.js';
import { latencyTargets, mayHold, type Parts, partsOf } from '../parts.js';
import { digits, whole } from '../text.js';
import { STOP_AT_ERRORS } from './psql.js';

const FILL = constant(
  'sql.fillfactor',
  70,
  'count',
  'PostgreSQL documentation, CREATE TABLE: room on the page lets an update stay there (HOT) and touch no index',
);
const ANALYZE_SHARE = constant(
  'sql.analyzeShare',
  0.01,
  'ratio',
  'PostgreSQL documentation, autovacuum: one change in a hundred instead of ten suits tables of millions of rows',
);
/** Statements that get an index of their own in the file. */
const MOST = 3;

/** Changes that the findings call for: indexes built without blocking, time-outs of the role; each with its undo. */
export default {
  id: 'sql/changes',
  about: 'index DDL built without blocking, time-outs and table settings that the findings call for',
  make(result, context) {
    const parts = partsOf(result, context);
    const { dialect } = parts;
    if (dialect !== 'postgresql' && dialect !== 'mysql' && dialect !== 'sqlserver') return [];
    const steps = stepsOf(parts, dialect);
    if (steps.length === 0) return [];
    return [
      {
        id: 'sql/changes',
        path: 'sql/changes.sql',
        kind: 'sql',
        stack: dialect === 'postgresql' ? 'PostgreSQL' : dialect === 'mysql' ? 'MySQL' : 'SQL Server',
        language: 'sql',
        title: say`Changes to ${name(parts.database?.subject.name ?? 'the database')} that the findings call for, each with its undo`,
        use:
          dialect === 'postgresql'
            ? say`psql "$STAGING_URL" -X -v ON_ERROR_STOP=${digits(STOP_AT_ERRORS)} -f sql/changes.sql    # names filled in; staging first, one step at a time`
            : dialect === 'mysql'
              ? say`mysql --defaults-file="$STAGING_CNF" < sql/changes.sql    # names filled in; staging first, one step at a time`
              : say`sqlcmd -S "$STAGING_SERVER" -d "$SQL_DATABASE" -b -i sql/changes.sql    # names filled in; staging first, one step at a time`,
        text: say`-- ${parts.app}: changes that the findings call for. Names that begin with your_ are yours to fill in from the plan.
-- Nothing here runs inside a transaction block. Approval: SRE-Lead; time-outs also Platform-Architect.

${join(steps, '\n\n')}
`,
      },
    ];
  },
} satisfies DeliverableEntry;

type Dialect = 'postgresql' | 'mysql' | 'sqlserver';

function stepsOf(p: Parts, dialect: Dialect): Text[] {
  const out: Text[] = [];
  if (mayHold(p, 'slow-statement', 'n-plus-one', 'stale-statistics')) out.push(...indexes(p, dialect));
  if (mayHold(p, 'slow-statement', 'stale-statistics')) out.push(statistics(dialect));
  if (mayHold(p, 'lock-wait', 'hot-row')) out.push(...hotRows(dialect));
  if (mayHold(p, 'long-transaction', 'pool-exhausted', 'connection-limit', 'lock-wait'))
    out.push(...timeouts(p, dialect));
  return out;
}

interface Target {
  words: string;
  index: string;
  table: string;
  equal: string[];
  sort: string | undefined;
  known: boolean;
}

/** What to index: statements seen in traces by their own table and columns, stated ones by placeholders. */
function targets(p: Parts): Target[] {
  const seen = (p.context.telemetry?.patterns ?? [])
    .filter((x) => x.kind === 'slow-statement' || x.kind === 'n-plus-one')
    .map((x) => x.subject.name);
  const cells = (p.context.telemetry?.cells ?? []).flatMap((c) => (c.statement ? [c.statement] : []));
  const measured = [...seen, ...cells].flatMap((s) => readStatement(s)).filter(distinctTable());
  if (measured.length > 0) return measured.slice(0, MOST);
  const stated = slowStatements(p.context).filter((s) => s.subject.kind === 'statement');
  return (stated.length > 0 ? stated.map((s) => s.subject.name) : ['lookup']).slice(0, MOST).map((words) => {
    const id = snake(words, 'lookup').name;
    return {
      words: id.replaceAll('_', ' '),
      index: `${id}_idx`,
      table: `your_${id}_table`,
      equal: ['your_equal_column'],
      sort: 'your_sort_column',
      known: false,
    };
  });
}

const distinctTable = (): ((t: Target) => boolean) => {
  const seen = new Set<string>();
  return (t) => !seen.has(t.index) && Boolean(seen.add(t.index));
};

const WORD = '[a-z_][a-z0-9_]{0,50}';
const ONE_TABLE = new RegExp(
  `^select\\b[^;]*?\\bfrom\\s+"?(${WORD})"?\\s+(?:as\\s+)?(?:${WORD}\\s+)?where\\s+(.+)$`,
  'is',
);

/** Table, equality columns and order of a simple normalised SELECT; nothing for others. */
function readStatement(statement: string): Target[] {
  const m = ONE_TABLE.exec(statement.replace(/\s+/g, ' ').trim());
  const table = m?.[1]?.toLowerCase();
  const rest = m?.[2];
  if (!table || !rest || /\bjoin\b|\bor\b/i.test(rest)) return [];
  const [where = '', order] = rest.split(/\border by\b/i);
  const equal = [
    ...where.matchAll(
      new RegExp(`(?:${WORD}\\.)?"?(${WORD})"?\\s*(?:=|in\\b)\\s*(?:\\$\\d+|\\?|\\(|any\\b)`, 'gi'),
    ),
  ]
    .map((x) => x[1]?.toLowerCase() ?? '')
    .filter((c, i, all) => c !== '' && c !== 'id' && all.indexOf(c) === i)
    .slice(0, 3);
  if (equal.length === 0) return [];
  const sort = order
    ? new RegExp(`^\\s*(?:${WORD}\\.)?"?(${WORD})"?`, 'i').exec(order)?.[1]?.toLowerCase()
    : undefined;
  return [
    {
      words: `${table} by ${equal.join(' and ')}`,
      index: `${table}_${equal.join('_')}_idx`.slice(0, 60),
      table,
      equal,
      sort,
      known: true,
    },
  ];
}

const indexes = (p: Parts, dialect: Dialect): Text[] => targets(p).map((t) => indexDdl(t, dialect));

function indexDdl(t: Target, dialect: Dialect): Text {
  const sort = t.sort ? [`${t.sort}${dialect === 'mysql' ? '' : ' DESC'}`] : [];
  const columns = [...t.equal, ...sort].join(', ');
  const why = t.known
    ? `-- ${t.words}: columns as seen in the traces. First look whether an index on them exists.`
    : `-- ${t.words}: the case gives its name and time, not its text. Equality columns first, then the one it sorts by.`;
  if (dialect === 'postgresql')
    return say`${why}
CREATE INDEX CONCURRENTLY IF NOT EXISTS ${t.index}
  ON ${t.table} (${columns});
-- an interrupted build leaves an invalid index: drop it and build again
SELECT indexrelid::regclass AS invalid_index FROM pg_index WHERE NOT indisvalid;
-- undo: DROP INDEX CONCURRENTLY IF EXISTS ${t.index};`;
  if (dialect === 'mysql')
    return say`${why}
ALTER TABLE ${t.table} ADD INDEX ${t.index} (${columns}), ALGORITHM=INPLACE, LOCK=NONE;
-- it waits for open transactions on the table, and others wait behind it: look at innodb_trx first
-- undo: ALTER TABLE ${t.table} DROP INDEX ${t.index}, ALGORITHM=INPLACE, LOCK=NONE;`;
  return say`${why}
CREATE INDEX ${t.index} ON ${t.table} (${columns}) WITH (ONLINE = ON, RESUMABLE = ON);
-- undo: DROP INDEX ${t.index} ON ${t.table};`;
}

const statistics = (dialect: Dialect): Text =>
  dialect === 'postgresql'
    ? say`-- Statistics behind the plan; ANALYZE takes no lock that readers or writers feel.
ANALYZE your_table;
ALTER TABLE your_table SET (autovacuum_analyze_scale_factor = ${digits(ANALYZE_SHARE)});
-- undo: ALTER TABLE your_table RESET (autovacuum_analyze_scale_factor);`
    : dialect === 'mysql'
      ? say`-- Statistics behind the plan.
ANALYZE TABLE your_table;
-- undo: none needed; if a plan got worse, an optimizer hint holds the old one`
      : say`-- Statistics behind the plan.
UPDATE STATISTICS your_table WITH FULLSCAN;
-- undo: none needed; if a plan got worse, force the old one in Query Store`;

const hotRows = (dialect: Dialect): Text[] =>
  dialect === 'postgresql'
    ? [
        say`-- A table whose rows are updated again and again: leave room on the page, clean it early.
ALTER TABLE your_hot_table SET (fillfactor = ${whole(FILL)}, autovacuum_vacuum_scale_factor = ${digits(ANALYZE_SHARE)});
-- undo: ALTER TABLE your_hot_table RESET (fillfactor, autovacuum_vacuum_scale_factor);`,
      ]
    : [];

/** No statement is longer than the target for the request it serves; a lock wait takes half of it at most. */
function timeouts(p: Parts, dialect: Dialect): Text[] {
  const target = latencyTargets(p.context)[0];
  const scene = sceneOf(p.context, {
    finding: '',
    hypothesis: '',
    subject: p.service?.subject ?? p.context.app,
    supported: false,
  });
  const lock = lockTimeout(scene);
  if (!target || !lock) return [];
  const ms = (f: Fact): Text => say`${whole(f, f.unit === 's' ? 1000 : 1)}`;
  switch (dialect) {
    case 'postgresql':
      return [
        say`-- Time-outs of the application's role, AFTER remote calls have left the transactions: before, they turn slow requests into errors.
ALTER ROLE your_app_role SET lock_timeout = '${ms(lock)}ms';
ALTER ROLE your_app_role SET statement_timeout = '${ms(target)}ms';
ALTER ROLE your_app_role SET idle_in_transaction_session_timeout = '${ms(target)}ms';
-- undo: ALTER ROLE your_app_role RESET lock_timeout; the same for the others. Jobs and migrations use a role of their own.`,
      ];
    case 'mysql':
      return [
        say`-- Time-outs of the application's sessions (SELECT only for the first), AFTER remote calls have left the transactions.
SET GLOBAL max_execution_time = ${ms(target)};
SET GLOBAL innodb_lock_wait_timeout = 1;   -- whole seconds; the smallest there is
-- undo: SET GLOBAL max_execution_time = DEFAULT; SET GLOBAL innodb_lock_wait_timeout = DEFAULT;`,
      ];
    case 'sqlserver':
      return [
        say`-- Per session of the application, right after it opens: a lock wait takes half of the target at most.
SET LOCK_TIMEOUT ${ms(lock)};
-- undo: SET LOCK_TIMEOUT -1;`,
      ];
  }
}
