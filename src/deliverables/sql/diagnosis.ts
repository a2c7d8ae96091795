import { type DeliverableEntry, join, name, say, type Text } from '../../domain/index.js';
import {
  blockers,
  openTransactions,
  replicaUse,
  sessions,
  statisticsAge,
  topStatements,
  writeWaits,
} from '../../hypotheses/commands/sql.js';
import { mayHold, type Parts, partsOf } from '../parts.js';
import { digits, safe } from '../text.js';
import { PASS_ERRORS } from './psql.js';

interface Query {
  question: string;
  reads: string;
  of: readonly string[];
  command: Text;
}

const STACKS = {
  postgresql: 'PostgreSQL',
  mysql: 'MySQL',
  sqlserver: 'SQL Server',
  oracle: 'Oracle',
} as const;

/** Read-only queries that tell the suspected causes of a database apart, those first. */
export default {
  id: 'sql/diagnosis',
  about: 'read-only queries that tell the suspected causes in the database apart',
  make(result, context) {
    const parts = partsOf(result, context);
    const { dialect } = parts;
    if (!dialect || dialect === 'oracle') return [];
    return [
      {
        id: 'sql/diagnosis',
        path: 'sql/diagnose.sql',
        kind: 'sql',
        stack: STACKS[dialect],
        language: 'sql',
        title: say`Read-only questions to ${name(parts.database?.subject.name ?? STACKS[dialect])}, the suspected causes first`,
        use: USE[dialect],
        text: file(parts, dialect),
      },
    ];
  },
} satisfies DeliverableEntry;

const USE = {
  postgresql: say`psql "$DATABASE_URL" -X -v ON_ERROR_STOP=${digits(PASS_ERRORS)} -f sql/diagnose.sql > "diagnose-$(date -u +%H%M).txt"    # quiet, then in the trouble`,
  mysql: say`mysql --defaults-file="$MYSQL_CNF" --table --force < sql/diagnose.sql > "diagnose-$(date -u +%H%M).txt"    # quiet, then in the trouble`,
  sqlserver: say`sqlcmd -S "$SQL_SERVER" -d "$SQL_DATABASE" -i sql/diagnose.sql -o "diagnose-$(date -u +%H%M).txt"    # quiet, then in the trouble`,
};

function file(p: Parts, dialect: 'postgresql' | 'mysql' | 'sqlserver'): Text {
  const all: Query[] = [
    {
      question: 'Who holds connections, and what do they wait for?',
      reads:
        'Most active: too slow or too few. Most idle in transaction: held by the code around them. Many idle: the pool is not the limit.',
      of: ['pool-exhausted', 'connection-limit'],
      command: sessions(dialect).command,
    },
    {
      question: 'Which statements take the time, and how often do they run?',
      reads:
        'A mean of many milliseconds over many rows: a plan. Very many calls of a short one: a loop in the application.',
      of: ['slow-statement', 'n-plus-one'],
      command: topStatements(dialect).command,
    },
    {
      question: 'Which sessions sit inside a transaction and do nothing?',
      reads: 'Several at a time, as long as a remote call takes: the call is made inside the transaction.',
      of: ['long-transaction'],
      command: openTransactions(dialect).command,
    },
    {
      question: 'Who waits for whose lock?',
      reads: 'Many behind one holder: shorten what it does; its last statement names the row.',
      of: ['lock-wait'],
      command: blockers(dialect).command,
    },
    {
      question: 'How old are the statistics behind the plans?',
      reads: 'Modified rows in the order of live rows: refresh before judging a plan.',
      of: ['stale-statistics', 'slow-statement'],
      command: statisticsAge(dialect).command,
    },
    {
      question: 'What does the writer wait for?',
      reads: 'Waits for the log: commits too many or the disk too slow.',
      of: ['write-saturation'],
      command: writeWaits(dialect).command,
    },
    ...(p.replica
      ? [
          {
            question: 'What does the replica serve, and how far is it behind?',
            reads:
              'Nothing served: relief that costs nothing. Far behind: not for reads of one’s own writes.',
            of: ['replica-unused', 'replica-lag'],
            command: replicaUse(dialect).command,
          },
        ]
      : []),
  ];
  const ordered = [...all.filter((q) => mayHold(p, ...q.of)), ...all.filter((q) => !mayHold(p, ...q.of))];
  return say`-- ${p.app}: read-only questions, run once in a quiet hour and once in the trouble; compare the two.
${intro(dialect)}
${join(
  ordered.map(
    (q) => say`
-- ${q.question}${mayHold(p, ...q.of) ? ' (suspected)' : ''}
-- ${q.reads}
${statements(q.command)}
`,
  ),
  '',
)}`;
}

const intro = (dialect: 'postgresql' | 'mysql' | 'sqlserver'): string =>
  dialect === 'postgresql'
    ? "-- Needs pg_stat_statements and the role pg_monitor. The time-out keeps the questions from adding to the trouble.\nSET statement_timeout = '5s';\n"
    : dialect === 'mysql'
      ? '-- Needs SELECT on performance_schema and sys.\nSET SESSION max_execution_time = 5000;\n'
      : '-- Needs VIEW SERVER STATE (Azure SQL: VIEW DATABASE STATE) and Query Store.\nSET LOCK_TIMEOUT 5000;\n';

/** Statements alone: commands of a client (\\watch) are left out, and each statement ends. */
function statements(command: Text): Text {
  const kept = safe(command).map((s) => (typeof s === 'string' ? s.replace(/\n?\\watch */g, '') : s));
  const last = kept[kept.length - 1];
  const watchNumber =
    typeof last !== 'string' && /\\watch/.test(command.filter((s) => typeof s === 'string').join(''));
  const body = watchNumber ? kept.slice(0, -1) : kept;
  const end = body[body.length - 1];
  return typeof end === 'string' && /;\s*$/.test(end) ? body : [...body, ';'];
}
