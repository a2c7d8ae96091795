import type { PlanDocumentNode, PlanRecord } from './document.js';

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const COST = new RegExp(`\\(cost=(${NUMBER})\\.\\.(${NUMBER})\\s+rows=(${NUMBER})\\s+width=(\\d+)\\)`, 'i');
const ACTUAL = new RegExp(
  `\\(actual(?:\\s+time=(${NUMBER})\\.\\.(${NUMBER}))?\\s+rows=(${NUMBER})\\s+loops=(\\d+)\\)`,
  'i',
);
const NEVER = /\(never executed\)/i;
/** An identifier as PostgreSQL prints it: quoted parts may hold anything. */
const NAME = String.raw`((?:"(?:[^"]|"")*"|[^\s"()])+)`;

/** Words that begin the title of a node; needed where neither an arrow nor figures show one. */
const TITLES =
  /^(?:(?:Parallel|Async|Partial|Finalize|Simple) )*(?:Result|ProjectSet|Insert|Update|Delete|Merge|ModifyTable|(?:Merge )?Append|Recursive Union|BitmapAnd|BitmapOr|Nested Loop|Hash|Seq Scan|Sample Scan|Gather|Index|Bitmap|Tid|Subquery Scan|Function Scan|Table Function Scan|Values Scan|CTE Scan|Named Tuplestore Scan|WorkTable Scan|Foreign|Custom Scan|Materialize|Memoize|Sort|Incremental Sort|Group|Aggregate|GroupAggregate|HashAggregate|MixedAggregate|WindowAgg|Unique|SetOp|HashSetOp|LockRows|Limit)\b[^:]*$/;

export interface NodeLine {
  /** Where the arrow (or, without one, the title) begins. */
  column: number;
  node: PlanDocumentNode;
}

