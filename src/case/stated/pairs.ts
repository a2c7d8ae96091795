import type { Subject } from '../../domain/index.js';
import { type Claimed, type FrameIndex, kindFor } from '../claims.js';
import type { Named } from '../doubts.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import type { Match } from '../lexicon.js';
import type { Relation } from '../relations.js';
import { unitOf } from './measure.js';

/** Where the limit of "800 of 1000" has words and the used part has none, they share them. */
export function adoptUsed(
  frame: Frame,
  relations: ReadonlyMap<number, Relation>,
  claims: Map<number, { claimed: Claimed; named: Named; subject: Subject; relation?: Relation }>,
): void {
  for (const [second, r] of relations) {
    const limit = claims.get(second);
    const used = claims.get(r.first);
    if (r.kind !== 'of-limit' || !limit) continue;
    const pair = USED_OF[limit.named.name];
    const q = frame.quantities[r.first] as Quantity;
    if (
      pair &&
      (!used ||
        used.named.name === limit.named.name ||
        used.named.name === 'workers' ||
        used.named.name.endsWith('.stated'))
    )
      claims.set(r.first, {
        claimed: limit.claimed,
        named: { name: pair, value: q.value, unit: limit.named.unit },
        subject: limit.subject,
      });
  }
}

const USED_OF: Readonly<Record<string, string>> = {
  'connections.limit': 'connections.used',
  'pool.limit': 'pool.used',
  'threads.limit': 'threads.used',
  'memory.limit': 'memory.used',
  'heap.limit': 'heap.used',
  'queue.limit': 'queue.depth',
  'threads.queueLimit': 'threads.pending',
};

const LIMIT_OF: Readonly<Record<string, string>> = {
  'network.throughput': 'network.limit',
  'connections.used': 'connections.limit',
  'connections.limit': 'connections.limit',
  'pool.limit': 'pool.limit',
  'pool.used': 'pool.limit',
  'threads.limit': 'threads.limit',
  'threads.used': 'threads.limit',
  'memory.used': 'memory.limit',
  'heap.used': 'heap.limit',
  'queue.depth': 'queue.limit',
  'threads.pending': 'threads.queueLimit',
  workers: 'threads.limit',
};

export function limitOf(
  first: { named: Named } | undefined,
  q: Quantity,
  claimed: Claimed,
): Named | undefined {
  const own = claimed.claim ? claimed.claim.family.names[kindFor(q, claimed.claim.family)] : undefined;
  const name = LIMIT_OF[own ?? ''] ?? LIMIT_OF[first?.named.name ?? ''];
  return name ? { name, value: q.value, unit: unitOf(name, q) } : undefined;
}

interface First {
  claimed: Claimed;
  named: Named | undefined;
}

