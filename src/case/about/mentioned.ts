import type { Subject } from '../../domain/index.js';
import type { FrameIndex } from '../claims.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import type { Mention } from '../subjects.js';
import type { About, Kind, Scene } from './scene.js';

export function lastMention(
  frame: Frame,
  mentions: readonly Mention[],
  q: Quantity,
  kinds: readonly Kind[],
  app: Subject,
): About | undefined {
  let found: Mention | undefined;
  for (const m of around(mentions, q.from))
    if (
      m.to <= q.from &&
      frame.sentence[m.from] === frame.sentence[q.from] &&
      kinds.includes(m.subject.kind) &&
      m.subject.id !== app.id
    )
      found = m;
  return found ? { subject: found.subject } : undefined;
}

/** The nearest mention in the quantity's segment, on the left first; on the right after "for", "of", "on". */
export function nearest(
  frame: Frame,
  index: FrameIndex,
  mentions: readonly Mention[],
  at: number,
  q: Quantity,
  ok: (m: Mention) => boolean,
): (About & { beyond: boolean }) | undefined {
  const segment = frame.segment[q.from];
  let best: { m: Mention; cost: number; beyond: boolean } | undefined;
  for (const m of around(mentions, q.from)) {
    if (frame.segment[m.from] !== segment || !ok(m)) continue;
    if (m.from >= q.from && m.to <= q.to) {
      // "12 Kafka consumers": the part inside the noun phrase.
      const cost = 0.5;
      if (best === undefined || cost < best.cost) best = { m, cost, beyond: false };
      continue;
    }
    const left = m.to <= q.from;
    const [a, b] = left ? [m.to, q.from] : [q.to, m.from];
    const others = new Set<number>();
    for (let i = a; i < b; i++) {
      const k = index.quantity[i];
      if (k !== undefined && k !== at) others.add(k);
    }
    const crossed = others.size;
    const linked = LINK.test(frame.tokens[m.from - 1]?.lower ?? '');
    const article = /^(?:the|our|each|a)$/.test(frame.tokens[m.from - 1]?.lower ?? '');
    // "pauses on the hot nodes"
    const qualified =
      frame.tokens[m.from - 1]?.kind === 'word' &&
      /^(?:the|our|both|all)$/.test(frame.tokens[m.from - 2]?.lower ?? '') &&
      LINK.test(frame.tokens[m.from - 3]?.lower ?? '');
    const reached =
      linked ||
      qualified ||
      (article && LINK.test(frame.tokens[m.from - 2]?.lower ?? '')) ||
      b - a === 0 ||
      frame.tokens[b - 1]?.text === '(';
    // "query 1.1 s avg with 14 plans in cache": behind another figure stands what that one is about.
    if (!left && (!reached || crossed > 0)) continue;
    const cost = (b - a) * 0.5 + crossed * 5 + (left ? 0 : 1) + (m.how === 'generic' ? 1.5 : 0);
    if (cost < 12 && (best === undefined || cost < best.cost)) best = { m, cost, beyond: crossed > 0 };
  }
  return best
    ? { subject: best.m.subject, from: best.m.from, to: best.m.to, beyond: best.beyond }
    : undefined;
}

const LINK = /^(?:for|of|on|in|by|to|at|from|per)$/;

/** Mentions within reach; the list is in order, so both ends are found by bisection. */
export function around(mentions: readonly Mention[], token: number): readonly Mention[] {
  let low = 0;
  let high = mentions.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((mentions[mid] as Mention).from < token - 40) low = mid + 1;
    else high = mid;
  }
  let end = low;
  while (end < mentions.length && (mentions[end] as Mention).from < token + 40) end++;
  return mentions.slice(low, end);
}

/** "Elasticsearch (9 data nodes, 12 shards)": what stands right before the parenthesis. */
export function ownerOf(
  frame: Frame,
  mentions: readonly Mention[],
  q: Quantity,
  ok: (m: Mention) => boolean,
): About | undefined {
  const open = frame.opens[frame.group[q.from] ?? 0] ?? -1;
  if (open <= 0) return undefined;
  let best: Mention | undefined;
  for (const m of around(mentions, open))
    if (
      m.to <= open &&
      open - m.to <= 5 &&
      frame.sentence[m.from] === frame.sentence[open] &&
      noBreak(frame, m.to, open) &&
      ok(m)
    )
      best = m;
  return best ? { subject: best.subject, from: best.from, to: best.to } : undefined;
}

const noBreak = (frame: Frame, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if (/[,;]/.test(frame.tokens[i]?.text ?? '')) return false;
  return true;
};

const RESOURCE =
  /^(?:cpu|memory|heap|gc|disk|threads|connections|storage|instances|shards|replicas|partitions|network|eventloop|workers)/;

/** "Redis: hit rate 71%, 3 shards": the part before a colon; "MySQL CPU 95%, disk 80%": a resource after a resource. */
export function topicOf(
  scene: Scene,
  q: Quantity,
  ok: (m: Mention) => boolean,
  name: string,
): About | undefined {
  const { frame, mentions } = scene;
  let topic: Mention | undefined;
  for (const m of around(mentions, q.from)) {
    if (m.to > q.from || frame.sentence[m.from] !== frame.sentence[q.from]) continue;
    let i = m.to;
    while (i < m.to + 4 && (frame.tokens[i]?.kind === 'word' || frame.tokens[i]?.kind === 'number')) i++;
    if (frame.tokens[i]?.text === ':' && i < q.from) topic = m;
  }
  if (topic && ok(topic)) return { subject: topic.subject, from: topic.from, to: topic.to };
  if (!RESOURCE.test(name)) return undefined;
  // The segment before, when it is about a resource of one part.
  let last: Mention | undefined;
  for (const m of around(mentions, q.from))
    if (
      m.to <= q.from &&
      frame.sentence[m.from] === frame.sentence[q.from] &&
      (frame.segment[q.from] ?? 0) - (frame.segment[m.from] ?? 0) <= 3 &&
      m.subject.kind !== 'operation'
    )
      last = m;
  if (!last || !ok(last) || (last.how === 'generic' && last.subject.id === scene.app.id)) return undefined;
  const claimedBefore = frame.families.some(
    (f) =>
      f.from >= (last as Mention).to &&
      f.from < q.from &&
      f.value.some((x) =>
        /^(?:cpu|memory|heap|gc pause|disk|threads|connections|lag|replication lag|hit ratio)$/.test(x.id),
      ),
  );
  const between = frame.quantities.some((x) => x.from >= (last as Mention).to && x.to <= q.from);
  return claimedBefore && between ? { subject: last.subject, from: last.from, to: last.to } : undefined;
}
