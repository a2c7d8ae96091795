import type { Database, Row } from './database.js';

/** Statement texts leave the server without their constants. */
const REDACTED = `left(regexp_replace(regexp_replace(query, '''([^'']|'''')*''', '?', 'g'), '\\m\\d+(\\.\\d+)?\\M', '?', 'g'), 400)`;

/** Counters hold `$1` for constants, but not in utility statements: CREATE ROLE … PASSWORD '…' stands there as it was sent. */
const NORMALISED = `left(regexp_replace(s.query, '''([^'']|'''')*''', '''?''', 'g'), 2000)`;

/**
 * All that is asked of a server: catalogues and statistics views, nothing of the user's own rows. Each is one SELECT; what
 * a server lacks (an extension, a view of a later version, a right) is named and left out.
 */
export const SNAPSHOT_QUERIES = {
  server: `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
    current_setting('max_connections')::int AS max_connections,
    current_setting('superuser_reserved_connections')::int AS reserved, current_database() AS database,
    extract(epoch FROM now() - pg_postmaster_start_time())::float8 AS up_seconds`,
  activity: `SELECT pid, state, backend_type, application_name, wait_event_type, wait_event,
    pg_blocking_pids(pid) AS blocked_by, datname AS database,
    extract(epoch FROM clock_timestamp() - xact_start)::float8 AS transaction_seconds,
    extract(epoch FROM clock_timestamp() - query_start)::float8 AS query_seconds,
    extract(epoch FROM clock_timestamp() - state_change)::float8 AS state_seconds,
    ${REDACTED} AS query
    FROM pg_stat_activity WHERE pid <> pg_backend_pid() ORDER BY pid`,
  locks: `SELECT l.pid, l.locktype, l.mode, l.granted, l.relation::regclass::text AS relation, l.page, l.tuple,
    l.transactionid::text AS transactionid,
    extract(epoch FROM clock_timestamp() - l.waitstart)::float8 AS waiting_seconds
    FROM pg_locks l WHERE NOT l.granted OR l.locktype = 'tuple'
      OR (l.locktype = 'relation' AND l.mode IN ('AccessExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock'))
    ORDER BY l.pid, l.locktype, l.mode`,
  statements: `SELECT s.queryid::text AS id, s.calls::float8 AS calls, s.total_exec_time AS total_ms,
    s.mean_exec_time AS mean_ms, s.stddev_exec_time AS deviation_ms, s.rows::float8 AS rows,
    s.shared_blks_hit::float8 AS blocks_hit, s.shared_blks_read::float8 AS blocks_read,
    s.temp_blks_written::float8 AS temp_blocks, s.wal_bytes::float8 AS wal_bytes, ${NORMALISED} AS query
    FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname = current_database() ORDER BY s.total_exec_time DESC, s.queryid LIMIT 200`,
  tables: `SELECT t.relid::regclass::text AS name, t.n_live_tup::float8 AS live, t.n_dead_tup::float8 AS dead,
    t.n_mod_since_analyze::float8 AS changed_since_analyze, t.seq_scan::float8 AS seq_scans,
    t.seq_tup_read::float8 AS seq_rows, coalesce(t.idx_scan, 0)::float8 AS index_scans,
    t.n_tup_upd::float8 AS updates, t.n_tup_hot_upd::float8 AS hot_updates, t.n_tup_ins::float8 AS inserts,
    t.n_tup_del::float8 AS deletes,
    (SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = t.relid LIMIT 1) AS parent,
    (SELECT p.partstrat::text FROM pg_inherits i JOIN pg_partitioned_table p ON p.partrelid = i.inhparent
      WHERE i.inhrelid = t.relid LIMIT 1) AS strategy,
    pg_relation_size(t.relid)::float8 AS bytes, CASE WHEN c.relfrozenxid = '0' THEN 0 ELSE age(c.relfrozenxid) END::float8 AS frozen_age,
    extract(epoch FROM now() - greatest(t.last_vacuum, t.last_autovacuum))::float8 AS vacuumed_seconds_ago,
    extract(epoch FROM now() - greatest(t.last_analyze, t.last_autoanalyze))::float8 AS analyzed_seconds_ago,
    current_setting('autovacuum_vacuum_threshold')::float8 AS vacuum_threshold,
    coalesce((SELECT substring(o FROM 'scale_factor=(.*)') FROM unnest(c.reloptions) o WHERE o LIKE 'autovacuum_vacuum_scale_factor=%'),
      current_setting('autovacuum_vacuum_scale_factor'))::float8 AS vacuum_scale,
    coalesce('autovacuum_enabled=off' = ANY (c.reloptions) OR 'autovacuum_enabled=false' = ANY (c.reloptions), false) AS autovacuum_off,
    (SELECT sum((1 - s.null_frac) * s.avg_width)::float8 FROM pg_stats s JOIN pg_namespace n ON n.nspname = s.schemaname
      WHERE n.oid = c.relnamespace AND s.tablename = c.relname AND NOT s.inherited) AS row_bytes,
    coalesce((SELECT substring(o FROM 'fillfactor=(.*)')::float8 FROM unnest(c.reloptions) o WHERE o LIKE 'fillfactor=%'), 100) AS fillfactor
    FROM pg_stat_user_tables t JOIN pg_class c ON c.oid = t.relid ORDER BY 1`,
  indexes: `SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS relation, m.amname AS method,
    pg_relation_size(i.indexrelid)::float8 AS bytes, coalesce(u.idx_scan, 0)::float8 AS scans, i.indisunique AS unique,
    i.indisvalid AS valid, i.indkey::text AS keys, i.indclass::text AS classes, i.indoption::text AS options,
    i.indnkeyatts AS key_count, coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
    coalesce(pg_get_expr(i.indexprs, i.indrelid), '') AS expressions, pg_get_indexdef(i.indexrelid) AS definition,
    EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) AS backs_constraint
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
    JOIN pg_stat_user_indexes u ON u.indexrelid = i.indexrelid ORDER BY 1`,
  replicas: `SELECT application_name AS name, state, sync_state,
    pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn)::float8 AS unsent_bytes,
    pg_wal_lsn_diff(sent_lsn, flush_lsn)::float8 AS unflushed_bytes,
    pg_wal_lsn_diff(flush_lsn, replay_lsn)::float8 AS unreplayed_bytes,
    extract(epoch FROM replay_lag)::float8 AS replay_lag_seconds,
    extract(epoch FROM clock_timestamp() - reply_time)::float8 AS silent_seconds
    FROM pg_stat_replication WHERE NOT pg_is_in_recovery() ORDER BY 1`,
  standby: `SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8 AS unreplayed_bytes,
    extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS since_last_commit_seconds,
    (SELECT status FROM pg_stat_wal_receiver) AS receiver,
    (SELECT extract(epoch FROM clock_timestamp() - last_msg_receipt_time)::float8 FROM pg_stat_wal_receiver) AS silent_seconds,
    pg_is_wal_replay_paused() AS paused WHERE pg_is_in_recovery()`,
  conflicts: `SELECT sum(confl_tablespace + confl_lock + confl_snapshot + confl_bufferpin + confl_deadlock)::float8 AS cancelled
    FROM pg_stat_database_conflicts`,
  checkpoints: `SELECT substring(x FROM '<timed>(\\d+)')::float8 AS timed, substring(x FROM '<requested>(\\d+)')::float8 AS requested,
    substring(x FROM '<seconds>([0-9.e+]+)')::float8 AS seconds, w.wal_bytes::float8 AS wal_bytes,
    extract(epoch FROM now() - w.stats_reset)::float8 AS wal_seconds
    FROM pg_stat_wal w, LATERAL (SELECT query_to_xml(CASE WHEN current_setting('server_version_num')::int >= 170000
      THEN 'SELECT num_timed AS timed, num_requested AS requested, extract(epoch FROM now() - stats_reset) AS seconds FROM pg_stat_checkpointer'
      ELSE 'SELECT checkpoints_timed AS timed, checkpoints_req AS requested, extract(epoch FROM now() - stats_reset) AS seconds FROM pg_stat_bgwriter'
      END, false, true, '')::text AS x) q`,
  settings: `SELECT name, setting, unit, source FROM pg_settings WHERE name IN ('shared_buffers', 'work_mem', 'effective_cache_size',
    'max_wal_size', 'checkpoint_timeout', 'random_page_cost', 'autovacuum', 'fsync', 'full_page_writes', 'synchronous_commit',
    'idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout', 'track_io_timing', 'max_connections',
    'hot_standby_feedback', 'jit', 'default_statistics_target') ORDER BY name`,
} as const;

