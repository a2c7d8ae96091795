import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { classRate, shareOf } from '../../readings/load.js';
import { BATCH } from '../design/chosen.js';
import { whole } from '../design/code-text.js';
import { dialectOf } from '../design/language.js';
import { figure, partName, type Scene, sceneOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database, goal } = scene;
  const db = partName(database, say`the store of ${scene.app}`);
  const writes = shareOf(context, 'write');
  const rate = goal && writes ? classRate(context, goal, writes, 'write') : undefined;
  const documented = database?.product
    ? context.knowledge.fact(database.product, 'batch.writeItems', database.version)
    : undefined;
  const size = documented ?? BATCH;
  const commits = rate
    ? figure(
        scene,
        'design.commits',
        [rate.value / size.value, '1/s'],
        'writes a second ÷ size of a batch',
        [rate, size],
        database?.subject,
      )
    : undefined;
  return {
    title: say`Write to ${db} in batches of ${num(size)} where nobody waits for the single row`,
    description: say`Rows of ${scene.serviceName} that are recorded, not decided (events, history, counters, projections), are collected for a few milliseconds or handed to a worker, and written ${num(size)} at a time in one statement and one commit.`,
    benefit:
      rate && commits
        ? say`At most ${num(rate)} commits a second ${atLoad(scene)} become as few as ${num(commits)} for the part that can wait; a commit’s cost (log flush, replication, round trip) is paid once a batch.`
        : say`The cost of a commit on ${db} (log flush, replication, round trip) is paid once a batch; writes a second, which give the saving, were not said.`,
    riskText: say`A crash of ${scene.serviceName} loses what is collected and not yet written, unless it is in a queue or an outbox first.`,
    effortText: say`Days: find the writes of ${scene.serviceName} that nobody waits for, one collector with a bound, tests for partial failure.${shippingNote(context)}`,
    verification: say`Commits a second and time waiting for the log on ${db} fall at an unchanged rate of rows; replica lag at peak falls with them.`,
    design: [
      ...example(scene, size),
      bullets([
        say`Flush to ${db} by size (${num(size)} rows) or by age, whichever is first; the age is what its readers may miss.`,
        say`Bound the collector of ${scene.serviceName}; when it is full, the writer waits. An unbounded one turns a slow ${db} into a full heap of ${scene.serviceName}.`,
        say`Sort a batch by key before writing: two batches then never deadlock on ${db}.`,
      ]),
    ],
  };
}

function example(scene: Scene, size: typeof BATCH): Block[] {
  const dialect = dialectOf(scene.database);
  const caption = say`One statement for a batch on ${partName(scene.database, say`the store`)}`;
  switch (dialect) {
    case 'postgresql':
      return [
        code(
          'sql',
          say`-- arrays of equal length, up to ${whole(size)} rows
INSERT INTO <table> (id, kind, payload)
SELECT * FROM unnest(:ids::uuid[], :kinds::text[], :payloads::jsonb[])
ON CONFLICT (id) DO NOTHING;                        -- a repeat changes nothing
-- only for rows whose loss in a crash is acceptable:
SET LOCAL synchronous_commit = off;`,
          caption,
        ),
      ];
    case 'mysql':
      return [
        code(
          'sql',
          say`INSERT IGNORE INTO <table> (id, kind, payload)
VALUES (?, ?, ?), (?, ?, ?), …;                     -- up to ${whole(size)} rows; rewriteBatchedStatements=true on JDBC`,
          caption,
        ),
      ];
    case 'sqlserver':
      return [
        code(
          'sql',
          say`-- a table-valued parameter of up to ${whole(size)} rows
INSERT INTO <table> (id, kind, payload)
SELECT b.id, b.kind, b.payload FROM @batch b
WHERE NOT EXISTS (SELECT * FROM <table> t WHERE t.id = b.id);`,
          caption,
        ),
      ];
    default:
      return [];
  }
}

export default {
  id: 'batch-writes',
  layer: 'database',
  title: 'Writes in batches',
  effort: 'days',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'batch' },
  advise,
} satisfies Remedy;