/** True for a line that opens a node and still waits for the rest of its figures. */
export const isNodeStart = (line: string): boolean => /^\s*->\s+\S/.test(line) || /\(cost=/.test(line);

/** A line that opens a node, or undefined. `bare`: an unadorned title (COSTS OFF) counts too. */
export function readNodeLine(line: string, bare: boolean): NodeLine | undefined {
  const head = /^(\s*)(->\s*)?/.exec(line);
  const column = head?.[1]?.length ?? 0;
  const arrow = head?.[2] !== undefined;
  const rest = line.slice(head?.[0].length ?? 0);
  const cost = COST.exec(rest);
  const actual = ACTUAL.exec(rest);
  const never = NEVER.exec(rest);
  const figures = [cost, actual, never].filter((m) => m !== null).map((m) => m.index);
  const title = (figures.length > 0 ? rest.slice(0, Math.min(...figures)) : rest).trim();
  if (title === '' || (figures.length === 0 && !arrow && !(bare && TITLES.test(title)))) return undefined;
  // "Worker 0:  actual time=…" and the like carry a key, not a title.
  if (!arrow && /^[\w /-]+:/.test(title)) return undefined;
  const node: PlanDocumentNode = { 'Node Type': title, ...titleParts(title) };
  if (cost) {
    node['Startup Cost'] = Number(cost[1]);
    node['Total Cost'] = Number(cost[2]);
    node['Plan Rows'] = Number(cost[3]);
    node['Plan Width'] = Number(cost[4]);
  }
  if (actual) Object.assign(node, actualOf(actual));
  if (never) {
    node['Actual Rows'] = 0;
    node['Actual Loops'] = 0;
  }
  return { column, node };
}

/** `actual time=0.1..0.2 rows=10 loops=1` of a worker. */
export function readActual(text: string): PlanRecord | undefined {
  const actual = ACTUAL.exec(`(${text.trim()})`);
  return actual ? actualOf(actual) : undefined;
}

function actualOf(actual: RegExpExecArray): PlanRecord {
  return {
    ...(actual[1] === undefined
      ? {}
      : { 'Actual Startup Time': Number(actual[1]), 'Actual Total Time': Number(actual[2]) }),
    'Actual Rows': Number(actual[3]),
    'Actual Loops': Number(actual[4]),
  };
}

/** The title taken apart as PostgreSQL's structured formats do it. */
function titleParts(title: string): PlanRecord {
  let rest = title;
  const taken = (word: RegExp): boolean => {
    const before = rest;
    rest = rest.replace(word, '');
    return rest !== before;
  };
  const parallel = taken(/^Parallel\s+/);
  const asynchronous = taken(/^Async\s+/);
  const partial = /^(Partial|Finalize|Simple)\s+/.exec(rest)?.[1];
  if (partial !== undefined) rest = rest.slice(partial.length).trimStart();
  return {
    'Parallel Aware': parallel,
    'Async Capable': asynchronous,
    ...(partial === undefined ? {} : { 'Partial Mode': partial === 'Simple' ? 'Simple' : partial }),
    ...target(rest),
  };
}

type Shape = [RegExp, (m: string[]) => PlanRecord];
const named = (keys: Record<string, string | undefined>): PlanRecord =>
  Object.fromEntries(Object.entries(keys).filter(([, v]) => v !== undefined && v !== ''));
const shape = (pattern: string): RegExp => new RegExp(`^${pattern}$`);

const SHAPES: readonly Shape[] = [
  [
    shape(`(Index(?: Only)? Scan)( Backward)? using ${NAME} on ${NAME}(?: ${NAME})?`),
    ([, type, back, index, relation, alias]) => ({
      'Node Type': type,
      'Scan Direction': back ? 'Backward' : 'Forward',
      ...named({ 'Index Name': index, 'Relation Name': relation, Alias: alias }),
    }),
  ],
  [
    shape(`(Bitmap Index Scan) on ${NAME}`),
    ([, type, index]) => named({ 'Node Type': type, 'Index Name': index }),
  ],
  [
    shape(`(CTE Scan|WorkTable Scan) on ${NAME}(?: ${NAME})?`),
    ([, type, cte, alias]) => named({ 'Node Type': type, 'CTE Name': cte, Alias: alias }),
  ],
  [
    shape(`(Named Tuplestore Scan) on ${NAME}(?: ${NAME})?`),
    ([, type, store, alias]) => named({ 'Node Type': type, 'Tuplestore Name': store, Alias: alias }),
  ],
  [
    shape(`(Function Scan) on ${NAME}(?: ${NAME})?`),
    ([, type, fn, alias]) => named({ 'Node Type': type, 'Function Name': fn, Alias: alias }),
  ],
  [
    shape(`(Table Function Scan) on ${NAME}(?: ${NAME})?`),
    ([, type, fn, alias]) => named({ 'Node Type': type, 'Table Function Name': fn, Alias: alias }),
  ],
  [
    shape(`(Subquery Scan|Values Scan) on ${NAME}`),
    ([, type, alias]) => named({ 'Node Type': type, Alias: alias }),
  ],
  [
    shape(
      `((?:Foreign )?(?:Insert|Update|Delete|Merge)|Foreign (?:Insert|Update|Delete)) on ${NAME}(?: ${NAME})?`,
    ),
    ([, type, relation, alias]) => named({ 'Node Type': type, 'Relation Name': relation, Alias: alias }),
  ],
  [
    shape(String.raw`(Custom Scan) \(([^)]*)\)(?: on ${NAME}(?: ${NAME})?)?`),
    ([, type, provider, relation, alias]) =>
      named({ 'Node Type': type, 'Custom Plan Provider': provider, 'Relation Name': relation, Alias: alias }),
  ],
  [
    shape(`(.+ Scan|Foreign Scan) on ${NAME}(?: ${NAME})?`),
    ([, type, relation, alias]) => named({ 'Node Type': type, 'Relation Name': relation, Alias: alias }),
  ],
  [
    /^(Nested Loop|Hash|Merge) ((?:Left|Right|Full|Semi|Anti)(?: (?:Semi|Anti))?) Join$/,
    ([, type, join]) => ({ 'Node Type': `${type} Join`, 'Join Type': join }),
  ],
  [
    /^((?:Hash|Mixed)?SetOp) ((?:Except|Intersect)(?: All)?)$/,
    ([, type, command]) => ({ 'Node Type': type, Command: command }),
  ],
];

function target(title: string): PlanRecord {
  for (const [pattern, parts] of SHAPES) {
    const found = pattern.exec(title);
    if (found) return parts([...found].map((p) => p ?? ''));
  }
  return { 'Node Type': title };
}
