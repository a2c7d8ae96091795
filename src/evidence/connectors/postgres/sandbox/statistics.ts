import { type Database, numberIn, type Row, textIn } from '../database.js';

/** Size and rows of a table or index, as the planner takes them. */
export interface RelationStatistics {
  schema: string;
  name: string;
  /** `r` table, `p` partitioned table, `i` index, `I` partitioned index, `m` materialised view. */
  kind: string;
  pages: number;
  /** Pages that the file has now, which the planner scales rows by. */
  pagesNow: number;
  rows: number;
  allVisible: number;
  /** Of an index: its definition without its name, and its table. */
  index?: string;
}

export interface SourceStatistics {
  /** `server_version_num` of the server they come from. */
  version: number;
  relations: RelationStatistics[];
  /** Rows of `pg_stats`, values as text. */
  columns: Row[];
  /** Settings that change what the planner takes for cheap. */
  settings: { name: string; value: string }[];
}

const RELATIONS = `SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relpages AS pages,
    c.reltuples::float8 AS rows, c.relallvisible AS visible,
    CASE WHEN c.relkind IN ('r', 'i', 'm') THEN pg_relation_size(c.oid) / current_setting('block_size')::int ELSE c.relpages END::float8 AS pages_now,
    CASE WHEN c.relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid) END AS definition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(?:toast|temp)' ORDER BY 1, 2`;

const COLUMNS = `SELECT schemaname, tablename, attname, inherited, null_frac::text, avg_width::text, n_distinct::text,
    most_common_vals::text, most_common_freqs::text, histogram_bounds::text, correlation::text,
    most_common_elems::text, most_common_elem_freqs::text, elem_count_histogram::text
  FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3, 4`;

const SETTINGS = `SELECT name, setting AS value FROM pg_settings
  WHERE category LIKE 'Query Tuning%' OR name IN ('work_mem', 'hash_mem_multiplier', 'max_parallel_workers_per_gather',
    'max_parallel_workers', 'search_path', 'TimeZone', 'DateStyle') ORDER BY name`;

/** What the planner knows of a database. Reads catalogues; the samples in `pg_stats` are values of rows. */
export async function readStatistics(database: Database): Promise<SourceStatistics> {
  const [server] = await database.rows("SELECT current_setting('server_version_num')::int AS version");
  return {
    version: numberIn(server, 'version') ?? 0,
    relations: (await database.rows(RELATIONS)).map(relationOf),
    columns: await database.rows(COLUMNS),
    settings: (await database.rows(SETTINGS)).map((r) => ({
      name: textIn(r, 'name') ?? '',
      value: textIn(r, 'value') ?? '',
    })),
  };
}

function relationOf(row: Row): RelationStatistics {
  const definition = textIn(row, 'definition');
  return {
    schema: textIn(row, 'schema') ?? '',
    name: textIn(row, 'name') ?? '',
    kind: textIn(row, 'kind') ?? '',
    pages: numberIn(row, 'pages') ?? 0,
    pagesNow: numberIn(row, 'pages_now') ?? 0,
    rows: numberIn(row, 'rows') ?? 0,
    allVisible: numberIn(row, 'visible') ?? 0,
    ...(definition === undefined ? {} : { index: namelessIndex(definition) }),
  };
}

/** Two indexes of the same meaning have the same text, whatever they are called. */
export const namelessIndex = (definition: string): string =>
  definition.replace(/^CREATE (UNIQUE )?INDEX (?:"(?:[^"]|"")*"|\S+) ON (?:ONLY )?/, 'CREATE $1INDEX ON ');

const OF_COLUMN: readonly (readonly [string, string])[] = [
  ['null_frac', 'real'],
  ['avg_width', 'integer'],
  ['n_distinct', 'real'],
  ['most_common_vals', 'text'],
  ['most_common_freqs', 'real[]'],
  ['histogram_bounds', 'text'],
  ['correlation', 'real'],
  ['most_common_elems', 'text'],
  ['most_common_elem_freqs', 'real[]'],
  ['elem_count_histogram', 'real[]'],
];

/** Gives another server (PostgreSQL 18 or later) the statistics of tables, as `pg_dump --statistics-only` would. */
export async function restoreStatistics(database: Database, source: SourceStatistics): Promise<void> {
  for (const r of source.relations)
    if (r.kind === 'r' || r.kind === 'p' || r.kind === 'm')
      await restoreRelation(database, r, source.version);
  for (const row of source.columns) {
    const given = OF_COLUMN.filter(([key]) => textIn(row, key) !== undefined);
    const parts = given.map(([key, type], i) => `'${key}', $${i + 6}::${type}`);
    await database.rows(
      `SELECT pg_restore_attribute_stats('schemaname', $1::text, 'relname', $2::text, 'attname', $3::text,
        'inherited', $4::boolean, 'version', $5::integer${parts.map((p) => `, ${p}`).join('')})`,
      [
        textIn(row, 'schemaname'),
        textIn(row, 'tablename'),
        textIn(row, 'attname'),
        row.inherited === true,
        source.version,
        ...given.map(([key]) => textIn(row, key)),
      ],
    );
  }
}

export async function restoreRelation(
  database: Database,
  r: Pick<RelationStatistics, 'schema' | 'name' | 'pages' | 'rows' | 'allVisible'>,
  version: number,
): Promise<void> {
  await database.rows(
    `SELECT pg_restore_relation_stats('schemaname', $1::text, 'relname', $2::text, 'version', $3::integer,
      'relpages', $4::integer, 'reltuples', $5::real, 'relallvisible', $6::integer)`,
    [r.schema, r.name, version, Math.round(r.pages), r.rows, Math.round(r.allVisible)],
  );
}
