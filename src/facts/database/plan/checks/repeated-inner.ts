import { name, num, quote, say } from '../../../../domain/index.js';
import { nodeName, type PlanCheck, textOf } from '../finding.js';

const MANY_LOOPS = 100;

/** The inner side of a nested loop that is read as a whole, again and again. */
export const repeatedInner: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((join) => {
    const inner = join.children.filter(
      (c) => c.parentRelationship !== 'InitPlan' && c.parentRelationship !== 'SubPlan',
    )[1];
    if (join.kind !== 'Nested Loop' || !inner || (inner.loops ?? 0) < MANY_LOOPS) return [];
    const rescanned = inner.kind === 'Materialize' ? (inner.children[0] ?? inner) : inner;
    if (rescanned.kind !== 'Seq Scan' && inner.kind !== 'Materialize') return [];
    const condition = textOf(join, 'Join Filter') ?? textOf(rescanned, 'Filter');
    const ms = times.inclusiveMs(inner) + times.exclusiveMs(join);
    return [
      {
        id: 'repeated-inner',
        node: inner,
        reason: say`${name(nodeName(rescanned))} is gone through ${num(figure('loops', inner.loops ?? 0, 'count', inner))} times, once for each row of the other side${condition === undefined ? '' : say`, and compared by ${quote(condition)}`}.`,
        remedy: say`Index the column it is joined by, so that each round finds its rows at once; where the condition is an equality, ANALYZE both tables too: with right estimates the planner takes a hash join.`,
        recoverable: figure('recoverable', ms * (1 - 1 / (inner.loops ?? 1)), 'ms', inner),
      },
    ];
  });
