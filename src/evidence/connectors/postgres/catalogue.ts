import { type Database, numberIn, type Row, textIn } from './database.js';

export interface ColumnStatistics {
  name: string;
  type: string;
  /** The collation sorts by bytes, so that a plain B-tree serves prefixes too. */
  bytewise: boolean;
  notNull: boolean;
  /** Distinct values in the table; undefined before the first ANALYZE. */
  distinct?: number;
  nullShare?: number;
  /** Physical order against logical order, −1..1. */
  correlation?: number;
  /** Most common values and the share of rows that have each. */
  common: { value: string; share: number }[];
}

export interface ExistingIndex {
  name: string;
  method: string;
  /** Keys as PostgreSQL prints them, with options: `created_at DESC`. */
  keys: string[];
  include: string[];
  where?: string;
  unique: boolean;
  bytes: number;
  scans: number;
  definition: string;
  /** Backs a constraint: it cannot be dropped on its own. */
  constraint: boolean;
}

export interface Relation {
  /** As statements name it: with the schema unless it is on the search path. */
  name: string;
  rows: number;
  bytes: number;
  columns: ColumnStatistics[];
  indexes: ExistingIndex[];
  partitioned: boolean;
}

const TABLES = `
SELECT c.oid::text AS oid, c.oid::regclass::text AS name, c.reltuples::float8 AS rows,
       CASE WHEN c.relkind = 'p' THEN (SELECT sum(pg_relation_size(t.relid)) FROM pg_partition_tree(c.oid) t)
            ELSE pg_relation_size(c.oid) END::float8 AS bytes, c.relkind = 'p' AS partitioned
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'
ORDER BY 2`;

const COLUMNS = `
SELECT a.attrelid::text AS oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
       coalesce(l.collcollate, d.datcollate) IN ('C', 'POSIX') OR coalesce(l.collname, '') IN ('C', 'POSIX', 'ucs_basic') AS bytewise,
       s.n_distinct::float8 AS n_distinct, s.null_frac::float8 AS null_frac, s.correlation::float8 AS correlation,
       s.most_common_vals::text::text[] AS common_values, s.most_common_freqs::float8[] AS common_shares
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_database d ON d.datname = current_database()
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.collname <> 'default'
LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY ($1::oid[])
ORDER BY a.attrelid, a.attnum, s.inherited`;

const INDEXES = `
SELECT i.indrelid::text AS oid, x.relname AS name, m.amname AS method, i.indisunique AS unique,
       pg_relation_size(i.indexrelid)::float8 AS bytes, coalesce(u.idx_scan, 0)::float8 AS scans,
       pg_get_indexdef(i.indexrelid) AS definition, pg_get_expr(i.indpred, i.indrelid) AS predicate,
       EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) AS backs_constraint,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true)
               || CASE WHEN (i.indoption[k - 1] & 1) = 1 THEN ' DESC' ELSE '' END
               || CASE WHEN m.amcanorder AND (i.indoption[k - 1] & 2) <> (i.indoption[k - 1] & 1) * 2
                       THEN CASE WHEN (i.indoption[k - 1] & 2) = 2 THEN ' NULLS FIRST' ELSE ' NULLS LAST' END ELSE '' END
               || CASE WHEN o.opcdefault THEN '' ELSE ' ' || o.opcname END
             FROM generate_series(1, i.indnkeyatts) k JOIN pg_opclass o ON o.oid = i.indclass[k - 1] ORDER BY k) AS keys,
       ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, true) FROM generate_series(i.indnkeyatts + 1, i.indnatts) k ORDER BY k) AS include
FROM pg_index i
JOIN pg_class x ON x.oid = i.indexrelid
JOIN (SELECT oid, amname, amname = 'btree' AS amcanorder FROM pg_am) m ON m.oid = x.relam
LEFT JOIN pg_stat_user_indexes u ON u.indexrelid = i.indexrelid
WHERE i.indisvalid AND i.indrelid = ANY ($1::oid[])
ORDER BY x.relname`;

/** Tables of the user's schemas with what the planner knows of their columns and indexes. Reads catalogues only. */
export async function readCatalogue(database: Database): Promise<Relation[]> {
  const tables = await database.rows(TABLES);
  const oids = [tables.map((t) => textIn(t, 'oid'))];
  const columns = await database.rows(COLUMNS, oids);
  const indexes = await database.rows(INDEXES, oids);
  return tables.map((table) => {
    const oid = textIn(table, 'oid');
    const rows = Math.max(0, numberIn(table, 'rows') ?? 0);
    const own = columns.filter((c) => textIn(c, 'oid') === oid);
    // A partitioned table has two rows of statistics for a column; the last, of all its partitions, is the one to take.
    const byName = new Map(own.map((c) => [textIn(c, 'name') ?? '', columnOf(c, rows)]));
    return {
      name: textIn(table, 'name') ?? '',
      rows,
      bytes: numberIn(table, 'bytes') ?? 0,
      partitioned: table.partitioned === true,
      columns: [...byName.values()],
      indexes: indexes.filter((i) => textIn(i, 'oid') === oid).map(indexOf),
    };
  });
}

function columnOf(row: Row, rows: number): ColumnStatistics {
  const told = numberIn(row, 'n_distinct');
  const nullShare = numberIn(row, 'null_frac');
  const correlation = numberIn(row, 'correlation');
  const values = Array.isArray(row.common_values) ? row.common_values.map(String) : [];
  const shares = Array.isArray(row.common_shares) ? row.common_shares.map(Number) : [];
  return {
    name: textIn(row, 'name') ?? '',
    type: textIn(row, 'type') ?? '',
    bytewise: row.bytewise === true,
    notNull: row.not_null === true,
    ...(told === undefined || told === 0 ? {} : { distinct: told < 0 ? Math.max(1, -told * rows) : told }),
    ...(nullShare === undefined ? {} : { nullShare }),
    ...(correlation === undefined ? {} : { correlation }),
    common: values.map((value, i) => ({ value, share: shares[i] ?? 0 })),
  };
}

function indexOf(row: Row): ExistingIndex {
  const where = textIn(row, 'predicate');
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  return {
    name: textIn(row, 'name') ?? '',
    method: textIn(row, 'method') ?? '',
    keys: list(row.keys),
    include: list(row.include),
    ...(where === undefined ? {} : { where }),
    unique: row.unique === true,
    bytes: numberIn(row, 'bytes') ?? 0,
    scans: numberIn(row, 'scans') ?? 0,
    definition: textIn(row, 'definition') ?? '',
    constraint: row.backs_constraint === true,
  };
}
