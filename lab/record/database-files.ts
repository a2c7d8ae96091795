import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import pg from 'pg';
import type { Stores } from '../topology/system.js';

/** A file that a database leaves of a stretch of load. */
export type DatabaseFile = { name: string; source: 'statements' | 'database-log'; text: string };

const COUNTERS = `SELECT userid, dbid, queryid, toplevel, calls, total_exec_time, mean_exec_time, stddev_exec_time, rows,
  shared_blks_hit, shared_blks_read, temp_blks_written, wal_bytes, query
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND query NOT LIKE '%pg_stat_%' ORDER BY total_exec_time DESC LIMIT 200`;

const field = (value: unknown): string => {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Rows as CSV with a header, as `COPY … TO … CSV HEADER` writes them. */
const csvOf = (names: readonly string[], rows: readonly Record<string, unknown>[]): string =>
  [names, ...rows.map((row) => names.map((n) => field(row[n])))]
    .map((line) => `${line.join(',')}\n`)
    .join('');

/** What a file holds beyond its first `from` bytes. */
function tail(path: string, from: number): string {
  const size = existsSync(path) ? statSync(path).size : 0;
  if (size <= from) return '';
  const bytes = Buffer.alloc(size - from);
  const file = openSync(path, 'r');
  try {
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}

/**
 * Starts the counters of statements anew. What it returns gives what the database leaves since: those counters, and
 * what it logged (waits for locks, slow statements with their plans), each as a file.
 */
export async function databaseFiles(stores: Stores): Promise<() => Promise<DatabaseFile[]>> {
  const client = new pg.Client(stores.databaseUrl);
  await client.connect();
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  await client.query('SELECT pg_stat_statements_reset()');
  const logged = existsSync(stores.databaseLog) ? statSync(stores.databaseLog).size : 0;
  return async () => {
    const { rows, fields } = await client.query<Record<string, unknown>>(COUNTERS);
    await client.end();
    const log = tail(stores.databaseLog, logged);
    const counters = csvOf(
      fields.map((f) => f.name),
      rows,
    );
    return [
      ...(rows.length > 0
        ? [{ name: 'pg_stat_statements.csv', source: 'statements' as const, text: counters }]
        : []),
      ...(log === '' ? [] : [{ name: 'postgresql.log', source: 'database-log' as const, text: log }]),
    ];
  };
}
