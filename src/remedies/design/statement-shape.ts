import { type Segment, say, type Text } from '../../domain/index.js';
import { snake } from './code-text.js';

/** What a statement compares, sorts and reads: read from its text when that was seen, else guessed from its name. */
export interface StatementShape {
  /** True when the columns are those of the statement itself. */
  isKnown: boolean;
  table: Segment;
  /** Compared with `=`, in order. */
  equal: readonly Segment[];
  /** What the rows are sorted by or ranged over, newest first. */
  sort: Segment | undefined;
  kind: 'owner' | 'search' | 'aggregate' | 'key';
}

const ACTIONS =
  /^(?:look|lookup|lookups|up|query|queries|search|list|history|fetch|get|find|read|select|load|count|report|aggregate|sum|facet|latest|recent|last|statement|page|pages|screen|view|the|all|of|for|per|slow|slowest|detail|details|by)$/i;

/** The shape of a statement. Names of tables and columns keep to letters, digits and `_`. */
export const shapeOf = (label: string): StatementShape =>
  /\bfrom\b/i.test(label) ? fromSql(label) : fromName(label);

function fromSql(sql: string): StatementShape {
  const table = /\bfrom\s+["`[]?([\w.]+)/i.exec(sql)?.[1] ?? 'lookup';
  const where = /\bwhere\b([\s\S]*?)(?:\border\s+by\b|\bgroup\s+by\b|\blimit\b|$)/i.exec(sql)?.[1] ?? '';
  const equal = [...where.matchAll(/["`[]?(?:\w+\.)?(\w+)["`\]]?\s*(?:=|\bin\b)\s*[?$:(@%'\d]/gi)].map(
    (m) => m[1] ?? '',
  );
  const sort = /\border\s+by\s+["`[]?(?:\w+\.)?(\w+)/i.exec(sql)?.[1];
  const range = /["`[]?(?:\w+\.)?(\w+)["`\]]?\s*(?:[<>]=?|\bbetween\b)/i.exec(where)?.[1];
  const by = sort ?? range;
  return {
    isKnown: true,
    table: snake(table.split('.').pop() ?? table, 'lookup'),
    equal: [...new Set(equal)].slice(0, 3).map((c) => snake(c, 'id')),
    sort: by === undefined ? undefined : snake(by, 'created_at'),
    kind: /\b(?:like|ilike|match|@@)\b/i.test(sql)
      ? 'search'
      : /\b(?:count|sum|avg)\s*\(/i.test(sql)
        ? 'aggregate'
        : by
          ? 'owner'
          : 'key',
  };
}

function fromName(label: string): StatementShape {
  const words: string[] = label.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const at = words.indexOf('by');
  const before = (at < 0 ? words : words.slice(0, at)).filter((w) => !ACTIONS.test(w));
  const key = (at < 0 ? [] : words.slice(at + 1)).filter((w) => !ACTIONS.test(w));
  const things = before.length > 0 ? before : ['item'];
  const table = snake(
    [...things.slice(0, -1), plural(things[things.length - 1] ?? 'item')].join(' '),
    'items',
  );
  const kind = /search|suggest|autocomplete|match/i.test(label)
    ? 'search'
    : /count|report|aggregat|sum|facet|dashboard|statistic/i.test(label)
      ? 'aggregate'
      : 'owner';
  return {
    isKnown: false,
    table,
    equal: [key.length > 0 ? snake(`${key.join(' ')} id`, 'owner_id') : { name: 'owner_id' }],
    sort: { name: 'created_at' },
    kind,
  };
}

const plural = (word: string): string =>
  /s$/.test(word)
    ? word
    : /[^aeiou]y$/.test(word)
      ? `${word.slice(0, -1)}ies`
      : /(?:ch|sh|x|z)$/.test(word)
        ? `${word}es`
        : `${word}s`;

const commas = (parts: readonly Segment[]): Text => parts.flatMap((p, i): Text => (i > 0 ? [', ', p] : [p]));

export interface ShapeText {
  /** Columns of the index: equality first, then the sort. */
  keys: Text;
  /** Its conditions as SQL with named parameters. */
  where: Text;
  order: Text;
  index: { name: string };
}

/** The parts of SQL that statements and indexes of this shape are made of. */
export function shapeText(shape: StatementShape): ShapeText {
  const first = shape.equal.length > 0 ? shape.equal : [{ name: 'owner_id' } as Segment];
  const keys = shape.sort ? say`${commas(first)}, ${shape.sort} DESC` : commas(first);
  const where = first.flatMap((c, i): Text => (i > 0 ? [' AND ', c, ' = :', c] : [c, ' = :', c]));
  return {
    keys,
    where,
    order: shape.sort ? say`ORDER BY ${shape.sort} DESC LIMIT :page` : [],
    index: { name: `${nameIn(shape.table)}_${nameIn(first[0])}_idx` },
  };
}

const nameIn = (s: Segment | undefined): string => (typeof s === 'object' && 'name' in s ? s.name : 'lookup');
