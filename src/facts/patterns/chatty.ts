import { name, num, say } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { isTransactionControl } from '../span-kind.js';
import { endOf, lengthOf, servedBy, spanAt, startOf } from '../traces.js';
import { callOf } from './calls.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, patternOf } from './look.js';

/** Calls of one request to one peer from which the talk itself is what is long. */
const MANY = 10;
/** One thing asked for so often is a loop, and has finders of its own: its calls do not count. */
const LOOP = 4;
/** Different things asked for. */
const DIFFERENT = 3;
/** A small call takes at most this share of all of them together. */
const SMALL = 0.25;
const IN_REQUESTS = 0.2;

interface Talk {
  rows: number[];
  peer: NonNullable<ReturnType<typeof callOf>>['peer'];
}

/**
 * One service asks another many different small things within a request, one after the other: each pays a round trip that a
 * single coarser call would pay once.
 */
export const chatty: PatternFinder = (look) => {
  const talks = new Map<WalkedTrace, Map<string, Talk>>();
  for (const t of [...look.incident, ...look.baseline]) talks.set(t, talksOf(t));
  const keys = new Set(
    look.incident.flatMap((t) =>
      [...(talks.get(t) ?? [])].filter(([, talk]) => isChatty(t, talk.rows)).map(([key]) => key),
    ),
  );
  return [...keys].sort().flatMap((key) => {
    const rowsOf = (t: WalkedTrace): number[] => talks.get(t)?.get(key)?.rows ?? [];
    if (meanOver(look.incident, (t) => (isChatty(t, rowsOf(t)) ? 1 : 0)) < IN_REQUESTS) return [];
    const peer = look.incident.map((t) => talks.get(t)?.get(key)?.peer).find((p) => p !== undefined);
    if (!peer) return [];
    const [service = ''] = JSON.parse(key) as string[];
    const calls = meanOver(look.incident, (t) => rowsOf(t).length);
    const before = meanOver(look.baseline, (t) => rowsOf(t).length);
    const trips = new Map([...talks.keys()].map((t) => [t, roundTrips(t, rowsOf(t))] as const));
    const members = new Map([...talks.keys()].map((t) => [t, new Set(rowsOf(t))] as const));
    const own = meanByCell(look, (s, t) => members.get(t)?.has(s.span) ?? false);
    const onPath = [...own.values()].reduce((sum, v) => sum + v.incident, 0);
    const saving = Math.min(
      onPath,
      meanOver(look.incident, (t) => trips.get(t) ?? 0),
    );
    const share = onPath > 0 ? saving / onPath : 0;
    // Only what came of more calls; slower calls are another cause.
    const more = look.hasBaseline ? Math.max(0, 1 - before / Math.max(1, calls)) : 1;
    const about = { ...peer, id: `${peer.id}/talk:${service}` };
    const count = (value: number, phase: 'incident' | 'baseline') =>
      numberOf(look, { name: 'calls.perRequest', subject: about, value, unit: 'count', phase });
    const made = count(calls, 'incident');
    const was = look.hasBaseline ? count(before, 'baseline') : undefined;
    return [
      patternOf(look, {
        kind: 'chatty',
        about: peer,
        service,
        claims: new Map(
          [...own].map(
            ([id, v]) => [id, Math.min(v.incident - v.baseline, v.incident * more) * share] as const,
          ),
        ),
        saving,
        roles: { calls: made, baselineCalls: was },
        detail: (ms) =>
          say`a slow request of ${name(service)} asks ${name(peer.name)} for different things in ${num(made, { digits: 2 })} calls, one after the other${was ? say` (${num(was, { digits: 2 })} before)` : ''}; their round trips take ${num(ms)}`,
      }),
    ];
  });
};

/** Calls of a request by caller and peer, without loops. */
function talksOf(t: WalkedTrace): Map<string, Talk> {
  const talks = new Map<string, Talk>();
  t.spans.forEach((s, row) => {
    if (s.role !== 'call' && s.role !== 'database' && s.role !== 'cache') return;
    if (isTransactionControl(s.statement)) return;
    const peer = callOf(t, row)?.peer;
    if (!peer) return;
    const key = JSON.stringify([s.service, peer.id]);
    const talk = talks.get(key) ?? { rows: [], peer };
    talk.rows.push(row);
    talks.set(key, talk);
  });
  for (const talk of talks.values()) {
    const times = new Map<string, number>();
    for (const row of talk.rows) times.set(asked(t, row), (times.get(asked(t, row)) ?? 0) + 1);
    talk.rows = talk.rows.filter((row) => (times.get(asked(t, row)) ?? 0) < LOOP);
  }
  return talks;
}

const asked = (t: WalkedTrace, row: number): string =>
  spanAt(t, row).statement || (callOf(t, row)?.operation ?? '');

/** Many small calls for different things, hardly two of them at the same time. */
function isChatty(t: WalkedTrace, rows: readonly number[]): boolean {
  if (rows.length < MANY) return false;
  if (new Set(rows.map((row) => asked(t, row))).size < DIFFERENT) return false;
  const lengths = rows.map((row) => lengthOf(t, row));
  const sum = lengths.reduce((a, b) => a + b, 0);
  return Math.max(...lengths) <= SMALL * sum && together(t, rows) >= 0.8 * sum;
}

/** Milliseconds in which at least one of these calls runs: their sum when they follow one another. */
function together(t: WalkedTrace, rows: readonly number[]): number {
  let ms = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const row of [...rows].sort((a, b) => startOf(t, a) - startOf(t, b))) {
    ms += Math.max(0, endOf(t, row) - Math.max(until, startOf(t, row)));
    until = Math.max(until, endOf(t, row));
  }
  return ms;
}

/**
 * What the ways there and back cost, all but one: time of a call outside of the callee's own work where that was traced, or
 * else as much as the quickest call took as a whole.
 */
function roundTrips(t: WalkedTrace, rows: readonly number[]): number {
  if (rows.length < 2) return 0;
  const quickest = Math.min(...rows.map((row) => lengthOf(t, row)));
  const trips = rows.map((row) => {
    const callee = servedBy(t, row);
    return callee === undefined ? quickest : Math.max(0, lengthOf(t, row) - lengthOf(t, callee));
  });
  return trips.reduce((a, b) => a + b, 0) - Math.max(...trips);
}
