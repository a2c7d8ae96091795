import type { Relation } from '../../../evidence/connectors/postgres/catalogue.js';
import {
  as,
  type ColumnName,
  columnOf,
  columnsIn,
  constantOf,
  expressionText,
  type Fields,
  kindOf,
  listOf,
} from './syntax.js';

/** How a condition limits what it is about. */
export type ConditionKind = 'equal' | 'in' | 'range' | 'prefix' | 'infix' | 'null' | 'not-null';

/** One condition that an index could answer. */
export interface Condition {
  relation: Relation;
  /** The column it limits, or the columns inside its expression. */
  columns: string[];
  /** Set where an expression is limited, not a bare column: `lower(email)`. */
  expression?: string;
  kind: ConditionKind;
  /** The constant compared with, where it is written out. */
  value?: string;
}

export interface SortKey {
  relation: Relation;
  column: string;
  descending: boolean;
  nullsFirst: boolean;
}

/** One SELECT of a statement (a sub-select is one of its own), or the search of an UPDATE or DELETE. */
export interface QueryBlock {
  conditions: Condition[];
  /** Columns compared with a column of another table. */
  joins: { relation: Relation; column: string }[];
  order: SortKey[];
  limited: boolean;
  /** Columns that are read, by relation; undefined where all are (`*`). */
  read: Map<Relation, Set<string> | undefined>;
}

/** A table of a block under the name by which its columns are called. */
interface Scope {
  called: string;
  relation: Relation;
}

/** Takes a parsed statement apart into its blocks; relations that the catalogue does not know are left out. */
export function shapeOf(kind: string, fields: Fields, catalogue: readonly Relation[]): QueryBlock[] {
  const blocks: QueryBlock[] = [];
  readBlock(kind, fields, catalogue, [], blocks);
  return blocks;
}

function readBlock(
  kind: string,
  fields: Fields,
  catalogue: readonly Relation[],
  outer: readonly Scope[],
  blocks: QueryBlock[],
): void {
  if (kind === 'SelectStmt' && fields.op !== undefined && fields.op !== 'SETOP_NONE') {
    for (const side of [fields.larg, fields.rarg])
      if (typeof side === 'object' && side !== null)
        readBlock('SelectStmt', side as Fields, catalogue, outer, blocks);
    return;
  }
  const scope: Scope[] = [];
  const conjuncts: unknown[] = [];
  const from = kind === 'UpdateStmt' || kind === 'DeleteStmt' ? [{ RangeVar: fields.relation }] : [];
  for (const item of [...from, ...listOf(fields.fromClause), ...listOf(fields.usingClause)])
    readFrom(item, catalogue, scope, conjuncts);
  split(fields.whereClause, conjuncts);
  const all = [...scope, ...outer];
  const block: QueryBlock = {
    conditions: [],
    joins: [],
    order: [],
    limited: fields.limitCount !== undefined,
    read: new Map(),
  };
  for (const conjunct of conjuncts) readCondition(conjunct, scope, all, block);
  block.order = readOrder(fields.sortClause, fields.targetList, scope);
  readColumns(fields, scope, block);
  if (scope.length > 0) blocks.push(block);
  for (const sub of subSelects(fields)) readBlock('SelectStmt', sub, catalogue, all, blocks);
}

