import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Row } from '../postgres/database.js';

export interface MysqlConnectOptions {
  /** `mysql://user:password@host:3306/database` or `mariadb://…`. */
  url: string;
  /** Every statement that takes longer is stopped by the server. */
  statementTimeoutMs: number;
}

export interface MysqlConnection {
  product: 'mysql' | 'mariadb';
  /** As the server writes it: `8.0.36`, `10.11.6-MariaDB`. */
  version: string;
  rows(sql: string, parameters?: readonly (string | number)[]): Promise<Row[]>;
  close(): Promise<void>;
}

const LOCK_WAIT_SECONDS = 1;
const CONNECT_MS = 10_000;

/**
 * Opens one session that the server itself keeps from writing (`SET SESSION TRANSACTION READ ONLY`), from running
 * longer than the limit, and from standing in a queue for a lock for more than a second. The password comes from the URL or from
 * MYSQL_PWD.
 * @throws Error of the driver when the server cannot be reached or refuses.
 */
export async function connectMysql(options: MysqlConnectOptions): Promise<MysqlConnection> {
  const url = new URL(options.url);
  const password = url.password === '' ? process.env.MYSQL_PWD : decodeURIComponent(url.password);
  const client = await createConnection({
    host: url.hostname,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    ...(password === undefined ? {} : { password }),
    ...(url.pathname.length > 1 ? { database: decodeURIComponent(url.pathname.slice(1)) } : {}),
    ...(url.searchParams.get('ssl') === 'true' ? { ssl: {} } : {}),
    connectTimeout: CONNECT_MS,
    // Sums of counters are decimals, and counters go beyond what a double holds: both are rounded here, knowingly.
    decimalNumbers: true,
    supportBigNumbers: true,
    bigNumberStrings: false,
    connectAttributes: { program_name: 'kneepoint' },
  });
  client.on('error', () => undefined);
  const rows = async (sql: string, parameters: readonly (string | number)[] = []): Promise<Row[]> => {
    const [result] = await client.query<RowDataPacket[]>(sql, [...parameters]);
    return Array.isArray(result) ? result : [];
  };
  try {
    const [told] = await rows('SELECT VERSION() AS version');
    const version = String(told?.version ?? '');
    const product = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
    await rows(
      product === 'mariadb'
        ? `SET SESSION max_statement_time = ${options.statementTimeoutMs / 1000}`
        : `SET SESSION max_execution_time = ${Math.ceil(options.statementTimeoutMs)}`,
    );
    await rows(`SET SESSION lock_wait_timeout = ${LOCK_WAIT_SECONDS}`);
    await rows(`SET SESSION innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`);
    await rows('SET SESSION TRANSACTION READ ONLY');
    return { product, version, rows, close: () => client.end() };
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
