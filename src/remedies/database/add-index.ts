import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  name,
  num,
  paragraph,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { littlesLaw } from '../../models/queueing.js';
import { inSeconds } from '../../readings/compose.js';
import { type StatementTime, statementRate } from '../../readings/parts.js';
import { INDEXED } from '../design/chosen.js';
import { dialectOf } from '../design/language.js';
import {
  constraintsOf,
  figure,
  partName,
  type Scene,
  sceneOf,
  schemaFixed,
  slowStatements,
} from '../design/scene.js';
import { type StatementShape, shapeOf, shapeText } from '../design/statement-shape.js';
import { atLoad, shippingNote } from '../design/wording.js';

/** The statement meant: the subject, else the slowest of the database. */
export function statementOf(scene: Scene): StatementTime | undefined {
  const all = slowStatements(scene.context);
  return all.find((s) => s.subject.id === scene.target.subject.id) ?? all[0];
}

function blocked(context: Context, about: Subject): Text | undefined {
  const scene = sceneOf(context, { finding: '', hypothesis: '', subject: about, supported: false });
  const store = statementOf(scene)?.database ?? scene.database;
  if (about.kind === 'search' || store?.subject.kind === 'search')
    return say`${partName(store, say`${name(about.name)}`)} indexes every field already; its queries are what to change.`;
  const named = statementOf(scene) ?? context.telemetry?.cells.find((c) => c.statement);
  if (!named && about.kind === 'database')
    return say`No statement of ${name(about.name)} was said or seen to be slow; its statement statistics name one first.`;
  return schemaFixed(context);
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database, goal } = scene;
  const db = partName(database, say`the database of ${scene.app}`);
  const statement = statementOf(scene);
  const measured =
    context.telemetry?.cells.find((c) => c.statement && c.peer?.id === target.subject.id)?.statement ??
    (target.subject.kind === 'statement' ? target.subject.name : undefined);
  const what: Text = statement
    ? say`${name(statement.subject.name)}`
    : measured
      ? say`${name(measured)}`
      : say`the slowest statement of ${db}`;
  const whatOn = statement || measured ? say`${what} on ${db}` : what;
  const rows = statement
    ? (context.facts.find({ name: 'rows.perCall', subject: statement.subject }) ??
      context.facts.find({ name: 'rows.perCall' }))
    : context.facts.find({ name: 'rows.perCall' });
  const calls = statement && goal ? statementRate(context, statement, goal).rate : undefined;
  const busy =
    statement && calls
      ? figure(
          scene,
          'connections.busy',
          [littlesLaw(calls.value, inSeconds(statement.time)), 'count'],
          'calls a second × time of a call (Little’s law)',
          [calls, statement.time],
          statement.subject,
        )
      : undefined;
  const then =
    busy && calls && statement && inSeconds(statement.time) > 4 * inSeconds(INDEXED)
      ? figure(
          scene,
          'connections.busyIndexed',
          [littlesLaw(calls.value, inSeconds(INDEXED)), 'count'],
          'calls a second × time of an indexed look-up (Little’s law)',
          [calls, INDEXED],
          statement.subject,
        )
      : undefined;
  const window = constraintsOf(context, 'downtime-limit')[0];
  return {
    title: say`Give ${what} an index that fits it`,
    description: say`${whatOn}${statement ? say` takes ${num(statement.time)}${statement.fromSlowLog ? ' as a mean of its slow runs' : ''}` : ''}${rows ? say` and looks at ${num(rows)} rows a call` : ''}. One index with its equality columns first, then the column it sorts or ranges by, then what it only reads, lets ${db} read the rows it returns and no others; its plan says which of these it lacks.`,
    benefit:
      busy && calls && statement
        ? say`${what} keeps ${num(busy)} connections of ${db} busy ${atLoad(scene)} (${num(calls)} × ${num(statement.time)})${then ? say`; as an indexed look-up of ${num(INDEXED)} it would keep ${num(then)}` : ''}; processor, buffer reads and the wait of everybody else fall with it.`
        : say`Time of ${what}, and with it the connections and buffer reads of ${db} it occupies, fall with the rows it no longer visits.`,
    riskText: say`On ${db} an index over a column that changes often costs more than one over a key. Building it reads the whole table: run it outside the busy hours of ${scene.app} and watch replica lag.`,
    effortText: say`A day: plan, index on a copy of the data of ${db}, then the real one.${window ? say` It is built without blocking writes, so ${quote(window.text)} is not used up.` : ''}${shippingNote(context)}`,
    verification: say`The plan of ${what} names the index and the rows it reads come close to those it returns; its mean time and calls in the statement statistics of ${db}, before and after, over the same hour.`,
    design: ddl(scene, what, measured ?? statement?.subject.name),
  };
}

