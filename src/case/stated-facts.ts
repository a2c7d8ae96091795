import {
  FACT_NAMES,
  type Fact,
  type FactName,
  type InputKey,
  type Phase,
  type Subject,
  stated,
  type Unit,
} from '../domain/index.js';
import { productEntry } from '../knowledge/index.js';
import { type About, aboutOf, aboutWords, type Earlier, sceneOf } from './about.js';
import { billIn } from './bill.js';
import { type Claimed, claimOf, type FrameIndex, indexOf, kindFor, nounName } from './claims.js';
import { asSaid, doubt, type Named } from './doubts.js';
import { type Frame, placeOf } from './frame.js';
import { hostFor, hostsNamed } from './hosts.js';
import type { Match } from './lexicon.js';
import { mixesIn } from './mixes.js';
import { COUNT_NOUNS } from './nouns.js';
import type { Parts } from './parts.js';
import { phaseOfInput } from './phases.js';
import type { Comparator, Quantity } from './quantities.js';
import { type Relation, relationsOf } from './relations.js';
import { type Mention, subjectMentions } from './subjects.js';
import { conditionAfter, type Moment, momentOf, momentsOf } from './when.js';
import { sharesWithin, type Within } from './within.js';
import { STOP } from './words.js';

/** A fact with the tokens it was read from. */
export interface Read {
  fact: Fact;
  from: number;
  to: number;
  /** Index of its quantity. */
  quantity: number;
}
export interface FrameFacts {
  reads: Read[];
  /** Indices of quantities that yielded nothing. */
  unread: number[];
  mentions: Mention[];
  classes: { subject: Subject; kind: 'read' | 'write' | 'other' }[];
}

/** Turns the quantities of one input into stated facts. */
export function factsOf(frame: Frame, parts: Parts, app: Subject): FrameFacts {
  const index = indexOf(frame);
  const mentions = subjectMentions(frame, parts, app);
  const scene = sceneOf(frame, index, mentions, parts, app);
  const moments = momentsOf(frame);
  const { relations, slashes } = relationsOf(frame);
  const reads: Read[] = [];
  const unread: number[] = [];
  const mixes = mixesIn(frame, index, slashes, parts, app);
  const bill = billIn(frame, mentions, app);
  const done = new Set<number>([...mixes.used, ...bill.map((b) => b.quantity)]);
  const claims = new Map<number, { claimed: Claimed; named: Named; subject: Subject; relation?: Relation }>();
  const emit = (
    k: number,
    named: Named,
    subject: Subject,
    phase: Phase,
    more: { comparator?: Comparator; condition?: string } = {},
  ): void => {
    const q = frame.quantities[k] as Quantity;
    const place = placeOf(frame, q.from, q.to);
    const fact = stated(
      {
        name: named.name,
        subject,
        value: tidyNumber(named.value),
        unit: named.unit,
        phase,
        ...(named.interval
          ? { interval: [tidyNumber(named.interval[0]), tidyNumber(named.interval[1])] as [number, number] }
          : {}),
        ...(more.comparator && more.comparator !== '=' ? { comparator: more.comparator } : {}),
        ...(more.condition ? { condition: more.condition } : {}),
      },
      { kind: 'input', input: frame.input, start: place.start, end: place.end, text: place.text },
    );
    reads.push({ fact, from: q.from, to: q.to, quantity: k });
  };
  for (const m of mixes.facts.filter((x) => !bill.some((b) => b.quantity === x.quantity)))
    emit(
      m.quantity,
      { name: m.name, value: m.value, unit: 'ratio' },
      m.subject,
      frame.input === 'target_metrics' ? 'target' : 'any',
      {
        ...(m.comparator ? { comparator: m.comparator } : {}),
        ...(m.condition ? { condition: m.condition } : {}),
      },
    );
  for (const b of bill)
    emit(
      b.quantity,
      { name: 'cost.share', value: (frame.quantities[b.quantity] as Quantity).value, unit: 'ratio' },
      b.subject,
      'any',
    );
  spreadSlashRuns(frame, index, slashes, done);
  const within = sharesWithin(frame);
  for (const w of within.values()) done.add(w.share);
  const partners = new Map<number, Set<number>>();
  for (const [second, r] of relations) {
    partners.set(second, new Set([...(partners.get(second) ?? []), r.first]));
    partners.set(r.first, new Set([...(partners.get(r.first) ?? []), second]));
  }
  const first = frame.quantities.map((q, k) => {
    if (done.has(k)) return undefined;
    const bound = within.get(k);
    if (bound) return { claimed: {}, named: boundOf(frame, q, bound) };
    const claimed = claimOf(frame, index, k, partners.get(k) ?? new Set());
    return { claimed, named: nameOf(frame, q, claimed, mentions) };
  });
  sharePairs(frame, relations, first);
  const hosts = hostsNamed(frame, mentions, app);
  const earlier: Earlier[] = [];
  const abouts = new Map<number, About & { explicit: boolean }>();
  frame.quantities.forEach((q, k) => {
    const own = first[k];
    if (!own || hosts.has(k)) return;
    const relation = relations.get(k);
    const before = relation ? claims.get(relation.first) : undefined;
    let { named } = own;
    if (relation?.kind === 'of-limit') named = limitOf(before, q, own.claimed) ?? named;
    if (!named) {
      unread.push(k);
      return;
    }
    const host = hostFor(frame, hosts, q);
    const about = host
      ? { subject: host, explicit: true }
      : within.get(k)?.of
        ? (aboutWords(scene, within.get(k)?.of ?? [0, 0]) ??
          aboutOf(scene, k, named.name, own.claimed, earlier))
        : relation && before
          ? { subject: before.subject, explicit: abouts.get(relation.first)?.explicit ?? true }
          : aboutOf(scene, k, named.name, own.claimed, earlier);
    named = settleName(frame, named, about.subject, q, own.claimed, parts);
    abouts.set(k, about);
    earlier.push({ name: named.name, subject: about.subject, explicit: about.explicit, from: q.from });
    claims.set(k, { claimed: own.claimed, named, subject: about.subject, ...(relation ? { relation } : {}) });
  });
  adoptUsed(frame, relations, claims);
  for (const [k, c] of [...claims]) {
    const settled = doubt({
      frame,
      q: frame.quantities[k] as Quantity,
      named: c.named,
      claimed: c.claimed,
      about: abouts.get(k) ?? { subject: c.subject, explicit: true },
      app,
    });
    if (settled) claims.set(k, { ...c, named: settled });
    else {
      claims.delete(k);
      unread.push(k);
    }
  }
  frame.quantities.forEach((q, k) => {
    const c = claims.get(k);
    if (!c) return;
    const second = [...relations].find(([s, r]) => r.first === k && r.kind !== 'of-limit' && claims.has(s));
    const phase = phaseOf(frame, moments, q, index, k, c.named.name, c.relation, second?.[1].kind);
    const condition =
      second?.[1].kind === 'change'
        ? undefined
        : conditionOf(frame, index, k, undefined, c.named.name, c.claimed);
    const comparator = comparatorOf(frame, q, c.named.name, phase);
    const settled = saidBefore(reads, c.named, c.subject, phase) ? asSaid(c.named, q) : c.named;
    emit(k, settled, c.subject, phase, {
      ...(comparator ? { comparator } : {}),
      ...(condition ? { condition } : {}),
    });
  });
  const read = new Set(reads.map((r) => r.quantity));
  return {
    reads: withPeaks(frame, reads, app),
    unread: unread.filter((k) => !read.has(k)),
    mentions,
    classes: mixes.classes,
  };
}

/** Of single things that stream through, a bound in long seconds is the age they may reach. */
const boundOf = (frame: Frame, q: Quantity, bound: Within): Named =>
  q.value >= 2 &&
  (bound.arrives ||
    (q.value >= 10 && bound.of && STREAM.test(singularOf(frame.tokens[bound.of[1] - 1]?.lower ?? ''))))
    ? named('queue.delay', q)
    : named(`latency.${bound.statistic}`, q);
const singularOf = (w: string): string => w.replace(/s$/, '');

/** A second figure for the same measure of the same thing in one input is of something that was not understood. */
const saidBefore = (reads: readonly Read[], named: Named, of: Subject, phase: Phase): boolean =>
  /^(?:latency\.|cpu\.|memory\.|cache\.|errors\.|instances|workers|replicas|shards|connections\.|heap\.|gc\.)/.test(
    named.name,
  ) &&
  reads.some(
    (r) =>
      r.fact.name === named.name &&
      r.fact.subject.id === of.id &&
      r.fact.phase === phase &&
      Math.abs(r.fact.value - named.value) > 1e-9 * Math.abs(named.value),
  );

