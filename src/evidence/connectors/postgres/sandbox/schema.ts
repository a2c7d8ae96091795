import { type Database, type Row, textIn } from '../database.js';

const USER_SCHEMA = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(?:toast|temp)'
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.deptype = 'e' AND x.objid = `;

const EXTENSIONS = `SELECT extname AS name, n.nspname AS schema FROM pg_extension e
  JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname NOT IN ('plpgsql', 'hypopg') ORDER BY e.oid`;

const SCHEMAS = `SELECT n.nspname AS name FROM pg_namespace n
  WHERE ${USER_SCHEMA} n.oid) AND n.nspname <> 'public' ORDER BY 1`;

const ENUMS = `SELECT t.oid::regtype::text AS name, array_agg(quote_literal(e.enumlabel) ORDER BY e.enumsortorder)::text[] AS labels
  FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid GROUP BY t.oid ORDER BY 1`;

const DOMAINS = `SELECT t.oid::regtype::text AS name, format_type(t.typbasetype, t.typtypmod) AS base
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'd' AND ${USER_SCHEMA} t.oid) ORDER BY t.oid`;

const FUNCTIONS = `SELECT pg_get_functiondef(p.oid) AS definition
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  WHERE p.prokind = 'f' AND l.lanname IN ('sql', 'plpgsql') AND p.prorettype <> 'trigger'::regtype
    AND ${USER_SCHEMA} p.oid) ORDER BY p.oid`;

/** Parents come before their partitions: by depth in the tree. */
const TABLES = `WITH RECURSIVE tree AS (
    SELECT c.oid, 0 AS depth FROM pg_class c WHERE NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
    UNION ALL SELECT i.inhrelid, t.depth + 1 FROM tree t JOIN pg_inherits i ON i.inhparent = t.oid)
  SELECT DISTINCT ON (t.depth, c.oid) c.oid::regclass::text AS name, t.depth, c.relpersistence = 'u' AS unlogged,
    pg_get_partkeydef(c.oid) AS partitioned_by, pg_get_expr(c.relpartbound, c.oid) AS bound,
    (SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1) AS parent,
    array_to_string(c.reloptions, ', ') AS options,
    (SELECT string_agg(format('%I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN l.collname IS NULL THEN '' ELSE format(' COLLATE %I.%I', ln.nspname, l.collname) END,
        CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END), ', ' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation AND l.collname <> 'default'
      LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
  FROM tree t JOIN pg_class c ON c.oid = t.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'm') AND ${USER_SCHEMA} c.oid) ORDER BY t.depth, c.oid`;

/** Keys before what refers to them. Those that a partition has from its parent come with it. */
const CONSTRAINTS = `SELECT k.conrelid::regclass::text AS relation, quote_ident(k.conname) AS name, pg_get_constraintdef(k.oid) AS definition
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype IN ('p', 'u', 'x', 'c', 'f') AND k.conparentid = 0 AND k.coninhcount = 0 AND c.relkind IN ('r', 'p')
    AND ${USER_SCHEMA} c.oid) ORDER BY k.contype = 'f', k.contype = 'c', k.oid`;

const INDEXES = `SELECT pg_get_indexdef(i.indexrelid) AS definition
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE i.indisvalid AND NOT x.relispartition AND c.relkind IN ('r', 'p', 'm')
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    AND ${USER_SCHEMA} c.oid) ORDER BY x.oid`;

const VIEWS = `SELECT c.oid::regclass::text AS name, pg_get_viewdef(c.oid) AS query
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'v' AND ${USER_SCHEMA} c.oid) ORDER BY c.oid`;

/**
 * The statements that make a schema again, as far as the planner needs it: types, functions, tables with their partitions,
 * keys, indexes and views. No rows, defaults, triggers or rights. Reads catalogues only.
 */
export async function readSchema(database: Database): Promise<string[]> {
  const made = async (query: string, statement: (row: Row) => string): Promise<string[]> =>
    (await database.rows(query)).map(statement);
  const t = (row: Row, column: string): string => textIn(row, column) ?? '';
  return [
    ...(await made(SCHEMAS, (r) => `CREATE SCHEMA IF NOT EXISTS ${quoted(t(r, 'name'))}`)),
    ...(await made(
      EXTENSIONS,
      (r) => `CREATE EXTENSION IF NOT EXISTS ${quoted(t(r, 'name'))} SCHEMA ${quoted(t(r, 'schema'))}`,
    )),
    ...(await made(ENUMS, (r) => `CREATE TYPE ${t(r, 'name')} AS ENUM (${listIn(r, 'labels').join(', ')})`)),
    ...(await made(DOMAINS, (r) => `CREATE DOMAIN ${t(r, 'name')} AS ${t(r, 'base')}`)),
    ...(await made(FUNCTIONS, (r) => t(r, 'definition'))),
    ...(await made(TABLES, tableOf)),
    ...(await made(
      CONSTRAINTS,
      (r) => `ALTER TABLE ${t(r, 'relation')} ADD CONSTRAINT ${t(r, 'name')} ${t(r, 'definition')}`,
    )),
    ...(await made(INDEXES, (r) => t(r, 'definition'))),
    ...(await made(VIEWS, (r) => `CREATE VIEW ${t(r, 'name')} AS ${t(r, 'query')}`)),
  ];
}

function tableOf(row: Row): string {
  const parent = textIn(row, 'parent');
  const bound = textIn(row, 'bound');
  const key = textIn(row, 'partitioned_by');
  const body =
    parent !== undefined && bound !== undefined
      ? ` PARTITION OF ${parent} ${bound}`
      : ` (${textIn(row, 'columns') ?? ''})${parent === undefined ? '' : ` INHERITS (${parent})`}`;
  const options = textIn(row, 'options');
  return `CREATE TABLE ${textIn(row, 'name')}${body}${key === undefined ? '' : ` PARTITION BY ${key}`}${options ? ` WITH (${options})` : ''}`;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const listIn = (row: Row, column: string): string[] => {
  const value = row[column];
  return Array.isArray(value) ? value.map(String) : [];
};
