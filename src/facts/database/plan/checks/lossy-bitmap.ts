import { name, num, say } from '../../../../domain/index.js';
import { nodeName, numberOf, type PlanCheck } from '../finding.js';

/** A bitmap that did not fit work_mem remembers pages, not rows, and every row of them is checked again. */
export const lossyBitmap: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    const lossy = numberOf(node, 'Lossy Heap Blocks');
    const all = lossy + numberOf(node, 'Exact Heap Blocks');
    if (lossy < 100 || lossy < all * 0.1) return [];
    return [
      {
        id: 'lossy-bitmap',
        node,
        reason: say`The bitmap of ${name(nodeName(node))} did not fit work_mem: of ${num(figure('lossy-share', lossy / all, 'ratio', node))} of its pages every row was checked again.`,
        remedy: say`Give this statement more work_mem, or an index that finds fewer pages.`,
        recoverable: figure('recoverable', (times.exclusiveMs(node) * lossy) / all / 2, 'ms', node),
      },
    ];
  });