/** "1,100 req/s Monday morning, 400 req/s otherwise": beside a steady rate, a higher one without a word is a peak. */
function withPeaks(frame: Frame, reads: readonly Read[], app: Subject): Read[] {
  return reads.map((r) => {
    if (r.fact.name !== 'throughput' || r.fact.phase !== 'any') return r;
    // "5,200 rpm midday, 21,000 rpm in the evening": of two rates of one thing the lower is the ordinary one.
    const pair = reads.filter(
      (s) =>
        s.fact.name === 'throughput' &&
        s.fact.phase === 'any' &&
        s.fact.subject.id === r.fact.subject.id &&
        frame.sentence[s.from] === frame.sentence[r.from],
    );
    const [a, b] = pair.map((s) => s.fact.value);
    if (pair.length === 2 && a !== undefined && b !== undefined && Math.max(a, b) >= 1.5 * Math.min(a, b))
      return { ...r, fact: { ...r.fact, phase: r.fact.value === Math.max(a, b) ? 'peak' : 'steady' } };
    // "burst 26,000 msgs/s, 2,000 msgs/s between": beside a peak, a far lower rate is the ordinary one.
    const peak = reads.find(
      (s) =>
        s.fact.name === 'throughput' &&
        s.fact.phase === 'peak' &&
        s.fact.subject.id === r.fact.subject.id &&
        frame.sentence[s.from] === frame.sentence[r.from],
    );
    if (peak && peak.fact.value >= 1.5 * r.fact.value) return { ...r, fact: { ...r.fact, phase: 'steady' } };
    if (r.fact.subject.id !== app.id) return r;
    const steady = reads.find(
      (s) =>
        s.fact.name === 'throughput' &&
        s.fact.phase === 'steady' &&
        s.fact.subject.id === app.id &&
        frame.sentence[s.from] === frame.sentence[r.from],
    );
    return steady && steady.fact.value < r.fact.value ? { ...r, fact: { ...r.fact, phase: 'peak' } } : r;
  });
}

/** Cuts the noise of binary fractions: 0.57 × 100 is 57. */
const tidyNumber = (n: number): number => (Number.isFinite(n) ? Number(n.toPrecision(12)) : 0);

