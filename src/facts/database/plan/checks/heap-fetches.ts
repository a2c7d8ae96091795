import { name, num, say } from '../../../../domain/index.js';
import { nodeName, numberOf, type PlanCheck } from '../finding.js';

/** An index-only scan that looks into the table all the same, because the visibility map is stale. */
export const heapFetches: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    const fetches = numberOf(node, 'Heap Fetches');
    const rows = (node.rows ?? 0) * (node.loops ?? 0);
    const share = fetches / Math.max(1, rows);
    if (!/Index Only Scan/.test(node.kind) || fetches < 100 || share < 0.1) return [];
    return [
      {
        id: 'heap-fetches',
        node,
        reason: say`${name(nodeName(node))} had to look into the table ${num(figure('heap-fetches', fetches, 'count', node))} times for ${num(figure('rows-read', rows, 'count', node))} rows: the pages are not marked as visible to all.`,
        remedy: say`VACUUM the table now, and let autovacuum come sooner (a smaller autovacuum_vacuum_scale_factor and, for tables that are only added to, autovacuum_vacuum_insert_scale_factor).`,
        ...(node.relation === undefined ? {} : { command: `VACUUM ${node.relation};` }),
        recoverable: figure('recoverable', times.exclusiveMs(node) * Math.min(1, share) * 0.7, 'ms', node),
      },
    ];
  });
