import { isRecord, NotAPlan, type PlanDocument } from '../document.js';
import { looksLikeMysqlJson, readQueryBlock } from './json.js';
import { looksLikeTable, readTable } from './table.js';
import { looksLikeTree, readTree } from './tree.js';

/** True when a text holds a plan of MySQL or MariaDB, in JSON, as a tree or as a table. */
export const looksLikeMysqlPlan = (text: string): boolean =>
  looksLikeMysqlJson(text) || looksLikeTree(text) || looksLikeTable(text);

/**
 * Every plan of MySQL or MariaDB in a text: `EXPLAIN FORMAT=JSON`, `ANALYZE FORMAT=JSON` (MariaDB), `EXPLAIN FORMAT=TREE`,
 * `EXPLAIN ANALYZE` (MySQL), and the table.
 * @throws NotAPlan with the line where the text cannot be read.
 */
export function readMysqlPlans(text: string): PlanDocument[] {
  if (looksLikeMysqlJson(text)) return readJson(text);
  const lines = text.split(/\r\n|\n|\r/);
  if (looksLikeTree(text)) return readTree(lines.map((l) => l.replace(/^\s*\| ?(.*?)\s*\|?\s*$/, '$1')));
  return readTable(lines);
}

/** JSON values that begin a line; clients print `EXPLAIN: ` or a border in front. */
function readJson(text: string): PlanDocument[] {
  const lines = text
    .split(/\r\n|\n|\r/)
    .map((l) => l.replace(/^\s*\| (?=[{}"\]\s])/, '').replace(/\s+\|$/, ''));
  const out: PlanDocument[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (
      !/^\s*(?:EXPLAIN: |ANALYZE: )?\{\s*$/.test(lines[i] ?? '') &&
      !/^\s*(?:EXPLAIN: )?\{.*"query_block"/.test(lines[i] ?? '')
    )
      continue;
    let depth = 0;
    let end = i;
    for (; end < lines.length; end++) {
      const bare = (lines[end] ?? '').replace(/"(?:[^"\\]|\\.)*"/g, '""');
      depth += (bare.match(/[{[]/g)?.length ?? 0) - (bare.match(/[}\]]/g)?.length ?? 0);
      if (depth <= 0) break;
    }
    if (depth > 0) throw new NotAPlan('The JSON is cut off: a bracket opened here never closes.', i + 1);
    const piece = lines
      .slice(i, end + 1)
      .join('\n')
      .replace(/^\s*(?:EXPLAIN|ANALYZE): /, '');
    try {
      const value: unknown = JSON.parse(piece);
      const plan = isRecord(value) ? readQueryBlock(value) : undefined;
      if (plan) out.push(plan);
    } catch (error) {
      throw new NotAPlan(
        `The JSON that begins here is malformed: ${error instanceof Error ? error.message : ''}`,
        i + 1,
      );
    }
    i = end;
  }
  if (out.length === 0) throw new NotAPlan('The JSON holds no "query_block" that reads a table.', 1);
  return out;
}
