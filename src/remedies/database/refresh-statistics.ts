import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  constant,
  type Fact,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { raw } from '../design/code-text.js';
import { type Dialect, dialectOf } from '../design/language.js';
import { partName, type Scene, sceneOf } from '../design/scene.js';
import { statementOf } from './add-index.js';

const FINER = constant(
  'design.analyzeScale',
  0.01,
  'ratio',
  'PostgreSQL documentation, Automatic Vacuuming: the default tenth of a large table is many rows; a hundredth keeps statistics fresh there',
);

/** Statistics that can be refreshed are those of planners of SQL. */
function blocked(context: Context, about: Subject): Text | undefined {
  const { database, app } = sceneOf(context, {
    finding: '',
    hypothesis: '',
    subject: about,
    supported: false,
  });
  return dialectOf(database)
    ? undefined
    : say`${partName(database, say`the store of ${app}`)} has no planner statistics to refresh.`;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database } = scene;
  const db = partName(database, say`the database of ${scene.app}`);
  const statement = statementOf(scene);
  const what: Text = statement ? say`${name(statement.subject.name)}` : say`the statement whose plan changed`;
  const grown = context.changes.find((c) => c.mechanisms.includes('data-growth'));
  const rows = context.facts.find({ name: 'rows.count' });
  const known = database?.product
    ? context.knowledge.fact(database.product, 'statistics.scaleFactor', database.version)
    : undefined;
  return {
    title: say`Refresh what ${db} believes about the data behind ${what}`,
    description: say`The plan of ${what} is chosen from statistics. ${grown ? say`Since ${name(grown.subject.name)} they may describe another table.` : say`After a load, an upgrade or growth they may describe a table that ${what} no longer meets.`} Refresh them, compare estimated with actual rows, and make ${db} refresh the large tables sooner.`,
    benefit: say`If estimates of ${what} were off by more than tenfold, its plan changes at once; if they were right, nothing changes and stale statistics are struck from the list of ${scene.app}.`,
    riskText: say`A new plan can also be worse: keep the old one at hand, do it outside the busy hours of ${scene.app}, and watch ${what} for an hour.`,
    effortText: say`Minutes for the refresh on ${db}; hours for settings per table.`,
    verification: say`Estimated and actual rows in the plan of ${what} agree within a small factor on ${db}, and its mean time falls; else undo.`,
    design: [
      ...statements(scene, what, rows),
      bullets([
        known && rows
          ? say`By default ${db} refreshes after ${num(known)} of a table changed; of ${num(rows)} rows that is a long time. ${num(FINER)} for the large tables keeps up.`
          : say`Large tables of ${db} change much in number before they change much in share; give them a threshold of their own.`,
        say`Columns of ${what} that go together (tenant and status, country and city) need joint statistics on ${db}; without them their estimates multiply to far too few rows.`,
      ]),
    ],
  };
}

function statements(scene: Scene, what: Text, rows: Fact | undefined): Block[] {
  const texts: Record<Dialect, Text> = {
    postgresql: say`SELECT relname, n_live_tup, n_mod_since_analyze, last_autoanalyze FROM pg_stat_user_tables ORDER BY n_mod_since_analyze DESC;
ANALYZE VERBOSE <table>;
ALTER TABLE <table> SET (autovacuum_analyze_scale_factor = ${raw(FINER)});
CREATE STATISTICS IF NOT EXISTS <table>_together (dependencies, ndistinct) ON <column>, <column> FROM <table>;`,
    mysql: say`SELECT table_name, n_rows, last_update FROM mysql.innodb_table_stats ORDER BY n_rows DESC;
ANALYZE TABLE <table>;
ALTER TABLE <table> STATS_SAMPLE_PAGES = <several times the default>;
ANALYZE TABLE <table> UPDATE HISTOGRAM ON <column>;`,
    sqlserver: say`SELECT OBJECT_NAME(object_id), name, STATS_DATE(object_id, stats_id) FROM sys.stats;
UPDATE STATISTICS <table> WITH FULLSCAN;
-- Query Store keeps the old plan: force it if the new one is worse
EXEC sp_query_store_force_plan @query_id = <id>, @plan_id = <id>;`,
    oracle: say`SELECT table_name, stale_stats, last_analyzed FROM user_tab_statistics WHERE stale_stats = 'YES';
EXEC DBMS_STATS.GATHER_TABLE_STATS(USER, '<TABLE>', cascade => TRUE);
-- the previous ones, if the new plan is worse
EXEC DBMS_STATS.RESTORE_TABLE_STATS(USER, '<TABLE>', :before);`,
  };
  const dialect = dialectOf(scene.database);
  return dialect
    ? [
        code(
          'sql',
          texts[dialect],
          say`Statistics of ${partName(scene.database, scene.app)} behind ${what}${rows ? say` (${num(rows)} rows were said)` : ''}`,
        ),
      ]
    : [];
}

export default {
  id: 'refresh-statistics',
  layer: 'database',
  title: 'Fresh statistics',
  effort: 'hours',
  risk: 'low',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.1, 1] },
  blocked,
  advise,
} satisfies Remedy;
