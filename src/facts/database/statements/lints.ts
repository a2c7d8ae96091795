import { name, say, type Text } from '../../../domain/index.js';
import {
  as,
  columnOf,
  columnsIn,
  constantOf,
  type Fields,
  kindOf,
  listOf,
  NotSql,
  nameOf,
  parse,
} from './syntax.js';

/** Something in the text of a statement that makes it dearer than it need be, wherever it runs. */
export interface StatementLint {
  id:
    | 'select-star'
    | 'offset'
    | 'long-list'
    | 'cast-of-column'
    | 'function-of-column'
    | 'leading-wildcard'
    | 'no-condition';
  /** What is written, and why it costs. */
  reason: Text;
  remedy: Text;
}

/** A list longer than this is data, not a condition: it makes texts that differ and plans that are made anew. */
const LONG_LIST = 50;

/**
 * What the text of a statement says against it. Needs no server; says nothing about how much it costs: tell it only of
 * statements that take a material part of the time. Empty for what PostgreSQL's parser does not read.
 * `loadParser` must have been awaited.
 */
export function lintStatement(sql: string): StatementLint[] {
  let statements: ReturnType<typeof parse>;
  try {
    statements = parse(readable(sql));
  } catch (error) {
    if (error instanceof NotSql) return [];
    throw error;
  }
  const [first] = statements;
  if (!first || statements.length > 1) return [];
  const found = new Map<string, StatementLint>();
  const add = (lint: StatementLint | undefined): void => {
    if (lint && !found.has(lint.id)) found.set(lint.id, lint);
  };
  visit(first.kind, first.fields, (kind, fields) => {
    if (kind === 'SelectStmt' && listOf(fields.fromClause).length > 0) {
      add(selectStar(fields));
      add(offset(fields));
    }
    if (kind === 'UpdateStmt' || kind === 'DeleteStmt') add(noCondition(kind, fields));
    if (kind === 'A_Expr') {
      add(longList(fields));
      add(leadingWildcard(fields));
      add(wrappedColumn(fields));
    }
  });
  return [...found.values()];
}

/** Placeholders and quotes of other dialects as PostgreSQL's parser takes them. */
const readable = (sql: string): string =>
  sql
    .replace(/`([^`]*)`/g, '"$1"')
    .replace(/\?\.\./g, '$1')
    .replace(/(?<![\w?])\?(?![\w?|&])/g, '$1')
    .replace(/\blimit\s+([$\w]+)\s*,\s*([$\w]+)/gi, 'LIMIT $2 OFFSET $1'.replace(/\$(\d)/g, '$$$1'));

/** Every node with its kind, from the outside in. */
function visit(kind: string, fields: Fields, see: (kind: string, fields: Fields) => void): void {
  see(kind, fields);
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (typeof value === 'object' && value !== null) {
      const inner = kindOf(value);
      if (inner && /^[A-Z]/.test(inner[0])) {
        see(inner[0], inner[1]);
        for (const below of Object.values(inner[1])) walk(below);
      } else for (const below of Object.values(value)) walk(below);
    }
  };
  for (const below of Object.values(fields)) walk(below);
}

function selectStar(fields: Fields): StatementLint | undefined {
  const star = listOf(fields.targetList).some((t) => {
    const value = as('ResTarget', t)?.val;
    return listOf(as('ColumnRef', value)?.fields).some(
      (f) => as('A_Star', f) !== undefined || 'A_Star' in Object(f),
    );
  });
  return star
    ? {
        id: 'select-star',
        reason: say`it asks for every column (${name('SELECT *')}), so no index alone can answer it and wide columns are read and sent`,
        remedy: say`name the columns that are used`,
      }
    : undefined;
}

function offset(fields: Fields): StatementLint | undefined {
  const skipped = fields.limitOffset;
  if (skipped === undefined || skipped === null) return undefined;
  const constant = constantOf(skipped);
  if (constant !== undefined && Number(constant) < 100) return undefined;
  return {
    id: 'offset',
    reason: say`it skips rows with ${name('OFFSET')}, which are made and thrown away, more with every page`,
    remedy: say`go on from the last row shown: ${name('WHERE (sort columns) > (last values) ORDER BY … LIMIT …')} with an index on the sort columns`,
  };
}

function longList(fields: Fields): StatementLint | undefined {
  if (fields.kind !== 'AEXPR_IN') return undefined;
  const items = listOf(as('List', fields.rexpr)?.items ?? fields.rexpr);
  return items.length >= LONG_LIST
    ? {
        id: 'long-list',
        reason: say`it names its values one by one in a long list, a text and a plan of its own for each length`,
        remedy: say`send them as one parameter: ${name('= ANY (array)')} in PostgreSQL, a temporary table or ${name('JSON_TABLE')} in MySQL`,
      }
    : undefined;
}

function leadingWildcard(fields: Fields): StatementLint | undefined {
  if (fields.kind !== 'AEXPR_LIKE' && fields.kind !== 'AEXPR_ILIKE') return undefined;
  if (!/^[%_]/.test(constantOf(fields.rexpr) ?? '') || columnsIn(fields.lexpr).length === 0) return undefined;
  return {
    id: 'leading-wildcard',
    reason: say`it searches inside a text (${name("LIKE '%…'")}), which no ordinary index serves`,
    remedy: say`a trigram index (${name('gin_trgm_ops')}) in PostgreSQL, a full-text index, or a search engine`,
  };
}

const COMPARES = new Set(['=', '<', '>', '<=', '>=']);

/** A function or cast around a column that is compared: an index on the column is of no use. */
function wrappedColumn(fields: Fields): StatementLint | undefined {
  if (fields.kind !== 'AEXPR_OP' || !COMPARES.has(nameOf(fields.name))) return undefined;
  for (const [side, against] of [
    [fields.lexpr, fields.rexpr],
    [fields.rexpr, fields.lexpr],
  ]) {
    if (columnOf(side) || columnsIn(against).length > 0 || columnsIn(side).length === 0) continue;
    if (as('TypeCast', side) && columnOf(as('TypeCast', side)?.arg))
      return {
        id: 'cast-of-column',
        reason: say`it compares a column after turning it into another type, so an index on the column is of no use`,
        remedy: say`turn the value into the type of the column instead, or index the expression`,
      };
    const call = as('FuncCall', side);
    const sum = as('A_Expr', side);
    if (call && !isAggregate(nameOf(call.funcname)))
      return {
        id: 'function-of-column',
        reason: say`it compares ${name(`${nameOf(call.funcname)}(…)`)} of a column, so an index on the column is of no use`,
        remedy: say`compare the column itself with a range, or index that expression`,
      };
    if (sum && listOf(sum.name).length > 0 && /^[-+*/]$/.test(nameOf(sum.name)))
      return {
        id: 'function-of-column',
        reason: say`it calculates with a column before comparing it, so an index on the column is of no use`,
        remedy: say`move the calculation to the other side`,
      };
  }
  return undefined;
}

const isAggregate = (called: string): boolean => /^(?:count|sum|avg|min|max|bool_and|bool_or)$/.test(called);

function noCondition(kind: string, fields: Fields): StatementLint | undefined {
  return fields.whereClause === undefined
    ? {
        id: 'no-condition',
        reason: say`it ${kind === 'DeleteStmt' ? 'deletes' : 'changes'} every row of the table`,
        remedy: say`give it a condition, or work in batches of some thousand rows, each committed`,
      }
    : undefined;
}
