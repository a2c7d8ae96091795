import {
  type Advice,
  type Block,
  bareNumber,
  bullets,
  type Context,
  code,
  constant,
  type Fact,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  shortName,
  type Text,
} from '../../domain/index.js';
import { type Dialect, dialectOf } from '../design/language.js';
import { partName, type Scene, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

/** In memory rows take more room than in a file: headers and pointers. */
const MEMORY_PER_DISK = constant(
  'design.memoryPerDisk',
  2.5,
  'factor',
  'PostgreSQL, EXPLAIN of equal sorts on disk and in memory: a sort in memory took two to two and a half times its file',
);

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const db = partName(scene.database, say`the database of ${scene.app}`);
  const statement = say`${name(shortName(target.subject))}`;
  const written = context.facts.find({ name: 'temp.perCall', subject: target.subject });
  return {
    title: say`Let ${statement} sort and hash in memory on ${db}`,
    description: say`Bring fewer and narrower rows to the step that writes files: filter and limit before it, name the columns that are used, or let an index of ${db} give the rows in order, so that nothing is sorted. Where the rows are needed, raise the memory for ${statement} or its role alone${written ? say`: about ${num(MEMORY_PER_DISK)} what it writes now, ${num(written)} a call` : ''}.`,
    benefit: say`A step of ${statement} that stays in memory saves writing and reading its files; at most the share of its time that the plan gives to that step.`,
    riskText: say`Each sort and hash of each connection of ${db} may take the memory: times the connections it can exceed the machine, which ends the server. So never for the whole server at once.`,
    effortText: say`Minutes for the setting of one role of ${db}, hours for the statement.${shippingNote(context)}`,
    verification: say`The plan of ${statement} shows no temporary blocks, its mean time falls, and free memory of ${db} at peak stays where it was.`,
    design: [...statements(scene, statement, written), notes(db, statement)],
  };
}

function statements(scene: Scene, statement: Text, written: Fact | undefined): Block[] {
  const megabytes = written
    ? say`${bareNumber(written, MEMORY_PER_DISK.value / 1e6, (mb) => String(Math.max(1, Math.ceil(mb))))}MB`
    : say`<memory that the plan asks for>`;
  const texts: Record<Dialect, Text> = {
    postgresql: say`-- for one transaction
BEGIN; SET LOCAL work_mem = '${megabytes}'; /* the statement */ COMMIT;
-- for the role that runs it, and no other
ALTER ROLE <reporting role> SET work_mem = '${megabytes}';
-- files that are written all the same, with the statements that wrote them
ALTER SYSTEM SET log_temp_files = 0;`,
    mysql: say`SET SESSION sort_buffer_size = <memory of the sort>;
SET SESSION tmp_table_size = <memory of the temporary table>, max_heap_table_size = <the same>;
SHOW SESSION STATUS LIKE 'Created_tmp_disk_tables';   -- before and after
SHOW SESSION STATUS LIKE 'Sort_merge_passes';`,
    sqlserver: say`-- grants that were too small: the estimates behind them are what to mend
SELECT session_id, requested_memory_kb, granted_memory_kb, used_memory_kb FROM sys.dm_exec_query_memory_grants;
UPDATE STATISTICS <table> WITH FULLSCAN;`,
    oracle: say`SELECT sql_id, operation_type, last_tempseg_size FROM v$sql_workarea WHERE last_tempseg_size > 0;
-- memory of all work areas together
SELECT name, value FROM v$pgastat WHERE name LIKE 'over allocation%' OR name LIKE 'total PGA%';`,
  };
  const dialect = dialectOf(scene.database);
  return dialect
    ? [code('sql', texts[dialect], say`Memory of ${statement} on ${partName(scene.database, scene.app)}`)]
    : [];
}

const notes = (db: Text, statement: Text): Block =>
  bullets([
    say`An index of ${db} that ends in the sort columns of ${statement} takes the sort away altogether, and a limit then stops after the first rows.`,
    say`Where ${statement} groups a whole table for each request, add the result up once and keep it: no memory makes that cheap on ${db}.`,
  ]);

export default {
  id: 'fit-work-memory',
  layer: 'database',
  title: 'Sorts and hashes in memory',
  effort: 'hours',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'scale', factor: [0, 0.6] },
  advise,
} satisfies Remedy;
