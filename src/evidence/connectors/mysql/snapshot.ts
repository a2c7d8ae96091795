import type { Row } from '../postgres/database.js';
import type { MysqlConnection } from './connect.js';

/** Statement texts leave the server without their constants. */
const redacted = (column: string): string =>
  `LEFT(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(${column}, '''[^'']*''', '?'), '"[^"]*"', '?'), '\\\\b[0-9]+(\\\\.[0-9]+)?\\\\b', '?'), 400)`;

const LOCK_WAIT_COLUMNS = `r.trx_mysql_thread_id AS waiting_pid, TIMESTAMPDIFF(SECOND, r.trx_wait_started, NOW()) AS waited_seconds,
    ${redacted('r.trx_query')} AS waiting_query, b.trx_mysql_thread_id AS blocking_pid,
    TIMESTAMPDIFF(SECOND, b.trx_started, NOW()) AS blocking_seconds, ${redacted('b.trx_query')} AS blocking_query`;

/**
 * All that is asked of a server: its own tables about sessions, locks, statements, indexes and settings, nothing of the
 * user's own rows. `mariadb` and `mysql` keep some of it in different places.
 */
export const MYSQL_QUERIES = {
  server: {
    both: `SELECT VERSION() AS version, @@global.max_connections AS max_connections, @@global.read_only AS read_only,
    DATABASE() AS name`,
  },
  activity: {
    both: `SELECT ID AS pid, USER AS user, COMMAND AS command, TIME AS seconds, STATE AS state, ${redacted('INFO')} AS query
    FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND COMMAND NOT IN ('Daemon', 'Binlog Dump') ORDER BY ID`,
  },
  lockWaits: {
    mariadb: `SELECT ${LOCK_WAIT_COLUMNS}, l.lock_table AS locked_table, l.lock_index AS locked_index, SHA2(l.lock_data, 256) AS locked_row
    FROM information_schema.INNODB_LOCK_WAITS w
    JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
    JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
    LEFT JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id ORDER BY 1, 4`,
    mysql: `SELECT ${LOCK_WAIT_COLUMNS}, CONCAT(l.OBJECT_SCHEMA, '.', l.OBJECT_NAME) AS locked_table, l.INDEX_NAME AS locked_index,
    SHA2(l.LOCK_DATA, 256) AS locked_row
    FROM performance_schema.data_lock_waits w
    JOIN information_schema.INNODB_TRX r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID
    JOIN information_schema.INNODB_TRX b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID
    LEFT JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID ORDER BY 1, 4`,
  },
  transactions: {
    both: `SELECT trx_mysql_thread_id AS pid, TIMESTAMPDIFF(SECOND, trx_started, NOW()) AS seconds, trx_state AS state,
    trx_rows_modified AS rows_modified, trx_rows_locked AS rows_locked FROM information_schema.INNODB_TRX
    ORDER BY trx_started, trx_mysql_thread_id`,
  },
  statements: {
    both: `SELECT DIGEST AS id, COUNT_STAR AS calls, SUM_TIMER_WAIT / 1e9 AS total_ms, SUM_LOCK_TIME / 1e9 AS lock_ms,
    SUM_ROWS_EXAMINED AS rows_examined, SUM_ROWS_SENT AS rows_sent, SUM_CREATED_TMP_DISK_TABLES AS disk_tables,
    SUM_NO_INDEX_USED AS without_index, LEFT(DIGEST_TEXT, 2000) AS query
    FROM performance_schema.events_statements_summary_by_digest
    WHERE SCHEMA_NAME = DATABASE() ORDER BY SUM_TIMER_WAIT DESC, DIGEST LIMIT 200`,
  },
  tables: {
    both: `SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name, ENGINE AS engine, TABLE_ROWS AS table_rows,
    DATA_LENGTH AS data_bytes, INDEX_LENGTH AS index_bytes, DATA_FREE AS free_bytes FROM information_schema.TABLES
    WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema') ORDER BY 1`,
  },
  indexes: {
    both: `SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS relation, INDEX_NAME AS name, MIN(NON_UNIQUE) AS not_unique,
    MIN(INDEX_TYPE) AS method,
    GROUP_CONCAT(CONCAT(COLUMN_NAME, IFNULL(CONCAT('(', SUB_PART, ')'), ''), IF(COLLATION = 'D', ' desc', '')) ORDER BY SEQ_IN_INDEX) AS keys_in_order
    FROM information_schema.STATISTICS WHERE TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
    GROUP BY TABLE_SCHEMA, TABLE_NAME, INDEX_NAME ORDER BY 1, 2`,
  },
  indexUse: {
    both: `SELECT CONCAT(OBJECT_SCHEMA, '.', OBJECT_NAME) AS relation, INDEX_NAME AS name, COUNT_STAR AS used
    FROM performance_schema.table_io_waits_summary_by_index_usage WHERE INDEX_NAME IS NOT NULL
    AND OBJECT_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema') ORDER BY 1, 2`,
  },
  replica: { mariadb: 'SHOW ALL SLAVES STATUS', mysql: 'SHOW REPLICA STATUS' },
  status: {
    both: `SHOW GLOBAL STATUS WHERE Variable_name IN ('Uptime', 'Threads_connected', 'Threads_running', 'Max_used_connections',
    'Connection_errors_max_connections', 'Innodb_buffer_pool_reads', 'Innodb_buffer_pool_read_requests', 'Innodb_log_waits',
    'Innodb_row_lock_waits', 'Innodb_row_lock_time', 'Innodb_deadlocks', 'Innodb_history_list_length',
    'Innodb_buffer_pool_wait_free', 'Created_tmp_disk_tables', 'Created_tmp_tables', 'Performance_schema_digest_lost')`,
  },
  settings: {
    both: `SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_buffer_pool_size', 'innodb_flush_log_at_trx_commit', 'sync_binlog',
    'log_bin', 'innodb_doublewrite', 'innodb_lock_wait_timeout', 'lock_wait_timeout', 'max_connections', 'performance_schema',
    'innodb_log_file_size', 'innodb_redo_log_capacity', 'innodb_stats_persistent', 'wait_timeout', 'tmp_table_size')`,
  },
} as const satisfies Record<string, Partial<Record<'both' | 'mysql' | 'mariadb', string>>>;

