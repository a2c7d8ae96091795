import { num, say } from '../../../../domain/index.js';
import { isRecord, type PlanValue } from '../../../../evidence/readers/plans/document.js';
import type { Plan } from '../../../../evidence/readers/plans/index.js';
import type { PlanCheck } from '../finding.js';

/** Compiling took a large part of the time: the plan's cost passed jit_above_cost, its work did not pay for it. */
export const jit: PlanCheck = ({ plan, times, figure }) => {
  const ms = compilingMs(plan);
  if (ms < 5 || ms < times.totalMs * 0.1) return [];
  return [
    {
      id: 'jit',
      reason: say`Compiling the expressions (JIT) took ${num(figure('jit', ms, 'ms'))} of ${num(figure('total', times.totalMs, 'ms'))}.`,
      remedy: say`Raise jit_above_cost above the cost of such statements, or switch jit off for this role: short statements never earn back what compiling costs.`,
      command: 'SET jit = off;',
      recoverable: figure('recoverable.jit', ms, 'ms'),
    },
  ];
};

/** Milliseconds that compiling expressions took; 0 where nothing was compiled. */
export function compilingMs(plan: Plan): number {
  const told = plan.document.JIT;
  const timing = isRecord(told) ? told.Timing : undefined;
  return isRecord(timing) ? millis(timing.Total) : 0;
}

const millis = (value: PlanValue | undefined): number => (typeof value === 'number' ? value : 0);
