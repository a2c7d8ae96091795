import { name, num, say } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { lengthOf, parentOf, spanAt } from '../traces.js';
import { callOf } from './calls.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, patternOf } from './look.js';

/** Round deadlines people set, ms. */
const DEADLINES = [
  100, 150, 200, 250, 300, 400, 500, 750, 800, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 8000, 10_000, 15_000,
  20_000, 30_000, 60_000,
];
/** A call that ran out ends within this share after the deadline. */
const AFTER = 0.03;
/** Share of a callee's long calls, from half the deadline on, that must end there; of all its calls; and how many. */
const SHARE = 0.6;
const OF_ALL = 0.05;
const CALLS = 5;

/** Calls that end at one round time again and again while the request itself reports success: a deadline ran out unseen. */
export const maskedTimeout: PatternFinder = (look) => {
  const lengths = new Map<string, { t: WalkedTrace; row: number; ms: number }[]>();
  for (const t of look.incident)
    t.spans.forEach((s, row) => {
      const peer = s.role === 'call' || s.role === 'database' ? callOf(t, row) : undefined;
      if (!peer || spanAt(t, t.root).failed) return;
      const key = JSON.stringify([s.service, peer.peer.id]);
      lengths.set(key, [...(lengths.get(key) ?? []), { t, row, ms: lengthOf(t, row) }]);
    });
  return [...lengths]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, calls]) => {
      const deadline = DEADLINES.find((d) => {
        const ended = calls.filter((c) => c.ms >= d && c.ms <= d * (1 + AFTER)).length;
        const long = calls.filter((c) => c.ms >= d / 2).length;
        return ended >= Math.max(CALLS, SHARE * long, OF_ALL * calls.length);
      });
      if (deadline === undefined) return [];
      const out = new Set(calls.filter((c) => c.ms >= deadline && c.ms <= deadline * (1 + AFTER)));
      const byTrace = new Map<WalkedTrace, Set<number>>();
      for (const c of out) byTrace.set(c.t, (byTrace.get(c.t) ?? new Set()).add(c.row));
      const [service = ''] = JSON.parse(key) as string[];
      const first = [...out][0];
      const peer = first && callOf(first.t, first.row);
      if (!peer) return [];
      // Where the callee is traced too, the wait lies in its span.
      const below = (t: WalkedTrace, span: number): boolean => {
        for (let at = span; at >= 0; at = parentOf(t, at)) if (byTrace.get(t)?.has(at)) return true;
        return false;
      };
      const own = meanByCell(look, (s, t) => below(t, s.span));
      const limit = numberOf(look, {
        name: 'timeout.seen',
        subject: peer.peer,
        value: deadline,
        unit: 'ms',
        phase: 'incident',
      });
      const share = numberOf(look, {
        name: 'timeouts.ratio',
        subject: peer.peer,
        value: out.size / calls.length,
        unit: 'ratio',
        phase: 'incident',
      });
      return [
        patternOf(look, {
          kind: 'masked-timeout',
          about: peer.peer,
          service,
          claims: new Map([...own].map(([id, v]) => [id, v.incident] as const)),
          saving: meanOver(look.incident, (t) =>
            [...(byTrace.get(t) ?? [])].reduce((a, r) => a + lengthOf(t, r), 0),
          ),
          roles: { timeout: limit, share },
          detail: say`${num(share, { digits: 2 })} of the calls of ${name(service)} to ${name(peer.peer.name)} in slow requests end at ${num(limit)}, as a deadline does, while the request reports success`,
        }),
      ];
    });
};
