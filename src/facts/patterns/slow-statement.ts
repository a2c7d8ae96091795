import { name, num, say } from '../../domain/index.js';
import { isTransactionControl, statementSubject } from '../span-kind.js';
import { numberOf, type PatternFinder, patternOf } from './look.js';

/** Growth of one call's time from which the statement itself became slower. */
const SLOWER = 1.5;
/** Without a baseline: time of one call that no look-up by index takes, and the share of the request it must hold. */
const SLOW_MS = 50;
const SHARE = 0.1;
/** Calls a request may grow by this factor and still be the same work. */
const AS_OFTEN = 1.5;

/** A statement each call of which takes longer than before, or, without a baseline, longer than a look-up should. */
export const slowStatement: PatternFinder = (look) => {
  const whole = look.cells.reduce((sum, c) => sum + c.incident.value, 0);
  return look.cells
    .filter((c) => c.kind === 'database' && c.statement !== undefined && !isTransactionControl(c.statement))
    .flatMap((c) => {
      if (c.incidentCount.value <= 0) return [];
      const each = c.incident.value / c.incidentCount.value;
      const before = c.baselineCount.value > 0 ? c.baseline.value / c.baselineCount.value : undefined;
      const slower =
        before !== undefined &&
        each >= SLOWER * before &&
        c.incidentCount.value <= AS_OFTEN * c.baselineCount.value;
      const slow = each >= SLOW_MS && c.incident.value >= SHARE * whole;
      if (look.hasBaseline ? !slower && !(before === undefined && slow) : !slow) return [];
      const about = statementSubject(c.statement ?? '', c.service);
      const duration = numberOf(look, {
        name: 'latency.mean.slow',
        subject: about,
        value: each,
        unit: 'ms',
        phase: 'incident',
      });
      const was =
        before === undefined
          ? undefined
          : numberOf(look, {
              name: 'latency.mean.slow',
              subject: about,
              value: before,
              unit: 'ms',
              phase: 'baseline',
            });
      const saving = before === undefined ? c.incident.value : c.incidentCount.value * (each - before);
      return [
        patternOf(look, {
          kind: 'slow-statement',
          about,
          service: c.service,
          claims: new Map([[c.id, Math.min(c.excess.value, saving)]]),
          saving,
          roles: { duration, baselineDuration: was, count: c.incidentCount },
          detail: say`one call of ${name(c.operation)} takes ${num(duration)} in slow requests of ${name(c.service)}${was ? say` (${num(was)} before)` : ''}`,
        }),
      ];
    });
};
