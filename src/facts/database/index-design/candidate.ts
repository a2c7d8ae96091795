import { createHash } from 'node:crypto';
import type { Relation } from '../../../evidence/connectors/postgres/catalogue.js';
import { identifier } from '../statements/syntax.js';

export interface IndexKey {
  /** The column's name, or an expression in brackets. */
  text: string;
  column?: string;
  descending?: boolean;
  nullsFirst?: boolean;
  operatorClass?: string;
}

/** An index that could be built. */
export interface Candidate {
  relation: Relation;
  method: 'btree' | 'gin' | 'brin';
  keys: IndexKey[];
  include: string[];
  /** Of a BRIN index; the server's own 128 where none is given. */
  pagesPerRange?: number;
  /** The condition of a partial index. */
  where?: string;
  /** An extension that must be there first. */
  extension?: string;
  /** Why it was thought of, in our own words. */
  because: string;
}

/** What makes two candidates the same index. */
export const candidateId = (c: Candidate): string =>
  `${c.relation.name} ${c.method} (${c.keys.map(keyText).join(', ')})${c.include.length > 0 ? ` include (${c.include.join(', ')})` : ''}${c.pagesPerRange === undefined ? '' : ` by ${c.pagesPerRange} pages`}${c.where === undefined ? '' : ` where ${c.where}`}`;

export function keyText(key: IndexKey): string {
  const name = key.column === undefined ? key.text : identifier(key.column);
  const operatorClass = key.operatorClass === undefined ? '' : ` ${key.operatorClass}`;
  const direction = key.descending ? ' DESC' : '';
  const nulls =
    key.nullsFirst === undefined || key.nullsFirst === (key.descending ?? false)
      ? ''
      : key.nullsFirst
        ? ' NULLS FIRST'
        : ' NULLS LAST';
  return `${name}${operatorClass}${direction}${nulls}`;
}

const MOST_NAME_BYTES = 63;

/** A name that says what is indexed; cut to PostgreSQL's limit with a mark of what was cut. */
export function candidateName(c: Candidate): string {
  const table = c.relation.name.slice(schemaOf(c.relation.name).length).replaceAll('"', '');
  const words = [
    table,
    ...c.keys.map((k) => k.column ?? k.text),
    ...(c.include.length > 0 ? ['with', ...c.include] : []),
    ...(c.where === undefined ? [] : ['where', c.where]),
  ];
  const name = `${words
    .join('_')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, '_')
    .replace(/_+/g, '_')
    .replace(/_$/, '')}${c.method === 'btree' ? '' : `_${c.method}`}_idx`;
  if (Buffer.byteLength(name) <= MOST_NAME_BYTES) return name;
  const mark = createHash('sha256').update(candidateId(c)).digest('hex').slice(0, 8);
  return `${Buffer.from(name)
    .subarray(0, MOST_NAME_BYTES - 13)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')}_${mark}_idx`;
}

/**
 * The statement that builds it. `concurrently`: without stopping writes, and not inside a transaction; PostgreSQL refuses
 * that on a partitioned table as a whole.
 */
export function createStatement(c: Candidate, concurrently: boolean): string {
  const method = c.method === 'btree' ? '' : ` USING ${c.method}`;
  const include = c.include.length > 0 ? ` INCLUDE (${c.include.map(identifier).join(', ')})` : '';
  const storage = c.pagesPerRange === undefined ? '' : ` WITH (pages_per_range = ${c.pagesPerRange})`;
  const where = c.where === undefined ? '' : ` WHERE ${c.where}`;
  return `CREATE INDEX${concurrently && !c.relation.partitioned ? ' CONCURRENTLY' : ''} ${identifier(candidateName(c))} ON ${c.relation.name}${method} (${c.keys.map(keyText).join(', ')})${include}${storage}${where}`;
}

export const dropStatement = (c: Candidate, concurrently: boolean): string =>
  `DROP INDEX${concurrently && !c.relation.partitioned ? ' CONCURRENTLY' : ''} IF EXISTS ${schemaOf(c.relation.name)}${identifier(candidateName(c))}`;

/** The schema in front of a name, with its point; nothing where there is none. Points inside quotes are part of a name. */
export const schemaOf = (relation: string): string =>
  /^((?:"(?:[^"]|"")*"|[^".]+)\.)/.exec(relation)?.[1] ?? '';
