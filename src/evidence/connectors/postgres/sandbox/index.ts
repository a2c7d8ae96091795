import { connect } from '../connect.js';
import { type Database, numberIn, type Row, textIn } from '../database.js';
import { stretch } from './files.js';
import { estimateIndex, type IndexColumn } from './index-size.js';
import { readSchema } from './schema.js';
import { startSandboxServer } from './server.js';
import {
  namelessIndex,
  type RelationStatistics,
  readStatistics,
  restoreRelation,
  restoreStatistics,
} from './statistics.js';

export { NoSandbox } from './server.js';

/** An empty copy of a database that plans as the full one does. */
export interface Sandbox {
  database: Database;
  /** What of the schema could not be made again, and why: plans about it are not to be trusted. */
  lacking: string[];
  /**
   * Makes an index that the planner takes for a full one, unseen until shown.
   * @returns its name and estimated bytes; undefined where the server refuses it.
   */
  addIndex(create: string): Promise<SandboxIndex | undefined>;
  /** The planner sees this one of the added indexes, or none. */
  show(index: SandboxIndex | undefined): Promise<void>;
  close(): Promise<void>;
}

export interface SandboxIndex {
  /** The index and, on a partitioned table, those of its partitions. */
  oids: string[];
  names: string[];
  bytes: number;
}

const PAGE_BYTES = 8192;

/**
 * Makes an empty copy of a database in a PostgreSQL of our own: its schema, the statistics of its planner, files of the
 * same length that hold nothing. Reads catalogues of the source and nothing else.
 * @throws NoSandbox when there is no PostgreSQL to be started.
 */
