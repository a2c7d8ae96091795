import { name, num, quote, say } from '../../../../domain/index.js';
import type { Plan, PlanNode } from '../../../../evidence/readers/plans/index.js';
import { nodeName, type PlanCheck, type PlanFinding, textOf } from '../finding.js';
import { misestimatesBegin } from '../misestimate.js';

const OFF_BY = 10;

/** Rows off by ten times or more, told at the node where it begins, when a nested loop above runs oftener for it. */
export const misestimate: PlanCheck = ({ plan, times, figure }) =>
  misestimatesBegin(plan, OFF_BY).flatMap(({ node, factor, more }) => {
    const loop = more ? loopDrivenBy(plan.root, node) : undefined;
    if (!loop) return [];
    const inner = loop.children[1];
    const ms = inner ? times.inclusiveMs(inner) : 0;
    const filter = textOf(node, 'Filter') ?? textOf(node, 'Index Cond') ?? textOf(node, 'Hash Cond');
    return [
      {
        id: 'misestimate',
        node,
        reason: say`${name(nodeName(node))} was planned to give ${num(figure('planned-rows', node.plannedRows ?? 0, 'count', node))} and gave ${num(figure('rows', node.rows ?? 0, 'count', node))} rows, ${num(figure('off-by', factor, 'factor', node))} off. It begins here, and the nested loop above ran its inner side ${num(figure('inner-loops', inner?.loops ?? 0, 'count', node))} times for it.`,
        ...remedyFor(plan, node, filter),
        // A hash join would read the inner side about once; how long that takes is not known, so this is the most.
        recoverable: figure('recoverable', ms * (1 - 1 / factor), 'ms', node),
      },
    ];
  });

function remedyFor(
  plan: Plan,
  node: PlanNode,
  filter: string | undefined,
): Pick<PlanFinding, 'remedy' | 'command'> {
  const condition = filter === undefined ? 'the condition' : quote(filter);
  const tables = name(node.relation ?? 'the tables');
  if (plan.product === 'mysql')
    return {
      remedy: say`Renew the statistics of ${tables} first. Where ${condition} is on columns without an index, a histogram tells how many rows have each value (ANALYZE TABLE … UPDATE HISTOGRAM ON … in MySQL, PERSISTENT FOR ALL in MariaDB).`,
      ...(node.relation === undefined ? {} : { command: `ANALYZE TABLE ${node.relation};` }),
    };
  return {
    remedy: say`ANALYZE ${tables} first. Where ${condition} joins columns that depend on each other, or calls a function, create extended statistics on them (CREATE STATISTICS … (dependencies, mcv)).`,
    ...(node.relation === undefined ? {} : { command: `ANALYZE ${node.relation};` }),
  };
}

/** The nearest nested loop whose outer side holds the node. */
function loopDrivenBy(root: PlanNode, node: PlanNode): PlanNode | undefined {
  let found: PlanNode | undefined;
  const visit = (at: PlanNode): boolean => {
    if (at === node) return true;
    for (const [i, child] of at.children.entries())
      if (visit(child)) {
        if (at.kind === 'Nested Loop' && i === 0 && !found) found = at;
        return true;
      }
    return false;
  };
  visit(root);
  return found;
}
