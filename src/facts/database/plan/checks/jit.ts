import { num, say } from '../../../../domain/index.js';
import { isRecord, type PlanValue } from '../../../../evidence/readers/plans/document.js';
import type { PlanCheck } from '../finding.js';

/** Compiling took a large part of the time: the plan's cost passed jit_above_cost, its work did not pay for it. */
export const jit: PlanCheck = ({ plan, times, figure }) => {
  const told = plan.document.JIT;
  const timing = isRecord(told) ? told.Timing : undefined;
  const ms = isRecord(timing) ? millis(timing.Total) : 0;
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

const millis = (value: PlanValue | undefined): number => (typeof value === 'number' ? value : 0);
