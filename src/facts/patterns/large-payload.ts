import { type Fact, name, num, say } from '../../domain/index.js';
import { attributeOf } from '../attributes.js';
import type { WalkedTrace } from '../sections.js';
import { parentOf, spanAt } from '../traces.js';
import { callOf } from './calls.js';
import { meanByCell, numberOf, type PatternFinder, patternOf } from './look.js';

/** Seven round trips of TCP slow start from ten segments (RFC 6928, 2013). */
const LARGE_BYTES = 100_000;
const GROWN = 2;

/** Answers to calls that are large, and larger than before. */
export const largePayload: PatternFinder = (look) => {
  const bytesOf = (t: WalkedTrace, row: number): number =>
    Number(attributeOf(spanAt(t, row).attributes, 'responseBytes') ?? Number.NaN);
  const met = new Map<
    string,
    { peer: NonNullable<ReturnType<typeof callOf>>; service: string; incident: number[]; baseline: number[] }
  >();
  for (const phase of ['incident', 'baseline'] as const)
    for (const t of look[phase])
      t.spans.forEach((s, row) => {
        const bytes = bytesOf(t, row);
        const peer = s.role === 'call' ? callOf(t, row) : undefined;
        if (!peer || !Number.isFinite(bytes)) return;
        const key = JSON.stringify([s.service, peer.peer.id, peer.operation]);
        const group = met.get(key) ?? { peer, service: s.service, incident: [], baseline: [] };
        group[phase].push(bytes);
        met.set(key, group);
      });
  return [...met]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, g]) => {
      const mean = (xs: readonly number[]): number =>
        xs.length === 0 ? 0 : xs.reduce((a, b) => a + b, 0) / xs.length;
      const [now, was] = [mean(g.incident), mean(g.baseline)];
      if (now < LARGE_BYTES || (look.hasBaseline && now < GROWN * was)) return [];
      const bytes = (value: number, phase: 'incident' | 'baseline'): Fact =>
        numberOf(look, { name: 'payload.mean', subject: g.peer.peer, value, unit: 'bytes', phase });
      const isOne = (t: WalkedTrace, row: number): boolean => {
        for (let at = row; at >= 0; at = parentOf(t, at)) {
          const peer = spanAt(t, at).role === 'call' ? callOf(t, at) : undefined;
          if (peer && JSON.stringify([spanAt(t, at).service, peer.peer.id, peer.operation]) === key)
            return true;
        }
        return false;
      };
      const own = meanByCell(look, (s, t) => isOne(t, s.span));
      const size = bytes(now, 'incident');
      const before = look.hasBaseline ? bytes(was, 'baseline') : undefined;
      return [
        patternOf(look, {
          kind: 'large-payload',
          about: g.peer.peer,
          service: g.service,
          claims: new Map([...own].map(([id, v]) => [id, v.incident - v.baseline] as const)),
          saving: [...own.values()].reduce((a, v) => a + Math.max(0, v.incident - v.baseline), 0),
          roles: { bytes: size, baselineBytes: before },
          detail: say`answers of ${name(g.peer.peer.name)} to ${name(g.service)} hold ${num(size)}${before ? say` (${num(before)} before)` : ''}`,
        }),
      ];
    });
};
