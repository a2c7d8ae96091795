import { type Context, constant, type Subject, say } from '../../domain/index.js';
import { componentOf } from '../subjects.js';
import { SAMPLE_EVERY, TOP_ROWS } from '../thresholds.js';
import { type Command, digits } from './words.js';

const PERIOD = constant(
  'metric.period',
  60,
  's',
  'CloudWatch documentation: standard resolution is one minute',
);
const OF_A_USER = constant(
  'sqlserver.userProcess',
  1,
  'none',
  'SQL Server documentation, sys.dm_exec_sessions: is_user_process is 0 for system sessions',
);
const NOT_BLOCKED = constant(
  'sqlserver.notBlocked',
  0,
  'none',
  'SQL Server documentation, sys.dm_exec_requests: blocking_session_id of a request that is not blocked',
);
const SHARE_DIGITS = constant('share.digits', 3, 'count', 'Method: a tenth of a per cent tells shares apart');
const WIDTH = constant('statement.width', 90, 'count', 'Method: enough of a statement to know it by');

export type Engine =
  | 'postgresql'
  | 'mysql'
  | 'sqlserver'
  | 'oracle'
  | 'mongodb'
  | 'dynamodb'
  | 'cassandra'
  | 'search'
  | 'other';

const FAMILY: Record<string, Engine> = {
  postgresql: 'postgresql',
  'aurora-postgresql': 'postgresql',
  aurora: 'postgresql',
  timescaledb: 'postgresql',
  alloydb: 'postgresql',
  supabase: 'postgresql',
  'cloud-sql': 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
  'aurora-mysql': 'mysql',
  vitess: 'mysql',
  sqlserver: 'sqlserver',
  'azure-sql': 'sqlserver',
  oracle: 'oracle',
  mongodb: 'mongodb',
  dynamodb: 'dynamodb',
  cassandra: 'cassandra',
  scylladb: 'cassandra',
  elasticsearch: 'search',
  opensearch: 'search',
  solr: 'search',
};

/** Which dialect a database speaks: by its own product, else by the only database of the case. */
export function engineOf(context: Context, subject: Subject | undefined): Engine {
  const own = subject ? componentOf(context, subject)?.product : undefined;
  const stores = context.components.filter(
    (c) => c.subject.kind === 'database' || c.subject.kind === 'search',
  );
  const product = own && FAMILY[own] ? own : stores.map((c) => c.product).find((p) => p && FAMILY[p]);
  return FAMILY[product ?? ''] ?? 'other';
}

const sql = (tool: string, command: Command['command'], effortMinutes = 10): Command => ({
  tool,
  language: 'sql',
  command,
  effortMinutes,
});

