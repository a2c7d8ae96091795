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
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { littlesLaw } from '../../models/queueing.js';
import { inSeconds } from '../../readings/compose.js';
import { type StatementTime, statementRate } from '../../readings/parts.js';
import { snake } from '../design/code-text.js';
import { dialectOf } from '../design/language.js';
import { constraintsOf, figure, partName, type Scene, sceneOf, slowStatements } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

/** The statement meant: the subject, else the slowest of the database. */
export function statementOf(scene: Scene): StatementTime | undefined {
  const all = slowStatements(scene.context);
  return all.find((s) => s.subject.id === scene.target.subject.id) ?? all[0];
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
      : say`the slowest statement on ${db}`;
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
  const window = constraintsOf(context, 'downtime-limit')[0];
  return {
    title: say`Give ${what} an index that fits it`,
    description: say`${what} on ${db}${statement ? say` takes ${num(statement.time)}${statement.fromSlowLog ? ' as a mean of its slow runs' : ''}` : ''}${rows ? say` and looks at ${num(rows)} rows a call` : ''}. One index with its equality columns first, then the column it sorts or ranges by, then what it only reads, lets ${db} read the rows it returns and no others. First the plan, then the index: the plan says which of these it lacks.`,
    benefit:
      busy && calls && statement
        ? say`${atLoad(scene)} ${what} keeps ${num(busy)} connections of ${db} busy (${num(calls)} × ${num(statement.time)}); this falls in proportion to its time, and with it processor, buffer reads and the wait of everybody else.`
        : say`Time of ${what}, and with it the connections and buffer reads of ${db} it occupies, fall with the rows it no longer visits.`,
    riskText: say`Each write to the table also writes the index; on ${db} an index over a column that changes often costs more than one over a key. Building it reads the whole table: run it outside the busy hours of ${scene.app} and watch replica lag.`,
    effortText: say`A day: plan, index on a copy of the data of ${db}, then the real one.${window ? say` It is built without blocking writes, so ${quote(window.text)} is not used up.` : ''}${shippingNote(context)}`,
    verification: say`The plan of ${what} names the index and the rows it reads come close to those it returns; its mean time and calls in the statement statistics of ${db}, before and after, over the same hour.`,
    design: ddl(scene, what, measured ?? statement?.subject.name),
  };
}

function ddl(scene: Scene, what: Text, label: string | undefined): Block[] {
  const { database } = scene;
  const db = partName(database, say`the database`);
  const index = { name: `${snake(label ?? 'lookup', 'lookup').name}_idx` };
  const dialect = dialectOf(database);
  const shape = say`Names in angle brackets come from the statement’s WHERE and ORDER BY; the case gives its name and time, not its text.`;
  const columns = table(
    ['Place in the index', 'Columns of the statement', 'Why'],
    [
      [say`first`, say`compared with =`, say`narrow the search to one run of the index`],
      [say`then`, say`ORDER BY, or one range`, say`the rows come out sorted, and LIMIT can stop early`],
      [say`only carried`, say`read, not compared`, say`${db} need not visit the table`],
      [
        say`as a condition`,
        say`a constant filter such as an open status`,
        say`a smaller index, touched by fewer writes`,
      ],
    ],
  );
  const texts: Partial<Record<NonNullable<typeof dialect>, Text>> = {
    postgresql: say`EXPLAIN (ANALYZE, BUFFERS, SETTINGS) <the statement, with real values>;

CREATE INDEX CONCURRENTLY IF NOT EXISTS ${index}
  ON <table> (<equal_column>, <sort_column> DESC)
  INCLUDE (<read_column>)
  WHERE <constant condition>;   -- only when the statement always has it

-- an interrupted build leaves an invalid index: drop it and build again
SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;`,
    mysql: say`EXPLAIN ANALYZE <the statement, with real values>;

ALTER TABLE <table>
  ADD INDEX ${index} (<equal_column>, <sort_column>, <read_column>),
  ALGORITHM=INPLACE, LOCK=NONE;

-- it waits for open transactions on the table, and others wait behind it: look first
SELECT * FROM information_schema.innodb_trx ORDER BY trx_started;`,
    sqlserver: say`SET STATISTICS IO, TIME ON; -- then the statement, with real values

CREATE INDEX ${index} ON <table> (<equal_column>, <sort_column> DESC)
  INCLUDE (<read_column>)
  WHERE <constant condition>
  WITH (ONLINE = ON, RESUMABLE = ON);`,
    oracle: say`EXPLAIN PLAN FOR <the statement>; SELECT * FROM TABLE(DBMS_XPLAN.DISPLAY);

CREATE INDEX ${index} ON <table> (<equal_column>, <sort_column>) ONLINE INVISIBLE;
-- try it in one session, then ALTER INDEX ${index} VISIBLE
ALTER SESSION SET OPTIMIZER_USE_INVISIBLE_INDEXES = TRUE;`,
  };
  const text = dialect ? texts[dialect] : undefined;
  if (text)
    return [
      columns,
      code('sql', text, say`${what} on ${db}. ${shape}`),
      bullets([
        say`If the plan of ${what} already uses a fitting index, its time is waiting, not reading: look at locks and at the pool before adding another.`,
        say`Drop what the new index makes needless on the same table; each one is paid for by every write.`,
      ]),
    ];
  return [
    paragraph(
      say`${db}${database?.product ? say` (${name(database.product)})` : ''}: model the access of ${what} so that one key or one index answers it: equality fields first, then the sort field. Look at its plan or profile with real values, and compare documents or items examined with those returned.`,
    ),
    columns,
  ];
}

export default {
  id: 'add-index',
  layer: 'database',
  title: 'An index that fits the statement',
  effort: 'hours',
  risk: 'low',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.05, 0.4] },
  advise,
} satisfies Remedy;
