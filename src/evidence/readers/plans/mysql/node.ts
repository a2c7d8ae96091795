import type { PlanDocument, PlanDocumentNode, PlanRecord } from '../document.js';

/** What MySQL and MariaDB say of a node, in PostgreSQL's keys: so one model holds the plans of both. */
export interface NodeParts {
  kind: string;
  /** As the product calls it. */
  title: string;
  relation?: string | undefined;
  index?: string | undefined;
  condition?: string | undefined;
  plannedRows?: number | undefined;
  cost?: number | undefined;
  /** Of one loop, after the condition. */
  rows?: number | undefined;
  /** Of one loop, thrown away by the condition. */
  removed?: number | undefined;
  loops?: number | undefined;
  /** Of one loop, children included. */
  ms?: number | undefined;
  more?: PlanRecord;
  children?: PlanDocumentNode[];
}

export function node(parts: NodeParts): PlanDocumentNode {
  const keys: PlanRecord = {
    'Shown Type': parts.title,
    ...parts.more,
    ...given('Relation Name', parts.relation),
    ...given('Index Name', parts.index),
    ...given('Filter', parts.condition),
    ...given('Plan Rows', parts.plannedRows),
    ...given('Total Cost', parts.cost),
    ...given('Actual Rows', parts.rows),
    ...given('Rows Removed by Filter', parts.removed),
    ...given('Actual Loops', parts.loops),
    ...given('Actual Total Time', parts.ms),
  };
  return {
    'Node Type': parts.kind,
    ...keys,
    ...(parts.children && parts.children.length > 0 ? { Plans: parts.children } : {}),
  };
}

const given = (key: string, value: string | number | undefined): PlanRecord =>
  value === undefined ? {} : { [key]: value };

export const documentOf = (root: PlanDocumentNode, executionMs?: number): PlanDocument => ({
  Plan: root,
  Product: 'mysql',
  ...(executionMs === undefined ? {} : { 'Execution Time': executionMs }),
});

/** Milliseconds over all loops. */
export const inclusiveMs = (n: PlanDocumentNode | undefined): number | undefined => {
  const ms = n?.['Actual Total Time'];
  const loops = n?.['Actual Loops'];
  return typeof ms === 'number' ? ms * (typeof loops === 'number' ? loops : 1) : undefined;
};

/** Tables read one inside the other, each for every row of those before it. */
export function nestedLoop(tables: readonly PlanDocumentNode[]): PlanDocumentNode | undefined {
  const [first, ...rest] = tables;
  let outer = first;
  for (const inner of rest) outer = outer && joined(outer, inner);
  return outer;
}

function joined(outer: PlanDocumentNode, inner: PlanDocumentNode): PlanDocumentNode {
  const [a, b] = [inclusiveMs(outer), inclusiveMs(inner)];
  const rows = inner['Actual Rows'];
  const loops = inner['Actual Loops'];
  return node({
    kind: 'Nested Loop',
    title: 'Nested loop',
    ...(typeof rows === 'number' && typeof loops === 'number' ? { rows: rows * loops, loops: 1 } : {}),
    ...(a === undefined || b === undefined ? {} : { ms: a + b }),
    children: [
      { ...outer, 'Parent Relationship': 'Outer' },
      { ...inner, 'Parent Relationship': 'Inner' },
    ],
  });
}

/** How tables are reached, by the names that both products use. */
export const ACCESS: Readonly<Record<string, { kind: string; title: string }>> = {
  all: { kind: 'Seq Scan', title: 'Table scan' },
  index: { kind: 'Index Scan', title: 'Index scan' },
  range: { kind: 'Index Scan', title: 'Index range scan' },
  ref: { kind: 'Index Scan', title: 'Index lookup' },
  ref_or_null: { kind: 'Index Scan', title: 'Index lookup' },
  eq_ref: { kind: 'Index Scan', title: 'Single-row index lookup' },
  const: { kind: 'Index Scan', title: 'Single-row lookup' },
  system: { kind: 'Index Scan', title: 'Single-row lookup' },
  fulltext: { kind: 'Index Scan', title: 'Full-text lookup' },
  index_merge: { kind: 'Index Scan', title: 'Merge of indexes' },
  unique_subquery: { kind: 'Index Scan', title: 'Index lookup' },
  index_subquery: { kind: 'Index Scan', title: 'Index lookup' },
  hash_all: { kind: 'Seq Scan', title: 'Table scan' },
};
