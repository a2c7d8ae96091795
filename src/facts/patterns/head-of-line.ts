import { name, num, type Subject, say, subject } from '../../domain/index.js';
import { meanByCell, numberOf, type PatternFinder, patternOf } from './look.js';

/** Long requests in service while a short one waits, from which the long ones are what it waits for. */
const MOSTLY = 0.7;
/** Long ones are always in service somewhere: while one waits they must be so many times as many. */
const MORE = 2;

/** Short requests wait for their turn while long ones of another kind occupy the service. */
export const headOfLine: PatternFinder = (look) =>
  look.occupants
    .filter((o) => o.whileWaiting >= MOSTLY && o.whileWaiting >= MORE * o.otherwise)
    .flatMap((o) => {
      const own = meanByCell(look, (s) => s.key.kind === 'queue-gap' && s.key.service === o.service);
      const saving = [...own.values()].reduce((sum, v) => sum + v.incident, 0);
      if (saving <= 0) return [];
      const about = subject('service', o.service);
      const blocker: Subject = subject('operation', o.operation, o.service);
      const fact = (factName: string, of: Subject, value: number, unit: 'count' | 'ms') =>
        numberOf(look, { name: factName, subject: of, value, unit, phase: 'incident' });
      const occupied = fact('queue.occupants', about, o.whileWaiting, 'count');
      const otherwise = fact('queue.occupantsOtherwise', about, o.otherwise, 'count');
      const long = fact('queue.occupant.p50', blocker, o.longMs, 'ms');
      const short = fact('queue.own.p50', about, o.ownMs, 'ms');
      return [
        patternOf(look, {
          kind: 'head-of-line',
          about,
          service: o.service,
          claims: new Map([...own].map(([id, v]) => [id, v.incident - v.baseline] as const)),
          saving,
          roles: { occupied, otherwise, long, short },
          detail: (ms) =>
            say`requests that ${name(o.service)} serves in ${num(short)} wait ${num(ms)} for their turn, while ${num(occupied, { digits: 2 })} long ones are in service, mostly ${name(o.operation)} of ${num(long)}; when none waits, ${num(otherwise, { digits: 2 })} are`,
        }),
      ];
    });
