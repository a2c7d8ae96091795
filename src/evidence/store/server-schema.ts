import type { Placement } from './address.js';
import { columnsOf, orderOf, structureOf, TABLE_NAMES, type TableName } from './schema.js';

/** The version of the tables; a server that has a later one was written by a later kneepoint. */
export const SCHEMA_VERSION = 1;

const MIGRATIONS = 'kneepoint_migrations';
/** Rows of a table that is spread over servers; the table of its own name reads and writes all of them. */
const LOCAL = '_local';

const on = ({ cluster }: Placement): string => (cluster === undefined ? '' : ` ON CLUSTER ${cluster}`);
const ownName = (table: string, { cluster }: Placement): string =>
  cluster === undefined ? table : table + LOCAL;

/** Replicas of a shard find each other by the path; `{shard}` and `{replica}` are the server's own macros. */
const engine = (table: string, { cluster }: Placement): string =>
  cluster === undefined
    ? 'MergeTree'
    : `ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/${table}', '{replica}')`;

const hasColumn = (table: TableName, column: string): boolean =>
  columnsOf(table).some(([name]) => name === column);

function ttl(table: TableName, { ttlDays }: Placement): string {
  const time = ['Timestamp', 'TimeUnix'].find((c) => hasColumn(table, c));
  return ttlDays === undefined || time === undefined
    ? ''
    : ` TTL toDateTime(${time}) + INTERVAL ${ttlDays} DAY`;
}

/** A trace stays on one server, so that its spans meet; other rows are spread by where they came from. */
const sharding = (table: TableName): string =>
  hasColumn(table, 'TraceId') ? 'cityHash64(TraceId)' : 'cityHash64(KpSource, KpLine)';

/** Everything that has to be there, in order; each statement may run again. */
export function schemaStatements(database: string, placement: Placement): string[] {
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}${on(placement)}`,
    ...TABLE_NAMES.flatMap((table) => tableStatements(database, table, placement)),
    `CREATE TABLE IF NOT EXISTS ${database}.${MIGRATIONS}${on(placement)} (Version UInt32, At DateTime DEFAULT now()) ENGINE = ${engine(MIGRATIONS, placement)} ORDER BY Version`,
  ];
}

function tableStatements(database: string, table: TableName, placement: Placement): string[] {
  const own = ownName(table, placement);
  const made = `CREATE TABLE IF NOT EXISTS ${database}.${own}${on(placement)} (${structureOf(table)}) ENGINE = ${engine(table, placement)} ORDER BY ${orderOf(table)}${ttl(table, placement)}`;
  if (placement.cluster === undefined) return [made];
  return [
    made,
    `CREATE TABLE IF NOT EXISTS ${database}.${table}${on(placement)} AS ${database}.${own} ENGINE = Distributed(${placement.cluster}, ${database}, ${own}, ${sharding(table)})`,
  ];
}

/** Columns that a later version has and the server has not. Columns are added, never changed or dropped. */
export function addColumns(
  database: string,
  placement: Placement,
  there: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  return TABLE_NAMES.flatMap((table) => {
    const known = there.get(table);
    if (!known) return [];
    const missing = columnsOf(table).filter(([name]) => !known.has(name));
    const tables = placement.cluster === undefined ? [table] : [ownName(table, placement), table];
    return tables.flatMap((name) =>
      missing.map(
        ([column, type]) =>
          `ALTER TABLE ${database}.${name}${on(placement)} ADD COLUMN IF NOT EXISTS \`${column}\` ${type}`,
      ),
    );
  });
}

/** Removes the rows of an earlier investigation. */
export const emptyStatements = (database: string, placement: Placement): string[] =>
  TABLE_NAMES.map(
    (table) => `TRUNCATE TABLE IF EXISTS ${database}.${ownName(table, placement)}${on(placement)}`,
  );

export const versionOf = (database: string): string =>
  `SELECT max(Version) AS version FROM ${database}.${MIGRATIONS}`;
export const writeVersion = (database: string): string =>
  `INSERT INTO ${database}.${MIGRATIONS} (Version) VALUES (${SCHEMA_VERSION})`;

/**
 * Users with no more rights than their work needs: one that makes the tables (a person or a deployment), one that
 * kneepoint writes and reads with, and one that only reads.
 */
export function userStatements(database: string, placement: Placement): string[] {
  const c = on(placement);
  return [
    `CREATE ROLE IF NOT EXISTS kneepoint_writer${c}`,
    `GRANT${c} SELECT, INSERT, TRUNCATE ON ${database}.* TO kneepoint_writer`,
    `GRANT${c} SELECT ON system.columns TO kneepoint_writer`,
    `CREATE ROLE IF NOT EXISTS kneepoint_reader${c} SETTINGS readonly = 2, max_execution_time = 60`,
    `GRANT${c} SELECT ON ${database}.* TO kneepoint_reader`,
    `CREATE USER IF NOT EXISTS kneepoint${c} IDENTIFIED WITH sha256_hash BY '<SHA-256 of its password>' DEFAULT ROLE kneepoint_writer`,
    `GRANT${c} kneepoint_writer TO kneepoint`,
  ];
}
