import {
  isRecord,
  numberAt,
  type PlanDocument,
  type PlanDocumentNode,
  type PlanRecord,
  type PlanValue,
  textAt,
} from '../document.js';
import { ACCESS, documentOf, inclusiveMs, nestedLoop, node } from './node.js';

export const looksLikeMysqlJson = (text: string): boolean =>
  /"query_block"\s*:/.test(text) && /"select_id"\s*:/.test(text);

/** Steps around a part of a plan, by the keys of both products. */
const AROUND: Readonly<Record<string, { kind: string; title: string }>> = {
  filesort: { kind: 'Sort', title: 'Sort' },
  ordering_operation: { kind: 'Sort', title: 'Sort' },
  temporary_table: { kind: 'Materialize', title: 'Temporary table' },
  grouping_operation: { kind: 'Aggregate', title: 'Group' },
  duplicates_removal: { kind: 'Aggregate', title: 'Remove duplicates' },
  windowing: { kind: 'WindowAgg', title: 'Window' },
  window_functions_computation: { kind: 'WindowAgg', title: 'Window' },
  materialized: { kind: 'Materialize', title: 'Materialise' },
  materialized_from_subquery: { kind: 'Materialize', title: 'Materialise' },
};
const SUBQUERIES = /subqueries$|^subqueries/;

/** A `query_block` of MySQL or MariaDB, with or without ANALYZE. Undefined for one that reads no table. */
export function readQueryBlock(record: PlanRecord): PlanDocument | undefined {
  const block = record.query_block;
  if (!isRecord(block)) return undefined;
  const root = partOf(block);
  return root && documentOf(root, numberAt(block, 'r_total_time_ms'));
}

/** The step that an object describes: the table in it, or what stands around the tables in it. */
function partOf(record: PlanRecord): PlanDocumentNode | undefined {
  const own: PlanDocumentNode[] = [];
  const loop = record.nested_loop;
  if (Array.isArray(loop)) {
    const joined = nestedLoop(loop.filter(isRecord).flatMap((step) => partOf(step) ?? []));
    if (joined) own.push(joined);
  }
  if (isRecord(record.table)) own.push(tableOf(record.table));
  for (const [key, value] of Object.entries(record)) {
    if (key === 'table' || key === 'nested_loop' || SUBQUERIES.test(key)) continue;
    const around = AROUND[key];
    for (const inner of recordsIn(value)) {
      const part = /^(?:block-nl-join|bnl-join|hash-join)/i.test(key) ? bufferedJoin(inner) : partOf(inner);
      if (!part) continue;
      own.push(around && isAround(key, inner) ? wrapped(around, inner, part) : part);
    }
  }
  const [first] = own;
  const root = own.length > 1 ? node({ kind: 'Append', title: 'One after the other', children: own }) : first;
  const below = subqueriesOf(record);
  return root && below.length > 0 ? { ...root, Plans: [...(root.Plans ?? []), ...below] } : root;
}

/** MySQL names sorting and grouping also where an index gives the order. */
const isAround = (key: string, record: PlanRecord): boolean =>
  key === 'ordering_operation'
    ? record.using_filesort === true
    : key === 'grouping_operation' || key === 'duplicates_removal'
      ? record.using_temporary_table === true || record.using_filesort === true
      : true;

const recordsIn = (value: PlanValue | undefined): PlanRecord[] =>
  isRecord(value) ? [value] : Array.isArray(value) ? value.filter(isRecord) : [];

function wrapped(
  around: { kind: string; title: string },
  record: PlanRecord,
  child: PlanDocumentNode,
): PlanDocumentNode {
  const below = inclusiveMs(child);
  const own = numberAt(record, 'r_total_time_ms');
  const rows = numberAt(record, 'r_output_rows');
  return node({
    ...around,
    ...(below === undefined ? {} : { ms: Math.max(below, own ?? 0), loops: 1, rows: rows ?? rowsOf(child) }),
    more: {
      ...(textAt(record, 'sort_key') === undefined ? {} : { 'Sort Key': textAt(record, 'sort_key') }),
      ...((numberAt(record, 'r_sort_passes') ?? 0) > 0
        ? { 'Sort Passes': numberAt(record, 'r_sort_passes') }
        : {}),
    },
    children: [child],
  });
}

const rowsOf = (n: PlanDocumentNode): number => {
  const [rows, loops] = [n['Actual Rows'], n['Actual Loops']];
  return (typeof rows === 'number' ? rows : 0) * (typeof loops === 'number' ? loops : 1);
};

function bufferedJoin(record: PlanRecord): PlanDocumentNode | undefined {
  if (!isRecord(record.table)) return partOf(record);
  const table = tableOf(record.table);
  return { ...table, 'Join Buffer': textAt(record, 'join_type') ?? 'BNL' };
}

function tableOf(table: PlanRecord): PlanDocumentNode {
  const access = (textAt(table, 'access_type') ?? 'all').toLowerCase();
  const { kind, title } = ACCESS[access.replace(/^.*\|/, '')] ?? { kind: 'Seq Scan', title: access };
  const loops = numberAt(table, 'r_loops');
  const read = numberAt(table, 'r_rows');
  const share = (numberAt(table, 'r_filtered') ?? 100) / 100;
  const ms =
    sum(numberAt(table, 'r_table_time_ms'), numberAt(table, 'r_other_time_ms')) ??
    numberAt(table, 'r_total_time_ms');
  const estimated = numberAt(table, 'rows_examined_per_scan') ?? numberAt(table, 'rows');
  const passes = (numberAt(table, 'filtered') ?? 100) / 100;
  const below = ['materialized', 'materialized_from_subquery']
    .flatMap((key) => recordsIn(table[key]))
    .flatMap((inner) => partOf(inner) ?? []);
  return node({
    kind: below.length > 0 ? 'CTE Scan' : kind,
    title,
    relation: textAt(table, 'table_name'),
    index: textAt(table, 'key'),
    condition: textAt(table, 'attached_condition') ?? textAt(table, 'index_condition'),
    plannedRows: estimated === undefined ? undefined : estimated * passes,
    more: {
      ...(estimated === undefined ? {} : { 'Rows To Read': estimated }),
      ...(table.using_join_buffer === undefined ? {} : { 'Join Buffer': String(table.using_join_buffer) }),
    },
    ...(loops === undefined
      ? {}
      : {
          loops,
          rows: (read ?? 0) * share,
          removed: (read ?? 0) * (1 - share),
          ms: ms === undefined ? undefined : ms / Math.max(1, loops),
        }),
    children: below,
  });
}

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);

/** Sub-selects that are run for rows of the block around them. */
function subqueriesOf(record: PlanRecord): PlanDocumentNode[] {
  return Object.entries(record)
    .filter(([key]) => SUBQUERIES.test(key))
    .flatMap(([, value]) => recordsIn(value))
    .flatMap((entry) => {
      const cache = entry.expression_cache;
      const holder = isRecord(cache) ? cache : entry;
      const block = isRecord(holder.query_block) ? holder.query_block : undefined;
      const part = block && partOf(block);
      if (!block || !part) return [];
      const loops = numberAt(block, 'r_loops');
      const ms = numberAt(block, 'r_total_time_ms');
      return [
        {
          ...part,
          'Parent Relationship': holder.dependent === false ? 'InitPlan' : 'SubPlan',
          'Subplan Name': `select #${numberAt(block, 'select_id') ?? '?'}`,
          ...(loops === undefined || ms === undefined || part['Actual Loops'] === undefined
            ? {}
            : { 'Actual Total Time': ms / Math.max(1, loops), 'Actual Loops': loops }),
        },
      ];
    });
}
