import { name, num, quote, say } from '../../../../domain/index.js';
import { nodeName, numberOf, type PlanCheck, textOf } from '../finding.js';

/** Fewer thrown away than this is no waste worth an index. */
const LEAST_REMOVED = 1000;
const LEAST_SHARE = 0.9;

/** A scan that reads many rows and throws nearly all away: an index on the filter reads only what is kept. */
export const filterWaste: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    const loops = node.loops ?? 0;
    const removedEach =
      numberOf(node, 'Rows Removed by Filter') + numberOf(node, 'Rows Removed by Index Recheck');
    const removed = removedEach * loops;
    const kept = (node.rows ?? 0) * loops;
    const filter = textOf(node, 'Filter') ?? textOf(node, 'Recheck Cond');
    const share = removed / Math.max(1, removed + kept);
    if (node.relation === undefined || filter === undefined || removed < LEAST_REMOVED || share < LEAST_SHARE)
      return [];
    const bySeq = /Seq Scan/.test(node.kind);
    return [
      {
        id: 'filter-waste',
        node,
        reason: say`${name(nodeName(node))} reads ${num(figure('scanned', removed + kept, 'count', node))} rows and throws ${num(figure('removed-share', share, 'ratio', node))} of them away by ${quote(filter)}.`,
        remedy: bySeq
          ? say`An index that answers this condition reads only the rows that are kept. Ask for its design with the workload, so that it serves other statements too; a condition that most rows meet gets none.`
          : say`Add the columns of this condition to the index ${name(node.index ?? 'used')}, behind those it is searched by.`,
        recoverable: figure('recoverable', times.exclusiveMs(node) * share, 'ms', node),
      },
    ];
  });
