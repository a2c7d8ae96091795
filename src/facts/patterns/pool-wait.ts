import { type Fact, name, num, say } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { poolName } from '../span-kind.js';
import { childrenOf, endOf, parentOf, spanAt, startOf } from '../traces.js';
import { meanByCell, numberOf, type PatternFinder, patternOf } from './look.js';

/** Requests wait for a connection of a pool before their statement runs. */
export const poolWait: PatternFinder = (look) => {
  const pools = new Map<string, { service: string; pool: string }>();
  for (const t of look.incident)
    for (const s of t.spans)
      if (s.role === 'pool')
        pools.set(JSON.stringify([s.service, poolName(s.attributes)]), {
          service: s.service,
          pool: poolName(s.attributes),
        });
  return [...pools]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { service, pool }]) => {
      const isOne = (t: WalkedTrace, row: number): boolean => {
        const s = spanAt(t, row);
        return s.role === 'pool' && s.service === service && poolName(s.attributes) === pool;
      };
      const own = meanByCell(look, (s, t) => isOne(t, s.span));
      const sum = (phase: 'incident' | 'baseline'): number =>
        [...own.values()].reduce((a, v) => a + v[phase], 0);
      if (sum('incident') <= 0) return [];
      const about = look.poolOf(service, pool);
      const wait = numberOf(look, {
        name: 'pool.wait.slow',
        subject: about,
        value: sum('incident'),
        unit: 'ms',
        phase: 'incident',
      });
      const was = look.hasBaseline
        ? numberOf(look, {
            name: 'pool.wait.slow',
            subject: about,
            value: sum('baseline'),
            unit: 'ms',
            phase: 'baseline',
          })
        : undefined;
      const limit = look.fact('pool.limit', about, 'incident');
      const holds = look.incident.map((t) => holdOf(t, isOne));
      const holdMs = holds.reduce((a, h) => a + h.held, 0) / holds.length;
      const busyMs = holds.reduce((a, h) => a + h.busy, 0) / holds.length;
      const number = (n: string, value: number): Fact | undefined =>
        value > 0
          ? numberOf(look, { name: n, subject: about, value, unit: 'ms', phase: 'incident' })
          : undefined;
      const hold = number('pool.hold.slow', holdMs);
      const busy = number('pool.busy.slow', busyMs);
      return [
        patternOf(look, {
          kind: 'pool-wait',
          about,
          service,
          claims: new Map([...own].map(([id, v]) => [id, v.incident - v.baseline] as const)),
          saving: sum('incident'),
          roles: {
            wait,
            baselineWait: was,
            limit,
            baselineLimit: look.fact('pool.limit', about, 'baseline'),
            used: look.fact('pool.used', about, 'incident'),
            hold,
            busy,
          },
          detail: say`slow requests of ${name(service)} wait ${num(wait)} for a connection of pool ${name(about.name)}${was ? say` (${num(was)} before)` : ''}${limit ? say`, which holds ${num(limit)}` : ''}`,
        }),
      ];
    });
};

/**
 * How long the connection is held, and how long statements run in that time: from the connection being there to the
 * end of the last statement after it under the same parent, before the next wait.
 */
function holdOf(
  t: WalkedTrace,
  isOne: (t: WalkedTrace, row: number) => boolean,
): { held: number; busy: number } {
  let held = 0;
  let busy = 0;
  t.spans.forEach((_, row) => {
    const parent = parentOf(t, row);
    if (parent < 0 || !isOne(t, row)) return;
    const got = endOf(t, row);
    let until = got;
    for (const r of childrenOf(t.tree, parent)) {
      if (startOf(t, r) < got) continue;
      const role = spanAt(t, r).role;
      if (role === 'pool') break;
      if (role !== 'database') continue;
      busy += Math.max(0, endOf(t, r) - Math.max(until, startOf(t, r)));
      until = Math.max(until, endOf(t, r));
    }
    held += until - got;
  });
  return { held, busy };
}
