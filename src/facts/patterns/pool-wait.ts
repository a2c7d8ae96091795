import { name, num, say } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { poolName } from '../span-kind.js';
import { endOf, parentOf, spanAt, startOf } from '../traces.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, patternOf } from './look.js';

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
      const holdMs = meanOver(look.incident, (t) => holdOf(t, isOne));
      const hold =
        holdMs > 0
          ? numberOf(look, {
              name: 'pool.hold.slow',
              subject: about,
              value: holdMs,
              unit: 'ms',
              phase: 'incident',
            })
          : undefined;
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
          },
          detail: say`slow requests of ${name(service)} wait ${num(wait)} for a connection of pool ${name(about.name)}${was ? say` (${num(was)} before)` : ''}${limit ? say`, which holds ${num(limit)}` : ''}`,
        }),
      ];
    });
};

/** From the connection being there to the end of the last statement after it under the same parent, before the next wait. */
function holdOf(t: WalkedTrace, isOne: (t: WalkedTrace, row: number) => boolean): number {
  let held = 0;
  t.spans.forEach((_, row) => {
    if (!isOne(t, row)) return;
    const parent = parentOf(t, row);
    const got = endOf(t, row);
    const siblings = t.spans
      .map((__, r) => r)
      .filter((r) => parentOf(t, r) === parent && startOf(t, r) >= got)
      .sort((a, b) => startOf(t, a) - startOf(t, b));
    let until = got;
    for (const r of siblings) {
      const role = spanAt(t, r).role;
      if (role === 'pool') break;
      if (role === 'database') until = endOf(t, r);
    }
    held += until - got;
  });
  return held;
}