/** Statements by total time, with calls, mean and rows: what runs, how often, how long. */
export function topStatements(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'pg_stat_statements',
        say`SELECT queryid, calls, mean_exec_time AS mean_ms, stddev_exec_time AS spread_ms,
       rows / NULLIF(calls, 0) AS rows_per_call, shared_blks_read / NULLIF(calls, 0) AS blocks_read_per_call,
       total_exec_time AS total_ms, query
FROM pg_stat_statements
ORDER BY total_exec_time DESC LIMIT ${digits(TOP_ROWS)};`,
      );
    case 'mysql':
      return sql(
        'performance_schema',
        say`SELECT DIGEST_TEXT, COUNT_STAR AS calls, sys.format_time(AVG_TIMER_WAIT) AS mean,
       SUM_ROWS_EXAMINED / COUNT_STAR AS rows_examined_per_call, SUM_ROWS_SENT / COUNT_STAR AS rows_sent_per_call,
       SUM_NO_INDEX_USED AS without_index
FROM performance_schema.events_statements_summary_by_digest
WHERE SCHEMA_NAME = DATABASE()
ORDER BY SUM_TIMER_WAIT DESC LIMIT ${digits(TOP_ROWS)};`,
      );
    case 'sqlserver':
      return sql(
        'Query Store',
        say`SELECT TOP (${digits(TOP_ROWS)}) q.query_id, p.plan_id, SUM(rs.count_executions) AS calls,
       SUM(rs.avg_duration * rs.count_executions) AS total_microseconds,
       AVG(rs.avg_duration) AS mean_microseconds, AVG(rs.avg_logical_io_reads) AS reads_per_call, t.query_sql_text
FROM sys.query_store_runtime_stats rs
JOIN sys.query_store_plan p ON p.plan_id = rs.plan_id
JOIN sys.query_store_query q ON q.query_id = p.query_id
JOIN sys.query_store_query_text t ON t.query_text_id = q.query_text_id
GROUP BY q.query_id, p.plan_id, t.query_sql_text
ORDER BY total_microseconds DESC;`,
      );
    case 'oracle':
      return sql(
        'V$SQLSTATS',
        say`SELECT sql_id, executions, elapsed_time / NULLIF(executions, 0) AS mean_microseconds,
       buffer_gets / NULLIF(executions, 0) AS gets_per_call, sql_text
FROM v$sqlstats ORDER BY elapsed_time DESC FETCH FIRST ${digits(TOP_ROWS)} ROWS ONLY;`,
      );
    case 'mongodb':
      return {
        tool: 'MongoDB profiler',
        language: 'javascript',
        command: say`db.system.profile.aggregate([
  { $group: { _id: '$queryHash', ns: { $first: '$ns' }, calls: { $count: {} }, ms: { $avg: '$millis' },
              examined: { $avg: '$docsExamined' }, returned: { $avg: '$nreturned' }, plan: { $first: '$planSummary' } } },
  { $sort: { ms: -1 } }, { $limit: ${digits(TOP_ROWS)} } ])`,
        effortMinutes: 20,
      };
    case 'dynamodb':
      return cloudwatchTable('SuccessfulRequestLatency');
    case 'cassandra':
      return {
        tool: 'nodetool',
        language: 'bash',
        command: say`nodetool tablestats; nodetool proxyhistograms; nodetool toppartitions`,
        effortMinutes: 10,
      };
    case 'search':
      return {
        tool: 'search slow log and profile API',
        language: 'bash',
        command: say`curl -s "$SEARCH_URL/_nodes/stats/indices/search,thread_pool?filter_path=nodes.*.name,nodes.*.indices.search,nodes.*.thread_pool.search"
curl -s "$SEARCH_URL/$INDEX/_search?profile=true" -H 'Content-Type: application/json' -d @slow-query.json`,
        effortMinutes: 15,
      };
    case 'other':
      return {
        tool: 'statement log',
        language: 'text',
        command: say`From the database’s own statement statistics: calls, mean time, rows examined and rows returned by statement, the ${digits(TOP_ROWS)} with the most total time.`,
        effortMinutes: 30,
      };
  }
}

const cloudwatchTable = (metric: string): Command => ({
  tool: 'CloudWatch',
  language: 'bash',
  command: say`aws cloudwatch get-metric-statistics --namespace AWS/DynamoDB --metric-name ${metric} \
  --dimensions Name=TableName,Value="$TABLE" --start-time "$FROM" --end-time "$TO" --period ${digits(PERIOD)} --statistics Average Maximum Sum`,
  effortMinutes: 5,
});

/** The plan of a statement with what was really read. */
export function planOf(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'EXPLAIN',
        say`EXPLAIN (ANALYZE, BUFFERS, SETTINGS) EXECUTE the_statement(/* values of a slow request */);`,
        15,
      );
    case 'mysql':
      return sql(
        'EXPLAIN ANALYZE',
        say`EXPLAIN ANALYZE /* the statement, with the values of a slow request */;`,
        15,
      );
    case 'sqlserver':
      return sql(
        'actual plan',
        say`SET STATISTICS IO, TIME ON; SET STATISTICS XML ON; /* the statement, with the values of a slow request */`,
        15,
      );
    case 'oracle':
      return sql(
        'DBMS_XPLAN',
        say`SELECT * FROM TABLE(DBMS_XPLAN.DISPLAY_CURSOR('&sql_id', NULL, 'ALLSTATS LAST'));`,
        15,
      );
    case 'mongodb':
      return {
        tool: 'explain',
        language: 'javascript',
        command: say`db.collection.find({ /* the filter */ }).explain('executionStats')`,
        effortMinutes: 15,
      };
    default:
      return topStatements(engine);
  }
}

