import { type Fact, name, num, type Subject, say, type Text } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { parentOf, spanAt } from '../traces.js';
import { callOf } from './calls.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, patternOf } from './look.js';

/** Before, at most this share of today's calls were made. */
const RARE_BEFORE = 0.2;
/** Share of slow requests that must make the call. */
const IN_REQUESTS = 0.1;

/** How many times, in words where it is once or never. */
const often = (count: Fact): Text => {
  const shown = Number(count.value.toPrecision(2));
  if (shown === 0) return say`${num(count, { display: 'never' })}`;
  if (shown === 1) return say`${num(count, { display: 'once' })}`;
  return say`${num(count, { digits: 2 })} times`;
};

/** A call that slow requests make now and did not make before; with all that happens on the other side of it. */
export const newCall: PatternFinder = (look) => {
  if (!look.hasBaseline || look.baseline.length === 0) return [];
  const met = new Map<string, { service: string; peer: Subject; operation: string }>();
  const keyAt = (t: WalkedTrace, row: number): string | undefined => {
    const s = spanAt(t, row);
    if (s.role !== 'call' && s.role !== 'produced') return undefined;
    const own = callOf(t, row);
    if (!own) return undefined;
    const key = JSON.stringify([s.service, own.peer.id]);
    if (!met.has(key)) met.set(key, { service: s.service, peer: own.peer, operation: own.operation });
    return key;
  };
  const rows = new Map<WalkedTrace, Map<number, string>>();
  for (const t of [...look.incident, ...look.baseline]) {
    const keyed = new Map<number, string>();
    t.spans.forEach((_, row) => {
      const key = keyAt(t, row);
      if (key !== undefined) keyed.set(row, key);
    });
    rows.set(t, keyed);
  }
  const times = (t: WalkedTrace, key: string): number =>
    [...(rows.get(t)?.values() ?? [])].filter((k) => k === key).length;
  return [...met]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, call]) => {
      const now = meanOver(look.incident, (t) => times(t, key));
      const was = meanOver(look.baseline, (t) => times(t, key));
      const made = meanOver(look.incident, (t) => (times(t, key) > 0 ? 1 : 0));
      if (made < IN_REQUESTS || was >= RARE_BEFORE * now) return [];
      const below = (t: WalkedTrace, span: number): boolean => {
        for (let at = span; at >= 0; at = parentOf(t, at)) if (rows.get(t)?.get(at) === key) return true;
        return false;
      };
      const own = meanByCell(look, (s, t) => below(t, s.span));
      const claims = new Map([...own].map(([id, v]) => [id, v.incident - v.baseline] as const));
      const saving = [...own.values()].reduce((sum, v) => sum + v.incident, 0);
      const calls = numberOf(look, {
        name: 'calls.perRequest',
        subject: call.peer,
        value: now,
        unit: 'count',
        phase: 'incident',
      });
      const before = numberOf(look, {
        name: 'calls.perRequest',
        subject: call.peer,
        value: was,
        unit: 'count',
        phase: 'baseline',
      });
      return [
        patternOf(look, {
          kind: 'new-call',
          about: call.peer,
          service: call.service,
          claims,
          saving,
          roles: { calls, baselineCalls: before },
          detail: (ms) =>
            say`slow requests of ${name(call.service)} call ${name(call.peer.name)} (${name(call.operation)}) ${often(calls)} each and wait ${num(ms)} for it; before, ${often(before)}`,
        }),
      ];
    });
};
