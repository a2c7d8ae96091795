import type { TableName } from './schema.js';

/** Values bound to `{name:Type}` in a statement. Never put a value into the text of a statement. */
export type Params = Readonly<Record<string, unknown>>;

/** Rows by column name, or all columns of the table, in its order, in ClickHouse's RowBinary format. */
export type InsertRows = readonly Readonly<Record<string, unknown>>[] | { rowBinary: Uint8Array };

/** A file that statements of one store can read. */
export interface StoredFile {
  path: string;
  close(): Promise<void>;
}

/** Where telemetry is kept: one SQL dialect, in process or on a server. Times are UTC. */
export interface Store {
  /** All rows. 64-bit integers above 2^53 lose digits: select them as strings (`toString(x)`). */
  query<T>(sql: string, params?: Params): Promise<T[]>;
  /** Rows in blocks, for results too large to hold. One stream at a time. */
  stream<T>(sql: string, params?: Params): AsyncIterable<T[]>;
  insert(table: TableName, rows: InsertRows): Promise<void>;
  command(sql: string, params?: Params): Promise<void>;
  /**
   * Lets statements read bytes of this process as a file. Where the operating system allows it, the file has no name
   * from the start; it is gone when it is closed. Absent when the engine is elsewhere.
   */
  asFile?(bytes: readonly Uint8Array[]): Promise<StoredFile>;
  /** Releases the engine, and removes the directory when it was a temporary one. */
  close(): Promise<void>;
}

/** What stopped a store: what was wrong, where, and what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
    options?: ErrorOptions,
  ) {
    super(`${what} (${where}) ${todo}`, options);
  }
}

/** Rows as bytes of JSONCompactEachRow, in the order of the first row's columns. */
export function compactRows(rows: readonly Readonly<Record<string, unknown>>[]): {
  columns: string[];
  bytes: Uint8Array;
} {
  const columns = Object.keys(rows[0] ?? {});
  const text = rows.map((row) => `${JSON.stringify(columns.map((c) => row[c] ?? null))}\n`).join('');
  return { columns, bytes: Buffer.from(text) };
}

/** The JSON value of every line of a block. */
export const parseLines = <T>(text: string): T[] =>
  text.length === 0 ? [] : (JSON.parse(`[${text.trimEnd().replaceAll('\n', ',')}]`) as T[]);
