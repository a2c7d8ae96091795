import { name, num, say } from '../../../../domain/index.js';
import { isRecord, numberAt, textAt } from '../../../../evidence/readers/plans/document.js';
import type { PlanCheck } from '../finding.js';

/** Time in triggers: for foreign keys, the referencing column often has no index. */
export const triggers: PlanCheck = ({ plan, times, figure }) =>
  (Array.isArray(plan.document.Triggers) ? plan.document.Triggers : [])
    .filter(isRecord)
    .flatMap((trigger, i) => {
      const ms = numberAt(trigger, 'Time') ?? 0;
      if (ms < 1 || ms < times.totalMs * 0.1) return [];
      const constraint = textAt(trigger, 'Constraint Name');
      const title = constraint ?? textAt(trigger, 'Trigger Name') ?? 'a trigger';
      return [
        {
          id: 'trigger',
          reason: say`${constraint === undefined ? 'The trigger' : 'The check of the foreign key'} ${name(title)} took ${num(figure(`trigger-${i}`, ms, 'ms'))} in ${num(figure(`trigger-calls-${i}`, numberAt(trigger, 'Calls') ?? 0, 'count'))} calls.`,
          remedy:
            constraint === undefined
              ? say`Look at what the trigger does for each row; do it once for each statement (FOR EACH STATEMENT with transition tables) where that gives the same.`
              : say`Index the referencing column of ${name(title)}: without one, each row that goes is looked for in the whole referencing table.`,
          recoverable: figure(`recoverable.trigger-${i}`, ms * 0.9, 'ms'),
        },
      ];
    });
