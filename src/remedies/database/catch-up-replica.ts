import {
  type Advice,
  bullets,
  type Context,
  code,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { databases, isReplica } from '../../readings/parts.js';
import { dialectOf } from '../design/language.js';
import { partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const replica =
    databases(context).find((d) => d.subject.id === target.subject.id) ??
    databases(context).find((d) => d.roles.includes('replica'));
  const who =
    replica && isReplica(replica)
      ? partName(replica, scene.app)
      : say`the replica of ${partName(replica ?? scene.database, scene.app)}`;
  const lag = context.facts.find({ name: 'replication.lag' });
  const job = context.changes.find((c) => c.mechanisms.includes('batch-change'));
  const dialect = dialectOf(replica ?? scene.database);
  return {
    title: say`Let ${who} apply changes as fast as they come`,
    description: say`Changes reach ${who} in order, and one long transaction, one applier or a long query on it holds them all up. Large writes are cut into slices, the applier works in parallel, and long reports run where nobody waits for fresh data.${job ? say` ${quote(job.summary)} is the first to slice.` : ''}`,
    benefit: lag
      ? say`${num(lag)} behind means that ${scene.app} shows what was true ${num(lag)} ago; below a second, reads may go to ${who} again and leave the primary.`
      : say`Reads of ${scene.app} on ${who} become fresh enough to be used; how far it is behind was not said.`,
    riskText: say`Parallel applying on ${who} may show changes of different rows in another order for a moment; sliced writes are visible in part until the last slice.`,
    effortText: say`Hours for settings of ${who}, a day or two to slice the job.${shippingNote(context)}`,
    verification: say`Lag of ${who} over a whole peak and a run of the largest job: below a second, and never growing.`,
    design: [
      ...(dialect === 'mysql'
        ? [
            code(
              'sql',
              say`SET GLOBAL replica_parallel_workers = <cores of the replica>;
SET GLOBAL replica_parallel_type = 'LOGICAL_CLOCK'; SET GLOBAL replica_preserve_commit_order = ON;
SET GLOBAL binlog_transaction_dependency_tracking = 'WRITESET';            -- on the primary
SELECT * FROM performance_schema.replication_applier_status_by_worker;`,
              say`${who}`,
            ),
          ]
        : dialect === 'postgresql'
          ? [
              code(
                'sql',
                say`-- what holds applying up: conflicts with long queries on the replica
SELECT datname, confl_snapshot, confl_lock, confl_bufferpin FROM pg_stat_database_conflicts;
ALTER SYSTEM SET max_standby_streaming_delay = '<seconds of lag that readers accept>s';
ALTER SYSTEM SET recovery_prefetch = try;                                    -- fewer stalls on reads while applying
SELECT application_name, write_lag, flush_lag, replay_lag FROM pg_stat_replication;  -- on the primary`,
                say`${who}`,
              ),
            ]
          : []),
      bullets([
        say`Readers of ${who} check the lag they were promised: beyond it they go to the primary, with a limit on how many.`,
        say`Schema changes of ${partName(scene.database, say`the primary`)} are applied by ${who} as well, in full, before anything after them.`,
      ]),
    ],
  };
}

export default {
  id: 'catch-up-replica',
  layer: 'database',
  title: 'A replica that keeps up',
  effort: 'hours',
  risk: 'low',
  section: 'database',
  advise,
} satisfies Remedy;
