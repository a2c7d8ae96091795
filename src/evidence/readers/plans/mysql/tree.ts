import { NotAPlan, type PlanDocument, type PlanDocumentNode } from '../document.js';
import { documentOf, inclusiveMs, type NodeParts, node } from './node.js';

const LINE = /^(\s*)-> (.*)$/;
const NUMBER = String.raw`\d+(?:\.\d+)?(?:e[+-]?\d+)?`;
const COST = new RegExp(String.raw`\s*\(cost=(?:(${NUMBER})\.\.)?(${NUMBER}) rows=(${NUMBER})\)`);
const ROWS = new RegExp(String.raw`\s*\(rows=(${NUMBER})\)`);
const ACTUAL = new RegExp(
  String.raw`\s*\(actual time=(${NUMBER})\.\.(${NUMBER}) rows=(${NUMBER}) loops=(\d+)\)`,
);

export const looksLikeTree = (text: string): boolean =>
  /^[\s|]*(?:EXPLAIN: )?-> (?:Table scan on|Index|Covering|Single-row|Filter:|Nested loop|Inner hash|Left hash|Sort|Limit|Aggregate|Group|Rows fetched|Select #|Stream results|Materialize|Zero rows|Constant row|Remove duplicates|Hash|Update|Delete|Intersect|Union)/m.test(
    text,
  ) && /\((?:cost=[\d.e+]|actual time=|rows=)/.test(text);

interface Raw {
  depth: number;
  text: string;
  line: number;
  children: Raw[];
}

/** Output of MySQL's `EXPLAIN FORMAT=TREE` and `EXPLAIN ANALYZE`. */
export function readTree(lines: readonly string[]): PlanDocument[] {
  const roots: Raw[] = [];
  const stack: Raw[] = [];
  let last: Raw | undefined;
  for (const [i, text] of lines.entries()) {
    const plain = text.replace(/^EXPLAIN: /, '').replace(/\\n/g, '\n');
    for (const piece of plain.split('\n')) {
      const found = LINE.exec(piece);
      if (!found) {
        // A condition with a line break in a literal goes on in the next line.
        if (last && piece.trim() !== '' && !last.text.includes('(cost=') && !last.text.includes('(actual'))
          last.text += ` ${piece.trim()}`;
        continue;
      }
      const raw: Raw = { depth: (found[1] ?? '').length, text: found[2] ?? '', line: i + 1, children: [] };
      while (stack.length > 0 && (stack.at(-1)?.depth ?? 0) >= raw.depth) stack.pop();
      const parent = stack.at(-1);
      if (parent) parent.children.push(raw);
      else roots.push(raw);
      stack.push(raw);
      last = raw;
    }
  }
  if (roots.length === 0) throw new NotAPlan('There is no line that begins with "->".', 1);
  return roots.map((raw) => {
    const root = nodeOf(raw);
    return documentOf(root, inclusiveMs(root));
  });
}

function nodeOf(raw: Raw): PlanDocumentNode {
  const cost = COST.exec(raw.text) ?? undefined;
  const rows = cost ? undefined : ROWS.exec(raw.text);
  const actual = ACTUAL.exec(raw.text);
  const never = raw.text.includes('(never executed)');
  const said = raw.text
    .replace(COST, '')
    .replace(ROWS, '')
    .replace(ACTUAL, '')
    .replace('(never executed)', '')
    .trim();
  const children = raw.children.map(nodeOf);
  const parts: NodeParts = {
    ...kindOf(said),
    plannedRows: cost ? Number(cost[3]) : rows ? Number(rows[1]) : undefined,
    cost: cost ? Number(cost[2]) : undefined,
    ...(actual ? { ms: Number(actual[2]), rows: Number(actual[3]), loops: Number(actual[4]) } : {}),
    ...(never ? { ms: 0, rows: 0, loops: 0 } : {}),
    children,
  };
  const [only] = children;
  // A filter and the scan below it are one node here, as in other products: what it throws away is told of the scan.
  if (
    parts.kind === 'Filter' &&
    children.length === 1 &&
    only &&
    /Scan$/.test(only['Node Type']) &&
    only.Plans === undefined
  ) {
    const made = only['Actual Rows'];
    return {
      ...only,
      Filter: parts.condition ?? '',
      ...(parts.plannedRows === undefined ? {} : { 'Plan Rows': parts.plannedRows }),
      ...(parts.rows !== undefined && typeof made === 'number'
        ? {
            'Actual Rows': parts.rows,
            'Rows Removed by Filter': Math.max(0, made - parts.rows),
            'Actual Total Time': parts.ms ?? 0,
          }
        : {}),
    };
  }
  return node(parts);
}

function kindOf(
  said: string,
): Pick<NodeParts, 'kind' | 'title' | 'relation' | 'index' | 'condition' | 'more'> {
  const scan =
    /^(Table scan|(?:Covering i|I)ndex (?:range )?scan|(?:Single-row |Unique |Covering |Full-text )*[iI]ndex (?:lookup|skip scan)|Single-row covering index lookup|Multi-range index lookup) on (\S+?)(?: using (\S+))?(?: over (.*)| \((.*)\))?(?:, with index condition: (.*))?$/.exec(
      said,
    );
  if (scan) {
    const [, title = '', relation = '', index, , , condition] = scan;
    const temporary = relation.startsWith('<');
    return {
      kind: temporary ? 'CTE Scan' : title === 'Table scan' ? 'Seq Scan' : 'Index Scan',
      title,
      relation: temporary ? undefined : relation,
      index,
      condition,
    };
  }
  const filter = /^Filter: (.*)$/.exec(said);
  if (filter) return { kind: 'Filter', title: 'Filter', condition: filter[1] };
  const select = /^Select #(\d+) \(([^)]*)\)$/.exec(said);
  if (select)
    return {
      kind: 'Result',
      title: said,
      more: {
        'Parent Relationship': /dependent/.test(select[2] ?? '') ? 'SubPlan' : 'InitPlan',
        'Subplan Name': `select #${select[1]}`,
      },
    };
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/^Nested loop/, 'Nested Loop'],
    [/hash (?:join|anti|semi)/, 'Hash Join'],
    [/^Hash$/, 'Hash'],
    [/^Sort/, 'Sort'],
    [/^Limit/, 'Limit'],
    [/^(?:Aggregate|Group)/, 'Aggregate'],
    [/^Materialize|^Temporary table/, 'Materialize'],
  ];
  return { kind: kinds.find(([p]) => p.test(said))?.[1] ?? 'Result', title: said.slice(0, 200) };
}
