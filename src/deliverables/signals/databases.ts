import { type Component, constant, type Fact, name, say, type Text } from '../../domain/index.js';
import { LAG, SLOW_LOOKUP } from '../../hypotheses/thresholds.js';
import { calc } from '../../readings/compose.js';
import { connectionLimit } from '../../readings/parts.js';
import { ACQUIRE_SHARE, FREE_CONNECTIONS } from '../../remedies/design/chosen.js';
import { latencyTargets, type Parts } from '../parts.js';
import { type Choice, choose } from './choice.js';
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

const PG_EXPORTER = 'postgres_exporter';
const PG_RECEIVER = 'the Collector’s postgresql receiver';
const MYSQL_EXPORTER = 'mysqld_exporter';
const CLIENT = 'the OpenTelemetry instrumentation of the database client';

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

const waitAtPool = (p: Parts): Choice => ({
  uses: [['db_client_connection_wait_time_seconds_bucket']],
  own: true,
  query: say`histogram_quantile(0.99, sum by (le) (rate(db_client_connection_wait_time_seconds_bucket{job="${p.promJob}"}[5m])))`,
  from: CLIENT,
});
const waitingAtPool = (p: Parts): Choice => ({
  uses: [['db_client_connection_pending_requests']],
  own: true,
  query: say`sum(db_client_connection_pending_requests{job="${p.promJob}"})`,
  from: CLIENT,
});

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
          ...choose(p, [limit ? waitAtPool(p) : waitingAtPool(p)]),
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
    const choices = CONNECTIONS[p.dialect ?? ''];
    if (!choices) return undefined;
    return {
      id: 'ConnectionsNearLimit',
      of: 'connections.utilisation',
      hypotheses: ['connection-limit', 'pool-exhausted', 'long-transaction', 'slow-statement'],
      title: say`Connections of ${dbName(db)} in use, of those it allows`,
      unit: 'percentunit',
      threshold: FREE_CONNECTIONS,
      scale: 1,
      means: say`the next instance, deploy or retry is refused; more instances make it worse`,
      ...choose(p, choices),
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

const CONNECTIONS: Readonly<Record<string, readonly [Choice, ...Choice[]]>> = {
  postgresql: [
    {
      uses: [['pg_stat_activity_count'], ['pg_settings_max_connections']],
      query: say`sum(pg_stat_activity_count) / max(pg_settings_max_connections)`,
      from: PG_EXPORTER,
    },
    {
      uses: [['postgresql_backends'], ['postgresql_connection_max']],
      query: say`sum(postgresql_backends) / max(postgresql_connection_max)`,
      from: PG_RECEIVER,
    },
  ],
  mysql: [
    {
      uses: [['mysql_global_status_threads_connected'], ['mysql_global_variables_max_connections']],
      query: say`max(mysql_global_status_threads_connected) / max(mysql_global_variables_max_connections)`,
      from: MYSQL_EXPORTER,
    },
  ],
  sqlserver: [
    {
      uses: [['azure_sql_workers_percent']],
      query: say`max(azure_sql_workers_percent) / 100`,
      from: 'an exporter of Azure Monitor',
    },
  ],
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
          ...choose(p, [
            {
              uses: [['pg_stat_activity_count', 'state']],
              query: say`sum(pg_stat_activity_count{state="idle in transaction"})`,
              from: PG_EXPORTER,
            },
          ]),
          datadog: { query: say`sum:postgresql.activity.xact_idle{*}`, scale: 1 },
        };
      });

/** Mean time of one statement, the slowest: total time over calls, of those that run often enough to mean something. */
const meanOf = (total: string, calls: string, from: string): Choice => ({
  uses: [[total], [calls]],
  query: say`max(rate(${total}[5m]) / (rate(${calls}[5m]) > 0.1))`,
  from,
});

/** How the slowest statement is told: by the database itself, else by its client. */
function statementChoices(p: Parts, db: Component): readonly [Choice, ...Choice[]] | undefined {
  const system = (label: string, product: string): Choice => {
    const of = `{job="${p.promJob}",${label}="${product}"}`;
    const [total, calls] = [
      'db_client_operation_duration_seconds_sum',
      'db_client_operation_duration_seconds_count',
    ];
    return {
      uses: [
        [total, label, 'db_operation_name'],
        [calls, label, 'db_operation_name'],
      ],
      own: true,
      query: say`max(sum by (db_operation_name) (rate(${total}${of}[5m])) / (sum by (db_operation_name) (rate(${calls}${of}[5m])) > 0.1))`,
      from: CLIENT,
    };
  };
  const byClient = (product: string): Choice[] => [
    system('db_system_name', product),
    system('db_system', product),
  ];
  if (p.dialect === 'postgresql')
    return [
      meanOf('pg_stat_statements_seconds_total', 'pg_stat_statements_calls_total', PG_EXPORTER),
      ...byClient('postgresql'),
    ];
  if (p.dialect === 'mysql')
    return [
      meanOf(
        'mysql_perf_schema_events_statements_seconds_total',
        'mysql_perf_schema_events_statements_total',
        MYSQL_EXPORTER,
      ),
      ...byClient('mysql'),
    ];
  if (db.subject.kind === 'search')
    return [
      meanOf(
        'elasticsearch_indices_search_query_time_seconds',
        'elasticsearch_indices_search_query_total',
        'elasticsearch_exporter',
      ),
    ];
  return db.product === 'dynamodb'
    ? [
        {
          uses: [['aws_dynamodb_successful_request_latency_average']],
          query: say`max(aws_dynamodb_successful_request_latency_average) / 1000`,
          from: 'an exporter of CloudWatch',
        },
      ]
    : undefined;
}