/** Sessions by what they do and wait for: who holds connections, for how long. */
export function sessions(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'pg_stat_activity',
        say`SELECT application_name, state, wait_event_type, wait_event, count(*),
       max(now() - xact_start) AS oldest_transaction, max(now() - state_change) AS longest_in_state
FROM pg_stat_activity WHERE backend_type = 'client backend'
GROUP BY application_name, state, wait_event_type, wait_event ORDER BY count(*) DESC;
SHOW max_connections;`,
        5,
      );
    case 'mysql':
      return sql(
        'information_schema',
        say`SELECT command, state, COUNT(*) AS sessions, MAX(time) AS longest_s FROM information_schema.processlist
GROUP BY command, state ORDER BY sessions DESC;
SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Threads_running', 'Max_used_connections', 'Connections', 'Connection_errors_max_connections');
SHOW VARIABLES LIKE 'max_connections';`,
        5,
      );
    case 'sqlserver':
      return sql(
        'sys.dm_exec_sessions',
        say`SELECT s.program_name, s.status, r.wait_type, s.open_transaction_count, COUNT(*) AS sessions
FROM sys.dm_exec_sessions s LEFT JOIN sys.dm_exec_requests r ON r.session_id = s.session_id
WHERE s.is_user_process = ${digits(OF_A_USER)}
GROUP BY s.program_name, s.status, r.wait_type, s.open_transaction_count ORDER BY sessions DESC;`,
        5,
      );
    case 'oracle':
      return sql(
        'V$SESSION',
        say`SELECT program, status, event, COUNT(*) FROM v$session WHERE type = 'USER' GROUP BY program, status, event ORDER BY COUNT(*) DESC;`,
        5,
      );
    case 'mongodb':
      return {
        tool: 'serverStatus',
        language: 'javascript',
        command: say`db.serverStatus().connections; db.currentOp({ active: true })`,
        effortMinutes: 5,
      };
    default:
      return topStatements(engine);
  }
}

/** Open transactions that do nothing in the database: their clients wait for something else. */
export function openTransactions(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'pg_stat_activity',
        say`SELECT pid, application_name, now() - xact_start AS open_for, now() - state_change AS idle_for, left(query, ${digits(WIDTH)}) AS last_statement
FROM pg_stat_activity WHERE state = 'idle in transaction' ORDER BY xact_start LIMIT ${digits(TOP_ROWS)};
\\watch ${digits(SAMPLE_EVERY)}`,
        5,
      );
    case 'mysql':
      return sql(
        'information_schema.innodb_trx',
        say`SELECT t.trx_mysql_thread_id, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS open_s, p.command, t.trx_rows_locked, t.trx_query
FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
WHERE p.command = 'Sleep' ORDER BY t.trx_started LIMIT ${digits(TOP_ROWS)};`,
        5,
      );
    case 'sqlserver':
      return sql(
        'sys.dm_tran_active_transactions',
        say`SELECT s.session_id, s.program_name, s.status, DATEDIFF(millisecond, t.transaction_begin_time, SYSDATETIME()) AS open_ms
FROM sys.dm_tran_session_transactions st
JOIN sys.dm_tran_active_transactions t ON t.transaction_id = st.transaction_id
JOIN sys.dm_exec_sessions s ON s.session_id = st.session_id
WHERE s.status = 'sleeping' ORDER BY open_ms DESC;`,
        5,
      );
    default:
      return sessions(engine);
  }
}

/** Who waits for whose lock, on what. */
export function blockers(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'pg_blocking_pids',
        say`SELECT a.pid AS waits, b.pid AS holds, now() - a.state_change AS waited, b.state AS holder_state,
       a.wait_event, left(a.query, ${digits(WIDTH)}) AS waiting, left(b.query, ${digits(WIDTH)}) AS holding
FROM pg_stat_activity a JOIN pg_stat_activity b ON b.pid = ANY(pg_blocking_pids(a.pid));`,
        5,
      );
    case 'mysql':
      return sql(
        'sys.innodb_lock_waits',
        say`SELECT wait_age, locked_table, locked_index, waiting_query, blocking_query, blocking_trx_age FROM sys.innodb_lock_waits ORDER BY wait_age DESC;`,
        5,
      );
    case 'sqlserver':
      return sql(
        'sys.dm_exec_requests',
        say`SELECT r.session_id, r.blocking_session_id, r.wait_type, r.wait_time AS waited_ms, r.wait_resource, t.text
FROM sys.dm_exec_requests r CROSS APPLY sys.dm_exec_sql_text(r.sql_handle) t
WHERE r.blocking_session_id <> ${digits(NOT_BLOCKED)} ORDER BY r.wait_time DESC;`,
        5,
      );
    default:
      return sessions(engine);
  }
}

