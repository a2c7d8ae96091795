import type { Plan, PlanNode } from '../../../evidence/readers/plans/index.js';

/** How far the planner was off, as a factor of at least 1, and in which direction. */
export interface Misestimate {
  node: PlanNode;
  factor: number;
  more: boolean;
}

/** Rows come per loop in both numbers; below one row the difference says nothing. */
export function misestimateOf(node: PlanNode): Misestimate | undefined {
  if (node.rows === undefined || node.plannedRows === undefined || !node.loops) return undefined;
  const actual = Math.max(1, node.rows);
  const planned = Math.max(1, node.plannedRows);
  return { node, factor: Math.max(actual / planned, planned / actual), more: actual > planned };
}

/** An inner side that is stopped early (Limit, semi join, merge) yields fewer rows than planned, rightly. */
const STOPPED_EARLY = /^(?:Limit|Merge Join|Merge|Nested Loop|Result|Append|Merge Append|LockRows|SubPlan)$/;

/**
 * Nodes where a misestimate begins: off by at least `factor` while everything below is not. Fewer rows than planned are
 * left out where something above may have stopped the node before its end.
 */
export function misestimatesBegin(plan: Plan, factor: number): Misestimate[] {
  const out: Misestimate[] = [];
  const visit = (node: PlanNode, mayStop: boolean): boolean => {
    const stops = mayStop || STOPPED_EARLY.test(node.kind) || node.parentRelationship === 'SubPlan';
    const blocks = /^(?:Sort|Hash|Aggregate|Materialize|WindowAgg)$/.test(node.kind);
    const below = node.children.map((c) => visit(c, blocks ? false : stops)).some((x) => x);
    const own = misestimateOf(node);
    const off = own !== undefined && own.factor >= factor && (own.more || !mayStop);
    if (off && !below && own) out.push(own);
    return off || below;
  };
  visit(plan.root, false);
  return out;
}
