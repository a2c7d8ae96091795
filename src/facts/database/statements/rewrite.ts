import type { Relation } from '../../../evidence/connectors/postgres/catalogue.js';
import {
  as,
  columnOf,
  columnsIn,
  constantOf,
  type Fields,
  kindOf,
  listOf,
  literal,
  nameOf,
} from './syntax.js';

/** A condition that no index on its column can answer, and the same as a range that one can. */
export interface Rewrite {
  /** The column, as it was written. */
  column: string;
  before: string;
  after: string;
  /** The whole statement with the condition replaced. */
  statement: string;
}

const DAY_MS = 86_400_000;

/**
 * Conditions that compute a day (month, hour, year) from a time column and compare it, as half-open ranges of the
 * column: `(created_at AT TIME ZONE 'UTC')::date = '2025-01-03'`, `date_trunc('day', created_at) = …`,
 * `extract(year FROM created_at) = 2025`. Only where the time zone is written or the type has none: with the session's
 * zone the range would depend on who asks.
 */
export function sargableRewrites(
  statement: string,
  fields: Fields,
  catalogue: readonly Relation[],
): Rewrite[] {
  const found: { from: number; to: number; column: string; after: string }[] = [];
  for (const comparison of comparisonsIn(fields)) {
    if (nameOf(comparison.name) !== '=') continue;
    const range = rangeOf(comparison.lexpr, comparison.rexpr, catalogue);
    if (!range) continue;
    const place = placeOf(statement, comparison);
    if (place) found.push({ ...place, ...range });
  }
  found.sort((a, b) => b.from - a.from);
  let rewritten = statement;
  for (const f of found) rewritten = rewritten.slice(0, f.from) + f.after + rewritten.slice(f.to);
  return found.reverse().map((f) => ({
    column: f.column,
    before: statement.slice(f.from, f.to),
    after: f.after,
    statement: rewritten,
  }));
}

function comparisonsIn(node: unknown): Fields[] {
  const out: Fields[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null) {
      const comparison = as('A_Expr', value);
      if (comparison?.kind === 'AEXPR_OP') out.push(comparison);
      for (const inner of Object.values(value)) visit(inner);
    }
  };
  visit(node);
  return out;
}

/** Characters of `left = right`; the parser gives bytes, and where the left side begins only for its innermost part. */
function placeOf(statement: string, comparison: Fields): { from: number; to: number } | undefined {
  const operator = chars(statement, Number(comparison.location));
  const rightAt = locationOf(comparison.rexpr);
  if (rightAt === undefined || statement[operator] !== '=') return undefined;
  const right = chars(statement, rightAt);
  const end = /^(?:(?:date|timestamp|timestamptz)\s+)?(?:'(?:[^']|'')*'|\d+)(?:\s*::\s*\w+)?/i.exec(
    statement.slice(right),
  )?.[0].length;
  const from = startOfLeft(statement, operator);
  return end === undefined || from === undefined ? undefined : { from, to: right + end };
}

const chars = (statement: string, bytes: number): number =>
  Buffer.from(statement, 'utf8').subarray(0, bytes).toString('utf8').length;

function locationOf(node: unknown): number | undefined {
  const [, fields] = kindOf(node) ?? [];
  const inner = fields?.arg === undefined ? undefined : locationOf(fields.arg);
  const own = typeof fields?.location === 'number' && fields.location >= 0 ? fields.location : undefined;
  return inner === undefined ? own : own === undefined ? inner : Math.min(own, inner);
}

