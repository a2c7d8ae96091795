import { type Subject, subject } from '../domain/index.js';
import type { Claimed, FrameIndex } from './claims.js';
import type { Frame } from './frame.js';
import type { Parts } from './parts.js';
import type { Quantity } from './quantities.js';
import { appWords, type Mention, onlyOf } from './subjects.js';
import { glued, type Token } from './tokens.js';
import { STOP } from './words.js';

type Kind = Subject['kind'];

/** Kinds of subject that a fact may be about; others beside the figure are passed over. */
const ALLOWED: readonly (readonly [RegExp, readonly Kind[]])[] = [
  [/^cache\.|^ttl$/, ['cache', 'cdn', 'database', 'gateway', 'search']],
  [/^replication\.lag$/, ['database', 'cache', 'search']],
  [/^queue\./, ['queue', 'service', 'operation', 'search', 'database']],
  [/^partitions$/, ['queue', 'database', 'search', 'storage']],
  [/^shards$/, ['cache', 'search', 'database', 'queue']],
  [/^replicas$/, ['database', 'search', 'cache', 'queue', 'service']],
  [/^connections\./, ['database', 'cache', 'gateway', 'service', 'queue', 'pool', 'search', 'dependency']],
  [/^pool\./, ['service', 'database', 'pool', 'cache', 'gateway', 'dependency', 'search']],
  [/^lock\.|^rows\./, ['database', 'search', 'operation', 'statement', 'cache']],
  [/^disk\.|^storage\./, ['database', 'search', 'queue', 'storage', 'service', 'cache', 'host']],
  [
    /^(?:gc|heap|eventloop|threads)\./,
    ['service', 'search', 'queue', 'database', 'gateway', 'host', 'dependency'],
  ],
  [
    /^cpu\.|^memory\./,
    ['service', 'database', 'cache', 'queue', 'search', 'gateway', 'host', 'storage', 'dependency', 'client'],
  ],
  [/^cost\./, ['system', 'service', 'database', 'cache', 'search', 'queue', 'storage', 'cdn', 'dependency']],
  [
    /^burst\.|^growth\.|^scaleout\.|^users$/,
    ['service', 'system', 'client', 'queue', 'operation', 'class', 'database'],
  ],
];
const DEFAULTS: readonly (readonly [RegExp, readonly Kind[]])[] = [
  [/^cache\./, ['cache']],
  [/^ttl$/, ['cache']],
  [/^replication\.lag$/, ['database']],
  [/^queue\./, ['queue']],
  [/^partitions$/, ['queue']],
  [/^connections\./, ['database']],
  [/^lock\.|^rows\./, ['database']],
  [/^disk\.iops|^storage\./, ['database']],
];
const ALONE = /^(?:latency|throughput|errors|timeouts|availability|mix|payload|calls|skew|requests)/;

export interface About {
  subject: Subject;
  /** Tokens that name it, when it is named. */
  from?: number;
  to?: number;
}

/** Finds what a fact is about: a part or route beside it, the owner of its parenthesis, a topic before a colon, a name of its own, else the app. */
export function aboutOf(
  frame: Frame,
  index: FrameIndex,
  mentions: readonly Mention[],
  at: number,
  name: string,
  claimed: Claimed,
  parts: Parts,
  app: Subject,
): About {
  const q = frame.quantities[at] as Quantity;
  const allowed = ALLOWED.find(([p]) => p.test(name))?.[1];
  const ok = (m: Mention): boolean =>
    (allowed === undefined || allowed.includes(m.subject.kind)) && m.subject.kind !== 'change';
  const own = nearest(frame, index, mentions, at, q, ok);
  if (own) return statementOf(frame, index, own, q, claimed, name, app) ?? own;
  if (ALONE.test(name)) {
    const named = ownName(frame, index, q, claimed, name, app, mentions);
    if (named) return named;
  }
  const owner = ownerOf(frame, mentions, q, ok) ?? topicOf(frame, mentions, q, ok, name);
  if (owner) return owner;
  const kinds = DEFAULTS.find(([p]) => p.test(name))?.[1];
  const only = kinds ? onlyOf(parts, kinds) : undefined;
  return { subject: only ?? app };
}