/** Commit, log and disk waits of the writer. */
export function writeWaits(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'pg_stat_wal and pg_stat_activity',
        say`SELECT * FROM pg_stat_wal;
SELECT wait_event_type, wait_event, count(*) FROM pg_stat_activity
WHERE wait_event IN ('WALWrite', 'WALSync', 'DataFileWrite', 'DataFileExtend', 'SyncRep', 'WalSync') GROUP BY wait_event_type, wait_event;`,
        5,
      );
    case 'mysql':
      return sql(
        'InnoDB status',
        say`SHOW GLOBAL STATUS WHERE Variable_name IN ('Innodb_os_log_fsyncs', 'Innodb_log_waits', 'Innodb_data_pending_fsyncs', 'Innodb_row_lock_time_avg', 'Com_commit');`,
        5,
      );
    case 'sqlserver':
      return sql(
        'sys.dm_os_wait_stats',
        say`SELECT wait_type, waiting_tasks_count, wait_time_ms FROM sys.dm_os_wait_stats WHERE wait_type IN ('WRITELOG', 'LOG_RATE_GOVERNOR', 'PAGEIOLATCH_EX', 'HADR_SYNC_COMMIT') ORDER BY wait_time_ms DESC;`,
        5,
      );
    case 'dynamodb':
      return cloudwatchTable('WriteThrottleEvents');
    default:
      return sessions(engine);
  }
}

/** How old the planner's statistics are, and by how much they miss. */
export function statisticsAge(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'pg_stat_user_tables',
        say`SELECT relname, n_live_tup, n_mod_since_analyze, n_dead_tup, last_analyze, last_autoanalyze, last_autovacuum
FROM pg_stat_user_tables ORDER BY n_mod_since_analyze DESC LIMIT ${digits(TOP_ROWS)};`,
        5,
      );
    case 'mysql':
      return sql(
        'innodb_table_stats',
        say`SELECT table_name, n_rows, last_update FROM mysql.innodb_table_stats WHERE database_name = DATABASE() ORDER BY last_update LIMIT ${digits(TOP_ROWS)};`,
        5,
      );
    case 'sqlserver':
      return sql(
        'sys.dm_db_stats_properties',
        say`SELECT OBJECT_NAME(s.object_id) AS tbl, s.name, p.last_updated, p.rows, p.modification_counter
FROM sys.stats s CROSS APPLY sys.dm_db_stats_properties(s.object_id, s.stats_id) p ORDER BY p.modification_counter DESC;`,
        5,
      );
    default:
      return planOf(engine);
  }
}

/** Which partition, shard or node takes the load. */
export function hotPlaces(engine: Engine): Command {
  switch (engine) {
    case 'dynamodb':
      return {
        tool: 'CloudWatch Contributor Insights',
        language: 'bash',
        command: say`aws dynamodb update-contributor-insights --table-name "$TABLE" --contributor-insights-action ENABLE
aws cloudwatch get-insight-rule-report --rule-name "DynamoDBContributorInsights-PKC-$TABLE" --start-time "$FROM" --end-time "$TO" --period ${digits(PERIOD)} --max-contributor-count ${digits(TOP_ROWS)}`,
        effortMinutes: 20,
      };
    case 'cassandra':
      return {
        tool: 'nodetool',
        language: 'bash',
        command: say`nodetool toppartitions; nodetool tablehistograms "$KEYSPACE" "$TABLE"; nodetool status`,
        effortMinutes: 10,
      };
    case 'search':
      return {
        tool: '_cat APIs',
        language: 'bash',
        command: say`curl -s "$SEARCH_URL/_cat/nodes?v&h=name,cpu,load_1m,heap.percent"
curl -s "$SEARCH_URL/_cat/shards?v&s=node&h=index,shard,prirep,node,store,docs"
curl -s "$SEARCH_URL/_nodes/hot_threads"`,
        effortMinutes: 5,
      };
    case 'mongodb':
      return {
        tool: 'getShardDistribution',
        language: 'javascript',
        command: say`db.collection.getShardDistribution(); db.adminCommand({ top: true })`,
        effortMinutes: 10,
      };
    case 'postgresql':
      return sql(
        'pg_stat_user_tables by partition',
        say`SELECT i.inhparent::regclass AS parent, t.relname AS part, t.n_tup_ins + t.n_tup_upd + t.n_tup_del AS writes,
  round((t.n_tup_ins + t.n_tup_upd + t.n_tup_del) / NULLIF(sum(t.n_tup_ins + t.n_tup_upd + t.n_tup_del) OVER (PARTITION BY i.inhparent), 0)::numeric, ${digits(SHARE_DIGITS)}) AS share
FROM pg_inherits i JOIN pg_stat_user_tables t ON t.relid = i.inhrelid ORDER BY writes DESC LIMIT ${digits(TOP_ROWS)};
-- shards on servers of their own: write name,writes of each into shards.csv, then: kneepoint explain --shards shards.csv`,
        5,
      );
    case 'mysql':
      return sql(
        'performance_schema by table, partitions by rows',
        say`SELECT object_schema, object_name, count_write, count_read FROM performance_schema.table_io_waits_summary_by_table ORDER BY count_write DESC LIMIT ${digits(TOP_ROWS)};
SELECT table_schema, table_name, partition_name, table_rows FROM information_schema.partitions WHERE partition_name IS NOT NULL ORDER BY table_rows DESC LIMIT ${digits(TOP_ROWS)};`,
        5,
      );
    case 'sqlserver':
      return sql(
        'sys.dm_db_index_operational_stats',
        say`SELECT OBJECT_NAME(object_id) AS tbl, partition_number, leaf_insert_count + leaf_update_count + leaf_delete_count AS writes, page_latch_wait_in_ms FROM sys.dm_db_index_operational_stats(DB_ID(), NULL, NULL, NULL) ORDER BY writes DESC;`,
        5,
      );
    case 'oracle':
      return sql(
        'dba_tab_modifications',
        say`SELECT table_name, partition_name, inserts + updates + deletes AS writes FROM dba_tab_modifications WHERE partition_name IS NOT NULL ORDER BY writes DESC;`,
        5,
      );
    default:
      return topStatements(engine);
  }
}