/** Walks back over `…(…)::type` or `name(…)` in front of the operator. */
function startOfLeft(statement: string, operator: number): number | undefined {
  let i = operator - 1;
  const skip = (pattern: RegExp): void => {
    while (i >= 0 && pattern.test(statement[i] ?? '')) i--;
  };
  skip(/\s/);
  const cast = /::\s*[a-z_ ]+$/i.exec(statement.slice(0, i + 1));
  if (cast) i = cast.index - 1;
  skip(/\s/);
  if (statement[i] === ')') {
    let depth = 0;
    for (; i >= 0; i--) {
      if (statement[i] === ')') depth++;
      else if (statement[i] === '(') depth--;
      if (depth === 0) break;
    }
    i--;
  }
  skip(/[\w."]/);
  return i + 1 < operator ? i + 1 : undefined;
}

interface Span {
  column: string;
  after: string;
}

function rangeOf(left: unknown, right: unknown, catalogue: readonly Relation[]): Span | undefined {
  const value = constantOf(right);
  if (value === undefined) return undefined;
  const cast = as('TypeCast', left);
  const castTo = cast && nameOf(Reflect.get(Object(cast.typeName), 'names'));
  if (cast && castTo === 'date') return spanOf(cast.arg, value, 'day', catalogue);
  const call = as('FuncCall', left);
  const name = call && nameOf(call.funcname);
  const args = listOf(call?.args);
  if (name === 'date' && args.length === 1) return spanOf(args[0], value, 'day', catalogue);
  if (name === 'date_trunc' && args.length === 2) {
    const unit = constantOf(args[0])?.toLowerCase();
    return unit === 'day' || unit === 'month' || unit === 'year' || unit === 'hour'
      ? spanOf(args[1], value, unit, catalogue)
      : undefined;
  }
  if (
    (name === 'extract' || name === 'date_part') &&
    args.length === 2 &&
    constantOf(args[0])?.toLowerCase() === 'year' &&
    /^\d{4}$/.test(value)
  )
    return spanOf(args[1], `${value}-01-01`, 'year', catalogue);
  return undefined;
}

function spanOf(
  about: unknown,
  value: string,
  unit: 'hour' | 'day' | 'month' | 'year',
  catalogue: readonly Relation[],
): Span | undefined {
  const call = as('FuncCall', about);
  const zoned = call && nameOf(call.funcname) === 'timezone' ? listOf(call.args) : undefined;
  const zone = zoned && constantOf(zoned[0]);
  const column = columnOf(zoned ? zoned[1] : about);
  if (!column || (zoned && zone === undefined) || columnsIn(about).length !== 1) return undefined;
  const type = typeOf(column.name, catalogue);
  if (zoned ? type !== 'timestamp with time zone' : type !== 'timestamp without time zone') return undefined;
  const from = startOf(value, unit);
  if (from === undefined) return undefined;
  const at = (ms: number): string => {
    const text = new Date(ms)
      .toISOString()
      .slice(0, unit === 'hour' ? 16 : 10)
      .replace('T', ' ');
    const stamp = `timestamp ${literal(text)}`;
    return zone === undefined ? stamp : `${stamp} AT TIME ZONE ${literal(zone)}`;
  };
  const name = column.of === undefined ? column.name : `${column.of}.${column.name}`;
  return { column: column.name, after: `${name} >= ${at(from)} AND ${name} < ${at(endOf(from, unit))}` };
}

/** The type of a column, where all tables that have one of this name agree. */
function typeOf(column: string, catalogue: readonly Relation[]): string | undefined {
  const types = new Set(
    catalogue.flatMap((r) =>
      r.columns.filter((c) => c.name === column).map((c) => c.type.replace(/\(\d\)/, '')),
    ),
  );
  return types.size === 1 ? [...types][0] : undefined;
}

/** Undefined where the value is not the start of such a span: the condition would never hold. */
function startOf(value: string, unit: 'hour' | 'day' | 'month' | 'year'): number | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):00(?::00(?:\.0+)?)?)?$/.exec(value.trim());
  if (!parts) return undefined;
  const [year, month, day, hour] = [1, 2, 3, 4].map((i) => Number(parts[i] ?? 0));
  if (unit !== 'hour' && hour !== 0) return undefined;
  if ((unit === 'month' || unit === 'year') && day !== 1) return undefined;
  if (unit === 'year' && month !== 1) return undefined;
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0);
}

function endOf(from: number, unit: 'hour' | 'day' | 'month' | 'year'): number {
  const date = new Date(from);
  if (unit === 'hour') return from + DAY_MS / 24;
  if (unit === 'day') return from + DAY_MS;
  return unit === 'month'
    ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
    : Date.UTC(date.getUTCFullYear() + 1, 0, 1);
}
