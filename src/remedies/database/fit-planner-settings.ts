import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  shortName,
  type Text,
} from '../../domain/index.js';
import { dialectOf } from '../design/language.js';
import { partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

const databaseOf = (context: Context, about: Subject) =>
  sceneOf(context, { finding: '', hypothesis: '', subject: about, supported: false }).database;

/** Compilation and parallel workers of statements are settings of PostgreSQL. */
function blocked(context: Context, about: Subject): Text | undefined {
  const database = databaseOf(context, about);
  return database === undefined || dialectOf(database) === 'postgresql'
    ? undefined
    : say`${partName(database, say`the database`)} has no such settings for one statement.`;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const db = partName(scene.database, say`the database of ${scene.app}`);
  const statement = say`${name(shortName(target.subject))}`;
  const compiling = target.hypothesis !== 'missing-workers';
  const share = context.facts.find({
    name: compiling ? 'compile.share' : 'workers.missing.share',
    subject: target.subject,
  });
  return {
    title: compiling
      ? say`Do not compile ${statement} on ${db}`
      : say`Plan ${statement} with the workers that ${db} has`,
    description: compiling
      ? say`Put the cost from which ${db} compiles above that of ${statement}, for its role or database. Compiling pays for reports that add up millions of rows, not for what a request waits for.`
      : say`Let ${statement} count on fewer workers, or give ${db} more where processors are free at peak. A plan with the workers it really gets is another, and often one by an index.`,
    benefit: share
      ? say`At most ${num(share)} of the time of ${statement}, in every call, and as much less of the processors of ${db}.`
      : say`The part of the time of ${statement} that its plan shows for it, in every call.`,
    riskText: compiling
      ? say`Long reports on ${db} under the same role lose what compiling gave them: set it for the role of the requests alone.`
      : say`More workers of ${db} take processors from statements that run alone; fewer make large scans longer. Change one, at a quiet hour.`,
    effortText: say`Minutes on ${db}; no restart for the role’s settings.${shippingNote(context)}`,
    verification: compiling
      ? say`The plan of ${statement} has no compiling part, and its mean time on ${db} falls by that much.`
      : say`Workers launched equal workers planned for ${statement} at the peak of ${db}, and its mean time falls.`,
    design: [
      code(
        'sql',
        compiling
          ? say`ALTER ROLE <role of the requests> SET jit = off;
-- or, for all: above the cost that EXPLAIN shows for the statement
ALTER SYSTEM SET jit_above_cost = <several times that cost>; SELECT pg_reload_conf();`
          : say`SELECT name, setting FROM pg_settings WHERE name IN ('max_worker_processes', 'max_parallel_workers', 'max_parallel_workers_per_gather');
-- who has the workers now
SELECT leader_pid, count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker' GROUP BY leader_pid;
ALTER ROLE <role of the requests> SET max_parallel_workers_per_gather = 0;
-- where processors are free at peak (the first needs a restart)
ALTER SYSTEM SET max_worker_processes = <workers of all kinds>; ALTER SYSTEM SET max_parallel_workers = <at most the processors>;`,
        say`Settings of ${db} for ${statement}`,
      ),
      bullets([
        compiling
          ? say`Why ${db} took ${statement} for dear: compare estimated with actual rows in its plan. Estimates that are far too high are the cause, and compiling a symptom.`
          : say`A statement of a request that needs several workers to be fast reads too much for a request: look at what ${statement} reads first.`,
      ]),
    ],
  };
}

export default {
  id: 'fit-planner-settings',
  layer: 'database',
  title: 'Plans that count on what they get',
  effort: 'hours',
  risk: 'low',
  section: 'database',
  retiming: { kind: 'scale', factor: [0, 0.4] },
  blocked,
  advise,
} satisfies Remedy;