/** Both figures of "from A to B" or "A, was B" measure the same: the one with the better words says what. */
export function sharePairs(
  frame: Frame,
  relations: Map<number, Relation>,
  first: readonly (First | undefined)[],
): void {
  for (const [k, r] of [...relations]) {
    const a = first[r.first];
    const b = first[k];
    if (r.kind === 'of-limit' || !a || !b) continue;
    const qa = frame.quantities[r.first] as Quantity;
    const qb = frame.quantities[k] as Quantity;
    // "from 40M to 110M rows": the noun behind the second figure counts the first as well.
    if (
      qa.kind === 'bare' &&
      qb.kind === 'bare' &&
      qa.noun === undefined &&
      qb.noun !== undefined &&
      b.named
    ) {
      a.named = renamed(b.named, qa, qb);
      a.claimed = b.claimed;
      continue;
    }
    // "6% (SLA 2%)": the word for an aim is not what is measured.
    if (r.kind === 'goal' && a.named && !a.named.name.endsWith('.stated')) {
      b.named = renamed(a.named, qb, qa) ?? b.named;
      b.claimed = a.claimed;
      continue;
    }
    // "p99 jumps from 300 ms to 5 s and fan-out lag hits 12 min": words behind the pair are the next figure's.
    const rest = b.claimed.claim;
    if (
      r.kind === 'change' &&
      a.named &&
      !a.named.name.endsWith('.stated') &&
      rest !== undefined &&
      rest.from > qb.to &&
      a.named.name !== b.named?.name &&
      qa.kind === qb.kind
    ) {
      b.named = renamed(a.named, qb, qa) ?? b.named;
      b.claimed = a.claimed;
      continue;
    }
    // "Report p95 12s vs 3s in Q1": words before the first figure are the pair's.
    if (
      r.kind === 'before' &&
      a.named &&
      !a.named.name.endsWith('.stated') &&
      rest !== undefined &&
      rest.to <= qa.from &&
      qa.kind === qb.kind &&
      b.claimed.statistic?.to !== qb.from
    ) {
      b.named = renamed(a.named, qb, qa) ?? b.named;
      b.claimed = a.claimed;
      continue;
    }
    const ownStatistic =
      b.claimed.statistic !== undefined &&
      b.claimed.statistic.to === qb.from &&
      b.claimed.statistic.name !== a.claimed.statistic?.name;
    if (ownStatistic || (a.named && b.named && !sameUnit(a.named, b.named))) {
      relations.delete(k);
      continue;
    }
    const weight = (x: First, q: Quantity): number =>
      !x.named
        ? 99
        : (x.named.name.endsWith('.stated') ? 20 : 0) +
          (q.noun === undefined ? 5 : 0) +
          (x.claimed.claim?.cost ?? 9);
    // The second figure often stands far from the words that the first is right beside.
    if (a.named && weight(a, qa) <= weight(b, qb) + 1) b.named = renamed(a.named, qb, qa) ?? b.named;
    else if (b.named) a.named = renamed(b.named, qa, qb) ?? a.named;
    const lead = weight(a, qa) <= weight(b, qb) + 1 ? a : b;
    a.claimed = lead.claimed;
    b.claimed = lead.claimed;
  }
}

const sameUnit = (a: Named, b: Named): boolean =>
  a.unit === b.unit || a.name.endsWith('.stated') || b.name.endsWith('.stated');

/** The same measure with the figure of the other quantity. */
function renamed(named: Named, q: Quantity, other: Quantity): Named | undefined {
  if (q.kind !== other.kind) return undefined;
  const scale = named.unit === 'ms' ? 1000 : 1;
  return {
    name: named.name,
    unit: named.unit,
    value: q.value * scale,
    ...(q.interval ? { interval: [q.interval[0] * scale, q.interval[1] * scale] as [number, number] } : {}),
  };
}

const RUNS = /^p\d|^mean$|^max$/;

/** "p50/p95/p99 = 120/600/1800 ms": gives each figure its unit and its statistic. */
export function spreadSlashRuns(
  frame: Frame,
  index: FrameIndex,
  slashes: readonly { members: number[] }[],
  done: ReadonlySet<number>,
): void {
  for (const { members } of slashes) {
    if (members.some((k) => done.has(k))) continue;
    const qs = members.map((k) => frame.quantities[k] as Quantity);
    const last = qs.at(-1) as Quantity;
    const first = qs[0] as Quantity;
    const before = frame.statistics
      .filter(
        (s) =>
          s.to <= first.from &&
          s.from > first.from - 16 &&
          RUNS.test(s.value) &&
          frame.sentence[s.from] === frame.sentence[first.from],
      )
      .slice(-members.length);
    const after = frame.statistics
      .filter(
        (s) =>
          s.from >= last.to &&
          s.from < last.to + 12 &&
          RUNS.test(s.value) &&
          frame.sentence[s.from] === frame.sentence[first.from],
      )
      .slice(0, members.length);
    const run =
      before.length === members.length ? before : after.length === members.length ? after : undefined;
    if (last.kind === 'duration') {
      const scale = unitScale(frame, last);
      for (const q of qs)
        if (q.kind === 'bare') Object.assign(q, { kind: 'duration', value: q.value * scale });
    }
    if (!run) continue;
    members.forEach((_, n) => {
      const q = qs[n] as Quantity;
      const s = run[n] as Match<string>;
      // The nearest statistic of a figure is read from its own tokens.
      for (let i = q.from; i < q.to; i++) index.statistic[i] = s;
      (q as Quantity & { statistic?: string }).statistic = s.value;
    });
  }
}

const unitScale = (frame: Frame, q: Quantity): number => {
  const digits = Number(frame.tokens[q.from]?.value ?? 1);
  return digits === 0 ? 1 : q.value / digits;
};
