import { type Fact, name, num, quote, say, type Text, type Unit } from '../../../domain/index.js';
import type { Plan, PlanNode } from '../../../evidence/readers/plans/index.js';
import { nodeName, numberOf, textOf } from './finding.js';

/** What a plan that was not timed lets expect: no verdict, since nobody measured it. */
export interface PlanSign {
  id: 'reads-table' | 'buffered-join' | 'dependent-subquery' | 'sorts' | 'temporary-table';
  text: Text;
}

/** A table read as a whole for fewer rows than this is read as fast as any index is gone down. */
const MANY_ROWS = 1000;
const MOST = 4;

/**
 * Signs in the estimates of a plan of MySQL or MariaDB, whose EXPLAIN is mostly taken without running the statement: tables
 * read as a whole, and how often; joins without an index; sub-selects for each row; sorts and temporary tables of many
 * rows. Empty for PostgreSQL and for a plan that was timed.
 */
export function planSigns(
  plan: Plan,
  figure: (what: string, value: number, unit: Unit, node?: PlanNode) => Fact,
): PlanSign[] {
  if (plan.product !== 'mysql' || plan.ran) return [];
  const signs: PlanSign[] = [];
  for (const node of plan.nodes) {
    const read = numberOf(node, 'Rows Read') || numberOf(node, 'Rows To Read');
    if (node.kind === 'Seq Scan' && read >= MANY_ROWS) {
      const rows = num(figure('rows-to-read', read, 'count', node));
      const buffered = textOf(node, 'Join Buffer') !== undefined;
      const condition = textOf(node, 'Filter');
      const kept = numberOf(node, 'Share Kept');
      const filters =
        condition !== undefined || textOf(node, 'Condition') !== undefined || (kept > 0 && kept < 1);
      if (buffered)
        signs.push({
          id: 'buffered-join',
          text: say`${name(nodeName(node))}: joined without an index, through a buffer: all its ${rows} rows are compared with what is in there, again and again. Index the column it is joined by.`,
        });
      else if (filters)
        signs.push({
          id: 'reads-table',
          text: say`${name(nodeName(node))}: all its ${rows} rows are read${condition === undefined ? '' : say` to find those with ${quote(condition)}`}. An index on the columns of the condition reads only those, unless most rows meet it.`,
        });
    }
    if (node.parentRelationship === 'SubPlan')
      signs.push({
        id: 'dependent-subquery',
        text: say`${name(node.subplan ?? 'A sub-select')} depends on the row around it and runs for each: write it as a join, or index what it looks up.`,
      });
    const below = Math.max(0, ...rowsBelow(node));
    if (node.kind === 'Sort' && below >= MANY_ROWS)
      signs.push({
        id: 'sorts',
        text: say`The result is sorted (${name('filesort')}) after up to ${num(figure('rows-sorted', below, 'count', node))} rows were read. An index in the order of ${name('ORDER BY')}, behind the columns of the condition, gives it sorted.`,
      });
    if (node.kind === 'Materialize' && below >= MANY_ROWS)
      signs.push({
        id: 'temporary-table',
        text: say`A temporary table takes up to ${num(figure('rows-kept', below, 'count', node))} rows; beyond ${name('tmp_table_size')} it goes to disk.`,
      });
  }
  return signs.slice(0, MOST);
}

const rowsBelow = (node: PlanNode): number[] =>
  node.children.flatMap((c) => [numberOf(c, 'Rows Read') || numberOf(c, 'Rows To Read'), ...rowsBelow(c)]);