const statements: Signal = (p) =>
  ofDatabase(p, (db) => {
    const choices = statementChoices(p, db);
    if (!choices) return undefined;
    return {
      id: 'StatementSlow',
      hypotheses: ['slow-statement', 'missing-index', 'n-plus-one', 'stale-statistics'],
      title: say`Slowest statement of ${dbName(db)}, mean`,
      unit: 's',
      threshold: SLOW_LOOKUP,
      scale: 0.001,
      means: say`a look-up that is no look-up: it reads far more than it returns, or waits`,
      ...choose(p, choices),
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

const LOCKS: Readonly<Record<string, Choice>> = {
  postgresql: {
    uses: [['pg_stat_activity_count', 'wait_event_type']],
    query: say`sum(pg_stat_activity_count{wait_event_type="Lock"})`,
    from: PG_EXPORTER,
  },
  mysql: {
    uses: [['mysql_global_status_innodb_row_lock_current_waits']],
    query: say`max(mysql_global_status_innodb_row_lock_current_waits)`,
    from: MYSQL_EXPORTER,
  },
  sqlserver: {
    uses: [['mssql_blocked_sessions']],
    query: say`max(mssql_blocked_sessions)`,
    from: 'sql_exporter with a query of sys.dm_exec_requests',
  },
};

const locks: Signal = (p) =>
  ofDatabase(p, (db) => {
    const query = LOCKS[p.dialect ?? ''];
    return query
      ? {
          id: 'LockWaits',
          hypotheses: ['lock-wait', 'long-transaction', 'hot-row'],
          title: say`Sessions of ${dbName(db)} that wait for a lock`,
          unit: 'short',
          threshold: SOME_WAIT,
          scale: 1,
          means: say`requests stand in line for a row; the line moves only as fast as one of them holds it`,
          ...choose(p, [query]),
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

const REPLICA: Readonly<Record<'mysql' | 'postgresql', readonly [Choice, ...Choice[]]>> = {
  mysql: [
    {
      uses: [['mysql_slave_status_seconds_behind_master']],
      query: say`max(mysql_slave_status_seconds_behind_master)`,
      from: MYSQL_EXPORTER,
    },
  ],
  postgresql: [
    {
      uses: [['pg_replication_lag_seconds']],
      query: say`max(pg_replication_lag_seconds)`,
      from: `${PG_EXPORTER} on the replica`,
    },
    {
      uses: [['postgresql_wal_lag_seconds']],
      query: say`max(postgresql_wal_lag_seconds)`,
      from: PG_RECEIVER,
    },
  ],
};

const replicaLag: Signal = (p) =>
  p.replica === undefined || p.dialect === undefined
    ? []
    : ofDatabase(p, (db) => ({
        id: 'ReplicaBehind',
        of: 'replication.lag',
        hypotheses: ['replica-lag', 'replica-unused'],
        title: say`Replica of ${dbName(db)} behind its primary`,
        unit: 's',
        threshold: LAG,
        scale: 1,
        means: say`readers of the replica miss their own writes`,
        ...choose(p, REPLICA[p.dialect === 'mysql' ? 'mysql' : 'postgresql']),
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

const SEARCH_REFUSES: Choice = {
  uses: [['elasticsearch_thread_pool_rejected_count', 'type']],
  query: say`sum(rate(elasticsearch_thread_pool_rejected_count{type="search"}[5m]))`,
  from: 'elasticsearch_exporter',
};
const DYNAMO_REFUSES: Choice = {
  uses: [['aws_dynamodb_throttled_requests_sum']],
  query: say`sum(aws_dynamodb_throttled_requests_sum) / 60`,
  from: 'an exporter of CloudWatch',
};

const refused: Signal = (p) =>
  ofDatabase(p, (db) => {
    const query =
      db.subject.kind === 'search' ? SEARCH_REFUSES : db.product === 'dynamodb' ? DYNAMO_REFUSES : undefined;
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
          ...choose(p, [query]),
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

export const DATABASE_SIGNALS: readonly Signal[] = [
  poolWait,
  connections,
  idleInTransaction,
  statements,
  locks,
  replicaLag,
  refused,
];
