import type { StatementRecord } from './record.js';

/** A row of a table of counters, by the names of its columns in lower case. */
export type CounterRow = ReadonlyMap<string, string>;

const has = (header: readonly string[], ...names: string[]): boolean =>
  names.every((n) => header.includes(n));

/** The product whose counters have such columns: `pg_stat_statements`, or the digests of `performance_schema`. */
export function countersOf(header: readonly string[]): 'postgresql' | 'mysql' | undefined {
  const names = header.map((h) => h.toLowerCase());
  if (
    has(names, 'query', 'calls') &&
    (has(names, 'total_exec_time') || has(names, 'total_time') || has(names, 'mean_exec_time'))
  )
    return 'postgresql';
  if (has(names, 'digest_text', 'count_star', 'sum_timer_wait')) return 'mysql';
  return undefined;
}

/** Picoseconds, in which `performance_schema` counts. */
const PS_PER_MS = 1e9;
const BLOCK_BYTES = 8192;

export function counterRecord(product: 'postgresql' | 'mysql', row: CounterRow): StatementRecord | undefined {
  const number = (...names: string[]): number | undefined => {
    for (const name of names) {
      const text = row.get(name);
      if (text !== undefined && text !== '' && Number.isFinite(Number(text))) return Number(text);
    }
    return undefined;
  };
  return product === 'postgresql' ? postgres(row, number) : mysql(row, number);
}

type Figure = (...names: string[]) => number | undefined;

function postgres(row: CounterRow, number: Figure): StatementRecord | undefined {
  const calls = number('calls') ?? 0;
  const mean = number('mean_exec_time', 'mean_time');
  const total = number('total_exec_time', 'total_time') ?? (mean === undefined ? undefined : mean * calls);
  const statement = row.get('query') ?? '';
  if (
    statement === '' ||
    statement.startsWith('<insufficient privilege>') ||
    total === undefined ||
    calls <= 0
  )
    return undefined;
  const hit = number('shared_blks_hit');
  const temp = number('temp_blks_written');
  return {
    kind: 'counter',
    product: 'postgresql',
    statement,
    id: [row.get('userid'), row.get('dbid'), row.get('queryid'), row.get('toplevel')].join('/'),
    calls,
    totalMs: total,
    ...given({
      deviationMs: number('stddev_exec_time', 'stddev_time'),
      rows: number('rows'),
      blocks: hit === undefined ? undefined : hit + (number('shared_blks_read') ?? 0),
      tempBytes: temp === undefined ? undefined : temp * BLOCK_BYTES,
      walBytes: number('wal_bytes'),
    }),
  };
}

function mysql(row: CounterRow, number: Figure): StatementRecord | undefined {
  const calls = number('count_star') ?? 0;
  const total = number('sum_timer_wait');
  const statement = row.get('digest_text') ?? '';
  if (statement === '' || statement === 'NULL' || total === undefined || calls <= 0) return undefined;
  const lock = number('sum_lock_time');
  return {
    kind: 'counter',
    product: 'mysql',
    statement,
    id: `${row.get('schema_name') ?? ''}/${row.get('digest') ?? statement}`,
    calls,
    totalMs: total / PS_PER_MS,
    ...given({
      lockMs: lock === undefined ? undefined : lock / PS_PER_MS,
      rows: number('sum_rows_sent'),
      rowsExamined: number('sum_rows_examined'),
    }),
  };
}

const given = (values: Record<string, number | undefined>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
