import { loadModule, parseSync } from 'libpg-query';

/** A node of PostgreSQL's own parse tree: one key, its kind, and under it the fields. */
export type Node = Readonly<Record<string, unknown>>;
export type Fields = Readonly<Record<string, unknown>>;

export class NotSql extends Error {}

/** Loads PostgreSQL's parser; to be awaited once before `parse`. */
export const loadParser = (): Promise<void> => loadModule();

/**
 * The statements of a text, each with its kind, as PostgreSQL's own parser sees them.
 * @throws NotSql with the parser's words and the place.
 */
export function parse(sql: string): { kind: string; fields: Fields; text: string }[] {
  try {
    const bytes = Buffer.from(sql, 'utf8');
    return (parseSync(sql).stmts ?? []).flatMap((raw) => {
      const from = raw.stmt_location ?? 0;
      const text = bytes
        .subarray(from, raw.stmt_len ? from + raw.stmt_len : undefined)
        .toString('utf8')
        .trim();
      const [kind, fields] = kindOf(raw.stmt) ?? [];
      return kind !== undefined && fields !== undefined ? [{ kind, fields, text }] : [];
    });
  } catch (error) {
    throw new NotSql(error instanceof Error ? error.message : String(error));
  }
}

/** The kind of a node and its fields. */
export function kindOf(node: unknown): [string, Fields] | undefined {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return undefined;
  const entry = Object.entries(node)[0];
  return entry && typeof entry[1] === 'object' && entry[1] !== null
    ? [entry[0], entry[1] as Fields]
    : undefined;
}

/** The fields of a node when it is of this kind. */
export function as(kind: string, node: unknown): Fields | undefined {
  const found = kindOf(node);
  return found?.[0] === kind ? found[1] : undefined;
}

export const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** `schema.name` of a list of String nodes; a function's `pg_catalog` is dropped. */
export const nameOf = (nodes: unknown): string =>
  listOf(nodes)
    .map((n) => as('String', n)?.sval)
    .filter((s) => typeof s === 'string' && s !== 'pg_catalog')
    .join('.');

/** A constant as text, without quotes; undefined for parameters and expressions. */
export function constantOf(node: unknown): string | undefined {
  const cast = as('TypeCast', node);
  if (cast) return constantOf(cast.arg);
  const constant = as('A_Const', node);
  if (!constant || constant.isnull === true) return undefined;
  const field = (key: string, inner: string): unknown => {
    const value = constant[key];
    return typeof value === 'object' && value !== null ? Reflect.get(value, inner) : undefined;
  };
  const text = field('sval', 'sval') ?? field('fval', 'fval');
  if (typeof text === 'string') return text;
  if ('ival' in constant) return String(field('ival', 'ival') ?? 0);
  return 'boolval' in constant ? (field('boolval', 'boolval') === true ? 't' : 'f') : undefined;
}

export interface ColumnName {
  /** Table or alias in front of it, where written. */
  of?: string;
  name: string;
}

export function columnOf(node: unknown): ColumnName | undefined {
  const fields = listOf(as('ColumnRef', node)?.fields).map((f) => as('String', f)?.sval);
  if (fields.length === 0 || fields.some((f) => typeof f !== 'string')) return undefined;
  const name = String(fields[fields.length - 1]);
  const of = fields.length > 1 ? String(fields[fields.length - 2]) : undefined;
  return of === undefined ? { name } : { of, name };
}

/** Every column that a node and all below it name. */
export function columnsIn(node: unknown): ColumnName[] {
  const found: ColumnName[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (typeof value === 'object' && value !== null) {
      const column = columnOf(value);
      if (column) found.push(column);
      else for (const [key, inner] of Object.entries(value)) if (key !== 'SubLink') visit(inner);
    }
  };
  visit(node);
  return found;
}

/** An identifier as it must be written. */
export const identifier = (name: string): string =>
  /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * An expression over columns of one table written anew without the table's name, as an index needs it. Undefined for
 * anything but columns, constants, casts and functions.
 */
export function expressionText(node: unknown): string | undefined {
  const column = columnOf(node);
  if (column) return identifier(column.name);
  const [kind, fields] = kindOf(node) ?? [];
  if (kind === undefined || fields === undefined) return undefined;
  if (kind === 'A_Const') {
    const value = constantOf(node);
    return value === undefined ? undefined : 'sval' in fields ? literal(value) : value;
  }
  if (kind === 'TypeCast') {
    const inner = expressionText(fields.arg);
    const type = nameOf(
      fields.typeName !== null && typeof fields.typeName === 'object'
        ? Reflect.get(fields.typeName, 'names')
        : [],
    );
    return inner === undefined || type === '' ? undefined : `(${inner})::${type}`;
  }
  if (kind === 'FuncCall') {
    const inner = listOf(fields.args).map(expressionText);
    const name = nameOf(fields.funcname);
    if (inner.some((i) => i === undefined) || fields.agg_star === true) return undefined;
    if (name === 'timezone' && inner.length === 2) return `(${inner[1]} AT TIME ZONE ${inner[0]})`;
    return `${name}(${inner.join(', ')})`;
  }
  return undefined;
}
