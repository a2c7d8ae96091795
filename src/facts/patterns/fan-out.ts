import { name, num, say } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { endOf, lengthOf, parentOf, startOf } from '../traces.js';
import { callOf } from './calls.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, patternOf } from './look.js';

/** Calls at once from which a request meets the tail of each (J. Dean, L. Barroso, The Tail at Scale, 2013). */
const WIDE = 10;
const IN_REQUESTS = 0.2;

/** Many calls of one kind side by side: the request waits for the slowest of them. */
export const fanOut: PatternFinder = (look) => {
  const widths = new Map<WalkedTrace, Map<string, number[]>>();
  for (const t of [...look.incident, ...look.baseline]) widths.set(t, wideGroups(t));
  const keys = new Set(look.incident.flatMap((t) => [...(widths.get(t)?.keys() ?? [])]));
  return [...keys].sort().flatMap((key) => {
    const rows = (t: WalkedTrace): number[] => widths.get(t)?.get(key) ?? [];
    if (meanOver(look.incident, (t) => (rows(t).length >= WIDE ? 1 : 0)) < IN_REQUESTS) return [];
    const [service = ''] = JSON.parse(key) as string[];
    const sample = look.incident.find((t) => rows(t).length > 0);
    const peer = sample && callOf(sample, rows(sample)[0] ?? 0);
    if (!peer) return [];
    const width = numberOf(look, {
      name: 'fanout.count',
      subject: { ...peer.peer, id: `fan-out:${key}` },
      value: meanOver(look.incident, (t) => rows(t).length),
      unit: 'count',
      phase: 'incident',
    });
    const was = meanOver(look.baseline, (t) => rows(t).length);
    const before = look.hasBaseline
      ? numberOf(look, {
          name: 'fanout.count',
          subject: { ...peer.peer, id: `fan-out:${key}` },
          value: was,
          unit: 'count',
          phase: 'baseline',
        })
      : undefined;
    const below = (t: WalkedTrace, span: number): boolean => {
      const mine = new Set(rows(t));
      for (let at = span; at >= 0; at = parentOf(t, at)) if (mine.has(at)) return true;
      return false;
    };
    const own = meanByCell(look, (s, t) => below(t, s.span));
    // Waiting for the typical one would do where the slowest is not needed.
    const saving = meanOver(look.incident, (t) => {
      const lengths = rows(t)
        .map((r) => lengthOf(t, r))
        .sort((a, b) => a - b);
      return lengths.length === 0
        ? 0
        : (lengths[lengths.length - 1] ?? 0) - (lengths[Math.floor(lengths.length / 2)] ?? 0);
    });
    const wider = !look.hasBaseline || width.value >= 1.5 * was;
    return [
      patternOf(look, {
        kind: 'fan-out',
        about: peer.peer,
        service,
        claims: new Map([...own].map(([id, v]) => [id, wider ? v.incident - v.baseline : 0] as const)),
        saving,
        roles: { width, baselineWidth: before },
        detail: say`a slow request of ${name(service)} makes ${num(width, { digits: 2 })} calls to ${name(peer.peer.name)} at once${before ? say` (${num(before, { digits: 2 })} before)` : ''} and waits for the slowest`,
      }),
    ];
  });
};

function wideGroups(t: WalkedTrace): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  t.spans.forEach((s, row) => {
    if (!['call', 'database', 'cache'].includes(s.role)) return;
    const peer = callOf(t, row);
    if (!peer) return;
    const key = JSON.stringify([s.service, peer.peer.id, peer.operation]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  });
  return new Map([...groups].filter(([, rows]) => rows.length >= WIDE && atOnce(t, rows) >= WIDE));
}

/** The most of these spans that run at one time. */
function atOnce(t: WalkedTrace, rows: readonly number[]): number {
  const edges = rows
    .flatMap(
      (r) =>
        [
          [startOf(t, r), 1],
          [endOf(t, r), -1],
        ] as [number, number][],
    )
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let now = 0;
  let most = 0;
  for (const [, step] of edges) {
    now += step;
    most = Math.max(most, now);
  }
  return most;
}