/** Where the limit of "800 of 1000" has words and the used part has none, they share them. */
function adoptUsed(
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

function limitOf(first: { named: Named } | undefined, q: Quantity, claimed: Claimed): Named | undefined {
  const own = claimed.claim ? claimed.claim.family.names[kindFor(q, claimed.claim.family)] : undefined;
  const name = LIMIT_OF[own ?? ''] ?? LIMIT_OF[first?.named.name ?? ''];
  return name ? { name, value: q.value, unit: unitOf(name, q) } : undefined;
}

interface First {
  claimed: Claimed;
  named: Named | undefined;
}

/** Both figures of "from A to B" or "A, was B" measure the same: the one with the better words says what. */
function sharePairs(
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

/** The fact name, value and unit of a quantity, before its subject is known. */
function nameOf(
  frame: Frame,
  q: Quantity,
  claimed: Claimed,
  mentions: readonly Mention[],
): Named | undefined {
  const setting = settingOf(frame, q);
  if (setting && !(claimed.claim && claimed.claim.from <= setting.token && claimed.claim.to > setting.token))
    return byKind(frame, q, {}, mentions);
  if (q.kind === 'bare' && isSerial(frame, q)) return named('calls.serial', q);
  const work = workName(frame, q);
  if (work) return named(work, q);
  const counted = countedName(frame, q, claimed);
  if (counted) return named(counted, q);
  if (q.kind === 'duration' && /^(?:every|each)$/.test(frame.tokens[q.from - 1]?.lower ?? ''))
    return named(claimed.claim?.family.id === 'gc pause' ? 'gc.interval' : 'duration.stated', q);
  if (q.kind === 'duration' && /^(?:first|last|next)$/.test(frame.tokens[q.from - 1]?.lower ?? ''))
    return named('duration.stated', q);
  if (q.kind === 'duration' && endsRamp(frame, q)) return named('burst.ramp', q);
  if (q.kind === 'duration' && keepsUp(frame, q)) return named('burst.duration', q);

  // "the load job writes 220k rows/s"
  if (q.kind === 'rate' && /^rows?$/.test(q.noun ?? ''))
    return named(
      /\b(?:writ\w+|inserts?|inserting|loads?|loading|ingests?|upserts?)\b/.test(
        wordsAround(frame, q.from - 6, 6),
      )
        ? 'writes.rate'
        : 'rate.stated',
      q,
    );
  if (growsBy(frame, q) && q.kind === 'rate') return named('rate.stated', q);
  if (growsBy(frame, q) && q.kind === 'duration') return named('duration.stated', q);
  if (q.kind === 'percent' && frame.passed.some((p) => p.why === 'status' && p.from === q.to))
    return named('errors.ratio', q);
  if (
    q.kind === 'factor' &&
    /^times$/.test(frame.tokens[q.to - 1]?.lower ?? '') &&
    PER_REQUEST.test(q.per ?? '')
  )
    return perRequest(q);
  // "0.7% of calls hit the 1 s timeout"
  if (
    q.kind === 'percent' &&
    /^of (?:\w+ ){1,2}(?:hit|hits|reach|reaches|exceed|exceeds|run into|runs into)\b.*\b(?:timeout|deadline)\b/.test(
      wordsAround(frame, q.to, 10),
    )
  )
    return named('timeouts.ratio', q);
  // "80% of the 100 connections used"
  if (q.kind === 'percent' && ofConnections(frame, q)) return named('connections.utilisation', q);
  if (q.kind === 'percent' && isPartOfWork(frame, q)) return named('ratio.stated', q);
  if (q.kind === 'duration' && isLabelled(frame, q) && claimed.claim?.family.id !== 'lag')
    return named('duration.stated', q);
  if (
    q.kind === 'duration' &&
    STREAM.test(q.per ?? '') &&
    q.value < 600 &&
    !claimed.claim?.family.names.duration?.startsWith('latency')
  )
    return named('latency.mean', q);
  // "job latency < 30 s": how long a job waits for its turn.
  if (
    q.kind === 'duration' &&
    claimed.claim?.family.id === 'latency' &&
    claimed.statistic === undefined &&
    /^(?:latency|latencies|delay)$/.test(frame.tokens[claimed.claim.from]?.lower ?? '') &&
    /^(?:jobs?|queues?|tasks?)$/.test(frame.tokens[claimed.claim.from - 1]?.lower ?? '') &&
    q.value >= 1
  )
    return named('queue.delay', q);
  const tail = tailOf(frame, q, claimed);
  if (tail) return named(`latency.${tail}`, q);
  // "no restarts, 30 req/s": requests are not the restarts of the clause before.
  const strayed =
    claimed.claim?.family.id === 'count' &&
    q.kind === 'rate' &&
    /^(?:req|reqs|requests?|quer(?:y|ies)|calls?|transactions?)$/.test(q.noun ?? '') &&
    frame.segment[claimed.claim.from] !== frame.segment[q.from];
  const claim = strayed ? undefined : (pausesOf(frame, q, claimed) ?? meantFor(frame, q, claimed));
  // "Postgres cache hit 93%": the database's own buffers.
  if (
    claim?.family.id === 'hit ratio' &&
    q.kind === 'percent' &&
    (mentions.some((m) => m.to === claim.from && m.subject.kind === 'database') ||
      isOfDatabase(frame, claim.from, mentions))
  )
    return named('buffer.hitRatio', q);
  const kind = claim ? kindFor(q, claim.family) : q.kind;
  const template = claim?.family.names[kind];
  if (template !== undefined && claim) {
    const name = template.endsWith('*') ? withStatistic(template, claimed.statistic?.name, q) : template;
    return adjusted(name, claim.family.id, q, claimed, frame);
  }
  return byKind(frame, q, claimed, mentions);
}

/** "Postgres CPU 74%, dead tuples 38%, cache hit 91%": a cache named by nothing else, among figures of a database. */
function isOfDatabase(frame: Frame, at: number, mentions: readonly Mention[]): boolean {
  if (frame.tokens[at]?.lower !== 'cache') return false;
  let last: Mention | undefined;
  for (const m of mentions)
    if (
      m.to <= at &&
      frame.sentence[m.from] === frame.sentence[at] &&
      (frame.segment[at] ?? 0) - (frame.segment[m.from] ?? 0) <= 3
    )
      last = m;
  return last?.subject.kind === 'database' && last.how === 'named';
}

/** The count of connections that a share is of: "80% of the 100 connections". */
function ofConnections(frame: Frame, q: Quantity): Quantity | undefined {
  if (frame.tokens[q.to]?.lower !== 'of') return undefined;
  return frame.quantities.find(
    (x) => x.from > q.to && x.from - q.to <= 3 && x.kind === 'bare' && nounName(x) === 'connections.used',
  );
}

/** Pieces of batch work: "longest task 41 min", "median task 38 s", "average batch size 1.8", "max batch 16". */
function workName(frame: Frame, q: Quantity): string | undefined {
  // "Sidekiq (8 processes, concurrency 25)": threads of each process.
  if (
    q.kind === 'bare' &&
    /^concurrency$/.test(frame.tokens[q.from - 1]?.lower ?? '') &&
    frame.quantities.some(
      (x) =>
        x.to <= q.from &&
        q.from - x.to < 5 &&
        /^process(?:es)?$/.test(x.noun ?? '') &&
        frame.sentence[x.from] === frame.sentence[q.from],
    )
  )
    return 'threads.limit';
  const before = wordsAround(frame, q.from - 6, 6);
  // "slowest task 70 min while the median is 4 min"
  if (
    q.kind === 'duration' &&
    /\b(?:median|typical)(?: is| was| of)?$/.test(before) &&
    /\b(?:longest|slowest|max|one|a single|last) (?:\w+ )?(?:task|partition|split|stage)/.test(
      wordsAround(frame, q.from - 16, 16),
    )
  )
    return 'task.median';
  // "one task runs 52 minutes while the median is 90 s"
  if (
    q.kind === 'duration' &&
    /\b(?:one|a single|last|slowest|longest) (?:\w+ )?(?:task|partition|split)(?: alone)? (?:runs|takes|took|needs|ran|lasts)(?: for)?$/.test(
      before,
    ) &&
    /\bmedian\b/.test(wordsAround(frame, q.to, 8))
  )
    return 'task.longest';
  if (q.kind === 'duration' && /\b(?:task|stage|partition|split|chunk)$/.test(before))
    return /\b(?:longest|slowest|max)\b/.test(before)
      ? 'task.longest'
      : /\b(?:median|typical|p50)\b/.test(before)
        ? 'task.median'
        : undefined;
  if (
    q.kind === 'bare' &&
    q.noun === undefined &&
    /\bbatch(?:es)?(?: size)?(?: of)?(?: up to)?$/.test(before)
  )
    return /\b(?:max|maximum|largest|up to)\b/.test(before) ? 'batch.sizeMost' : 'batch.size';
  return undefined;
}
/** "10x within 30 seconds": how fast a multiple is reached. */
const endsRamp = (frame: Frame, q: Quantity): boolean =>
  frame.quantities.some(
    (f) =>
      f.kind === 'factor' &&
      f.to <= q.from &&
      q.from - f.to <= 2 &&
      /^(?:within|in)$/.test(wordsAround(frame, f.to, q.from - f.to + 1).split(' ')[0] ?? ''),
  );
/** "burst of 26,000 msgs/s for 70 s": how long the rate is kept up. */
const keepsUp = (frame: Frame, q: Quantity): boolean =>
  /^(?:for|over)$/.test(frame.tokens[q.from - 1]?.lower ?? '') &&
  frame.quantities.some((r) => r.kind === 'rate' && r.to <= q.from - 1 && q.from - r.to <= 3) &&
  /\b(?:bursts?|peaks?|spikes?|surges?)\b/.test(wordsAround(frame, q.from - 10, 10));

/** "5 sequential API calls", "4 serial hops", "3 calls one after the other". */
const isSerial = (frame: Frame, q: Quantity): boolean =>
  /^(?:sequential|serial|chained|consecutive|dependent|blocking)\b/.test(
    wordsAround(frame, q.nounTokens?.[0] ?? q.to, 3),
  ) ||
  (q.noun !== undefined &&
    /^(?:in series|one after|sequentially|back to back)/.test(wordsAround(frame, q.to, 2)));
const PER_REQUEST = /^(?:requests?|req|quer(?:y|ies)|pages?|calls?|views?|orders?|checkouts?|transactions?)$/;
/** "top query 41% of DTU": one statement's part of the work, not how busy the processors are. */
const isPartOfWork = (frame: Frame, q: Quantity): boolean =>
  frame.tokens[q.to]?.lower === 'of' &&
  /^(?:the |all |total )?(?:e?dtus?|cpu|db|database|processor|execution|total)\b/.test(
    wordsAround(frame, q.to + 1, 3),
  );

/** "growing by 900 messages/s": how fast something rises, not the load. */
const growsBy = (frame: Frame, q: Quantity): boolean =>
  /\b(?:grow|grows|growing|grew|rise|rises|rose|rising|climb|climbs|climbed|climbing|increase|increases|increased|increasing|up|worse|slower)(?: \w+)? by$/.test(
    wordsAround(frame, q.from - 4, 4),
  );

/** A percentile right beside a duration says what it is, whatever else the clause speaks of: "p99 is 780 ms and requests queue". */
function tailOf(frame: Frame, q: Quantity, claimed: Claimed): string | undefined {
  const s = claimed.statistic;
  if (q.kind !== 'duration' || !s || !/^p\d/.test(s.name) || s.to > q.from || q.from - s.to > 2)
    return undefined;
  const claim = claimed.claim;
  if (!claim) return undefined;
  const template = claim.family.names.duration ?? '';
  if (template.endsWith('*'))
    return claim.family.id === 'latency' ||
      (claim.to <= q.from && frame.segment[claim.from] === frame.segment[q.from])
      ? undefined
      : s.name;
  const own = claim.to <= q.from && frame.segment[claim.from] === frame.segment[q.from];
  return own && !/^(?:scaleout\.delay|timeout|burst\.\w+|ttl|batch\.duration)$/.test(template)
    ? undefined
    : s.name;
}

/** "full GC every 90 s lasting 1.8 s": how long the pause is, not how long a burst is. */
function pausesOf(frame: Frame, q: Quantity, claimed: Claimed): Claimed['claim'] {
  const family = claimed.claim?.family;
  const weak = family?.id === 'burst duration' || (family?.id === 'latency' && family.weak);
  if (q.kind !== 'duration' || !weak || claimed.statistic) return undefined;
  const pause = frame.families.find(
    (m) =>
      m.to <= q.from &&
      frame.sentence[m.from] === frame.sentence[q.from] &&
      q.from - m.to < 8 &&
      m.value.some((f) => f.id === 'gc pause'),
  );
  const pauses = pause?.value.find((f) => f.id === 'gc pause');
  return pause && pauses ? { family: pauses, from: pause.from, to: pause.to, cost: 0 } : undefined;
}

/** "no reuse between 3 hostnames": a figure right before a word of its own counts that, not what was named further left. */
function meantFor(frame: Frame, q: Quantity, claimed: Claimed): Claimed['claim'] {
  const claim = claimed.claim;
  if (!claim || q.kind !== 'bare' || q.noun !== undefined || claim.from >= q.from || claim.to >= q.from)
    return claim;
  const next = frame.tokens[q.to];
  if (next?.kind !== 'word' || frame.segment[q.to] !== frame.segment[q.from] || q.sizeSuffix) return claim;
  const own =
    STOP.has(next.lower) ||
    /^(?:qps|rps|tps|rpm|max|min|avg|busy|used|active|total|peak|steady|free|idle|pending|waiting|open|limit|concurrent|each|ok|usable|allowed|available|behind|high|deep|long|now|today)$/.test(
      next.lower,
    ) ||
    /(?:ed|ing|ly)$/.test(next.lower) ||
    frame.families.some((m) => m.from === q.to) ||
    frame.statistics.some((m) => m.from === q.to);
  return own ? claim : undefined;
}

/** A bare number with a counted noun: the noun decides, but for words that say what is done with the things. */
function countedName(frame: Frame, q: Quantity, claimed: Claimed): string | undefined {
  if (q.kind !== 'bare') return undefined;
  const noun = nounName(q);
  const id = claimed.claim?.family.id;
  const close = (claimed.claim?.cost ?? 99) < 7;
  const per = q.per ?? '';
  const tail = wordsAround(frame, q.to, 6);
  const head = wordsAround(frame, q.from - 5, 5);
  if (
    noun === undefined &&
    frame.tokens[q.to]?.lower === 'times' &&
    /^per (?:\w+ ){0,2}(?:request|query|page|call|order|view|checkout)/.test(wordsAround(frame, q.to + 1, 4))
  )
    return 'calls.perRequest';
  if (noun === undefined && /\b(?:to return|returns|returning|to show|to yield)(?: only| just)?$/.test(head))
    return 'rows.returned';
  if (noun === undefined) return ofParenthesis(frame, q);
  // "Hazelcast (3 members)", "MongoDB replica set (3 members)": machines of a part.
  if (
    /^members?$/.test(q.noun ?? '') &&
    (frame.group[q.from] ?? 0) > 0 &&
    /^(?:architecture|dependencies)$/.test(frame.input)
  )
    return 'instances';
  if (
    /^(?:request|page|call|req|order|transaction|operation|view|checkout|search|booking)/.test(per) &&
    /^(?:quer|call|request|statement|sql|lookup|select|read|write|rpc|hop|round|span)/.test(q.noun ?? '')
  )
    return 'calls.perRequest';
  // "3 lookups per bid", "1 query per event": work that one piece of work makes.
  if (
    per !== '' &&
    !/^(?:each|node|shard|pod|host|instance|worker|consumer|partition|broker|server|tenant|user|process|thread|core|connection|client|device|batch|customer|region|cluster)$/.test(
      per,
    ) &&
    CALLS.test(q.noun ?? '')
  )
    return 'calls.perRequest';
  // "quiz submit runs 64 queries"
  if (
    /^(?:quer(?:y|ies)|statements?|selects?|lookups?|sql)$/.test(q.noun ?? '') &&
    q.per === undefined &&
    /^(?:runs|issues|fires|executes|makes|performs|triggers)$/.test(frame.tokens[q.from - 1]?.lower ?? '') &&
    frame.input !== 'architecture'
  )
    return 'calls.perRequest';
  if (CALLS.test(q.noun ?? '') && q.per === undefined && ONE_MAKES.test(wordsInClause(frame, q)))
    return 'calls.perRequest';
  if (/^(?:quer|call|request|statement|page|result)/.test(per) && noun === 'rows.count')
    return 'rows.perCall';
  if (
    /\b(?:return|returns|returning|yields?|keeps?|shows?)(?: only| just)?$/.test(head) &&
    (noun === 'rows.count' || noun === 'count.stated')
  )
    return 'rows.returned';
  if (noun === 'rows.count' && close && id === 'rows per call') return 'rows.perCall';
  if (noun === 'rows.count' && close && id === 'lag') return 'queue.depth';
  // "each query hits all 45 shards"
  if (
    /^(?:shards|partitions|instances)$/.test(noun) &&
    /\b(?:hits|touches|asks|queries|visits|scans|goes to|fans out to)(?: all| every)?(?: the)?$/.test(head)
  )
    return 'fanout.count';
  // "permits 40 parallel calls", "contract: 50 concurrent requests": how many may be open at once.
  if (
    /^(?:calls?|requests?|quer(?:y|ies))$/.test(q.noun ?? '') &&
    /\b(?:parallel|concurrent|simultaneous)\b/.test(nounText(frame, q)) &&
    /^(?:constraints|dependencies)$/.test(frame.input)
  )
    return 'connections.limit';
  // "9 tasks" of ECS are machines.
  if (
    /^tasks?$/.test(q.noun ?? '') &&
    frame.input === 'architecture' &&
    /\b(?:fargate|ecs)\b/i.test(frame.text)
  )
    return 'instances';
  if (
    /^(?:sessions?|transactions?|quer(?:y|ies)|statements?|connections?|backends?|spids?|process(?:es)?)$/.test(
      q.noun ?? '',
    ) &&
    /\b(?:blocked|lock.?waiting|waiting (?:on|for) (?:a )?(?:row )?locks?|wait(?:ing)? on locks?)\b/.test(
      `${nounText(frame, q)} ${tail}`,
    )
  )
    return 'lock.waiting';
  if (noun === 'connections.used') {
    if (frame.quantities.some((x) => x.kind === 'percent' && ofConnections(frame, x) === q))
      return 'connections.limit';
    const nounText = q.nounTokens
      ? wordsAround(frame, q.nounTokens[0], q.nounTokens[1] - q.nounTokens[0])
      : '';
    if (
      /\b(?:max|maximum)\b/.test(nounText) ||
      /\b(?:max|maximum|limit|limited to|up to|allows|allowed|cap)\b/.test(`${head} ${nounText}`) ||
      q.comparator === '<=' ||
      (frame.tokens[q.to]?.text !== '(' && /^\s*(?:max|limit|allowed|available)/.test(tail))
    )
      return id === 'pool' && close ? 'pool.limit' : 'connections.limit';
    if (close && (id === 'pool' || id === 'connection limit') && /pool/.test(head)) return 'pool.limit';
    if (
      /^(?:pod|instance|process|worker|each|service|host|node|app|server)/.test(per) ||
      /\bpool\b/.test(`${head} ${tail}`)
    )
      return 'pool.limit';
    return 'connections.used';
  }
  // "85 threads waiting" for a connection of the pool spoken of
  if (noun === 'threads.limit' && /^(?:waiting|queued|pending|parked|blocked)\b/.test(tail))
    return /\b(?:pool|hikari\w*|connections?)\b/i.test(wordsAround(frame, q.from - 14, 24))
      ? 'pool.pending'
      : 'threads.pending';
  if (noun === 'threads.limit')
    return /\b(?:busy|active|used|blocked|running|in use)\b/.test(`${head} ${tail}`)
      ? 'threads.used'
      : 'threads.limit';
  if (noun === 'count.stated') {
    if (close && id === 'lag' && !/^queues?$/.test(q.noun ?? '')) return 'queue.depth';
    if (close && id === 'retries') return undefined;
    if (close && id === 'fan-out') return 'fanout.count';
    if (close && id === 'calls per request') return 'calls.perRequest';
  }
  return noun;
}

const nounText = (frame: Frame, q: Quantity): string =>
  q.nounTokens ? wordsAround(frame, q.nounTokens[0], q.nounTokens[1] - q.nounTokens[0]) : '';
const CALLS =
  /^(?:reads?|writes?|inserts?|updates?|commands?|gets?|sets?|quer(?:y|ies)|calls?|statements?|lookups?|selects?|rpcs?|hops?|round ?trips?)$/;
/** "a timetable page issues 140 queries", "every search fires 12 calls", "each answer does 6 queries" */
const ONE_MAKES =
  /\b(?:each|every) [a-z-]{3,} (?:issues?|makes?|fires?|executes?|runs?|does|needs|triggers?|sends?|takes|performs?|costs)$|(?:^|\b)(?:an?|each|every|one|per|single|average|the average) (?:[\w/-]+ ){0,3}?(?:pages?|requests?|views?|calls?|quer(?:y|ies)|search(?:es)?|checkouts?|orders?|screens?|loads?|renders?|hits?|refresh(?:es)?|lookups?|transactions?|messages?|events?) (?:now |then |still |alone )?(?:issues?|makes?|fires?|executes?|runs?|does|needs|triggers?|sends?|takes|performs?|costs|results in|leads to|causes|generates|produces)\b/;
const wordsInClause = (frame: Frame, q: Quantity): string => {
  let from = q.from;
  while (from > 0 && q.from - from < 14 && frame.segment[from - 1] === frame.segment[q.from]) from--;
  return wordsAround(frame, from, q.from - from);
};

/** "per open browser (~6,000 open)": a figure alone in a parenthesis counts the users named right before it. */
function ofParenthesis(frame: Frame, q: Quantity): string | undefined {
  const open = frame.opens[frame.group[q.from] ?? 0] ?? -1;
  if (open < 1 || q.from - open > 2) return undefined;
  const name = COUNT_NOUNS.get(frame.tokens[open - 1]?.lower ?? '');
  return name === 'users' ? name : undefined;
}

const wordsAround = (frame: Frame, from: number, n: number): string =>
  frame.tokens
    .slice(Math.max(0, from), Math.max(0, from + n))
    .filter((t) => t.kind === 'word')
    .map((t) => t.lower)
    .join(' ');

function withStatistic(template: string, statistic: string | undefined, q: Quantity): string {
  const stem = template.slice(0, -1);
  void q;
  if (stem === 'gc.pause.')
    return statistic === 'mean' || statistic === 'p50'
      ? 'gc.pause.mean'
      : statistic && statistic !== 'max'
        ? `gc.pause.${statistic}`
        : 'gc.pause.p99';
  if (stem === 'eventloop.delay.')
    return `eventloop.delay.${statistic && statistic !== 'max' ? statistic : 'p99'}`;
  return `${stem}${statistic ?? 'mean'}`;
}

/** Meanings that depend on more than the phrase: signs, complements, kinds of things. */
function adjusted(
  name: string,
  family: string,
  q: Quantity,
  claimed: Claimed,
  frame: Frame,
): Named | undefined {
  switch (family) {
    case 'miss ratio':
      return {
        ...named(name, q),
        value: 1 - q.value,
        ...(q.interval ? { interval: [1 - q.interval[1], 1 - q.interval[0]] as [number, number] } : {}),
      };
    case 'cost':
    case 'growth': {
      if (q.kind === 'factor') return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
      const lowers =
        /\b(?:reduce|cut|save|saving|savings|lower|decrease|less|cheaper|down|drop|fall|fell|shrink|minus|reduction)\b/.test(
          wordsAround(frame, q.from - 6, 6),
        );
      return q.kind === 'percent'
        ? {
            ...named(name, q),
            value: q.value * (q.signed === -1 || (lowers && q.signed === undefined) ? -1 : 1),
          }
        : named(name, q);
    }
    case 'traffic':
      if (q.kind === 'percent')
        return q.signed !== undefined ||
          /\b(?:grow|grew|growing|growth|increase|increased|up|more)\b/.test(
            `${wordsAround(frame, q.from - 5, 5)} ${wordsAround(frame, q.to, 3)}`,
          )
          ? { ...named('growth.ratio', q), value: q.value * (q.signed ?? 1) }
          : undefined;
      return q.kind === 'factor' ? multiple(q, frame) : named(name, q);
    case 'throughput':
      return q.kind === 'factor' ? multiple(q, frame) : named(name, q);
    case 'payload':
      if (q.kind === 'factor') return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
      return named(
        claimed.statistic?.name === 'max' || q.comparator === '<=' || q.comparator === '<'
          ? 'payload.max'
          : name,
        q,
      );
    case 'throttling':
      return named(name, q);
    case 'memory':
      // "64 GB RAM" is what is there.
      if (
        q.kind === 'bytes' &&
        /^(?:ram|memory)$/.test(frame.tokens[q.to]?.lower ?? '') &&
        !/\b(?:us\w+|at|takes?|holds?|eats?|consum\w+|grows?|reach\w*|of)\b/.test(
          wordsAround(frame, q.from - 3, 3),
        ) &&
        !/^(?:us\w+|in|of)/.test(wordsAround(frame, q.to + 1, 1))
      )
        return named('memory.limit', q);
      return named(
        q.per !== undefined ||
          q.comparator === '<=' ||
          frame.input === 'architecture' ||
          frame.input === 'constraints'
          ? 'memory.limit'
          : name,
        q,
      );
    case 'heap':
      return named(
        name === 'heap.used' &&
          (frame.input === 'architecture' ||
            frame.input === 'dependencies' ||
            frame.input === 'constraints' ||
            frame.input === 'recent_changes' ||
            q.comparator === '<=')
          ? 'heap.limit'
          : name,
        q,
      );
    case 'errors':
    case 'timeouts':
      return named(name, q);
    case 'retries':
      return q.kind === 'factor' ? perRequest(q) : named(name, q);
    default:
      return named(name, q);
  }
}

/** "10x normal traffic", "peaks at 4x" are bursts; "traffic doubled since last year" is growth. */
function multiple(q: Quantity, frame: Frame): Named {
  if (/^(?:slower|faster|longer|worse|shorter|cheaper)/.test(wordsAround(frame, q.to, 1)))
    return { name: 'factor.stated', value: q.value, unit: 'factor' };
  // "4x the event volume of the next largest": beside another, not beside an ordinary time.
  if (
    /^(?:the|as|that|of|any)\b/.test(wordsAround(frame, q.to, 1)) &&
    /\b(?:next|second|other|median|smallest|typical customer|parameters|size|cost|price|width|length|rest)\b/.test(
      wordsAround(frame, q.to, 7),
    )
  )
    return { name: 'factor.stated', value: q.value, unit: 'factor' };
  // "calls are 1.6x the number of postings"
  if (/^(?:the|as) (?:number|count|many)/.test(wordsAround(frame, q.to, 2))) return perRequest(q);
  const word = frame.tokens[q.from]?.lower ?? '';
  if (
    /^(?:more|bigger|larger|as)/.test(wordsAround(frame, q.to, 1)) &&
    !/\b(?:traffic|load|requests|normal|users|volume)\b/.test(wordsAround(frame, q.to, 3))
  )
    return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
  if (word === 'halved') return { name: 'factor.stated', value: q.value, unit: 'factor' };
  if (/^(?:doubled|tripled|quadrupled)$/.test(word))
    return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
  return { name: 'burst.factor', value: q.value, unit: 'factor' };
}

const perRequest = (q: Quantity): Named => ({ name: 'calls.perRequest', value: q.value, unit: 'count' });

/** No phrase near: the kind of the quantity and what it stands beside may still say enough. */
function byKind(
  frame: Frame,
  q: Quantity,
  claimed: Claimed,
  mentions: readonly Mention[],
): Named | undefined {
  const statistic = claimed.statistic?.name;
  const inMetrics =
    frame.input === 'current_metrics' ||
    frame.input === 'target_metrics' ||
    frame.input === 'performance_issues';
  switch (q.kind) {
    case 'duration': {
      if (isOtherwise(frame, q)) return named('latency.mean', q);
      // "dashboard under 2 s": a bound on something named is how long it may take.
      if (
        frame.input === 'target_metrics' &&
        (q.comparator === '<' || q.comparator === '<=') &&
        !statistic &&
        /\b(?:alerts?|updates|notifications?|e?mails?|sms|searchable|visible|available|indexed|delivered|processed|shown|queryable|synced)$|\b(?:alerts?|updates|notifications?|e?mails?|sms|searchable|visible|available|indexed|delivered|processed|shown|queryable|synced) (?:within|in|under)$/.test(
          wordsAround(frame, q.from - 4, 4),
        )
      )
        return named('queue.delay', q);
      if (
        frame.input === 'target_metrics' &&
        (q.comparator === '<' || q.comparator === '<=') &&
        !statistic &&
        q.value <= 30 &&
        !NOT_AN_ANSWER.test(wordsAround(frame, q.from - 6, 6)) &&
        (frame.tokens.slice(Math.max(0, q.from - 4), q.from).some((t) => t.kind === 'path') ||
          /[a-z]{4,}/.test(
            wordsAround(frame, q.from - 3, 3).replace(
              /\b(?:under|below|within|than|less|most|faster|always|stay|stays|come|back|down)\b/g,
              '',
            ),
          ))
      )
        return named('latency.mean', q);
      // "invoice list 8 s": what users look at, right before how long it takes.
      if (
        (frame.input === 'performance_issues' || frame.input === 'current_metrics') &&
        !statistic &&
        claimed.claim === undefined &&
        q.value <= 120 &&
        q.per === undefined &&
        /^(?:list|lists|page|pages|screen|screens|dashboard|dashboards|search|login|logins|checkout|submit|feed|home|homepage|report|reports|query|export|exports|pdf|upload|uploads|download)$/.test(
          frame.tokens[q.from - 1]?.lower ?? '',
        )
      )
        return named('latency.mean', q);
      const settled = frame.input === 'constraints' || frame.input === 'recent_changes';
      if (
        statistic &&
        (!settled || /^p\d/.test(statistic)) &&
        q.value <= 600 &&
        (statistic !== 'max' || inMetrics)
      )
        return named(`latency.${statistic}`, q);
      const beside = mentions.some(
        (m) =>
          Math.abs(m.from - q.from) < 14 &&
          frame.sentence[m.from] === frame.sentence[q.from] &&
          m.subject.kind !== 'queue' &&
          !(m.to <= q.from && isOther(frame, m.to, q.from)) &&
          !isLabelled(frame, q),
      );
      const short = q.value < 1 || /^m?s/.test(frame.tokens[q.to - 1]?.lower ?? '');
      // "calls the ERP over HTTP (about 900 ms)"
      const called =
        frame.input === 'recent_changes' &&
        mentions.some(
          (m) =>
            m.subject.kind === 'dependency' &&
            m.to <= q.from &&
            q.from - m.to < 7 &&
            frame.sentence[m.from] === frame.sentence[q.from] &&
            (frame.group[q.from] ?? 0) > 0,
        );
      return short && q.value <= 60 && ((beside && (inMetrics || frame.input === 'dependencies')) || called)
        ? named('latency.mean', q)
        : named('duration.stated', q);
    }
    case 'rate':
      return named('throughput', q);
    case 'percent':
      if (q.nines) return named('availability.ratio', q);
      return q.signed !== undefined
        ? { ...named('growth.ratio', q), value: q.value * q.signed }
        : named('ratio.stated', q);
    case 'bytes':
      return named(frame.input === 'workload' && q.value < 5e7 ? 'payload.mean' : 'bytes.stated', q);
    case 'byteRate':
      return named('network.throughput', q);
    case 'cores':
      return named('cpu.cores', q);
    case 'money':
      return named('cost.stated', q);
    case 'moneyRate':
      return named('cost.monthly', q);
    case 'factor':
      // "New Year’s Eve expected at 2.5x"
      if (
        /\b(?:expected|forecast|planned|anticipated|projected)(?: at| to be| to bring)?$/.test(
          wordsAround(frame, q.from - 4, 4),
        ) &&
        /^(?:workload|target_metrics)$/.test(frame.input)
      )
        return { name: 'burst.factor', value: q.value, unit: 'factor' };
      // "Saturdays 5x weekdays"
      if (
        /^(?:weekdays?|weekends?|normal|usual|average|ordinary|typical|off)\b|^(?:the|a|an|our) (?:night|nights|weekday|normal|usual|average|ordinary|typical|daily|day|mean|rest)\b/.test(
          wordsAround(frame, q.to, 2),
        ) &&
        /^(?:workload|performance_issues|current_metrics|target_metrics)$/.test(frame.input)
      )
        return { name: 'burst.factor', value: q.value, unit: 'factor' };
      return { name: 'factor.stated', value: q.value, unit: 'factor' };
    case 'bare':
      return settingOf(frame, q) === undefined && countedBefore(frame, q) === undefined
        ? undefined
        : named('count.stated', q);
  }
}

const NOT_AN_ANSWER =
  /\b(?:fail ?over|recover\w*|restart\w*|deploy\w*|startup|boot\w*|start|rto|rpo|rollback|backup|catch|drain\w*|scal\w+|build|pipeline|refresh\w*|fresh\w*|stale\w*|lag|behind|delay\w*|late|pauses?|gc|ttl|window|absorbed|old|age|visible|timeout|retention|lock\w*|jobs?|run|batch|sync|replica\w*|warm\w*|outage|downtime)\b/;

/** "takes 3.5 s; outside that it is 300–450 ms", "else 120 ms": the same measure at another time. */
const isOtherwise = (frame: Frame, q: Quantity): boolean => {
  const before = wordsAround(frame, q.from - 7, 7);
  return (
    /\b(?:outside (?:that|of that|this|those|it|peak)|otherwise|elsewhere|normally|at other times|the rest of the (?:day|time)|usually)\b[\w ]*$/.test(
      before,
    ) && frame.quantities.some((x) => x.kind === 'duration' && x.to <= q.from && q.from - x.to < 16)
  );
};

/** True when a length or a size stands between the part and the figure: "segment length 2 s". */
const isOther = (frame: Frame, from: number, to: number): boolean =>
  /\b(?:length|size|interval|window|period|gap|chunk|segment|retention|age|schedule)\b/.test(
    wordsAround(frame, from, to - from),
  );
/** "segment length 2 s", "200ms parts": the figure is a length of something said beside it. */
const isLabelled = (frame: Frame, q: Quantity): boolean =>
  /^(?:\w+_)?(?:length|interval|window|period|gap|chunk|segment|retention|age|schedule)$/.test(
    frame.tokens[q.from - 1]?.lower ?? '',
  ) ||
  /^(?:parts?|chunks?|segments?|intervals?|windows?|buckets?|slices?|ticks?)$/.test(
    frame.tokens[q.to]?.lower ?? '',
  );

/** A setting written as in a file right before the figure: `max.poll.records`, `CONN_MAX_AGE`. */
function settingOf(frame: Frame, q: Quantity): { text: string; token: number } | undefined {
  for (let i = q.from - 1; i >= 0 && i > q.from - 7 && frame.sentence[i] === frame.sentence[q.from]; i--) {
    const t = frame.tokens[i];
    if (t?.kind === 'number' || SETTING_LINK.test(t?.lower ?? '')) continue;
    if (t?.kind !== 'word') return undefined;
    const isSetting =
      t.text.includes('_') || t.text.split('.').length > 2 || /^[a-z]{2,}(?:[A-Z][a-z]+)+$/.test(t.text);
    return isSetting ? { text: t.text, token: i } : undefined;
  }
  return undefined;
}
const SETTING_LINK =
  /^(?:set|to|=|:|from|is|was|of|at|raised|lowered|increased|reduced|changed|bumped|now|->|→|=>|went|dropped|cut|`|"|'|s|ms|min|h|up|down)$/;

/** "goroutines per pod ~14k", "bursts of 200k": what is counted stands before the figure. */
function countedBefore(frame: Frame, q: Quantity): string | undefined {
  const home = frame.segment[q.from];
  let end: number | undefined;
  for (let i = q.from - 1; i >= 0 && i >= q.from - 6 && frame.segment[i] === home; i--) {
    const t = frame.tokens[i];
    if (t?.kind !== 'word') continue;
    end ??= i + 1;
    if (frame.tokens[i - 1]?.lower === 'per') {
      i--;
      continue;
    }
    if (
      COUNT_NOUNS.has(t.lower) ||
      /^(?:bursts?|batch(?:es)?|backlog|size|team|group|number|count|limit)$/.test(t.lower)
    )
      return frame.text.slice(t.start, frame.tokens[end - 1]?.end).replace(/\s+/g, ' ');
  }
  return undefined;
}

/** Units of names that are not in the vocabulary. */
const OWN_UNITS: Readonly<Record<string, Unit>> = {
  'rate.stated': '1/s',
  'cost.stated': 'currency',
  'factor.stated': 'factor',
  'drain.duration': 's',
  'memory.growth': 'bytes/s',
  'network.limit': 'bytes/s',
  'rows.returned': 'count',
  'stream.bitrate': 'bytes/s',
  'calls.serial': 'count',
  'task.longest': 's',
  'task.median': 's',
  'batch.size': 'count',
  'batch.sizeMost': 'count',
  'gc.interval': 's',
  'cost.share': 'ratio',
  'storage.growth': 'bytes/s',
  'disk.throughput': 'bytes/s',
  'pool.utilisation': 'ratio',
  'threads.utilisation': 'ratio',
  'workers.utilisation': 'ratio',
  'queue.limit': 'count',
  'threads.pending': 'count',
  'threads.queueLimit': 'count',
  'buffer.hitRatio': 'ratio',
};

export function unitOf(name: string, q: Pick<Quantity, 'kind'>): Unit {
  const known = FACT_NAMES[name as FactName]?.[0] ?? OWN_UNITS[name];
  if (known) return known;
  if (/^(?:latency|gc\.pause|pool\.wait|lock\.wait|eventloop\.delay)\./.test(name)) return 'ms';
  switch (q.kind) {
    case 'duration':
      return 's';
    case 'percent':
      return 'ratio';
    case 'rate':
      return '1/s';
    case 'bytes':
      return 'bytes';
    case 'byteRate':
      return 'bytes/s';
    case 'cores':
      return 'cores';
    case 'factor':
      return 'factor';
    case 'money':
      return 'currency';
    case 'moneyRate':
      return 'currency/month';
    default:
      return 'count';
  }
}

function named(name: string, q: Quantity): Named {
  const unit = unitOf(name, q);
  const scale = unit === 'ms' ? 1000 : 1;
  return {
    name,
    unit,
    value: q.value * scale,
    ...(q.interval ? { interval: [q.interval[0] * scale, q.interval[1] * scale] as [number, number] } : {}),
  };
}

/** What the subject adds: rates of a queue are arrivals, lag of a database is replication lag. */
function settleName(
  frame: Frame,
  n: Named,
  subject: Subject,
  q: Quantity,
  claimed: Claimed,
  parts: Parts,
): Named {
  const family = claimed.claim?.family.id;
  const verb = frame.tokens[claimed.claim?.from ?? -1]?.lower ?? '';
  const phraseHead = frame.tokens[(claimed.claim?.to ?? 0) - 1]?.lower ?? '';
  switch (n.name) {
    case 'cache.hitRatio':
      return subject.kind === 'database' ? { ...n, name: 'buffer.hitRatio' } : n;
    // "JetStream pending 3.2M": messages that wait, not calls for a connection.
    case 'pool.pending':
      return subject.kind === 'queue' ? { ...n, name: 'queue.depth' } : n;
    case 'queue.delay':
      return subject.kind === 'database' ? { ...n, name: 'replication.lag' } : n;
    case 'throughput':
      // "provisioned 20k WCU": what is paid for, not what comes.
      if (
        /^(?:[rw]cus?|rus?|acus?|dtus?|credits?|units?)$/.test(q.noun ?? frame.tokens[q.to - 1]?.lower ?? '')
      )
        return { ...n, name: 'rate.stated' };
      if (subject.kind === 'queue') return { ...n, name: 'queue.arrivalRate' };
      // "Resend (10 emails/s)", "5 calls/s allowed": beside a dependency stands what it takes.
      if (subject.kind === 'dependency' && frame.input === 'dependencies')
        return { ...n, name: 'rate.stated' };
      // "partner B allows 60 TPS": what is given leave to, not what comes.
      if (
        frame.input === 'constraints' &&
        (isMost(frame, q) ||
          claimedLimit(frame, q) ||
          /\b(?:allows?|permits?|grants?|accepts?)\b/.test(wordsAround(frame, q.from - 4, 4)))
      )
        return { ...n, name: 'rate.stated' };
      // "max 50 TPS" of somebody else's service is what it allows, not what it gets.
      if (
        /^(?:dependency|database|search|cache)$/.test(subject.kind) &&
        (q.comparator === '<=' || isMost(frame, q))
      )
        return { ...n, name: 'rate.stated' };
      return FAILURES.test(q.noun ?? '') ? { ...n, name: 'rate.stated' } : n;
    case 'users':
      // "average active sessions 61" of a database work in it, they do not use the system.
      if (/^sessions?$/.test(q.noun ?? phraseHead) && subject.kind === 'database' && q.comparator !== '<=')
        return { ...n, name: 'count.stated' };
      // "Hazelcast (3 members)" are machines.
      if (/^members?$/.test(q.noun ?? '') && subject.kind !== 'service' && subject.kind !== 'operation')
        return { ...n, name: 'instances' };
      return q.comparator === '<=' && (subject.kind === 'database' || subject.kind === 'dependency')
        ? { ...n, name: 'connections.limit' }
        : n;
    case 'latency.mean':
      // "partners up to 8 s": the most it takes.
      if (q.comparator === '<=' && frame.input !== 'target_metrics')
        return settleName(frame, { ...n, name: 'latency.max' }, subject, q, claimed, parts);
      // Minutes of "latency" of a worker or a queue are the wait of its oldest job.
      return n.value > 60_000 && (subject.kind === 'queue' || isConsumer(parts, subject))
        ? { ...n, name: 'queue.delay', value: n.value / 1000, unit: 's' }
        : n.value > 3_600_000 || LONG_UNIT.test(frame.tokens[q.to - 1]?.lower ?? '')
          ? { ...n, name: 'duration.stated', value: n.value / 1000, unit: 's' }
          : n;
    case 'queue.arrivalRate':
    case 'queue.serviceRate': {
      // "the API handles 900 req/s" is throughput; a consumer, a queue or a job makes it a stream.
      const streaming =
        subject.kind === 'queue' ||
        STREAM.test(q.noun ?? '') ||
        /consum|worker|drain|produc|ingest|enqueu|dequeu/.test(verb) ||
        isConsumer(parts, subject);
      return streaming &&
        !(
          family === 'service rate' &&
          /^(?:req|request|requests|query|queries|call|calls)$/.test(q.noun ?? '')
        )
        ? n
        : { ...n, name: 'throughput' };
    }
    case 'replicas':
      // Copies of a service are its instances.
      return subject.kind === 'service' || subject.kind === 'dependency' ? { ...n, name: 'instances' } : n;
    case 'bytes.stated':
      return { ...n, name: bytesName(frame, subject, q) };
    default:
      return n;
  }
}
const FAILURES =
  /^(?:preemption|handshake|compaction|reconnect|disconnect|eviction|error|failure|exception|restart|timeout|rebalance|deadlock|crash|incident|rejection|file|segment|snapshot|commit)s?$/;
const LONG_UNIT = /^(?:d|days?|w|weeks?|months?|years?)$/;
const STREAM =
  /^(?:msg|message|event|job|task|record|mail|email|item|file|image|frame|push|notification|document|doc|row|update|click|impression|reading|point|sample|tick|trade|quote|packet|span|line)s?$|^msgs$/;

const isConsumer = (parts: Parts, subject: Subject): boolean =>
  parts.components.some(
    (c) =>
      c.subject.id === subject.id &&
      (c.roles.some((r) => r === 'consumer' || r === 'worker') ||
        (c.product !== undefined && (productEntry(c.product)?.traits.includes('job-queue') ?? false))),
  );

function bytesName(frame: Frame, subject: Subject, q: Quantity): string {
  const store = subject.kind === 'database' || subject.kind === 'search' || subject.kind === 'storage';
  if (subject.kind === 'cache' && q.value >= 1e6) return 'memory.limit';
  // "64 GB, 31 GB heap": beside a heap it is the memory of the machine.
  if (
    frame.families.some(
      (m) =>
        m.value.some((f) => f.id === 'heap') &&
        m.from > q.to &&
        m.from - q.to < 6 &&
        frame.group[m.from] === frame.group[q.from],
    )
  )
    return 'memory.limit';
  if (isBesideCores(frame, q) || (q.per === 'each' && q.value >= 1e8)) return 'memory.limit';
  return store && q.value >= 2e10 && q.per === undefined ? 'storage.size' : 'bytes.stated';
}

/** "4 vCPU / 8 GB": memory beside processors. */
function isBesideCores(frame: Frame, q: Quantity): boolean {
  for (let i = q.from - 1; i >= 0 && i >= q.from - 2; i--)
    if (/^(?:v?cpus?|v?cores?)$/.test(frame.tokens[i]?.lower ?? '')) return true;
  return false;
}

const DYNAMIC =
  /^(?:latency|throughput|errors|availability|timeouts|cpu\.(?:utilisation|throttled)|memory\.(?:used|utilisation)|disk|network|eventloop|gc|heap\.used|threads\.used|connections\.(?:used|utilisation)|pool\.(?:used|pending|wait|utilisation)|lock|cache|queue\.(?:depth|delay|arrivalRate|serviceRate)|replication|calls|rows\.perCall|retry\.ratio|drain|rate\.stated|ratio\.stated|workers\.utilisation|threads\.utilisation|batch)/;
const LOAD = /^(?:throughput|queue\.arrivalRate|users)/;

function phaseOf(
  frame: Frame,
  moments: readonly Match<Moment>[],
  q: Quantity,
  index: FrameIndex,
  k: number,
  name: string,
  relation: Relation | undefined,
  leads: Relation['kind'] | undefined,
): Phase {
  const input: InputKey = frame.input;
  const { own, ahead } = momentOf(frame, moments, q, index.quantity, k);
  const dynamic = DYNAMIC.test(name) || name === 'users';
  const now: Phase =
    input === 'target_metrics'
      ? 'target'
      : (input === 'performance_issues' || input === 'current_metrics') && dynamic
        ? 'incident'
        : 'any';
  if (relation?.kind === 'change') return now;
  if (leads === 'change') return input === 'target_metrics' ? 'any' : 'baseline';
  if (relation?.kind === 'before') return 'baseline';
  if (relation?.kind === 'goal') return 'target';
  if (leads === 'before' || leads === 'goal') return now;
  const moment = own ?? ahead;
  if (input === 'target_metrics') {
    if (own === 'now') return 'any';
    // "bill $52k must stay under $60k": the first figure is what is paid now.
    if (
      name.startsWith('cost') &&
      /^(?:must|may|should|has|needs|shall|can)$/.test(
        frame.tokens[frame.tokens[q.to]?.text === ')' ? q.to + 1 : q.to]?.lower ?? '',
      )
    )
      return 'any';
    if (own === 'before') return 'baseline';
    return 'target';
  }
  const isLoad = LOAD.test(name);
  if (isLoad && own !== 'planned' && isAverage(frame, q)) return 'steady';
  switch (moment) {
    case 'target':
      return dynamic || name.startsWith('cost')
        ? frame.input === 'constraints' || own === 'target'
          ? 'target'
          : phaseOfInput(input)
        : 'any';
    case 'planned':
      return dynamic || isLoad || name === 'burst.factor' ? 'planned' : 'any';
    case 'before':
      return isLoad ? (wasNormal(frame, moments, q) ? 'steady' : 'baseline') : dynamic ? 'baseline' : 'any';
    case 'steady':
      // "p50 steady at 14 ms", "45% CPU on average" say nothing of the load.
      if (!isLoad && isAdjective(frame, moments, q))
        return input === 'performance_issues' && dynamic ? 'incident' : 'any';
      return dynamic || isLoad ? 'steady' : 'any';
    case 'peak':
      if (name.startsWith('burst')) return 'peak';
      return dynamic || isLoad ? (input === 'performance_issues' && !isLoad ? 'incident' : 'peak') : 'any';
    case 'now':
      return dynamic ? (input === 'performance_issues' ? 'incident' : 'any') : 'any';
    default:
      break;
  }
  if (name.startsWith('cost') && input === 'constraints')
    return name !== 'cost.monthly' || isCeiling(frame, q) ? 'target' : 'any';
  if (input === 'performance_issues') return dynamic ? 'incident' : 'any';
  return 'any';
}

/** "ceiling $42k/mo", "max $60k a month": what may be spent, not what is. */
const isCeiling = (frame: Frame, q: Quantity): boolean =>
  (/\bbudget\b/.test(clauseAround(frame, q)) &&
    frame.quantities.some(
      (x) =>
        x !== q &&
        x.kind === 'moneyRate' &&
        /^(?:today|now|currently|at)$/.test(frame.tokens[x.from - 1]?.lower ?? ''),
    )) ||
  q.comparator === '<' ||
  q.comparator === '<=' ||
  /\b(?:ceiling|cap|capped|max|maximum|limit|below|under|exceed|at most|no more than)\b/.test(
    clauseAround(frame, q),
  );
const clauseAround = (frame: Frame, q: Quantity): string => {
  let from = q.from;
  while (from > 0 && q.from - from < 5 && frame.segment[from - 1] === frame.segment[q.from]) from--;
  let to = q.to;
  while (to - q.to < 3 && frame.segment[to] === frame.segment[q.from]) to++;
  return wordsAround(frame, from, to - from);
};

/** "250 TPS avg": a mean rate right beside its word. */
const isAverage = (frame: Frame, q: Quantity): boolean =>
  /^(?:avg|average|mean)$/.test(frame.tokens[q.to]?.lower ?? '') ||
  /^(?:avg|average|mean)$/.test(frame.tokens[q.from - 1]?.lower ?? '');

/** "steady at 14 ms", "on average": of the figure itself, not of the load. */
const isAdjective = (frame: Frame, moments: readonly Match<Moment>[], q: Quantity): boolean =>
  moments.some(
    (m) =>
      m.value === 'steady' &&
      frame.segment[m.from] === frame.segment[q.from] &&
      (/^(?:at|around|~|near)$/.test(frame.tokens[m.to]?.lower ?? '') ||
        frame.tokens[m.to - 1]?.lower === 'average'),
  );

function wasNormal(frame: Frame, moments: readonly Match<Moment>[], q: Quantity): boolean {
  return moments.some(
    (m) =>
      m.value === 'before' &&
      frame.sentence[m.from] === frame.sentence[q.from] &&
      /^(?:normal|normally|usual|usually|healthy|baseline)$/.test(frame.tokens[m.from]?.lower ?? ''),
  );
}

function conditionOf(
  frame: Frame,
  index: FrameIndex,
  k: number,
  partner: number | undefined,
  name: string,
  claimed: Claimed,
): string | undefined {
  const q = frame.quantities[k] as Quantity;
  const last = partner !== undefined ? (frame.quantities[partner] as Quantity) : q;
  const loads = (n: number): boolean => {
    const other = frame.quantities[n];
    return (
      other !== undefined &&
      (other.kind === 'rate' ||
        (other.kind === 'bare' &&
          /^(?:qps|rps|tps|user|users)$/.test(frame.tokens[other.to]?.lower ?? other.noun ?? '')))
    );
  };
  const found = conditionAfter(frame, last.to, index.quantity, loads);
  const said = found
    ? frame.text
        .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
        .replace(/\s+/g, ' ')
        .slice(0, 120)
    : q.per === undefined
      ? undefined
      : q.per === 'each'
        ? 'each'
        : `per ${q.per}`;
  const ahead = said === undefined ? conditionAhead(frame, q, index.quantity) : undefined;
  const label = labelOf(frame, q, claimed, name);
  const parts = [label, said ?? ahead].filter((x): x is string => x !== undefined);
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** "during the reindex p99 is 8 s": the condition stands before the figure. */
function conditionAhead(
  frame: Frame,
  q: Quantity,
  quantityAt: readonly (number | undefined)[],
): string | undefined {
  const home = frame.segment[q.from];
  for (let i = q.from - 1; i >= 0 && q.from - i < 14 && frame.segment[i] === home; i--) {
    if (quantityAt[i] !== undefined) return undefined;
    if (!/^(?:during|while|when|whenever|after)$/.test(frame.tokens[i]?.lower ?? '')) continue;
    let to = i + 1;
    while (to < q.from && to - i < 6) {
      const t = frame.tokens[to];
      if (t?.kind !== 'word' && t?.text !== '-') break;
      if (
        frame.statistics.some((s) => s.from === to) ||
        frame.families.some((f) => f.from === to && f.value.some((x) => x.id === 'latency'))
      )
        break;
      to++;
    }
    while (to > i + 1 && STOP.has(frame.tokens[to - 1]?.lower ?? '')) to--;
    return to > i + 1
      ? frame.text.slice(frame.tokens[i]?.start, frame.tokens[to - 1]?.end).replace(/\s+/g, ' ')
      : undefined;
  }
  return undefined;
}

/** What a figure without a name of its own is called: its setting, its noun, the words of its phrase. */
function labelOf(frame: Frame, q: Quantity, claimed: Claimed, name: string): string | undefined {
  if (!name.endsWith('.stated') && !name.startsWith('payload.')) return undefined;
  const text = (from: number, to: number): string =>
    frame.text.slice(frame.tokens[from]?.start, frame.tokens[to - 1]?.end).replace(/\s+/g, ' ');
  if (name.startsWith('payload.')) {
    const c = claimed.claim;
    const words = c && frame.segment[c.from] === frame.segment[q.from] ? text(c.from, c.to) : undefined;
    return words && !/^(?:payloads?|payload size|body|bodies)$/i.test(words) ? words : undefined;
  }
  const setting = settingOf(frame, q);
  if (setting !== undefined) return setting.text;
  const claim = claimed.claim;
  if (claim && frame.segment[claim.from] === frame.segment[q.from] && claim.to <= q.from)
    return text(claim.from, claim.to);
  if (q.nounTokens) return text(...q.nounTokens);
  const unit = frame.tokens[q.to - 1];
  if (q.kind === 'rate' && unit?.kind === 'word' && /^[a-z]cus?$/i.test(unit.text)) return unit.text;
  if (claim && claim.family.id !== 'traffic' && frame.segment[claim.from] === frame.segment[q.from])
    return text(claim.from, claim.to);
  const counted = countedBefore(frame, q);
  if (counted !== undefined) return counted;
  // The nearest content words on the left.
  let to = q.from;
  while (
    to > 0 &&
    q.from - to < 5 &&
    frame.segment[to - 1] === frame.segment[q.from] &&
    !isContent(frame, to - 1)
  )
    to--;
  let from = to;
  while (
    from > 0 &&
    to - from < 3 &&
    frame.segment[from - 1] === frame.segment[q.from] &&
    isContent(frame, from - 1)
  )
    from--;
  return from < to ? text(from, to) : undefined;
}

const isContent = (frame: Frame, i: number): boolean => {
  const t = frame.tokens[i];
  return t?.kind === 'word' && !STOP.has(t.lower);
};

/** "4,500 inserts/s max measured", "max 50 TPS": the most that was ever seen or is allowed. */
const isMost = (frame: Frame, q: Quantity): boolean =>
  /\b(?:max|maximum|at most|ceiling|tops out|limit|limited)\b/.test(
    `${wordsAround(frame, q.from - 3, 3)} ${wordsAround(frame, q.to, 2)}`,
  );

/** "quota 300 tps", "rate limit 50 req/s", "caps us at 300/s": an upper bound set by somebody else. */
const claimedLimit = (frame: Frame, q: Quantity): boolean =>
  /\b(?:quota|limit|limits|limited|cap|caps|capped|max|rcus?|wcus?|capacity|plan|allowed|allowance|permitted)\b/.test(
    `${wordsAround(frame, q.from - 4, 4)} ${wordsAround(frame, q.to - 1, 3)}`,
  );

function comparatorOf(frame: Frame, q: Quantity, name: string, phase: Phase): Comparator | undefined {
  const c = q.comparator;
  if (c === undefined && name === 'rate.stated' && (claimedLimit(frame, q) || isMost(frame, q))) return '<=';
  if (name === 'throughput' && (c === '<' || c === '<=')) return undefined;
  const before = frame.tokens[q.from - 1]?.lower ?? '';
  if (/^(?:latency|gc|pool\.wait|lock\.wait)\..*max$/.test(name) && /^max(?:imum)?$/.test(before))
    return undefined;
  if (
    c === undefined &&
    name === 'latency.mean' &&
    phase !== 'target' &&
    !/^(?:avg|average|averages|averaging|mean)$/.test(wordsNear(frame, q))
  )
    return '~';
  return c;
}

/** The statistic said beside the figure, so that a duration without one is marked as about right only. */
function wordsNear(frame: Frame, q: Quantity): string {
  for (const s of frame.statistics)
    if (
      s.value === 'mean' &&
      frame.sentence[s.from] === frame.sentence[q.from] &&
      s.from > q.from - 12 &&
      s.from < q.to + 8
    )
      return 'mean';
  return '';
}

const RUNS = /^p\d|^mean$|^max$/;

/** "p50/p95/p99 = 120/600/1800 ms": gives each figure its unit and its statistic. */
function spreadSlashRuns(
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
