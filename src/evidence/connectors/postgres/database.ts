/** One row as the driver gives it. Numbers beyond 2^53 and numerics come as text: cast them in the query. */
export type Row = Readonly<Record<string, unknown>>;

/** All that this project asks of a connection to PostgreSQL. */
export interface Database {
  /** One statement with bound parameters. */
  rows(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** The number in a column; text of digits counts, null and absence are undefined. */
export function numberIn(row: Row | undefined, column: string): number | undefined {
  const value = row?.[column];
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
    ? Number(value)
    : undefined;
}

export function textIn(row: Row | undefined, column: string): string | undefined {
  const value = row?.[column];
  return typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? undefined
      : String(value);
}