export async function openSandbox(source: Database): Promise<Sandbox> {
  const schema = await readSchema(source);
  const statistics = await readStatistics(source);
  const server = await startSandboxServer();
  try {
    const database = await connect({ url: server.url, statementTimeoutMs: 60_000, readOnly: false });
    const close = async (): Promise<void> => {
      await database.close();
      await server.stop();
    };
    try {
      await database.rows('CREATE EXTENSION pg_buffercache');
      await database.rows('SET check_function_bodies = off');
      const lacking = await makeSchema(database, schema);
      await restoreStatistics(database, statistics);
      await stretchTables(database, statistics.relations);
      await stretchIndexes(database, statistics.relations, statistics.version);
      for (const { name, value } of statistics.settings)
        await database.rows('SELECT set_config($1, $2, false)', [name, value]).catch(() => undefined);
      const hidden: SandboxIndex[] = [];
      return {
        database,
        lacking,
        addIndex: async (create) => {
          const added = await addIndex(database, create, statistics.version);
          if (added) hidden.push(added);
          return added;
        },
        show: async (index) => {
          const all = hidden.flatMap((h) => h.oids);
          await database.rows(
            'UPDATE pg_index SET indisvalid = false WHERE indexrelid = ANY ($1::oid[]) AND indisvalid',
            [all],
          );
          if (index)
            await database.rows('UPDATE pg_index SET indisvalid = true WHERE indexrelid = ANY ($1::oid[])', [
              index.oids,
            ]);
        },
        close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  } catch (error) {
    await server.stop().catch(() => undefined);
    throw error;
  }
}

/** What depends on something later in the list is tried again once the rest is there. */
async function makeSchema(database: Database, schema: readonly string[]): Promise<string[]> {
  let left = [...schema];
  let faults: string[] = [];
  for (;;) {
    const failed: string[] = [];
    faults = [];
    for (const statement of left)
      try {
        await database.rows(statement);
      } catch (error) {
        failed.push(statement);
        faults.push(
          `${statement.replace(/\s+/g, ' ').slice(0, 120)}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    if (failed.length === 0 || failed.length === left.length) return faults;
    left = failed;
  }
}

async function stretchTables(database: Database, relations: readonly RelationStatistics[]): Promise<void> {
  for (const r of relations) {
    if (r.kind !== 'r' && r.kind !== 'm') continue;
    const oid = await oidOf(database, r);
    if (oid !== undefined) await stretch(database, oid, r.pagesNow);
  }
}

const oidOf = async (database: Database, r: RelationStatistics): Promise<string | undefined> =>
  textIn(
    (
      await database.rows('SELECT to_regclass(format($1, $2::text, $3::text))::oid::text AS oid', [
        '%I.%I',
        r.schema,
        r.name,
      ])
    )[0],
    'oid',
  );

/** Indexes that are there already get the size that they have; partitions' own go by other names here. */
async function stretchIndexes(
  database: Database,
  relations: readonly RelationStatistics[],
  version: number,
): Promise<void> {
  const known = new Map(relations.flatMap((r) => (r.index === undefined ? [] : [[r.index, r] as const])));
  const made = await database.rows(
    `SELECT i.indexrelid::text AS oid, n.nspname AS schema, c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'i' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'`,
  );
  for (const row of made) {
    const oid = textIn(row, 'oid') ?? '';
    const [shape] = await shapesOf(database, [oid]);
    const real = known.get(namelessIndex(textIn(row, 'definition') ?? ''));
    if (!shape) continue;
    const estimate = estimateIndex(shape);
    await stretch(database, oid, real?.pagesNow ?? estimate.pages, {
      method: shape.method,
      height: estimate.height,
    });
    await restoreRelation(
      database,
      {
        schema: textIn(row, 'schema') ?? '',
        name: textIn(row, 'name') ?? '',
        pages: real?.pages ?? estimate.pages,
        rows: real?.rows ?? shape.rows,
        allVisible: 0,
      },
      version,
    );
  }
}

async function addIndex(
  database: Database,
  create: string,
  version: number,
): Promise<SandboxIndex | undefined> {
  const before = new Set((await indexOids(database)).map((r) => textIn(r, 'oid')));
  try {
    await database.rows(create);
  } catch {
    return undefined;
  }
  const made = (await indexOids(database)).filter((r) => !before.has(textIn(r, 'oid')));
  const files = made.filter((r) => textIn(r, 'kind') === 'i');
  let bytes = 0;
  for (const row of files) {
    const oid = textIn(row, 'oid') ?? '';
    const [shape] = await shapesOf(database, [oid]);
    if (!shape) continue;
    const { pages, height } = estimateIndex(shape);
    await stretch(database, oid, pages, { method: shape.method, height });
    await restoreRelation(
      database,
      {
        schema: textIn(row, 'schema') ?? '',
        name: textIn(row, 'name') ?? '',
        pages,
        rows: shape.rows,
        allVisible: 0,
      },
      version,
    );
    bytes += pages * PAGE_BYTES;
  }
  const oids = made.map((r) => textIn(r, 'oid') ?? '');
  await database.rows('UPDATE pg_index SET indisvalid = false WHERE indexrelid = ANY ($1::oid[])', [oids]);
  return { oids, names: made.map((r) => textIn(r, 'name') ?? ''), bytes };
}

const indexOids = (database: Database): Promise<Row[]> =>
  database.rows(
    `SELECT c.oid::text AS oid, c.relname AS name, n.nspname AS schema, c.relkind AS kind
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('i', 'I') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
     ORDER BY c.oid`,
  );

const SHAPES = `SELECT i.indexrelid::text AS oid, m.amname AS method, i.indisunique AS unique, t.reltuples::float8 AS rows,
    t.oid::regclass::text AS relation, pg_relation_size(t.oid) / 8192 AS pages,
    pg_get_expr(i.indpred, i.indrelid) AS predicate,
    (SELECT substring(o FROM 'pages_per_range=(.*)')::int FROM unnest(x.reloptions) o WHERE o LIKE 'pages_per_range=%') AS per_range,
    (SELECT json_agg(json_build_object(
        'key', a.attnum <= i.indnkeyatts, 'type', a.atttypid::regtype::text, 'length', ty.typlen, 'align', ty.typalign,
        'class', (SELECT o.opcname FROM pg_opclass o WHERE o.oid = i.indclass[a.attnum - 1]),
        'expression', i.indkey[a.attnum - 1] = 0, 'width', s.avg_width, 'distinct', s.n_distinct) ORDER BY a.attnum)
      FROM pg_attribute a JOIN pg_type ty ON ty.oid = a.atttypid
      LEFT JOIN LATERAL (SELECT max(p.avg_width) AS avg_width, max(CASE WHEN p.n_distinct < 0 THEN -p.n_distinct * t.reltuples ELSE p.n_distinct END) AS n_distinct
        FROM pg_stats p JOIN pg_attribute b ON b.attrelid = t.oid AND b.attname = p.attname
        WHERE p.schemaname = n.nspname AND p.tablename = t.relname
          AND (b.attnum = i.indkey[a.attnum - 1] OR (i.indkey[a.attnum - 1] = 0 AND EXISTS (SELECT FROM pg_depend d
            WHERE d.objid = i.indexrelid AND d.refobjid = t.oid AND d.refobjsubid = b.attnum)))) s ON true
      WHERE a.attrelid = i.indexrelid AND a.attnum > 0) AS columns
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
  JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE i.indexrelid = ANY ($1::oid[])`;

type Shape = Parameters<typeof estimateIndex>[0];

async function shapesOf(database: Database, oids: readonly string[]): Promise<Shape[]> {
  const out: Shape[] = [];
  for (const row of await database.rows(SHAPES, [oids])) {
    const tableRows = Math.max(0, numberIn(row, 'rows') ?? 0);
    const predicate = textIn(row, 'predicate');
    const relation = textIn(row, 'relation') ?? '';
    const perRange = numberIn(row, 'per_range');
    out.push({
      method: textIn(row, 'method') ?? '',
      unique: row.unique === true,
      rows: predicate === undefined ? tableRows : await rowsThat(database, relation, predicate, tableRows),
      tablePages: numberIn(row, 'pages') ?? 0,
      columns: Array.isArray(row.columns) ? row.columns.map(columnOf) : [],
      ...(perRange === undefined ? {} : { pagesPerRange: perRange }),
    });
  }
  return out;
}

/** As many as the planner expects. */
async function rowsThat(
  database: Database,
  relation: string,
  predicate: string,
  most: number,
): Promise<number> {
  const [told] = await database.rows(`EXPLAIN (FORMAT JSON) SELECT FROM ONLY ${relation} WHERE ${predicate}`);
  const plan = told?.['QUERY PLAN'];
  const first: unknown = Array.isArray(plan) ? plan[0]?.Plan?.['Plan Rows'] : undefined;
  return typeof first === 'number' ? first : most;
}

const ALIGNMENT: Readonly<Record<string, number>> = { c: 1, s: 2, i: 4, d: 8 };
/** What the planner takes a text of unknown width for. */
const UNKNOWN_WIDTH = 32;

function columnOf(value: unknown): IndexColumn {
  const row: Row = typeof value === 'object' && value !== null ? { ...value } : {};
  const length = numberIn(row, 'length') ?? -1;
  const type = textIn(row, 'type') ?? '';
  const width = length > 0 ? length : (numberIn(row, 'width') ?? UNKNOWN_WIDTH);
  return {
    width,
    // Short texts are stored with a header of one byte and are not aligned.
    alignment: length > 0 ? (ALIGNMENT[textIn(row, 'align') ?? ''] ?? 4) : 1,
    distinct: numberIn(row, 'distinct') ?? Number.POSITIVE_INFINITY,
    key: row.key === true,
    packs: !/^(?:numeric|real|double precision|jsonb|tsvector|interval)/.test(type),
    // A text of n characters has about n + 1 trigrams, some of them twice.
    ...(textIn(row, 'class') === 'gin_trgm_ops' ? { elements: width } : {}),
  };
}
