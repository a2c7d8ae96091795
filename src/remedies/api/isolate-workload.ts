import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  constant,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { databases, isReplica } from '../../readings/parts.js';
import { raw } from '../design/code-text.js';
import { dialectOf } from '../design/language.js';
import { queueSceneOf } from '../design/queue-parts.js';
import { nothingNew, partName, type Scene, sceneOf } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

const ONE_PROCESSOR = constant(
  'sqlserver.maxdop',
  1,
  'count',
  'SQL Server documentation, query hints: MAXDOP, the processors that one statement may use',
);

const isQueue = (s: Subject): boolean => s.kind === 'queue';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, database } = scene;
  const q = queueSceneOf(context, target.subject);
  const where = isQueue(target.subject)
    ? q.queueName
    : target.subject.kind === 'database'
      ? partName(database, serviceName)
      : serviceName;
  const job = context.changes.find((c) => c.mechanisms.includes('batch-change'));
  const time = context.facts.find({ name: 'batch.duration' });
  const what: Text = job
    ? say`${quote(job.summary)}`
    : time
      ? say`the work that runs for ${num(time)}`
      : say`the long work on ${where}`;
  const replica = databases(context).find((d) => d.roles.includes('replica') || isReplica(d));
  const frozen = nothingNew(context, 'Instances of their own');
  return {
    title: say`Keep ${what} away from what users of ${scene.app} wait for`,
    description: say`Long and short work on ${where} get lanes of their own: ${isQueue(target.subject) ? 'a queue and handlers for each kind' : 'a pool, a limit and, where it is worth it, instances for each kind'}. Long work is cut into slices that commit and pause, and it yields when ${aimWords(scene)} is in danger.`,
    benefit: say`Short requests of ${scene.app} no longer stand behind long ones on ${where}; the long work takes a little longer and nobody waits for it.${time ? say` It runs for ${num(time)} now.` : ''}`,
    riskText: say`A lane that is too narrow lets ${what} run into the next day: set a deadline for it and watch its age. Capacity that lanes of ${where} do not share idles at times.`,
    effortText: say`One to three days: a second lane in ${serviceName}, its limit, slices for the largest job.${frozen ? say` Within what exists, because ${frozen}` : ''}${shippingNote(context)}`,
    verification: say`Start ${what} in the busy hour of a rehearsal: p99 of the short requests of ${scene.app} stays where it was without it.`,
    design: [
      table(
        ['Lane', 'What goes in', 'Bound'],
        [
          [
            say`quick`,
            say`requests that a user of ${scene.app} waits for`,
            say`time-out inside ${aimWords(scene)}`,
          ],
          [say`slow`, say`exports, large uploads, reports, ${what}`, say`few at a time`],
          [
            say`repeat`,
            say`retries and dead letters of ${isQueue(target.subject) ? q.queueName : serviceName}`,
            say`behind new work`,
          ],
        ],
        say`Lanes on ${where}`,
      ),
      ...sliced(scene, replica !== undefined),
      bullets([
        say`A slice of ${what} ends within a second, commits, and waits as long again; then it never holds locks of ${partName(database, say`the store`)} for long.`,
        ...(replica
          ? [
              say`Reading jobs go to ${partName(replica, say`the replica`)}, as far as its lag may grow meanwhile.`,
            ]
          : []),
        say`One switch stops the slow lane of ${where} by hand; on call uses it before anything else.`,
      ]),
    ],
  };
}

function sliced(scene: Scene, replica: boolean): Block[] {
  const { database, serviceName } = scene;
  const db = partName(database, say`the store`);
  switch (dialectOf(database)) {
    case 'postgresql':
      return [
        code(
          'sql',
          say`CREATE ROLE reporting LOGIN CONNECTION LIMIT <few>;
ALTER ROLE reporting SET statement_timeout = '<minutes>min';
ALTER ROLE reporting SET default_transaction_read_only = on;${replica ? '        -- and connect it to the replica' : ''}

-- writing jobs, a slice at a time, until no row is changed
UPDATE <table> SET <column> = <value>
 WHERE id IN (SELECT id FROM <table> WHERE <still to do> ORDER BY id LIMIT :slice FOR UPDATE SKIP LOCKED);`,
          say`A job’s own role on ${db}`,
        ),
      ];
    case 'mysql':
      return [
        code(
          'sql',
          say`ALTER USER 'reporting'@'%' WITH MAX_USER_CONNECTIONS <few>;
SET SESSION max_execution_time = :milliseconds, TRANSACTION READ ONLY;

-- writing jobs, a slice at a time, until no row is changed
UPDATE <table> SET <column> = <value> WHERE <still to do> ORDER BY id LIMIT :slice;  -- commit, pause, repeat`,
          say`A job’s own user on ${db}`,
        ),
      ];
    case 'sqlserver':
      return [
        code(
          'sql',
          say`-- Resource Governor where there is one; else a small MAX_DOP and slices
UPDATE TOP (@slice) <table> WITH (READPAST) SET <column> = <value> WHERE <still to do>
OPTION (MAXDOP ${raw(ONE_PROCESSOR)});   -- commit, WAITFOR DELAY, repeat until @@ROWCOUNT is nought`,
          say`A sliced job on ${db}, beside ${serviceName}`,
        ),
      ];
    default:
      return [];
  }
}

export default {
  id: 'isolate-workload',
  layer: 'api',
  title: 'Lanes for long and short work',
  effort: 'days',
  risk: 'low',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.3, 0.8], growth: [0, 0.4] },
  advise,
} satisfies Remedy;
