import { type Phase, type Subject, stated } from '../domain/index.js';
import { type About, type Earlier, sceneOf } from './about/scene.js';
import { aboutOf, aboutWords } from './about.js';
import { billIn } from './bill.js';
import { type Claimed, claimOf, indexOf } from './claims.js';
import { asSaid, doubt, type Named } from './doubts.js';
import type { Comparator, Quantity } from './figures/quantity.js';
import { type Frame, placeOf } from './frame.js';
import { hostFor, hostsNamed } from './hosts.js';
import { mixesIn } from './mixes.js';
import { ofClause } from './of-clause.js';
import type { Parts } from './parts.js';
import { type Relation, relationsOf } from './relations.js';
import { comparatorOf } from './stated/comparator.js';
import { conditionOf } from './stated/condition.js';
import { named } from './stated/measure.js';
import { nameOf } from './stated/name.js';
import { STREAM, settleName } from './stated/of-subject.js';
import { adoptUsed, limitOf, sharePairs, spreadSlashRuns } from './stated/pairs.js';
import { withPeaks } from './stated/peaks.js';
import { phaseOf } from './stated/phase.js';
import type { Read } from './stated/read.js';
import { type Mention, subjectMentions } from './subjects.js';
import { momentsOf } from './when.js';
import { sharesWithin, type Within } from './within.js';

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
    const beside = host
      ? { subject: host, explicit: true }
      : within.get(k)?.of
        ? (aboutWords(scene, within.get(k)?.of ?? [0, 0]) ??
          aboutOf(scene, k, named.name, own.claimed, earlier))
        : relation && before
          ? { subject: before.subject, explicit: abouts.get(relation.first)?.explicit ?? true }
          : aboutOf(scene, k, named.name, own.claimed, earlier);
    const about = relation || host ? beside : ofClause(scene, q, named.name, beside, earlier);
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
    const settled =
      saidBefore(reads, c.named, c.subject, phase) || otherLoad(frame, q, reads, c.named, c.subject)
        ? asSaid(c.named, q)
        : c.named;
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

/** "310 rps; exports 1,400/h": beside the load, a rate of another order is of a part of it. */
const otherLoad = (frame: Frame, q: Quantity, reads: readonly Read[], named: Named, of: Subject): boolean =>
  named.name === 'throughput' &&
  q.unitScale < 1 &&
  !/^k?(?:rps|qps|tps)$/.test(frame.tokens[q.to - 1]?.lower ?? '') &&
  reads.some(
    (r) => r.fact.name === 'throughput' && r.fact.subject.id === of.id && r.fact.value > 100 * named.value,
  );

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

/** Cuts the noise of binary fractions: 0.57 × 100 is 57. */
const tidyNumber = (n: number): number => (Number.isFinite(n) ? Number(n.toPrecision(12)) : 0);
