import type {
  ColumnStatistics,
  ExistingIndex,
  Relation,
} from '../../../evidence/connectors/postgres/catalogue.js';
import type { Condition, QueryBlock } from '../statements/shape.js';
import { identifier, literal } from '../statements/syntax.js';
import { type Candidate, candidateId, type IndexKey, keyText } from './candidate.js';

/** A value that more rows have than this is not worth searching for: reading the table is as fast. */
const COMMON_SHARE = 0.2;
/** A partial index pays where few rows have the value and its other values are many. */
const RARE_SHARE = 0.1;
/** Smaller tables are read as a whole as fast as any index is gone down. */
const LEAST_PAGES = 8;
const PAGE_BYTES = 8192;
const MOST_KEYS = 3;
const MOST_INCLUDED = 3;
/** A trigram needs three characters in a row that are known. */
const TRIGRAM = /[^%_\\]{3}/;
const BRIN_CORRELATION = 0.9;
/** Ranges a table is cut into at least: enough that a search of a few of them leaves the rest unread. */
const BRIN_RANGES = 256;

/**
 * The indexes that could serve a statement, by the rule of equality, then sort, then range, with their variants: partial
 * on rare values, on expressions, for patterns, covering. Which are worth it is for measurement to say.
 */
export function candidatesFor(blocks: readonly QueryBlock[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const block of blocks)
    for (const relation of block.read.keys()) {
      if (relation.bytes < LEAST_PAGES * PAGE_BYTES) continue;
      for (const candidate of forRelation(block, relation)) {
        if (candidate.keys.length === 0 || relation.indexes.some((i) => serves(i, candidate))) continue;
        const id = candidateId(candidate);
        if (!found.has(id)) found.set(id, candidate);
      }
    }
  return [...found.values()];
}

function forRelation(block: QueryBlock, relation: Relation): Candidate[] {
  const own = block.conditions.filter((c) => c.relation === relation);
  const joins = [...new Set(block.joins.filter((j) => j.relation === relation).map((j) => j.column))];
  const equal = own.filter(
    (c) => (c.kind === 'equal' || c.kind === 'in' || c.kind === 'null') && selective(c),
  );
  const ranges = own.filter((c) => c.kind === 'range' || (c.kind === 'prefix' && stable(c)));
  const order = readForward(block.order.filter((o) => o.relation === relation).map(sortKey));
  const make = (keys: IndexKey[], because: string, more: Partial<Candidate> = {}): Candidate => ({
    relation,
    method: 'btree',
    keys: distinctKeys(keys).slice(0, MOST_KEYS + 1),
    include: [],
    because,
    ...more,
  });
  const out: Candidate[] = [];
  const equalKeys = [...equal]
    .sort((a, b) => distinctOf(b) - distinctOf(a))
    .map(keyFor)
    .slice(0, MOST_KEYS);
  const sorts = order.length > 0 && !equal.some((c) => c.kind === 'in') ? order : [];

  if (equalKeys.length > 0) {
    out.push(make(equalKeys, 'equality'));
    for (const key of equalKeys) {
      out.push(make([key], 'equality'));
      if (sorts.length > 0) out.push(make([key, ...sorts], 'equality, then sort'));
      for (const range of ranges) out.push(make([key, keyFor(range)], 'equality, then range'));
    }
    if (sorts.length > 0) out.push(make([...equalKeys, ...sorts], 'equality, then sort'));
    for (const range of ranges) out.push(make([...equalKeys, keyFor(range)], 'equality, then range'));
  }
  for (const range of ranges)
    out.push(make([keyFor(range)], range.kind === 'prefix' ? 'prefix of a text' : 'range'));
  if (sorts.length > 0 && block.limited) out.push(make(sorts, 'sort under a limit'));
  for (const column of joins) {
    const key: IndexKey = { text: column, column };
    out.push(make([key], 'join'));
    if (equalKeys.length > 0)
      out.push(
        make([key, ...equalKeys], 'join, then equality'),
        make([...equalKeys, key], 'equality, then join'),
      );
    if (sorts.length > 0) out.push(make([key, ...sorts], 'join, then sort'));
  }
  for (const rare of own.filter(isRare)) {
    const rest = equal.filter((c) => c !== rare).map(keyFor);
    const where = predicateOf(rare);
    if (where === undefined) continue;
    const keys = [...rest, ...sorts, ...(ranges[0] && sorts.length === 0 ? [keyFor(ranges[0])] : [])];
    const fallback = relation.indexes.find((i) => i.constraint)?.keys[0];
    if (keys.length > 0) out.push(make(keys, 'rows with a rare value only', { where }));
    else if (fallback !== undefined)
      out.push(make([{ text: fallback, column: fallback }], 'rows with a rare value only', { where }));
  }
  for (const pattern of own.filter(
    (c) => (c.kind === 'infix' || c.kind === 'prefix') && (c.value === undefined || TRIGRAM.test(c.value)),
  )) {
    const text = pattern.expression === undefined ? (pattern.columns[0] ?? '') : `(${pattern.expression})`;
    out.push(
      make(
        [
          {
            text,
            ...(pattern.expression === undefined ? { column: text } : {}),
            operatorClass: 'gin_trgm_ops',
          },
        ],
        'part of a text',
        {
          method: 'gin',
          extension: 'pg_trgm',
        },
      ),
    );
  }
  for (const range of ranges) {
    const column = columnOf(relation, range);
    if (column && range.expression === undefined && Math.abs(column.correlation ?? 0) > BRIN_CORRELATION)
      out.push(
        make([{ text: column.name, column: column.name }], 'range on rows stored in this order', {
          method: 'brin',
          ...rangesOf(relation),
        }),
      );
  }
  return [...out, ...covering(out, block, relation)];
}

