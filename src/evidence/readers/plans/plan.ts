import { numberAt, type PlanDocument, type PlanDocumentNode, type PlanRecord, textAt } from './document.js';

/** One node of a plan, in one form for every format and version. Times are wall-clock of one loop, as PostgreSQL tells them. */
export interface PlanNode {
  /** Position in pre-order, from 0: stable within a plan. */
  id: number;
  /** As the text format names it: `Hash Left Join`, `Index Scan Backward`, `Partial HashAggregate`. */
  title: string;
  /** The bare kind of node: `Seq Scan`, `Nested Loop`, `Aggregate`. */
  kind: string;
  relation?: string;
  alias?: string;
  index?: string;
  cte?: string;
  parentRelationship?: string;
  subplan?: string;
  parallelAware: boolean;
  plannedRows?: number;
  width?: number;
  startupCost?: number;
  totalCost?: number;
  /** Of one loop, on average. */
  startupMs?: number;
  totalMs?: number;
  rows?: number;
  loops?: number;
  /** Everything else, in PostgreSQL's own keys. */
  more: PlanRecord;
  children: PlanNode[];
}

/** A plan with what EXPLAIN says about the whole statement. */
export interface Plan {
  document: PlanDocument;
  root: PlanNode;
  /** All nodes in pre-order. */
  nodes: PlanNode[];
  product: 'postgresql' | 'mysql';
  /** True when it was run and timed (ANALYZE). */
  ran: boolean;
  planningMs?: number;
  executionMs?: number;
  query?: string;
  /** Duration by the log record that held the plan. */
  loggedMs?: number;
}

export function planOf(document: PlanDocument, loggedMs?: number): Plan {
  const nodes: PlanNode[] = [];
  const root = nodeOf(document.Plan, nodes);
  const execution = numberAt(document, 'Execution Time') ?? numberAt(document, 'Total Runtime');
  const planning = numberAt(document, 'Planning Time');
  const query = textAt(document, 'Query Text');
  return {
    document,
    root,
    nodes,
    product: document.Product === 'mysql' ? 'mysql' : 'postgresql',
    ran: root.loops !== undefined && (document.Product !== 'mysql' || root.totalMs !== undefined),
    ...(planning === undefined ? {} : { planningMs: planning }),
    ...(execution === undefined ? {} : { executionMs: execution }),
    ...(query === undefined ? {} : { query }),
    ...(loggedMs === undefined ? {} : { loggedMs }),
  };
}

function nodeOf(source: PlanDocumentNode, nodes: PlanNode[]): PlanNode {
  const pick = (key: string): number | undefined => numberAt(source, key);
  const relation = textAt(source, 'Relation Name');
  const schema = textAt(source, 'Schema');
  const optional = {
    relation: relation !== undefined && schema !== undefined ? `${schema}.${relation}` : relation,
    alias: textAt(source, 'Alias'),
    index: textAt(source, 'Index Name'),
    cte: textAt(source, 'CTE Name'),
    parentRelationship: textAt(source, 'Parent Relationship'),
    subplan: textAt(source, 'Subplan Name'),
    plannedRows: pick('Plan Rows'),
    width: pick('Plan Width'),
    startupCost: pick('Startup Cost'),
    totalCost: pick('Total Cost'),
    startupMs: pick('Actual Startup Time'),
    totalMs: pick('Actual Total Time'),
    rows: pick('Actual Rows'),
    loops: pick('Actual Loops'),
  };
  const node: PlanNode = {
    id: nodes.length,
    title: titleOf(source),
    kind: kindOf(source['Node Type']),
    parallelAware: source['Parallel Aware'] === true,
    more: source,
    children: [],
    ...Object.fromEntries(Object.entries(optional).filter(([, v]) => v !== undefined)),
  };
  nodes.push(node);
  node.children = (source.Plans ?? []).map((child) => nodeOf(child, nodes));
  return node;
}

/** `HashAggregate`, `GroupAggregate` and the like are one kind; `Nested Loop Join` is `Nested Loop`. */
const kindOf = (type: string): string =>
  /^(?:Hash|Group|Mixed)Aggregate$/.test(type)
    ? 'Aggregate'
    : type === 'Nested Loop Join'
      ? 'Nested Loop'
      : type;

/** The title of the text format, rebuilt from the structured keys. */
function titleOf(source: PlanDocumentNode): string {
  const shown = textAt(source, 'Shown Type');
  if (shown !== undefined) return shown;
  const type = source['Node Type'];
  const strategy = textAt(source, 'Strategy');
  const join = textAt(source, 'Join Type');
  const partial = textAt(source, 'Partial Mode');
  const operation = textAt(source, 'Operation');
  let title = type;
  if (type === 'Aggregate' && strategy !== undefined)
    title = { Sorted: 'GroupAggregate', Hashed: 'HashAggregate', Mixed: 'MixedAggregate' }[strategy] ?? type;
  if (type === 'ModifyTable' && operation !== undefined) title = operation;
  if (join !== undefined && join !== 'Inner') title = `${type.replace(/ Join$/, '')} ${join} Join`;
  if (textAt(source, 'Scan Direction') === 'Backward') title = `${title} Backward`;
  if (partial !== undefined && partial !== 'Simple') title = `${partial} ${title}`;
  return source['Parallel Aware'] === true ? `Parallel ${title}` : title;
}