/** The nearest mention in the quantity's segment, on the left first; on the right after "for", "of", "on". */
function nearest(
  frame: Frame,
  index: FrameIndex,
  mentions: readonly Mention[],
  at: number,
  q: Quantity,
  ok: (m: Mention) => boolean,
): About | undefined {
  const segment = frame.segment[q.from];
  let best: { m: Mention; cost: number } | undefined;
  for (const m of around(mentions, q.from)) {
    if (frame.segment[m.from] !== segment || !ok(m)) continue;
    if (m.from >= q.from && m.to <= q.to) {
      // "12 Kafka consumers": the part inside the noun phrase.
      const cost = 0.5;
      if (best === undefined || cost < best.cost) best = { m, cost };
      continue;
    }
    const left = m.to <= q.from;
    const [a, b] = left ? [m.to, q.from] : [q.to, m.from];
    let crossed = 0;
    for (let i = a; i < b; i++) {
      const k = index.quantity[i];
      if (k !== undefined && k !== at) crossed++;
    }
    const linked =
      !left && /^(?:for|of|on|in|by|to|at|from|per|behind)$/.test(frame.tokens[m.from - 1]?.lower ?? '');
    const article = !left && /^(?:the|our|each|a)$/.test(frame.tokens[m.from - 1]?.lower ?? '');
    const cost =
      (b - a) * 0.5 + crossed * 5 + (left ? 0 : linked || article ? 1 : 3) + (m.how === 'generic' ? 1.5 : 0);
    if (cost < 12 && (best === undefined || cost < best.cost)) best = { m, cost };
  }
  return best ? { subject: best.m.subject, from: best.m.from, to: best.m.to } : undefined;
}

