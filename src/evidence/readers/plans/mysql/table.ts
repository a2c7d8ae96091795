import { NotAPlan, type PlanDocument, type PlanDocumentNode } from '../document.js';
import { ACCESS, documentOf, nestedLoop, node } from './node.js';

const COLUMNS = ['select_type', 'table', 'type', 'key', 'rows', 'extra'];

type Cells = ReadonlyMap<string, string>;

const isHeader = (cells: readonly string[]): boolean => {
  const names = cells.map((c) => c.toLowerCase());
  return COLUMNS.every((c) => names.includes(c));
};

export const looksLikeTable = (text: string): boolean =>
  text.split('\n').some((line) => isHeader(cellsOf(line))) ||
  (/^\s*select_type: /m.test(text) && /^\s*possible_keys: /m.test(text));

/** The rows that EXPLAIN of MySQL and MariaDB prints as a table, with borders or tabs, or one value a line (`\G`). */
export function readTable(lines: readonly string[]): PlanDocument[] {
  const documents: Cells[][] = [];
  let header: string[] | undefined;
  let upright: Map<string, string> | undefined;
  for (const line of lines) {
    if (/^\*{5,} \d+\. row \*{5,}/.test(line.trim())) {
      upright = new Map();
      // The first row of a result begins a new plan.
      if (/\s1\. row/.test(line)) documents.push([]);
      if (documents.length === 0) documents.push([]);
      documents.at(-1)?.push(upright);
      continue;
    }
    const pair = upright && /^\s*(\w+): ?(.*)$/.exec(line);
    if (upright && pair) {
      upright.set((pair[1] ?? '').toLowerCase(), pair[2] ?? '');
      continue;
    }
    const cells = cellsOf(line);
    if (isHeader(cells)) {
      header = cells.map((c) => c.toLowerCase());
      documents.push([]);
    } else if (header && cells.length === header.length)
      documents.at(-1)?.push(new Map(header.map((name, i) => [name, cells[i] ?? ''])));
    else if (header && line.trim() !== '' && !/^[\s+|-]*$/.test(line)) header = undefined;
  }
  const plans = documents.filter((d) => d.length > 0).map(planOf);
  if (plans.length === 0) throw new NotAPlan('The table holds no row under its heading.', 1);
  return plans;
}

/** Cells of a line between bars, or between tabs. */
function cellsOf(line: string): string[] {
  if (/^\s*\|.*\|\s*$/.test(line))
    return line
      .trim()
      .slice(1, -1)
      .split('|')
      .map((c) => c.trim());
  // In a slow log with `explain` the same table stands behind a mark, and is no file of plans.
  return line.includes('\t') && !line.startsWith('#') ? line.split('\t').map((c) => c.trim()) : [];
}

function planOf(rows: readonly Cells[]): PlanDocument {
  const [first] = rows;
  const main = first?.get('id') ?? '1';
  const blocks = new Map<string, Cells[]>();
  for (const row of rows) {
    const id = row.get('id') ?? main;
    blocks.set(id, [...(blocks.get(id) ?? []), row]);
  }
  let root: PlanDocumentNode | undefined;
  const below: PlanDocumentNode[] = [];
  for (const [id, own] of blocks) {
    const joined = blockOf(own);
    if (!joined) continue;
    if (id === main) root = joined;
    else
      below.push({
        ...joined,
        'Parent Relationship': /DEPENDENT/.test(own[0]?.get('select_type') ?? '') ? 'SubPlan' : 'InitPlan',
        'Subplan Name': `select #${id}`,
      });
  }
  const whole = root ?? node({ kind: 'Result', title: 'No table' });
  return documentOf(below.length > 0 ? { ...whole, Plans: [...(whole.Plans ?? []), ...below] } : whole);
}

function blockOf(rows: readonly Cells[]): PlanDocumentNode | undefined {
  const joined = nestedLoop(
    rows.filter((r) => (r.get('table') ?? '') !== '' && r.get('table') !== 'NULL').map(tableOf),
  );
  if (!joined) return undefined;
  const extra = rows.map((r) => r.get('extra') ?? '').join('; ');
  const grouped = /Using temporary/.test(extra)
    ? node({ kind: 'Materialize', title: 'Temporary table', children: [joined] })
    : joined;
  return /Using filesort/.test(extra) ? node({ kind: 'Sort', title: 'Sort', children: [grouped] }) : grouped;
}

function tableOf(row: Cells): PlanDocumentNode {
  const number = (key: string): number | undefined => {
    const text = row.get(key) ?? '';
    return text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
  };
  const access = ACCESS[(row.get('type') ?? 'ALL').toLowerCase()] ?? {
    kind: 'Seq Scan',
    title: 'Table scan',
  };
  const extra = row.get('extra') ?? '';
  const key = row.get('key');
  const read = number('rows');
  return node({
    ...access,
    relation: row.get('table'),
    index: key === undefined || key === 'NULL' || key === '' ? undefined : key,
    plannedRows: read === undefined ? undefined : (read * (number('filtered') ?? 100)) / 100,
    more: {
      ...(read === undefined ? {} : { 'Rows To Read': read }),
      ...(number('r_rows') === undefined ? {} : { 'Rows Read': number('r_rows') }),
      ...(number('r_filtered') === undefined ? {} : { 'Share Kept': (number('r_filtered') ?? 0) / 100 }),
      ...(/join buffer/.test(extra) ? { 'Join Buffer': 'yes' } : {}),
      ...(/Using where/.test(extra) ? { Condition: 'Using where' } : {}),
    },
  });
}
