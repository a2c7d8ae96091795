import { name, num, say } from '../../../../domain/index.js';
import { nodeName, type PlanCheck } from '../finding.js';

/** A sub-select that runs once for each row. */
export const perRowSubplan: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    if (node.parentRelationship !== 'SubPlan' || (node.loops ?? 0) < 100) return [];
    return [
      {
        id: 'per-row-subplan',
        node,
        reason: say`${name(node.subplan ?? 'SubPlan')}, ${name(nodeName(node))}, runs ${num(figure('loops', node.loops ?? 0, 'count', node))} times: once for each row of the statement around it.`,
        remedy: say`Write the sub-select as a join, or as a LATERAL join with GROUP BY, so that it is answered once for all rows; where it must stay, index what it looks up.`,
        recoverable: figure('recoverable', times.inclusiveMs(node) * 0.9, 'ms', node),
      },
    ];
  });
