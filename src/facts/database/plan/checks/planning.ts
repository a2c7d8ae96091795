import { num, say } from '../../../../domain/index.js';
import type { PlanCheck } from '../finding.js';

/** The first statement of a connection reads the catalogue; less than this is no habit of a statement. */
const LEAST_MS = 20;

/** Planning takes longer than running. */
export const planning: PlanCheck = ({ plan, times, figure }) => {
  const ms = plan.planningMs ?? 0;
  if (ms < LEAST_MS || ms < times.totalMs) return [];
  return [
    {
      id: 'planning',
      reason: say`Planning took ${num(figure('planning', ms, 'ms'))}, running ${num(figure('total', times.totalMs, 'ms'))}.`,
      remedy: say`Prepare the statement once for each connection and run it often; where a table has very many partitions, put the partition key into the condition so that the others are left out while planning.`,
      recoverable: figure('recoverable.planning', ms, 'ms'),
    },
  ];
};