/** Variants that answer from the index alone, where few more columns are read. */
function covering(candidates: readonly Candidate[], block: QueryBlock, relation: Relation): Candidate[] {
  const read = block.read.get(relation);
  if (!read) return [];
  return candidates.flatMap((c) => {
    if (c.method !== 'btree' || c.where !== undefined || c.keys.some((k) => k.column === undefined))
      return [];
    const more = [...read].filter((column) => !c.keys.some((k) => k.column === column)).sort();
    return more.length > 0 && more.length <= MOST_INCLUDED
      ? [{ ...c, include: more, because: `${c.because}, covering` }]
      : [];
  });
}

/** A small table gets shorter ranges than the server's own 128 pages: a search reads whole ranges. */
function rangesOf(relation: Relation): Pick<Candidate, 'pagesPerRange'> {
  const pages = relation.bytes / PAGE_BYTES / BRIN_RANGES;
  return pages < 64 ? { pagesPerRange: 2 ** Math.max(2, Math.round(Math.log2(pages))) } : {};
}

const columnOf = (relation: Relation, condition: Condition): ColumnStatistics | undefined =>
  relation.columns.find((c) => c.name === condition.columns[0]);

/** False for a value that most rows have. Without statistics, or for a parameter, it may be selective. */
function selective(condition: Condition): boolean {
  if (condition.expression !== undefined) return true;
  const column = columnOf(condition.relation, condition);
  if (condition.kind === 'null') return (column?.nullShare ?? 0) < COMMON_SHARE;
  const share = shareOf(condition);
  if (share !== undefined) return share < COMMON_SHARE;
  return column?.distinct === undefined || column.distinct > 1 / COMMON_SHARE;
}

function shareOf(condition: Condition): number | undefined {
  if (condition.value === undefined || condition.expression !== undefined) return undefined;
  return columnOf(condition.relation, condition)?.common.find((v) => v.value === condition.value)?.share;
}

function isRare(condition: Condition): boolean {
  if (condition.expression !== undefined) return false;
  const column = columnOf(condition.relation, condition);
  if (condition.kind === 'not-null') return (column?.nullShare ?? 0) > 1 - RARE_SHARE;
  const share = shareOf(condition);
  // Of a column with many values, none is special: an index on the column itself serves them all.
  return (
    condition.kind === 'equal' &&
    share !== undefined &&
    share < RARE_SHARE &&
    (column?.distinct ?? Infinity) <= 20
  );
}

function predicateOf(condition: Condition): string | undefined {
  const column = identifier(condition.columns[0] ?? '');
  if (condition.kind === 'not-null') return `${column} IS NOT NULL`;
  return condition.value === undefined ? undefined : `${column} = ${literal(condition.value)}`;
}

/** A prefix search by a B-tree needs an order by bytes: the column's own, or that of the pattern operator class. */
function keyFor(condition: Condition): IndexKey {
  const column = condition.columns[0] ?? '';
  const pattern =
    condition.kind === 'prefix' && !(columnOf(condition.relation, condition)?.bytewise ?? false);
  const type = columnOf(condition.relation, condition)?.type ?? 'text';
  const operatorClass = pattern
    ? /^(?:character varying|varchar)/.test(type)
      ? 'varchar_pattern_ops'
      : 'text_pattern_ops'
    : undefined;
  return {
    ...(condition.expression === undefined
      ? { text: column, column }
      : { text: `(${condition.expression})` }),
    ...(operatorClass === undefined ? {} : { operatorClass }),
  };
}

/** A prefix pattern that begins with known characters. */
const stable = (condition: Condition): boolean =>
  condition.value === undefined || /^[^%_]/.test(condition.value);

const sortKey = (o: QueryBlock['order'][number]): IndexKey => ({
  text: o.column,
  column: o.column,
  descending: o.descending,
  nullsFirst: o.nullsFirst,
});

/** A B-tree is read in both directions: where all keys descend, the same index ascending serves, and serves more. */
const readForward = (keys: IndexKey[]): IndexKey[] =>
  keys.every((k) => k.descending && k.nullsFirst)
    ? keys.map((k) => ({ text: k.text, ...(k.column === undefined ? {} : { column: k.column }) }))
    : keys;

function distinctOf(condition: Condition): number {
  return columnOf(condition.relation, condition)?.distinct ?? condition.relation.rows;
}

function distinctKeys(keys: readonly IndexKey[]): IndexKey[] {
  return keys.filter((k, i) => keys.findIndex((o) => o.text === k.text) === i);
}

/** True when an index that is there already answers all that the candidate would: the same keys in front. */
export function serves(existing: ExistingIndex, candidate: Candidate): boolean {
  if (existing.method !== candidate.method || existing.where !== undefined || candidate.where !== undefined)
    return false;
  const wanted = candidate.keys.map(keyText);
  const all = [...existing.keys, ...existing.include];
  const mixed = candidate.because.startsWith('sort') && wanted.length > 1;
  return (
    wanted.every((k, i) => (mixed ? existing.keys[i] === k : sameKey(existing.keys[i], k))) &&
    candidate.include.every((column) => all.includes(column))
  );
}

/** A B-tree is read in both directions, so behind equal keys one sort serves both; brackets around an expression mean nothing. */
const sameKey = (a: string | undefined, b: string): boolean => a !== undefined && plainKey(a) === plainKey(b);
const plainKey = (key: string): string =>
  key
    .replace(/ DESC$/, '')
    .replace(/^\((.*)\)$/, '$1')
    .replace(/::text/g, '');
