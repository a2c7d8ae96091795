import {
  type Component,
  constant,
  type Fact,
  name,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { HIT_FALL, LAG, LIMIT_NEAR, SLOW_LOOKUP } from '../../hypotheses/thresholds.js';
import { calc } from '../../readings/compose.js';
import { connectionLimit } from '../../readings/parts.js';
import { ACQUIRE_SHARE, FREE_CONNECTIONS } from '../../remedies/design/chosen.js';
import { latencyTargets, type Parts } from '../parts.js';
import type { Signal, Watch } from './signal.js';

const PENDING = constant(
  'alert.poolPending',
  1,
  'count',
  'Kneepoint: a request that waits for a connection is already late',
);
const IDLE_SHARE = constant(
  'alert.idleShare',
  0.05,
  'ratio',
  'Kneepoint: a connection idle in a transaction does nothing and holds its locks; one in twenty is no coincidence',
);
const SOME_WAIT = constant(
  'alert.lockWaits',
  5,
  'count',
  'Kneepoint: single waits for a row are normal, five at once are a queue',
);
const REJECTED = constant(
  'alert.rejections',
  0.1,
  '1/s',
  'Kneepoint: a full queue that refuses work, six times a minute',
);
const EVICTED = constant(
  'alert.evictions',
  10,
  '1/s',
  'Kneepoint: entries leave before their time; a few a second are noise',
);

const dbName = (db: Component | undefined): Text => say`${name(db?.subject.name ?? 'the database')}`;

/** Watches of the database, when the case has one. */
const ofDatabase = (
  p: Parts,
  make: (db: Component) => Omit<Watch, 'layer' | 'subject' | 'above'> | undefined,
): Watch[] => {
  const watch = p.database ? make(p.database) : undefined;
  return watch && p.database
    ? [{ ...watch, layer: 'database', above: true, subject: p.database.subject }]
    : [];
};

/** A part of the latency target that a request may spend waiting for a connection. */
export function waitLimit(p: Parts): Fact | undefined {
  const target = latencyTargets(p.context)[0];
  return target
    ? calc(
        'alert.poolWait',
        target.subject,
        [target.value * ACQUIRE_SHARE.value, 'ms'],
        'latency target × share for waiting',
        [target, ACQUIRE_SHARE],
        'target',
      )
    : undefined;
}

const poolWait: Signal = (p) =>
  p.dialect === undefined
    ? []
    : ofDatabase(p, (db) => {
        const limit = waitLimit(p);
        return {
          id: 'ConnectionWait',
          hypotheses: ['pool-exhausted', 'connection-limit', 'long-transaction', 'slow-statement'],
          title: say`Wait for a connection to ${dbName(db)}${limit ? ', p99' : ': requests waiting'}`,
          unit: limit ? 's' : 'short',
          threshold: limit ?? PENDING,
          scale: limit ? 0.001 : 1,
          means: say`connections are held too long or are too few; the wait comes on top of every statement`,
          prometheus: limit
            ? say`histogram_quantile(0.99, sum by (le) (rate(db_client_connection_wait_time_seconds_bucket{job="${p.job}"}[5m])))`
            : say`sum(db_client_connection_pending_requests{job="${p.job}"})`,
          datadog: limit
            ? { query: say`p99:db.client.connection.wait_time{service:${p.job}}`, scale: 0.001 }
            : { query: say`sum:db.client.connection.pending_requests{service:${p.job}}`, scale: 1 },
          newrelic: limit
            ? {
                query: say`SELECT percentile(db.client.connection.wait_time, 99) FROM Metric WHERE service.name = '${p.job}'`,
                scale: 0.001,
              }
            : {
                query: say`SELECT sum(db.client.connection.pending_requests) FROM Metric WHERE service.name = '${p.job}'`,
                scale: 1,
              },
        };
      });

const connections: Signal = (p) =>
  ofDatabase(p, (db) => {
    const query = CONNECTIONS[p.dialect ?? ''];
    if (!query) return undefined;
    return {
      id: 'ConnectionsNearLimit',
      hypotheses: ['connection-limit', 'pool-exhausted', 'long-transaction', 'slow-statement'],
      title: say`Connections of ${dbName(db)} in use, of those it allows`,
      unit: 'percentunit',
      threshold: FREE_CONNECTIONS,
      scale: 1,
      means: say`the next instance, deploy or retry is refused; more instances make it worse`,
      prometheus: query,
      ...(p.dialect === 'postgresql'
        ? { datadog: { query: say`max:postgresql.percent_usage_connections{*}`, scale: 1 } }
        : p.dialect === 'mysql'
          ? {
              datadog: {
                query: say`max:mysql.net.connections{*} / max:mysql.net.max_connections_available{*}`,
                scale: 1,
              },
            }
          : {}),
      ...(p.dialect === 'mysql'
        ? {
            newrelic: {
              query: say`SELECT max(net.threadsConnected) / max(net.maxUsedConnections) FROM MysqlSample`,
              scale: 1,
            },
          }
        : {}),
      ...(p.dialect === 'sqlserver'
        ? { azure: { metric: 'workers_percent', scale: 100, aggregation: 'Maximum' as const } }
        : {}),
      ...awsConnections(p, db),
    };
  });

const CONNECTIONS: Record<string, Text> = {
  postgresql: say`sum(pg_stat_activity_count) / max(pg_settings_max_connections)`,
  mysql: say`max(mysql_global_status_threads_connected) / max(mysql_global_variables_max_connections)`,
  sqlserver: say`max(azure_sql_workers_percent) / 100`,
};

/** RDS counts connections, so the limit has to be known. */
function awsConnections(p: Parts, db: Component): Pick<Watch, 'cloudwatch'> {
  const limit = connectionLimit(p.context, db);
  return limit && limit.fact.value > 0
    ? {
        cloudwatch: {
          namespace: 'AWS/RDS',
          metric: 'DatabaseConnections',
          dimension: 'DBInstanceIdentifier',
          statistic: 'Maximum',
          scale: limit.fact.value,
        },
      }
    : {};
}

const idleInTransaction: Signal = (p) =>
  p.dialect !== 'postgresql'
    ? []
    : ofDatabase(p, (db) => {
        const limit = connectionLimit(p.context, db)?.fact;
        const most = limit
          ? calc(
              'alert.idleInTransaction',
              db.subject,
              [Math.max(1, limit.value * IDLE_SHARE.value), 'count'],
              'connections allowed × share',
              [limit, IDLE_SHARE],
            )
          : SOME_WAIT;
        return {
          id: 'IdleInTransaction',
          hypotheses: ['long-transaction', 'lock-wait', 'pool-exhausted'],
          title: say`Sessions of ${dbName(db)} idle inside a transaction`,
          unit: 'short',
          threshold: most,
          scale: 1,
          means: say`the application waits for something else while it holds a connection and its row locks`,
          prometheus: say`sum(pg_stat_activity_count{state="idle in transaction"})`,
          datadog: { query: say`sum:postgresql.activity.xact_idle{*}`, scale: 1 },
        };
      });

const statements: Signal = (p) =>
  ofDatabase(p, (db) => {
    const query =
      p.dialect === 'postgresql'
        ? say`max(rate(pg_stat_statements_seconds_total[5m]) / (rate(pg_stat_statements_calls_total[5m]) > 0.1))`
        : p.dialect === 'mysql'
          ? say`max(rate(mysql_perf_schema_events_statements_seconds_total[5m]) / (rate(mysql_perf_schema_events_statements_total[5m]) > 0.1))`
          : db.subject.kind === 'search'
            ? say`max(rate(elasticsearch_indices_search_query_time_seconds[5m]) / (rate(elasticsearch_indices_search_query_total[5m]) > 0.1))`
            : db.product === 'dynamodb'
              ? say`max(aws_dynamodb_successful_request_latency_average) / 1000`
              : undefined;
    if (!query) return undefined;
    return {
      id: 'StatementSlow',
      hypotheses: ['slow-statement', 'missing-index', 'n-plus-one', 'stale-statistics'],
      title: say`Slowest statement of ${dbName(db)}, mean`,
      unit: 's',
      threshold: SLOW_LOOKUP,
      scale: 0.001,
      means: say`a look-up that is no look-up: it reads far more than it returns, or waits`,
      prometheus: query,
      ...(p.dialect === 'postgresql'
        ? {
            datadog: {
              query: say`max:postgresql.queries.time{*} by {query_signature} / max:postgresql.queries.count{*} by {query_signature}`,
              scale: 1_000_000,
            },
          }
        : {}),
      ...(p.dialect === 'mysql'
        ? {
            newrelic: {
              query: say`SELECT max(databaseDuration) FROM Transaction WHERE appName = '${p.job}'`,
              scale: 0.001,
            },
          }
        : {}),
    };
  });

const locks: Signal = (p) =>
  ofDatabase(p, (db) => {
    const query =
      p.dialect === 'postgresql'
        ? say`sum(pg_stat_activity_count{wait_event_type="Lock"})`
        : p.dialect === 'mysql'
          ? say`max(mysql_global_status_innodb_row_lock_current_waits)`
          : p.dialect === 'sqlserver'
            ? say`max(mssql_blocked_sessions)`
            : undefined;
    return query
      ? {
          id: 'LockWaits',
          hypotheses: ['lock-wait', 'long-transaction', 'hot-row'],
          title: say`Sessions of ${dbName(db)} that wait for a lock`,
          unit: 'short',
          threshold: SOME_WAIT,
          scale: 1,
          means: say`requests stand in line for a row; the line moves only as fast as one of them holds it`,
          prometheus: query,
          ...(p.dialect === 'postgresql'
            ? { datadog: { query: say`sum:postgresql.activity.wait_event{wait_event_type:lock}`, scale: 1 } }
            : {}),
          ...(p.dialect === 'mysql'
            ? {
                newrelic: {
                  query: say`SELECT max(db.innodb.rowLockCurrentWaits) FROM MysqlSample`,
                  scale: 1,
                },
              }
            : {}),
        }
      : undefined;
  });

const replicaLag: Signal = (p) =>
  p.replica === undefined || p.dialect === undefined
    ? []
    : ofDatabase(p, (db) => ({
        id: 'ReplicaBehind',
        hypotheses: ['replica-lag', 'replica-unused'],
        title: say`Replica of ${dbName(db)} behind its primary`,
        unit: 's',
        threshold: LAG,
        scale: 1,
        means: say`readers of the replica miss their own writes`,
        prometheus:
          p.dialect === 'mysql'
            ? say`max(mysql_slave_status_seconds_behind_master)`
            : say`max(pg_replication_lag_seconds)`,
        ...(p.dialect === 'postgresql'
          ? { datadog: { query: say`max:postgresql.replication_delay{*}`, scale: 1 } }
          : { datadog: { query: say`max:mysql.replication.seconds_behind_source{*}`, scale: 1 } }),
        ...(p.dialect === 'mysql'
          ? { newrelic: { query: say`SELECT max(cluster.secondsBehindMaster) FROM MysqlSample`, scale: 1 } }
          : {}),
        cloudwatch: {
          namespace: 'AWS/RDS',
          metric: 'ReplicaLag',
          dimension: 'DBInstanceIdentifier',
          statistic: 'Maximum',
        },
      }));

const refused: Signal = (p) =>
  ofDatabase(p, (db) => {
    const query =
      db.subject.kind === 'search'
        ? say`sum(rate(elasticsearch_thread_pool_rejected_count{type="search"}[5m]))`
        : db.product === 'dynamodb'
          ? say`sum(aws_dynamodb_throttled_requests_sum) / 60`
          : undefined;
    return query
      ? {
          id: 'StoreRefuses',
          hypotheses: [
            'thread-pool-exhausted',
            'hot-partition',
            'throttled',
            'uneven-shards',
            'quota-reached',
          ],
          title: say`Requests that ${dbName(db)} refuses`,
          unit: 'ops',
          threshold: REJECTED,
          scale: 1,
          means: say`its queue or a partition’s capacity is full; callers retry and add to it`,
          prometheus: query,
          ...(db.product === 'dynamodb'
            ? {
                cloudwatch: {
                  namespace: 'AWS/DynamoDB',
                  metric: 'ThrottledRequests',
                  dimension: 'TableName',
                  statistic: 'Sum',
                  scale: 60,
                },
              }
            : {}),
        }
      : undefined;
  });

const ofCache = (
  p: Parts,
  make: (cache: Subject) => Omit<Watch, 'layer' | 'subject'> | undefined,
): Watch[] => {
  const subject = p.cache?.subject;
  const watch = subject ? make(subject) : undefined;
  return watch && subject ? [{ ...watch, layer: 'cache', subject }] : [];
};

const hitRatio: Signal = (p) =>
  ofCache(p, (cache) => {
    const memcached = p.cache?.product === 'memcached';
    const at = (offset: string): Text =>
      memcached
        ? say`(sum(rate(memcached_commands_total{command="get",status="hit"}[10m]${offset})) / sum(rate(memcached_commands_total{command="get"}[10m]${offset})))`
        : say`(sum(rate(redis_keyspace_hits_total[10m]${offset})) / (sum(rate(redis_keyspace_hits_total[10m]${offset})) + sum(rate(redis_keyspace_misses_total[10m]${offset}))))`;
    return {
      id: 'CacheHitsFell',
      hypotheses: ['low-hit-ratio', 'ttl-too-short', 'stampede', 'cold-cache', 'cache-evictions'],
      title: say`Hit ratio of ${name(cache.name)} below the same hour a week before`,
      unit: 'percentunit',
      threshold: HIT_FALL,
      scale: 1,
      above: true,
      means: say`what the cache does not answer, the database has to; its load grows with the misses, not with the traffic`,
      prometheus: say`${at(' offset 1w')} - ${at('')}`,
      ...(memcached
        ? {}
        : {
            datadog: {
              query: say`week_before(sum:redis.stats.keyspace_hits{*}.as_rate() / (sum:redis.stats.keyspace_hits{*}.as_rate() + sum:redis.stats.keyspace_misses{*}.as_rate())) - sum:redis.stats.keyspace_hits{*}.as_rate() / (sum:redis.stats.keyspace_hits{*}.as_rate() + sum:redis.stats.keyspace_misses{*}.as_rate())`,
              scale: 1,
            },
          }),
    };
  });

const evictions: Signal = (p) =>
  ofCache(p, (cache) => ({
    id: 'CacheEvicts',
    hypotheses: ['cache-evictions', 'low-hit-ratio'],
    title: say`Entries that ${name(cache.name)} evicts for room`,
    unit: 'ops',
    threshold: EVICTED,
    scale: 1,
    above: true,
    means: say`the cache is smaller than what is asked of it, or something fills it that is read once`,
    prometheus:
      p.cache?.product === 'memcached'
        ? say`sum(rate(memcached_items_evicted_total[10m]))`
        : say`sum(rate(redis_evicted_keys_total[10m]))`,
    ...(p.cache?.product === 'memcached'
      ? {
          cloudwatch: {
            namespace: 'AWS/ElastiCache',
            metric: 'Evictions',
            dimension: 'CacheClusterId',
            statistic: 'Sum',
            scale: 60,
          },
        }
      : {
          datadog: { query: say`sum:redis.keys.evicted{*}.as_rate()`, scale: 1 },
          newrelic: { query: say`SELECT max(db.evictedKeysPerSecond) FROM RedisSample`, scale: 1 },
          azure: { metric: 'evictedkeys', scale: 60, aggregation: 'Total' as const },
        }),
  }));

const memoryFull: Signal = (p) =>
  p.cache?.product === 'redis'
    ? ofCache(p, (cache) => ({
        id: 'CacheMemoryFull',
        hypotheses: ['cache-evictions'],
        title: say`Memory of ${name(cache.name)} in use`,
        unit: 'percentunit',
        threshold: LIMIT_NEAR,
        scale: 1,
        above: true,
        means: say`the next burst of new keys evicts others, or is refused under noeviction`,
        prometheus: say`max(redis_memory_used_bytes / (redis_memory_max_bytes > 0))`,
        datadog: { query: say`max:redis.mem.used{*} / max:redis.mem.maxmemory{*}`, scale: 1 },
        azure: { metric: 'usedmemorypercentage', scale: 100, aggregation: 'Maximum' },
      }))
    : [];

export const STORE_SIGNALS: readonly Signal[] = [
  poolWait,
  connections,
  idleInTransaction,
  statements,
  locks,
  replicaLag,
  refused,
  hitRatio,
  evictions,
  memoryFull,
];