function ddl(scene: Scene, what: Text, label: string | undefined): Block[] {
  const { database } = scene;
  const db = partName(database, say`the database`);
  const dialect = dialectOf(database);
  const shape = shapeOf(label ?? '');
  const { keys, where, order, index } = shapeText(shape);
  const { table: rows, sort } = shape;
  const origin = shape.isKnown
    ? say`Columns are those of the statement as it was recorded.`
    : say`Likely shape, guessed from the name ${what}: by its owner, newest first, in an open state. Put in the columns that the statement statistics of ${db} show, before building anything.`;
  const columns = table(
    ['Place in the index', 'Columns', 'Here'],
    [
      [say`first`, say`compared with =`, keysOnly(shape)],
      [say`then`, say`ORDER BY, or one range`, sort ? [sort] : say`none`],
      [say`only carried`, say`read, not compared`, say`what ${what} shows`],
      [say`as a condition`, say`a constant filter`, say`if ${what} always has it`],
    ],
  );
  const search = shape.kind === 'search';
  const texts: Partial<Record<NonNullable<typeof dialect>, Text>> = {
    postgresql: search
      ? say`EXPLAIN (ANALYZE, BUFFERS, SETTINGS)
SELECT <columns shown> FROM ${rows} WHERE <text column> ILIKE :words LIMIT :page;

CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX CONCURRENTLY IF NOT EXISTS ${index} ON ${rows} USING gin (<text column> gin_trgm_ops);
-- whole words and ranking: a stored tsvector column with a gin index instead`
      : say`EXPLAIN (ANALYZE, BUFFERS, SETTINGS)
SELECT <columns shown> FROM ${rows}
 WHERE ${where}${shape.isKnown ? '' : say` AND status IN (:open)`}
 ${order};

CREATE INDEX CONCURRENTLY IF NOT EXISTS ${index}
  ON ${rows} (${keys})
  INCLUDE (<columns shown>)
  WHERE <constant condition>;   -- only when the statement always has it

-- an interrupted build leaves an invalid index: drop it and build again
SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;
-- indexes that nobody reads any more, and that every write still pays for
SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE relname = '${rows}' ORDER BY idx_scan;`,
    mysql: say`EXPLAIN ANALYZE
SELECT <columns shown> FROM ${rows} WHERE ${where} ${order};

ALTER TABLE ${rows}
  ADD INDEX ${index} (${keys}),
  ALGORITHM=INPLACE, LOCK=NONE;

-- it waits for open transactions on the table, and others wait behind it: look first
SELECT * FROM information_schema.innodb_trx ORDER BY trx_started;
-- indexes that nobody reads any more
SELECT object_name, index_name FROM sys.schema_unused_indexes WHERE object_name = '${rows}';`,
    sqlserver: say`SET STATISTICS IO, TIME ON;
SELECT <columns shown> FROM ${rows} WHERE ${where.map(atSign)} ORDER BY ${sort ?? { name: 'id' }} DESC OFFSET @skip ROWS FETCH NEXT @page ROWS ONLY;

CREATE INDEX ${index} ON ${rows} (${keys})
  INCLUDE (<columns shown>)
  WHERE <constant condition>
  WITH (ONLINE = ON, RESUMABLE = ON);`,
    oracle: say`EXPLAIN PLAN FOR SELECT <columns shown> FROM ${rows} WHERE ${where}; SELECT * FROM TABLE(DBMS_XPLAN.DISPLAY);

CREATE INDEX ${index} ON ${rows} (${keys}) ONLINE INVISIBLE;
-- try it in one session, then ALTER INDEX ${index} VISIBLE
ALTER SESSION SET OPTIMIZER_USE_INVISIBLE_INDEXES = TRUE;`,
  };
  const text = dialect ? texts[dialect] : undefined;
  if (text)
    return [
      columns,
      code('sql', text, say`${what}, on ${db}. ${origin}`),
      bullets([
        say`If ${what} turns out to look rows up by their primary key, its index is there already: then its time is waiting, not reading, so look at locks and at the pool before adding another.`,
        say`If its plan shows “rows removed by filter” or a sort of many rows, the column filtered or sorted by is what the index of ${what} lacks.`,
        ...(dialect === 'postgresql'
          ? [
              say`An indexed column that changes often ends updates in place (HOT) on ${db}: keep the status of ${what} in the condition or the carried part, not among the keys, and watch the time of a write after.`,
            ]
          : []),
        say`Drop what the new index makes needless on the same table of ${db}; each one is paid for by every write.`,
      ]),
    ];
  return [
    paragraph(
      say`${db}${database?.product ? say` (${name(database.product)})` : ''}: model the access of ${what} so that one key or one index answers it: equality fields first, then the sort field. Look at its plan or profile with real values, and compare documents or items examined with those returned.`,
    ),
    columns,
  ];
}

const keysOnly = (shape: StatementShape): Text =>
  shape.equal.flatMap((c, i): Text => (i > 0 ? [', ', c] : [c]));
/** SQL Server names its parameters with `@`. */
const atSign = (s: Text[number]): Text[number] => (s === ' = :' ? ' = @' : s);

export default {
  id: 'add-index',
  layer: 'database',
  title: 'An index that fits the statement',
  effort: 'hours',
  risk: 'low',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.05, 0.4], growth: [0, 0.15] },
  blocked,
  advise,
} satisfies Remedy;
