import { name, num, say } from '../../domain/index.js';
import { attributeOf } from '../attributes.js';
import type { WalkedTrace } from '../sections.js';
import { parentOf, spanAt, startOf } from '../traces.js';
import { callOf } from './calls.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, patternOf } from './look.js';

/** Attempts beyond the first, a slow request, from which retries count. */
const RETRIES = 0.1;

/** A call that failed and was made again under the same parent: what the failed attempts, and the waits between, cost. */
export const retry: PatternFinder = (look) => {
  const failed = new Map<
    WalkedTrace,
    Map<string, { lost: Set<number>; peer: NonNullable<ReturnType<typeof callOf>> }>
  >();
  for (const t of [...look.incident, ...look.baseline]) failed.set(t, attempts(t));
  const keys = new Set(look.incident.flatMap((t) => [...(failed.get(t)?.keys() ?? [])]));
  return [...keys].sort().flatMap((key) => {
    const lost = (t: WalkedTrace): Set<number> => failed.get(t)?.get(key)?.lost ?? new Set();
    const now = meanOver(look.incident, (t) => lost(t).size);
    const was = meanOver(look.baseline, (t) => lost(t).size);
    const peer = look.incident.map((t) => failed.get(t)?.get(key)?.peer).find((p) => p !== undefined);
    if (!peer || now < RETRIES || (look.hasBaseline && now < 1.5 * was)) return [];
    const [service = ''] = JSON.parse(key) as string[];
    const below = (t: WalkedTrace, span: number): boolean => {
      for (let at = span; at >= 0; at = parentOf(t, at)) if (lost(t).has(at)) return true;
      return false;
    };
    const own = meanByCell(look, (s, t) => below(t, s.span));
    const count = numberOf(look, {
      name: 'retry.perRequest',
      subject: { ...peer.peer, id: `retry:${key}` },
      value: now,
      unit: 'count',
      phase: 'incident',
    });
    return [
      patternOf(look, {
        kind: 'retry',
        about: peer.peer,
        service,
        claims: new Map([...own].map(([id, v]) => [id, v.incident - v.baseline] as const)),
        saving: [...own.values()].reduce((a, v) => a + v.incident, 0),
        roles: { retries: count },
        detail: say`a slow request of ${name(service)} repeats its call to ${name(peer.peer.name)} ${num(count, { digits: 2 })} times after a failure`,
      }),
    ];
  });
};

function attempts(t: WalkedTrace) {
  const groups = new Map<string, number[]>();
  t.spans.forEach((s, row) => {
    if (s.role !== 'call' && s.role !== 'database') return;
    const peer = callOf(t, row);
    if (!peer) return;
    const key = JSON.stringify([s.service, peer.peer.id, peer.operation, parentOf(t, row)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  });
  const lost = new Map<string, { lost: Set<number>; peer: NonNullable<ReturnType<typeof callOf>> }>();
  for (const [key, rows] of groups) {
    if (rows.length < 2) continue;
    const inOrder = [...rows].sort((a, b) => startOf(t, a) - startOf(t, b));
    // Each attempt that failed and was followed by another one was in vain.
    const vain = inOrder.slice(0, -1).filter((row) => failedCall(t, row));
    const peer = callOf(t, rows[0] ?? 0);
    if (vain.length === 0 || !peer) continue;
    const [service, id, operation] = JSON.parse(key) as string[];
    lost.set(JSON.stringify([service, id, operation]), { lost: new Set(vain), peer });
  }
  return lost;
}

/** A call that ended in an error, or was refused. */
export function failedCall(t: WalkedTrace, row: number): boolean {
  const s = spanAt(t, row);
  const status = attributeOf(s.attributes, 'status') ?? '';
  return s.failed || /^(?:5\d\d|429|408)$/.test(status) || attributeOf(s.attributes, 'error') === 'true';
}
