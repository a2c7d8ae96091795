import { name, num, say } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { parentOf } from '../traces.js';
import { callOf } from './calls.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, patternOf } from './look.js';
import { oneAfterTheOther } from './n-plus-one.js';
import { failedCall } from './retry.js';

/** Equal calls under one parent, one after the other, from which a loop is meant. */
const LOOP = 4;
const IN_REQUESTS = 0.2;

/** A service or cache that is asked again and again within one request, one call after the other. */
export const repeatedCall: PatternFinder = (look) => {
  const found = new Map<
    WalkedTrace,
    Map<string, { rows: number[]; operation: string; peer: ReturnType<typeof callOf> }>
  >();
  for (const t of [...look.incident, ...look.baseline]) found.set(t, loopsOf(t));
  const keys = new Set(
    look.incident.flatMap((t) =>
      [...(found.get(t) ?? new Map()).entries()].filter(([, g]) => g.rows.length >= LOOP).map(([k]) => k),
    ),
  );
  return [...keys].sort().flatMap((key) => {
    const [service = ''] = JSON.parse(key) as string[];
    const count = (t: WalkedTrace): number => found.get(t)?.get(key)?.rows.length ?? 0;
    if (meanOver(look.incident, (t) => (count(t) >= LOOP ? 1 : 0)) < IN_REQUESTS) return [];
    const peer = look.incident.map((t) => found.get(t)?.get(key)?.peer).find((p) => p !== undefined);
    if (!peer) return [];
    const repeats = meanOver(look.incident, count);
    const before = meanOver(look.baseline, count);
    const rowsOf = new Map([...found].map(([t, groups]) => [t, new Set(groups.get(key)?.rows ?? [])]));
    const inside = (t: WalkedTrace, span: number): boolean => {
      for (let at = span; at >= 0; at = parentOf(t, at)) if (rowsOf.get(t)?.has(at)) return true;
      return false;
    };
    const own = meanByCell(look, (s, t) => inside(t, s.span));
    const ms = [...own.values()].reduce((a, v) => a + v.incident, 0);
    const calls = numberOf(look, {
      name: 'calls.perRequest',
      subject: { ...peer.peer, id: `${peer.peer.id}/${key}` },
      value: repeats,
      unit: 'count',
      phase: 'incident',
    });
    const was = look.hasBaseline
      ? numberOf(look, {
          name: 'calls.perRequest',
          subject: { ...peer.peer, id: `${peer.peer.id}/${key}` },
          value: before,
          unit: 'count',
          phase: 'baseline',
        })
      : undefined;
    const more = look.hasBaseline ? Math.max(0, 1 - before / repeats) : (repeats - 1) / repeats;
    return [
      patternOf(look, {
        kind: 'repeated-call',
        about: peer.peer,
        service,
        // Only what came of more calls; slower calls are another cause.
        claims: new Map(
          [...own].map(([id, v]) => [id, Math.min(v.incident - v.baseline, v.incident * more)] as const),
        ),
        saving: (ms * (repeats - 1)) / repeats,
        roles: { repeats: calls, baselineRepeats: was },
        detail: say`a slow request of ${name(service)} asks ${name(peer.peer.name)} (${name(peer.operation)}) ${num(calls, { digits: 2 })} times, one after the other${was ? say` (${num(was, { digits: 2 })} before)` : ''}`,
      }),
    ];
  });
};

function loopsOf(t: WalkedTrace) {
  const groups = new Map<string, { rows: number[]; operation: string; peer: ReturnType<typeof callOf> }>();
  t.spans.forEach((s, row) => {
    if (s.role !== 'call' && s.role !== 'cache') return;
    // An attempt that failed is made again for that reason: a retry, and no loop.
    if (failedCall(t, row)) return;
    const peer = callOf(t, row);
    if (!peer) return;
    const key = JSON.stringify([s.service, peer.peer.id, peer.operation, parentOf(t, row)]);
    const group = groups.get(key) ?? { rows: [], operation: peer.operation, peer };
    group.rows.push(row);
    groups.set(key, group);
  });
  const longest = new Map<string, { rows: number[]; operation: string; peer: ReturnType<typeof callOf> }>();
  for (const [key, g] of groups) {
    const [service, peer, operation] = JSON.parse(key) as string[];
    const whole = JSON.stringify([service, peer, operation]);
    if (
      g.rows.length > (longest.get(whole)?.rows.length ?? 0) &&
      (g.rows.length < LOOP || oneAfterTheOther(t, g.rows))
    )
      longest.set(whole, g);
  }
  return longest;
}