export type SnapshotPart = keyof typeof SNAPSHOT_QUERIES;

/** What a server said about itself at one moment. */
export interface Snapshot {
  parts: Partial<Record<SnapshotPart, Row[]>>;
  /** Parts that could not be had, with the server's words. */
  missing: { part: SnapshotPart; why: string }[];
  /** The machine, as far as somebody told: no server tells it to those who only look. */
  machine?: { memoryBytes?: number; cores?: number };
}

export const snapshotParts = Object.keys(SNAPSHOT_QUERIES) as SnapshotPart[];

/** Reads every part, one short statement after the other. */
export async function takeSnapshot(database: Database): Promise<Snapshot> {
  const snapshot: Snapshot = { parts: {}, missing: [] };
  for (const part of snapshotParts)
    try {
      snapshot.parts[part] = await database.rows(SNAPSHOT_QUERIES[part]);
    } catch (error) {
      snapshot.missing.push({ part, why: error instanceof Error ? error.message : String(error) });
    }
  return snapshot;
}

/** A script for psql that writes the same parts as JSON files: for a DBA who lets no tool near the server. */
export function exportScript(): string {
  const parts = snapshotParts.map((part) => {
    const query = SNAPSHOT_QUERIES[part].replace(/\s+/g, ' ').trim();
    return `\\echo ${part}\n\\o ${part}.json\nSELECT coalesce(json_agg(q), '[]') FROM (${query}) q;\n\\o\n`;
  });
  return [
    '-- Exports what kneepoint explain --from reads: catalogues and statistics, no rows of your tables, statements',
    '-- without their constants. Read-only, each query stopped after five seconds. Run in an empty folder:',
    '--   psql -X "$DATABASE_URL" -f export.sql',
    "\\set ON_ERROR_STOP 0\n\\pset format unaligned\n\\pset tuples_only on\nSET default_transaction_read_only = on;\nSET statement_timeout = '5s';\nSET lock_timeout = '1s';\n",
    ...parts,
  ].join('\n');
}