function readFrom(item: unknown, catalogue: readonly Relation[], scope: Scope[], conjuncts: unknown[]): void {
  const table = as('RangeVar', item);
  if (table) {
    const name = String(table.relname ?? '');
    const qualified = table.schemaname === undefined ? name : `${table.schemaname}.${name}`;
    const relation =
      catalogue.find((r) => plainName(r.name) === qualified) ??
      catalogue.find(
        (r) => plainName(r.name).replace(/^public\./, '') === qualified.replace(/^public\./, ''),
      );
    const alias =
      typeof table.alias === 'object' && table.alias !== null
        ? Reflect.get(table.alias, 'aliasname')
        : undefined;
    if (relation) scope.push({ called: typeof alias === 'string' ? alias : name, relation });
    return;
  }
  const join = as('JoinExpr', item);
  if (!join) return;
  const before = scope.length;
  readFrom(join.larg, catalogue, scope, conjuncts);
  const middle = scope.length;
  readFrom(join.rarg, catalogue, scope, conjuncts);
  split(join.quals, conjuncts);
  for (const column of listOf(join.usingClause).map((c) => as('String', c)?.sval)) {
    const [left, right] = [scope.slice(before, middle), scope.slice(middle)].map((side) =>
      side.find((s) => hasColumn(s.relation, String(column))),
    );
    if (left && right) conjuncts.push(equality(left.called, right.called, String(column)));
  }
}

const equality = (left: string, right: string, column: string): unknown => {
  const ref = (of: string): unknown => ({
    ColumnRef: { fields: [{ String: { sval: of } }, { String: { sval: column } }] },
  });
  return {
    A_Expr: { kind: 'AEXPR_OP', name: [{ String: { sval: '=' } }], lexpr: ref(left), rexpr: ref(right) },
  };
};

/** Conditions that must all hold. */
function split(node: unknown, out: unknown[]): void {
  const all = as('BoolExpr', node);
  if (all?.boolop === 'AND_EXPR') for (const arg of listOf(all.args)) split(arg, out);
  else if (node !== undefined && node !== null) out.push(node);
}

/** A name of the catalogue as the parser gives it: quotes are for writing. */
const plainName = (name: string): string =>
  name.replace(/"((?:[^"]|"")*)"/g, (_, inside: string) => inside.replaceAll('""', '"'));

const hasColumn = (relation: Relation, column: string): boolean =>
  relation.columns.some((c) => c.name === column);

function resolve(column: ColumnName, scope: readonly Scope[]): Scope | undefined {
  return column.of === undefined
    ? scope.find((s) => hasColumn(s.relation, column.name))
    : scope.find((s) => s.called === column.of && hasColumn(s.relation, column.name));
}

function readCondition(
  node: unknown,
  scope: readonly Scope[],
  all: readonly Scope[],
  block: QueryBlock,
): void {
  const test = as('NullTest', node);
  if (test) {
    add(test.arg, test.nulltesttype === 'IS_NULL' ? 'null' : 'not-null', undefined);
    return;
  }
  const plainBoolean = columnOf(node);
  if (plainBoolean) {
    add(node, 'equal', 't');
    return;
  }
  const not = as('BoolExpr', node);
  if (not?.boolop === 'NOT_EXPR' && columnOf(listOf(not.args)[0])) {
    add(listOf(not.args)[0], 'equal', 'f');
    return;
  }
  const comparison = as('A_Expr', node);
  if (!comparison) return;
  const operator = String(as('String', listOf(comparison.name)[0])?.sval ?? '');
  const kind = conditionKind(String(comparison.kind), operator, comparison.rexpr);
  if (kind === undefined) return;
  const [left, right] = [comparison.lexpr, comparison.rexpr];
  const sides = [columnsIn(left), columnsIn(right)].map(
    (columns) => new Set(columns.map((c) => resolve(c, all))),
  );
  const local = (side: Set<Scope | undefined> | undefined): boolean =>
    [...(side ?? [])].some((s) => s !== undefined && scope.includes(s));
  if (
    sides.every(local) ||
    (local(sides[0]) && (sides[1]?.size ?? 0) > 0) ||
    (local(sides[1]) && (sides[0]?.size ?? 0) > 0)
  ) {
    if (kind !== 'equal') return;
    for (const side of [left, right]) {
      const column = columnOf(side);
      const at = column && resolve(column, all);
      if (column && at && scope.includes(at))
        block.joins.push({ relation: at.relation, column: column.name });
    }
    return;
  }
  if (local(sides[0]))
    add(
      left,
      kind,
      kind === 'equal' || kind === 'prefix' || kind === 'infix' ? constantOf(right) : undefined,
    );
  else if (local(sides[1]) && (kind === 'equal' || kind === 'range')) add(right, kind, constantOf(left));

  function add(about: unknown, of: ConditionKind, value: string | undefined): void {
    const columns = columnsIn(about);
    const places = new Set(columns.map((c) => resolve(c, scope)));
    const place = [...places][0];
    if (places.size !== 1 || !place) return;
    const bare = columnOf(about);
    const expression = bare ? undefined : expressionText(about);
    if (!bare && expression === undefined) return;
    block.conditions.push({
      relation: place.relation,
      columns: [...new Set(columns.map((c) => c.name))],
      kind: of,
      ...(expression === undefined ? {} : { expression }),
      ...(value === undefined ? {} : { value }),
    });
  }
}

