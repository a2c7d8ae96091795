import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { DEAD_SHARE } from '../design/chosen.js';
import { raw } from '../design/code-text.js';
import { dialectOf } from '../design/language.js';
import { partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database } = scene;
  const db = partName(database, say`${name(target.subject.name)}`);
  const dead = context.facts.find({ name: 'rows.dead.ratio' });
  const share = context.facts.find({ name: 'maintenance.share' });
  const dialect = dialectOf(database);
  return {
    title: say`Let ${db} clean up little and often instead of much at once`,
    description: say`Background work of ${db} is told to start sooner, work steadily and never be forced: cleaning by table and by number of changes, checkpoints by time and not by log volume. What holds it back (an old transaction, a forgotten slot) is ended first, because no setting helps against it.`,
    benefit: dead
      ? say`${num(dead)} of the rows are dead: every scan and index of ${db} reads them too. At ${num(DEAD_SHARE)} the reads shrink by nearly as much.`
      : say`Bursts of background work of ${db}${share ? say` (${num(share)} of the time now)` : ''} flatten out, and with them the slow minutes of ${scene.app} that have no other cause.`,
    riskText: say`Steady work takes some disk of ${db} at all times; with too little left for requests the bursts come back. Change one table, watch a day, then the next.`,
    effortText: say`Hours for the few tables of ${db} that change most.${shippingNote(context)}`,
    verification: say`Dead rows of the large tables of ${db} stay below ${num(DEAD_SHARE)}, no checkpoint is forced at peak, and p99 is even over the hour.`,
    design: [
      ...(dialect === 'postgresql'
        ? [
            code(
              'sql',
              say`ALTER TABLE <hot table> SET (
  autovacuum_vacuum_scale_factor = ${raw(DEAD_SHARE)}, autovacuum_vacuum_insert_scale_factor = ${raw(DEAD_SHARE)},
  autovacuum_vacuum_cost_limit = <higher>, fillfactor = <room for updates in place>);
ALTER SYSTEM SET checkpoint_completion_target = 0.9;        -- the default of current versions: check that it is not less
ALTER SYSTEM SET max_wal_size = '<enough that checkpoints come by time>';
-- what holds cleaning back
SELECT pid, state, now() - xact_start AS open, backend_xmin FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY xact_start;
SELECT slot_name, active, xmin, catalog_xmin FROM pg_replication_slots;`,
              say`${db}`,
            ),
          ]
        : dialect === 'mysql'
          ? [
              code(
                'sql',
                say`SET GLOBAL innodb_purge_threads = <cores that purging may take>;
SET GLOBAL innodb_max_dirty_pages_pct_lwm = <lower: flush steadily>;
SELECT trx_id, trx_started FROM information_schema.innodb_trx ORDER BY trx_started;   -- the oldest holds purging back`,
                say`${db}`,
              ),
            ]
          : []),
      bullets([
        say`Rows that come and go in ${db} by the day belong into partitions: dropping one is no cleaning at all.`,
        say`Alert on the oldest open transaction of ${db}; it is what turns cleaning into bursts.`,
      ]),
    ],
  };
}

export default {
  id: 'tune-maintenance',
  layer: 'database',
  title: 'Background work little and often',
  effort: 'hours',
  risk: 'low',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.5, 0.9] },
  advise,
} satisfies Remedy;
