import { name, num, say } from '../../../../domain/index.js';
import { nodeName, type PlanCheck } from '../finding.js';

/** A LIMIT far below what was produced for it without a sort between: pages skipped by OFFSET are read and thrown away. */
export const discardedByOffset: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    const child = node.children[0];
    if (node.kind !== 'Limit' || !child) return [];
    const taken = (node.rows ?? 0) * (node.loops ?? 0);
    const made = (child.rows ?? 0) * (child.loops ?? 0);
    if (made < 1000 || taken === 0 || made < taken * 10) return [];
    return [
      {
        id: 'deep-offset',
        node,
        reason: say`${name(nodeName(child))} made ${num(figure('made', made, 'count', node))} rows and the LIMIT above took ${num(figure('taken', taken, 'count', node))}: an OFFSET skips what was read.`,
        remedy: say`Page by the last key seen (WHERE (sort columns) > (last values) … LIMIT n) instead of by OFFSET, with an index in that order.`,
        recoverable: figure('recoverable', times.inclusiveMs(child) * (1 - taken / made), 'ms', node),
      },
    ];
  });