/** How far replicas are behind and what they serve. */
export function replicaUse(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'pg_stat_database on primary and replica',
        say`SELECT datname, xact_commit, tup_returned, tup_fetched, numbackends FROM pg_stat_database WHERE datname = current_database();
SELECT now() - pg_last_xact_replay_timestamp() AS behind;`,
        5,
      );
    case 'mysql':
      return sql(
        'replica status',
        say`SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_select', 'Questions', 'Threads_running');
SHOW REPLICA STATUS;`,
        5,
      );
    case 'sqlserver':
      return sql(
        'sys.dm_hadr_database_replica_states',
        say`SELECT replica_id, is_primary_replica, redo_queue_size, log_send_queue_size FROM sys.dm_hadr_database_replica_states;`,
        5,
      );
    default:
      return topStatements(engine);
  }
}

/** Work that the engine does for itself: checkpoints, vacuum, purge, compaction, merges. */
export function maintenance(engine: Engine): Command {
  switch (engine) {
    case 'postgresql':
      return sql(
        'pg_stat_progress_vacuum and pg_stat_bgwriter',
        say`SELECT p.pid, p.relid::regclass AS tbl, p.phase, now() - a.xact_start AS running FROM pg_stat_progress_vacuum p JOIN pg_stat_activity a USING (pid);
SELECT relname, n_dead_tup, n_live_tup, last_autovacuum FROM pg_stat_user_tables ORDER BY n_dead_tup DESC LIMIT ${digits(TOP_ROWS)};
SELECT * FROM pg_stat_bgwriter;  -- forced (requested) against timed checkpoints; pg_stat_checkpointer on newer versions
SELECT pid, backend_xmin, now() - xact_start AS holds_back FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY xact_start LIMIT ${digits(TOP_ROWS)};`,
        5,
      );
    case 'mysql':
      return sql(
        'INNODB_METRICS',
        say`SHOW ENGINE INNODB STATUS;  -- history list length, checkpoint age, pending flushes
SELECT name, count FROM information_schema.innodb_metrics WHERE name IN ('trx_rseg_history_len', 'buffer_flush_sync_total_pages', 'log_lsn_checkpoint_age');`,
        5,
      );
    case 'sqlserver':
      return sql(
        'sys.dm_exec_requests',
        say`SELECT session_id, command, percent_complete, wait_type, start_time FROM sys.dm_exec_requests WHERE command IN ('CHECKPOINT', 'BACKUP DATABASE', 'DBCC', 'ALTER INDEX', 'UPDATE STATISTICS');`,
        5,
      );
    case 'cassandra':
      return {
        tool: 'nodetool',
        language: 'bash',
        command: say`nodetool compactionstats; nodetool tpstats | grep -E 'Compaction|MemtableFlush'; nodetool tablestats "$KEYSPACE.$TABLE" | grep -E 'SSTable count|tombstones'`,
        effortMinutes: 5,
      };
    case 'search':
      return {
        tool: '_nodes/stats',
        language: 'bash',
        command: say`curl -s "$SEARCH_URL/_nodes/stats/indices/merge,refresh,flush?filter_path=**.merges,**.refresh,**.flush"; curl -s "$SEARCH_URL/_cat/tasks?v&detailed"`,
        effortMinutes: 5,
      };
    default:
      return writeWaits(engine);
  }
}
