import { Readable } from 'node:stream';
import { createClient } from '@clickhouse/client';
import { columnList, type TableName } from './schema.js';
import { type InsertRows, type Params, type Store, StoreError } from './store.js';

/** A ClickHouse server or cluster, by URL (`http://user:password@host:8123/database`). */
export async function openServer(url: string): Promise<Store> {
  const client = createClient({
    url,
    clickhouse_settings: { session_timezone: 'UTC', output_format_json_quote_64bit_integers: 0 },
  });
  const alive = await client.ping({ select: true });
  if (!alive.success) {
    await client.close();
    throw new StoreError(
      'The ClickHouse server does not answer.',
      new URL(url).host,
      'Check the address, the user and that the HTTP interface is open.',
      { cause: alive.error },
    );
  }
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
        if (rows.rowBinary.length > 0)
          await client.exec({
            query: `INSERT INTO ${table} (${columnList(table)}) FORMAT RowBinary`,
            values: Readable.from([rows.rowBinary]),
          });
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