/** Mentions within reach; the list is in order, so both ends are found by bisection. */
function around(mentions: readonly Mention[], token: number): readonly Mention[] {
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
function ownerOf(
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
function topicOf(
  frame: Frame,
  mentions: readonly Mention[],
  q: Quantity,
  ok: (m: Mention) => boolean,
  name: string,
): About | undefined {
  let start = q.from;
  while (start > 0 && frame.sentence[start - 1] === frame.sentence[q.from] && q.from - start < 60) start--;
  for (const m of around(mentions, start)) {
    if (m.from < start || m.from > start + 6 || frame.sentence[m.from] !== frame.sentence[q.from] || !ok(m))
      continue;
    let i = m.to;
    while (i < m.to + 4 && frame.tokens[i]?.kind === 'word') i++;
    if (frame.tokens[i]?.text === ':') return { subject: m.subject, from: m.from, to: m.to };
  }
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
  if (!last || !ok(last) || last.how === 'generic') return undefined;
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

const NOT_A_NAME =
  /^(?:latency|latencies|response|time|times|p\d+|percentile|rate|rates|tail|request|requests|req|rps|qps|error|errors|spike|throughput|traffic|load|api|apis|endpoint|endpoints|service|services|http|https|slow|query|queries|slowest|fastest|end|user|users|facing|server|side|client|production|prod|hour|hours|day|days|week|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mondays|fridays|weekend|weekends|morning|evening|night|afternoon|median|system|platform|app|application|everything|everyone|whole|global|blended|aggregate|combined|all|overall|peak|peaks|steady|normal|baseline|target|slo|sla|budget|goal|objective|availability|uptime|cpu|memory|usage|utilisation|utilization|avg|mean|max|min|numbers|number|figures|stats|metrics|measured|observed|reported|around|circa|release|sale|sales|flash|since|rollout|deploy|deployment|upgrade|migration|incident|outage|problem|issue|now|percent|percentage|share|ratio|of|wall|clock|duration|round|trip|msg|msgs|sustained|burst|bursts|average|real|true|actual|best|worst|case|level|high|low|higher|lower|big|small|large|long|short|cold|warm|hot|hit|miss|sub|per|second|seconds|ms|minute|minutes|count|total|totals|internal|external|reads|writes|read|write|log|logs|shows|show|says|report|reports|dashboard|dashboards|graph|graphs|concurrent|active|daily|monthly|live|same|due|thanks|result|results|ok|fine|good|bad)$/;

/** "checkout p99 2s", "order history page p95 800 ms", "120ms avg for order lookup": a route nobody listed as a part. */
function ownName(
  frame: Frame,
  index: FrameIndex,
  q: Quantity,
  claimed: Claimed,
  name: string,
  app: Subject,
  mentions: readonly Mention[],
): About | undefined {
  const right = nameAfterFor(frame, index, q);
  const left = nameBefore(frame, index, q, claimed);
  const found = left ?? right;
  if (!found) return topicName(frame, index, q, app, name, mentions);
  const text = frame.text
    .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
    .replace(/\s+/g, ' ');
  return made(text, found, app, frame, index, q);
}

function made(
  text: string,
  found: { from: number; to: number },
  app: Subject,
  frame: Frame,
  index: FrameIndex,
  q: Quantity,
): About {
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(
      (w) =>
        w !== '' && !/^(?:page|pages|endpoint|route|api|calls|requests|request|service|path|flow)$/.test(w),
    );
  const own = appWords(app);
  if (words.length === 0 || words.every((w) => own.has(w) || own.has(w.replace(/e?s$/, ''))))
    return { subject: app, ...found };
  void frame;
  void index;
  void q;
  return { subject: subject('operation', text.toLowerCase() === text ? text : text, app.name), ...found };
}

const wordOk = (t: Token | undefined): boolean =>
  t?.kind === 'word' && !STOP.has(t.lower) && !NOT_A_NAME.test(t.lower) && !/^\d/.test(t.lower);

/** Words right before the statistic or the measure: "checkout p99", "order-history page p95". */
function nameBefore(
  frame: Frame,
  index: FrameIndex,
  q: Quantity,
  claimed: Claimed,
): { from: number; to: number } | undefined {
  const anchors = [q.from, claimed.statistic?.from, claimed.claim?.from].filter(
    (n): n is number => n !== undefined && n <= q.from && frame.segment[n] === frame.segment[q.from],
  );
  let end = Math.min(...anchors);
  // "checkout latency p99": the measure stands between the name and the statistic.
  while (
    end > 0 &&
    frame.segment[end - 1] === frame.segment[q.from] &&
    (index.statistic[end - 1] !== undefined || NOT_A_NAME.test(frame.tokens[end - 1]?.lower ?? '')) &&
    frame.tokens[end - 1]?.kind === 'word'
  )
    end--;
  let from = end;
  let words = 0;
  while (from > 0 && words < 4 && frame.segment[from - 1] === frame.segment[q.from]) {
    const t = frame.tokens[from - 1] as Token;
    const hyphen = t.text === '-' && glued(t, frame.tokens[from]) && glued(frame.tokens[from - 2], t);
    if (
      !hyphen &&
      (!wordOk(t) || index.quantity[from - 1] !== undefined || index.statistic[from - 1] !== undefined)
    )
      break;
    if (!hyphen) words++;
    from--;
  }
  if (from === end) return undefined;
  return { from, to: end };
}

/** "avg for order lookup", "on product pages" behind the figure. */
function nameAfterFor(
  frame: Frame,
  index: FrameIndex,
  q: Quantity,
): { from: number; to: number } | undefined {
  const segment = frame.segment[q.from];
  for (let i = q.to; i < q.to + 5 && frame.segment[i] === segment; i++) {
    const t = frame.tokens[i] as Token;
    if (index.quantity[i] !== undefined && i >= q.to) return undefined;
    if (!/^(?:for|on|of|in)$/.test(t.lower)) continue;
    let from = i + 1;
    while (from < i + 3 && /^(?:the|our|a|an|each|all)$/.test(frame.tokens[from]?.lower ?? '')) from++;
    let to = from;
    let words = 0;
    while (to < frame.tokens.length && frame.segment[to] === segment && words < 4) {
      const w = frame.tokens[to] as Token;
      const hyphen = w.text === '-' && glued(frame.tokens[to - 1], w) && glued(w, frame.tokens[to + 1]);
      if (
        !hyphen &&
        (w.kind !== 'word' ||
          STOP.has(w.lower) ||
          index.quantity[to] !== undefined ||
          index.statistic[to] !== undefined)
      )
        break;
      if (!hyphen) words++;
      to++;
    }
    if (to === from) return undefined;
    const first = frame.tokens[from] as Token;
    if (to - from === 1 && NOT_A_NAME.test(first.lower)) return undefined;
    return { from, to };
  }
  return undefined;
}

/** "search: p50 60ms, p95 900ms" where "search" is no listed part. */
function topicName(
  frame: Frame,
  index: FrameIndex,
  q: Quantity,
  app: Subject,
  _name: string,
  mentions: readonly Mention[],
): About | undefined {
  let start = q.from;
  while (start > 0 && frame.sentence[start - 1] === frame.sentence[q.from] && q.from - start < 60) start--;
  let from = start;
  while (frame.tokens[from]?.kind === 'symbol' && from < start + 3) from++;
  let to = from;
  while (
    to < frame.tokens.length &&
    to - from < 7 &&
    (wordOk(frame.tokens[to]) || frame.tokens[to]?.text === '-')
  )
    to++;
  if (to === from || frame.tokens[to]?.text !== ':' || to >= q.from) return undefined;
  if (mentions.some((m) => m.from < to && m.to > from)) return undefined;
  const text = frame.text.slice(frame.tokens[from]?.start, frame.tokens[to - 1]?.end);
  return made(text, { from, to }, app, frame, index, q);
}

/** "Postgres slow query log shows 120ms avg for order lookup": a statement of the database named. */
function statementOf(
  frame: Frame,
  index: FrameIndex,
  own: About,
  q: Quantity,
  claimed: Claimed,
  name: string,
  app: Subject,
): About | undefined {
  if (!/^(?:latency|rows|calls|lock)/.test(name)) return undefined;
  const kind = own.subject.kind;
  if (kind !== 'database' && kind !== 'search') {
    return own.subject.id === app.id && own.from !== undefined ? undefined : undefined;
  }
  const after = nameAfterFor(frame, index, q);
  const before = nameBefore(frame, index, q, claimed);
  const found =
    after && (own.from === undefined || after.from > (own.to ?? 0))
      ? after
      : before && before.from >= (own.to ?? 0)
        ? before
        : undefined;
  if (!found) return undefined;
  if (own.from !== undefined && found.from <= own.from && found.to >= (own.to ?? 0)) return undefined;
  const text = frame.text
    .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
    .replace(/\s+/g, ' ');
  return { subject: subject('statement', text, own.subject.name), ...found };
}