function conditionKind(kind: string, operator: string, right: unknown): ConditionKind | undefined {
  if (kind === 'AEXPR_IN' && operator === '=') return 'in';
  if (kind === 'AEXPR_OP_ANY' && operator === '=') return 'in';
  if (kind === 'AEXPR_BETWEEN' || kind === 'AEXPR_BETWEEN_SYM') return 'range';
  if (kind === 'AEXPR_LIKE' && operator === '~~') {
    const pattern = constantOf(right);
    // Without the pattern nothing is known; an index for a prefix would not serve what begins with a wildcard.
    return pattern === undefined
      ? undefined
      : /^[%_]/.test(pattern)
        ? 'infix'
        : /[%_]/.test(pattern)
          ? 'prefix'
          : 'equal';
  }
  if (kind === 'AEXPR_ILIKE' && operator === '~~*') return 'infix';
  if (kind !== 'AEXPR_OP') return undefined;
  return operator === '=' ? 'equal' : /^(?:<|>|<=|>=)$/.test(operator) ? 'range' : undefined;
}

/** Sort keys while they are bare columns of one table: an index cannot go on behind the first that is not. */
function readOrder(clause: unknown, targets: unknown, scope: readonly Scope[]): SortKey[] {
  const keys: SortKey[] = [];
  for (const item of listOf(clause)) {
    const sort = as('SortBy', item);
    const named = columnOf(sort?.node) ?? columnOf(targetAt(sort?.node, targets));
    const place = named && resolve(named, scope);
    if (!sort || !named || !place || (keys[0] && keys[0].relation !== place.relation)) return [];
    const descending = sort.sortby_dir === 'SORTBY_DESC';
    keys.push({
      relation: place.relation,
      column: named.name,
      descending,
      nullsFirst:
        sort.sortby_nulls === 'SORTBY_NULLS_FIRST' ||
        (descending && sort.sortby_nulls !== 'SORTBY_NULLS_LAST'),
    });
  }
  return keys;
}

/** `ORDER BY 2` means the second column of the list. */
function targetAt(node: unknown, targets: unknown): unknown {
  const position = Number(constantOf(node));
  return Number.isInteger(position) ? as('ResTarget', listOf(targets)[position - 1])?.val : undefined;
}

function readColumns(fields: Fields, scope: readonly Scope[], block: QueryBlock): void {
  const star = (node: unknown): boolean =>
    listOf(as('ColumnRef', as('ResTarget', node)?.val)?.fields).some((f) => as('A_Star', f));
  const everything = listOf(fields.targetList).some(star);
  for (const { relation } of scope) block.read.set(relation, everything ? undefined : new Set());
  for (const column of columnsIn(fields)) {
    const place = resolve(column, scope);
    if (place) block.read.get(place.relation)?.add(column.name);
  }
}

/** The SELECTs directly inside a block: sub-selects, common table expressions, selects in FROM. */
function subSelects(fields: Fields): Fields[] {
  const found: Fields[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const node = kindOf(value);
    if (node?.[0] === 'SelectStmt') {
      found.push(node[1]);
      return;
    }
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(Object.values(fields));
  return found;
}
