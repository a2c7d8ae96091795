import { type Fact, subject } from '../../domain/index.js';
import {
  factOf,
  type Gathered,
  grouped,
  labelOf,
  matching,
  overStates,
  productOf,
  type ResourceFacts,
} from './gather.js';
import { histogramQuantile, merged, type Series, toMs } from './series.js';

const POOL_NAMES = [
  'db.client.connection.pool.name',
  'db.client.connections.pool.name',
  'pool.name',
  'pool',
  'db_name',
  'db',
  'name',
  'datasource',
];
const STATES = ['db.client.connection.state', 'db.client.connections.state', 'state'];

export const poolOf = (s: Series) =>
  subject('pool', labelOf(s, ...POOL_NAMES) ?? 'connection pool', s.service);
export const byPool = (all: readonly Series[]): Series[][] => [...grouped(all, (s) => poolOf(s).id).values()];

/** More than any pool holds. */
const ABSURD = 100_000;

const USED =
  /^(?:db_client_connections?_(?:count|usage)|hikaricp_connections_active|jdbc_connections_active|r2dbc_pool_acquired(?:_connections)?|go_sql_(?:stats_connections_)?in_use(?:_connections)?|sqlalchemy_pool_checkedout|npgsql_busy_connections|db_client_connections_busy)$/;
const LIMIT =
  /^(?:db_client_connections?_max|hikaricp_connections_max|jdbc_connections_max|r2dbc_pool_max_allocated(?:_connections)?|go_sql_(?:stats_connections_)?max_open(?:_connections)?|sqlalchemy_pool_size)$/;
const PENDING =
  /^(?:db_client_connections?_pending_requests|hikaricp_connections_pending|r2dbc_pool_pending(?:_connections)?|pgbouncer_pools_client_waiting_connections)$/;
const WAIT =
  /^(?:db_client_connections?_wait_time|hikaricp_connections_acquire(?:_seconds)?|db_client_connections_wait_duration)(?:_milliseconds)?$/;
export const POOL_USE =
  /^(?:db_client_connections?_use_time|hikaricp_connections_usage(?:_seconds)?)(?:_milliseconds)?$/;

/** Pools of connections: in use, limit, waiting, and how long is waited and held. */
export const pools: ResourceFacts = (g) => [
  ...byPool(matching(g, USED, 'level')).flatMap((all) => {
    const used = overStates(
      all,
      STATES,
      (s) => ['used', 'busy', 'active', 'in_use'].includes(s),
      (s) => s.p95,
    );
    // An instrumentation that mixes pools counts below nothing: then the number says nothing.
    return all[0] && used !== undefined && all.every((s) => s.p95 >= 0) && used <= ABSURD
      ? factOf(g, 'pool.used', poolOf(all[0]), used, 'count', all)
      : [];
  }),
  ...byPool(matching(g, LIMIT, 'level')).flatMap((all) =>
    all[0] ? factOf(g, 'pool.limit', poolOf(all[0]), Math.max(...all.map((s) => s.max)), 'count', all) : [],
  ),
  ...byPool(matching(g, PENDING, 'level')).flatMap((all) =>
    all[0] ? factOf(g, 'pool.pending', poolOf(all[0]), Math.max(...all.map((s) => s.p95)), 'count', all) : [],
  ),
  ...times(g, WAIT, 'pool.wait'),
  ...times(g, POOL_USE, 'pool.hold'),
  ...connections(g),
];

function times(g: Gathered, pattern: RegExp, name: string): Fact[] {
  return byPool(matching(g, pattern, 'histogram')).flatMap((all) => {
    const whole = merged(all);
    if (!whole || whole.count === 0) return [];
    const about = poolOf(whole);
    const p99 = histogramQuantile(whole, 0.99);
    return [
      ...factOf(g, `${name}.mean`, about, (whole.sum * toMs(whole)) / whole.count, 'ms', all),
      ...(p99 === undefined ? [] : factOf(g, `${name}.p99`, about, p99 * toMs(whole), 'ms', all)),
    ];
  });
}

const CONNECTED =
  /^(?:postgresql_backends|pg_stat_database_numbackends|pg_stat_activity_count|mysql_threads|mysql_global_status_threads_connected|mongodb_connection_count)$/;
const ALLOWED =
  /^(?:postgresql_connection_max|pg_settings_max_connections|mysql_connection_max|mysql_global_variables_max_connections)$/;

/** Sessions of a database server, and how many it allows. */
function connections(g: Gathered): Fact[] {
  const of = (pattern: RegExp): Map<string, Series[]> =>
    grouped(
      matching(g, pattern, 'level').filter(
        (s) =>
          (labelOf(s, 'kind', 'type') ?? 'connected') === 'connected' || !s.name.startsWith('mysql_threads'),
      ),
      (s) => productOf(s)?.id ?? '',
    );
  const used = of(CONNECTED);
  const limit = of(ALLOWED);
  return [...used].flatMap(([id, all]) => {
    const about = all[0] && productOf(all[0]);
    if (!about) return [];
    // Two collectors that watch the same server count the same sessions.
    const sums = [...grouped(all, (s) => s.name).values()].map((same) => same.reduce((a, s) => a + s.p95, 0));
    const sum = Math.max(...sums);
    const most = limit.get(id) ?? [];
    const max = Math.max(0, ...most.map((s) => s.max));
    return [
      ...factOf(g, 'connections.used', about, sum, 'count', all),
      ...(max > 0 ? factOf(g, 'connections.limit', about, max, 'count', most) : []),
      ...(max > 0 ? factOf(g, 'connections.utilisation', about, sum / max, 'ratio', [...all, ...most]) : []),
    ];
  });
}
