import pg from 'pg';
import type { Database } from './database.js';

export interface ConnectOptions {
  url: string;
  /** Every statement that takes longer is stopped by the server. */
  statementTimeoutMs: number;
  /** The server refuses every write in this session. Off only for a clone that was named as one. */
  readOnly: boolean;
}

export interface Connection extends Database {
  close(): Promise<void>;
}

/**
 * Opens one session with limits that the server itself keeps: a statement timeout, a lock timeout of a second (so that
 * it never stands in a queue that others wait behind), and a read-only default. Credentials come from the URL or from the
 * usual PG… variables.
 * @throws Error of the driver when the server cannot be reached or refuses.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'kneepoint',
    connectionTimeoutMillis: 10_000,
    statement_timeout: options.statementTimeoutMs,
    lock_timeout: 1000,
    idle_in_transaction_session_timeout: 60_000,
    options: options.readOnly ? '-c default_transaction_read_only=on' : '',
  });
  client.on('error', () => undefined);
  await client.connect();
  return {
    rows: async (sql, parameters = []) => {
      const result = await client.query(sql, [...parameters]);
      return Array.isArray(result) ? [] : result.rows;
    },
    close: () => client.end(),
  };
}