export type MysqlPart = keyof typeof MYSQL_QUERIES;
export const MYSQL_PARTS = Object.keys(MYSQL_QUERIES) as MysqlPart[];

/** What a MySQL or MariaDB said about itself at one moment. */
export interface MysqlSnapshot {
  product: 'mysql' | 'mariadb';
  version: string;
  parts: Partial<Record<MysqlPart, Row[]>>;
  /** Parts that could not be had, with the server's words. */
  missing: { part: string; why: string }[];
}

/** Reads every part, one short statement after the other. */
export async function takeMysqlSnapshot(connection: MysqlConnection): Promise<MysqlSnapshot> {
  const { product, version } = connection;
  const snapshot: MysqlSnapshot = { product, version, parts: {}, missing: [] };
  for (const part of MYSQL_PARTS) {
    const queries: Partial<Record<'both' | 'mysql' | 'mariadb', string>> = MYSQL_QUERIES[part];
    const query = queries.both ?? queries[product];
    if (query === undefined) continue;
    try {
      snapshot.parts[part] = await connection.rows(query);
    } catch (error) {
      snapshot.missing.push({ part, why: error instanceof Error ? error.message : String(error) });
    }
  }
  const digests = snapshot.parts.settings?.find((s) => s.Variable_name === 'performance_schema');
  if (digests?.Value === 'OFF')
    snapshot.missing.push({
      part: 'statements',
      why: 'performance_schema is off, so nobody counts statements and uses of indexes (it takes a restart to switch it on)',
    });
  return snapshot;
}
