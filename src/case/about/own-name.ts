import type { Claimed } from '../claims.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import { glued, type Token } from '../tokens.js';
import { BETWEEN, NAME_TAIL, NOT_A_NAME, nameToken } from './name-words.js';
import { made } from './named.js';
import type { About, Scene } from './scene.js';

/** "checkout p99 2s", "order history page p95 800 ms", "120ms avg for order lookup": a route nobody listed as a part. */
export function ownName(scene: Scene, q: Quantity, claimed: Claimed, name: string): About | undefined {
  const before = nameBefore(scene, q, claimed);
  // "99.5% of cases at 15,000 records/s": what the share is of.
  // "salary day 1,800 tps" says when.
  const dated =
    name === 'throughput' &&
    before !== undefined &&
    /^(?:days?|nights?|weeks?|weekends?|evenings?|mornings?|season|hours?|time)$/.test(
      scene.frame.tokens[before.to]?.lower ?? '',
    );
  // "bill week of 160 page views per second": when, not of what.
  const strange =
    name === 'throughput' &&
    before !== undefined &&
    (scene.frame.tokens[before.from - 1]?.lower === 'of' || scene.frame.tokens[q.from - 1]?.lower === 'of');
  const found = (strange || dated ? undefined : before) ?? nameAfterFor(scene, q, name);
  return found ? made(scene, found) : undefined;
}

/** Words right before the statistic, the measure or the figure: "checkout p99", "order-history page p95". */
export function nameBefore(
  scene: Scene,
  q: Quantity,
  claimed: Claimed,
): { from: number; to: number } | undefined {
  const { frame, index } = scene;
  const home = frame.segment[q.from];
  const anchors = [q.from, claimed.statistic?.from, claimed.claim?.from].filter(
    (n): n is number => n !== undefined && n <= q.from && frame.segment[n] === home,
  );
  let end = Math.min(...anchors);
  // "checkout latency p99", "order page runs around 240": measures and verbs stand between name and figure.
  while (end > 0 && frame.segment[end - 1] === home) {
    const t = frame.tokens[end - 1] as Token;
    const measure = t.kind === 'word' && (NOT_A_NAME.test(t.lower) || index.statistic[end - 1] !== undefined);
    if (
      !(measure || BETWEEN.test(t.lower)) ||
      index.quantity[end - 1] !== undefined ||
      scene.passed.has(end - 1)
    )
      break;
    if (NAME_TAIL.test(t.lower) && nameToken(scene, end - 2)) break;
    end--;
  }
  let from = end;
  let words = 0;
  while (from > 0 && words < 4 && frame.segment[from - 1] === home) {
    const t = frame.tokens[from - 1] as Token;
    const hyphen =
      (t.text === '-' && glued(t, frame.tokens[from]) && glued(frame.tokens[from - 2], t)) ||
      // "order-to-ack": small words inside a chain belong to it.
      (t.kind === 'word' &&
        isDashed(frame, from - 1) &&
        nameToken(scene, from - 3) &&
        nameToken(scene, from + 1));
    const tail = from === end && NAME_TAIL.test(t.lower);
    if (!hyphen && !tail && !nameToken(scene, from - 1)) break;
    if (!hyphen) words++;
    from--;
  }
  while (from < end && frame.tokens[from]?.text === '-') from++;
  if (from === end) return undefined;
  // "dashboard load for the biggest tenant needs 11 s": the name stands before the preposition.
  const article = /^(?:the|our|each|a|an|every|some|most|all)$/.test(frame.tokens[from - 1]?.lower ?? '')
    ? 1
    : 0;
  const link = from - 1 - article;
  if (
    link > 0 &&
    /^(?:for|by|with|among)$/.test(frame.tokens[link]?.lower ?? '') &&
    frame.segment[link] === home
  ) {
    let to = link;
    while (to > 0 && frame.segment[to - 1] === home && NOT_A_NAME.test(frame.tokens[to - 1]?.lower ?? ''))
      to--;
    let start = to;
    while (start > 0 && to - start < 3 && frame.segment[start - 1] === home && nameToken(scene, start - 1))
      start--;
    if (start < to) return { from: start, to };
  }
  // "last election 41,000 req/s" says when.
  if (/^(?:last|previous|next|this)$/.test(frame.tokens[from - 1]?.lower ?? '')) return undefined;
  // "During streamer raids delivery latency": where the time ends and the name begins is not said; the last word is sure.
  if (/^(?:during|after|while|when|under|on|in)$/.test(frame.tokens[from - 1]?.lower ?? '')) {
    if (words < 2) return undefined;
    from = end - 1;
  }
  // A tail alone names nothing: "query 300 ms".
  return end - from === 1 && NAME_TAIL.test(frame.tokens[from]?.lower ?? '') ? undefined : { from, to: end };
}

const isDashed = (frame: Frame, i: number): boolean => {
  const [before, t, after] = [frame.tokens[i - 1], frame.tokens[i], frame.tokens[i + 1]];
  return before?.text === '-' && after?.text === '-' && glued(before, t) && glued(t, after);
};

/** "avg for order lookup", "on product pages" behind the figure. */
export function nameAfterFor(
  scene: Scene,
  q: Quantity,
  name: string,
): { from: number; to: number } | undefined {
  const { frame, index } = scene;
  const segment = frame.segment[q.from];
  for (let i = q.to; i < q.to + 5 && frame.segment[i] === segment; i++) {
    const t = frame.tokens[i] as Token;
    if (index.quantity[i] !== undefined && i >= q.to) return undefined;
    if (!/^(?:for|on|of|in)$/.test(t.lower)) continue;
    // "4% of logins end in 504": only where the share is of one kind of work.
    if (t.lower === 'of' && /^(?:errors|timeouts|availability)/.test(name) && i > q.to) return undefined;
    // "2.4M req/s for the holiday season" says when.
    if (/^(?:for|in)$/.test(t.lower) && name === 'throughput') return undefined;
    let from = i + 1;
    while (from < i + 3 && /^(?:the|our|a|an|each|all)$/.test(frame.tokens[from]?.lower ?? '')) from++;
    let to = from;
    let words = 0;
    while (to < frame.tokens.length && frame.segment[to] === segment && words < 4) {
      const w = frame.tokens[to] as Token;
      const hyphen = w.text === '-' && glued(frame.tokens[to - 1], w) && glued(w, frame.tokens[to + 1]);
      if (!hyphen && !nameToken(scene, to) && !(to > from && NAME_TAIL.test(w.lower))) break;
      if (!hyphen) words++;
      to++;
    }
    return to === from ? undefined : { from, to };
  }
  return undefined;
}
