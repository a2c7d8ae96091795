import { name, num, say } from '../../../../domain/index.js';
import type { PlanNode } from '../../../../evidence/readers/plans/index.js';
import { nodeName, type PlanCheck } from '../finding.js';

const LEAST_PARTITIONS = 4;
/** From this share of partitions that give nothing, the statement means a few and reads all. */
const EMPTY_SHARE = 0.7;

/** A partitioned table read as a whole, for rows that lie in a few of its partitions: nothing was pruned. */
export const partitionsRead: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    if (!/^(?:Merge )?Append$/.test(node.kind)) return [];
    const parts = node.children.filter((c) => relationBelow(c) !== undefined && (c.loops ?? 0) > 0);
    const tables = new Set(parts.map(relationBelow));
    const empty = parts.filter((c) => (c.rows ?? 0) === 0);
    if (tables.size < LEAST_PARTITIONS || empty.length < tables.size * EMPTY_SHARE) return [];
    const wasted = empty.reduce((sum, c) => sum + times.inclusiveMs(c), 0);
    return [
      {
        id: 'partitions-read',
        node,
        reason: say`${name(nodeName(node))} reads ${num(figure('partitions', parts.length, 'count', node))} partitions, ${name(relationBelow(parts[0] ?? node) ?? '')} among them, and ${num(figure('partitions-empty', empty.length, 'count', node))} of them give no row.`,
        remedy: say`Name the column that the table is partitioned by in the condition, as it is and not inside a function or cast, with a value or parameter of its type: then only the partitions that can hold such rows are read. A statement that cannot name it wants an index that each partition answers from at once, or another key for the partitions.`,
        recoverable: figure('recoverable', wasted, 'ms', node),
      },
    ];
  });

/** The table that a part of an Append reads: its own, or that of the one scan below it. */
function relationBelow(node: PlanNode): string | undefined {
  return (
    node.relation ??
    (node.children.length === 1 && node.children[0] ? relationBelow(node.children[0]) : undefined)
  );
}
