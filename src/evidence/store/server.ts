import { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import type { ServerAddress } from './address.js';
import { columnList, columnsOf, TABLE_NAMES, type TableName } from './schema.js';
import {
  addColumns,
  emptyStatements,
  SCHEMA_VERSION,
  schemaStatements,
  versionOf,
  writeVersion,
} from './server-schema.js';
import { type InsertRows, type Params, type Store, StoreError } from './store.js';

/** A statement over hours of telemetry takes its time; one that a lost connection left behind ends. */
const MOST_SECONDS = 600;
/** What goes wrong is thrown, and told once. */
const QUIET = { level: ClickHouseLogLevel.OFF };

/** Tables on a ClickHouse server or cluster: made or brought up to date when they are not, and emptied when asked for. */
export async function openServer(address: ServerAddress, empty: boolean): Promise<Store> {
  const { database, placement, url } = address;
  const { host } = new URL(url);
  const settings: ClickHouseSettings = {
    session_timezone: 'UTC',
    output_format_json_quote_64bit_integers: 0,
    max_execution_time: MOST_SECONDS,
    // Sub-queries look at all servers, and an insert is done when all have it.
    ...(placement.cluster === undefined
      ? {}
      : { distributed_product_mode: 'global', insert_distributed_sync: 1 }),
  };
  // Without a database first: it may have to be made.
  const maker = createClient({ url, clickhouse_settings: settings, log: QUIET });
  try {
    const alive = await maker.ping({ select: true });
    if (!alive.success)
      throw new StoreError(
        'The ClickHouse server does not answer.',
        host,
        'Check the address, the user and that the HTTP interface is open.',
        { cause: alive.error },
      );
    await migrate(maker, address);
    if (empty)
      for (const statement of emptyStatements(database, placement)) await maker.command({ query: statement });
  } finally {
    await maker.close();
  }
  // Ids of sampled requests are many: beyond what an address holds they go in the body.
  return storeOf(
    createClient({
      url,
      database,
      clickhouse_settings: settings,
      log: QUIET,
      use_multipart_params_auto: true,
    }),
  );
}

/** Makes what is missing. A user that may not is no trouble where nothing is missing. */
async function migrate(client: ClickHouseClient, { database, placement, url }: ServerAddress): Promise<void> {
  const { host } = new URL(url);
  const before = await columnsThere(client, database);
  for (const [table, columns] of before)
    if (!columns.has('KpSource'))
      throw new StoreError(
        `The database ${database} has a table ${table} that is not of kneepoint.`,
        host,
        'Name another database: tables of a Collector are read with --source clickhouse=URL, and never written.',
      );
  const isWhole = TABLE_NAMES.every((t) => columnsOf(t).every(([column]) => before.get(t)?.has(column)));
  if (!isWhole) {
    for (const statement of schemaStatements(database, placement)) await made(client, statement, host);
    for (const statement of addColumns(database, placement, await columnsThere(client, database)))
      await made(client, statement, host);
  }
  const rows = await client.query({ query: versionOf(database), format: 'JSONEachRow' });
  const [found] = await rows.json<{ version: number }>();
  const version = Number(found?.version ?? 0);
  if (version > SCHEMA_VERSION)
    throw new StoreError(
      `The tables of ${database} were made by a later kneepoint (version ${version}, this one knows ${SCHEMA_VERSION}).`,
      host,
      'Use that version, or name another database.',
    );
  if (version < SCHEMA_VERSION) await client.command({ query: writeVersion(database) });
}

async function made(client: ClickHouseClient, statement: string, host: string): Promise<void> {
  try {
    await client.command({ query: statement });
  } catch (cause) {
    throw new StoreError(
      `The tables could not be made: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}.`,
      host,
      'Let an administrator run what kneepoint store schema prints, or give the user these rights.',
      { cause },
    );
  }
}

/** Columns of our tables as the server has them, by table. */
async function columnsThere(client: ClickHouseClient, database: string): Promise<Map<string, Set<string>>> {
  const rows = await client.query({
    query:
      'SELECT table, name FROM system.columns WHERE database = {database:String} AND has({tables:Array(String)}, table)',
    query_params: { database, tables: [...TABLE_NAMES] },
    format: 'JSONEachRow',
  });
  const out = new Map<string, Set<string>>();
  for (const { table, name } of await rows.json<{ table: string; name: string }>())
    out.set(table, (out.get(table) ?? new Set()).add(name));
  return out;
}

function storeOf(client: ClickHouseClient): Store {
  const run = (sql: string, params?: Params) =>
    client.query({ query: sql, format: 'JSONEachRow', ...(params ? { query_params: { ...params } } : {}) });
  return {
    async query<T>(sql: string, params?: Params): Promise<T[]> {
      return (await run(sql, params)).json<T>();
    },
    async *stream<T>(sql: string, params?: Params): AsyncIterable<T[]> {
      const result = await run(sql, params);
      for await (const rows of result.stream<T>()) yield rows.map((row) => row.json());
    },
    async insert(table: TableName, rows: InsertRows): Promise<void> {
      if ('rowBinary' in rows) {
        if (rows.rowBinary.length === 0) return;
        const { stream } = await client.exec({
          query: `INSERT INTO ${table} (${columnList(table)}) FORMAT RowBinary`,
          values: Readable.from([rows.rowBinary]),
        });
        // A connection is free again when its answer was read, empty as it is.
        for await (const _ of stream);
        return;
      }
      if (rows.length > 0) await client.insert({ table, values: [...rows], format: 'JSONEachRow' });
    },
    async command(sql: string, params?: Params): Promise<void> {
      await client.command({ query: sql, ...(params ? { query_params: { ...params } } : {}) });
    },
    close: () => client.close(),
  };
}
