import { type Subject, subject } from '../domain/index.js';
import type { Claimed, FrameIndex } from './claims.js';
import type { Frame } from './frame.js';
import { platformTokens } from './parts/platform-tokens.js';
import type { Parts } from './parts.js';
import type { Quantity } from './quantities.js';
import { appWords, type Mention, onlyOf } from './subjects.js';
import { glued, isArrow, type Token } from './tokens.js';
import { STOP } from './words.js';

type Kind = Subject['kind'];

/** Kinds of subject that a fact may be about; others beside the figure are passed over. */
const ALLOWED: readonly (readonly [RegExp, readonly Kind[]])[] = [
  [/^buffer\./, ['database']],
  [/^cache\./, ['cache', 'cdn', 'gateway', 'search']],
  [/^ttl$/, ['cache', 'cdn', 'gateway', 'dependency', 'database']],
  [/^replication\.lag$/, ['database', 'cache', 'search']],
  [/^queue\.|^drain\./, ['queue', 'service', 'operation', 'dependency', 'database']],
  [/^partitions$/, ['queue', 'database', 'search', 'storage']],
  [/^shards$/, ['cache', 'search', 'database', 'queue']],
  [/^replicas$/, ['database', 'search', 'cache', 'queue', 'service', 'dependency']],
  [/^connections\./, ['database', 'cache', 'gateway', 'service', 'queue', 'pool', 'search', 'dependency']],
  [/^pool\./, ['service', 'queue', 'database', 'pool', 'cache', 'gateway', 'dependency', 'search']],
  [/^lock\.|^rows\./, ['database', 'search', 'operation', 'statement', 'cache']],
  [/^disk\.|^storage\./, ['database', 'search', 'queue', 'storage', 'service', 'cache', 'host']],
  [/^threads\.pending$/, ['service', 'search', 'database', 'gateway', 'host', 'dependency']],
  [
    /^(?:gc|heap|eventloop|threads)\./,
    ['service', 'cache', 'search', 'queue', 'database', 'gateway', 'host', 'dependency'],
  ],
  [
    /^cpu\.|^memory\./,
    ['service', 'database', 'cache', 'queue', 'search', 'gateway', 'host', 'storage', 'dependency', 'client'],
  ],
  [/^workers/, ['service', 'queue', 'gateway', 'dependency', 'host', 'search']],
  [/^cost\./, ['system', 'service', 'database', 'cache', 'search', 'queue', 'storage', 'cdn', 'dependency']],
  [/^stream\./, ['service', 'system', 'client', 'cdn']],
  [
    /^burst\.|^growth\.|^scaleout\.|^users$/,
    ['service', 'system', 'client', 'queue', 'operation', 'class', 'database'],
  ],
];
const DEFAULTS: readonly (readonly [RegExp, readonly Kind[]])[] = [
  [/^cache\./, ['cache']],
  [/^ttl$/, ['cache']],
  [/^replication\.lag$/, ['database']],
  [/^buffer\./, ['database']],
  [/^queue\.|^drain\./, ['queue']],
  [/^partitions$/, ['queue']],
  [/^connections\./, ['database']],
  [/^lock\.|^rows\./, ['database']],
  [/^shards$/, ['search']],
  [/^replicas$/, ['database', 'search']],
  [/^disk\.|^storage\./, ['database']],
];
const ALONE = /^(?:latency|throughput|errors|timeouts|availability|payload|calls|rows\.perCall|growth)/;

export interface About {
  subject: Subject;
  /** Tokens that name it, when it is named. */
  from?: number;
  to?: number;
}
/** What an earlier figure of the sentence was about. */
export interface Earlier {
  name: string;
  subject: Subject;
  /** Named beside the figure, not taken by default. */
  explicit: boolean;
  /** Token of the figure. */
  from: number;
}
/** All that a subject is looked for in. */
export interface Scene {
  frame: Frame;
  index: FrameIndex;
  mentions: readonly Mention[];
  parts: Parts;
  app: Subject;
  /** Tokens that name platforms and tools. */
  platform: ReadonlySet<number>;
  /** Tokens of dates, versions and "two weeks ago". */
  passed: ReadonlySet<number>;
}

export const sceneOf = (
  frame: Frame,
  index: FrameIndex,
  mentions: readonly Mention[],
  parts: Parts,
  app: Subject,
): Scene => ({
  frame,
  index,
  mentions,
  parts,
  app,
  platform: platformTokens(frame),
  passed: new Set(frame.passed.flatMap((p) => Array.from({ length: p.to - p.from }, (_, i) => p.from + i))),
});

/**
 * Finds what a fact is about: a part or route beside the figure, a name of its own, the owner of its parenthesis, a
 * topic before a colon, what the sentence was about so far, the only part it can be about; else the app.
 */
export function aboutOf(
  scene: Scene,
  at: number,
  name: string,
  claimed: Claimed,
  earlier: readonly Earlier[],
): About & { explicit: boolean } {
  const { frame, index, mentions, parts, app } = scene;
  const q = frame.quantities[at] as Quantity;
  const allowed = ALLOWED.find(([p]) => p.test(name))?.[1];
  const ok = (m: Pick<Mention, 'subject'>): boolean =>
    (allowed === undefined || allowed.includes(m.subject.kind)) &&
    m.subject.kind !== 'change' &&
    // "workers finish 4,900/s": of the only queue there is.
    !(/^queue\./.test(name) && isConsumerOf(parts, m.subject));
  const sure = (a: About): About & { explicit: boolean } => ({ ...a, explicit: true });
  if (isTotal(frame, q)) return { subject: app, explicit: true };
  const vital = endToEnd(frame, q) ? undefined : vitalOf(scene, claimed, name);
  if (vital) return sure(vital);
  const way = directionOf(scene, q, claimed, name);
  if (way) return sure(way);
  // "normal 900 req/s, breaking news 14k req/s": beside the ordinary rate, another time of the same.
  const ordinary =
    name === 'throughput'
      ? earlier.filter((e) => frame.sentence[e.from] === frame.sentence[q.from]).at(-1)
      : undefined;
  if (
    ordinary?.name === 'throughput' &&
    ordinary.subject.id === app.id &&
    sameUnit(frame, q, ordinary) &&
    /^(?:normal|normally|usual|usually|ordinary|ordinarily|quiet|average|daily)$/.test(
      frame.tokens[ordinary.from - 1]?.lower ?? '',
    )
  )
    return { subject: app, explicit: true };
  const own = nearest(frame, index, mentions, at, q, ok);
  // A name beside the figure is nearer than a part beyond another figure.
  const beside = own?.beyond && ALONE.test(name) ? nameBefore(scene, q, claimed) : undefined;
  if (beside) return sure(made(scene, beside));
  if (own) return sure(statementOf(scene, own, q, claimed, name) ?? own);
  // "no more than 15 data nodes": whose nodes the architecture told.
  const counted =
    /^(?:instances|workers)$/.test(name) && q.noun !== undefined && frame.input !== 'architecture'
      ? (parts.collectives.get(`${q.noun.replace(/s$/, '')}#${q.value}`) ??
        parts.collectives.get(q.noun.replace(/s$/, '')))
      : undefined;
  if (counted) return { subject: counted, explicit: true };
  // "38M documents" are in the search engine where there is one.
  const engineOfDocs =
    name === 'rows.count' && /^doc/.test(q.noun ?? '') ? onlyOf(parts, ['search']) : undefined;
  if (engineOfDocs) return { subject: engineOfDocs, explicit: true };
  const slow = slowStatementOf(scene, q, name);
  if (slow) return sure(slow);
  const thing = thingOf(scene, q, name);
  if (thing) return sure(thing);
  if (ALONE.test(name)) {
    const named = ownName(scene, q, claimed, name);
    if (named) return sure(named);
  }
  const owner = ownerOf(frame, mentions, q, ok) ?? topicOf(scene, q, ok, name);
  if (owner) return sure(statementOf(scene, owner, q, claimed, name) ?? owner);
  if (ALONE.test(name)) {
    const outside = nameOutside(scene, q);
    const topic = outside ? made(scene, outside) : topicName(scene, q);
    if (topic) return sure(topic);
  }
  const carried = carriedFrom(scene, q, name, earlier, ok);
  if (carried) return { ...carried, explicit: true };
  const worker =
    name === 'latency.mean' && STREAMED.test(q.per ?? '')
      ? parts.components.filter((c) => c.roles.some((r) => r === 'consumer' || r === 'worker'))
      : [];
  if (worker.length === 1 && worker[0]) return { subject: worker[0].subject, explicit: false };
  const stop = stopOf(scene, q, name, ok);
  if (stop) return sure(stop);
  const buffers =
    /^memory\./.test(name) && claimed.claim
      ? frame.text.slice(frame.tokens[claimed.claim.from]?.start, frame.tokens[claimed.claim.to - 1]?.end)
      : '';
  const store = /buffer pool|shared.buffers|innodb|wiredtiger|sga/i.test(buffers)
    ? onlyOf(parts, ['database'])
    : undefined;
  if (store) return { subject: store, explicit: false };
  // DTUs are a measure of the database alone.
  const metered = /^cpu\./.test(name) && claimed.claim ? frame.tokens[claimed.claim.from]?.lower : undefined;
  const billed = metered && /^e?dtus?$/.test(metered) ? onlyOf(parts, ['database']) : undefined;
  if (billed) return { subject: billed, explicit: false };
  const unnamed = unnamedDatabase(scene, q, name);
  if (unnamed) return sure(unnamed);
  // No database has tens of thousands of connections; those are the clients of the app.
  if (/^connections\./.test(name) && q.kind === 'bare' && q.value >= 10_000)
    return { subject: app, explicit: false };
  const engine =
    /^(?:gc|heap)\./.test(name) || claimed.claim?.family.id === 'heap' ? heapOwner(parts, app) : undefined;
  if (engine) return { subject: engine, explicit: false };
  const kinds = DEFAULTS.find(([p]) => p.test(name))?.[1];
  // "cache hit 64%" where no cache is a part: the store's own.
  const inner =
    /^cache\.hitRatio/.test(name) && !parts.components.some((c) => c.kind === 'cache' || c.kind === 'cdn')
      ? onlyOf(parts, ['database'])
      : undefined;
  if (inner) return { subject: inner, explicit: true };
  const only =
    (kinds ? onlyOf(parts, kinds) : undefined) ??
    (name === 'rows.count' && !parts.components.some((c) => c.kind === 'database')
      ? onlyOf(parts, ['search'])
      : undefined);
  return { subject: only ?? app, explicit: false };
}

/** A worker of the only queue: what it finishes and leaves waiting is told of the queue. */
const isConsumerOf = (parts: Parts, s: Subject): boolean =>
  s.kind === 'service' &&
  parts.components.filter((c) => c.kind === 'queue').length === 1 &&
  parts.components.some(
    (c) => c.subject.id === s.id && c.roles.some((r) => r === 'consumer' || r === 'worker'),
  );

/** What the words of "99% of logins" name: a route, a part, or the app where they name nothing. */
export function aboutWords(
  scene: Scene,
  [from, to]: readonly [number, number],
): (About & { explicit: boolean }) | undefined {
  const part = scene.mentions.find((m) => m.from >= from && m.to <= to && m.subject.kind !== 'change');
  if (part) return { subject: part.subject, from: part.from, to: part.to, explicit: true };
  let end = to;
  for (let i = from; i < end; i++)
    if (
      !nameToken(scene, i) &&
      scene.frame.tokens[i]?.text !== '-' &&
      !NAME_TAIL.test(scene.frame.tokens[i]?.lower ?? '')
    )
      end = i;
  const alone = end - from === 1 && STREAMED.test(scene.frame.tokens[from]?.lower ?? '');
  return end > from && !alone ? { ...made(scene, { from, to: end }), explicit: true } : undefined;
}

/** "read p99 2.4 s; write p99 22 ms": where both ways are told apart, each has figures of its own. */
function directionOf(scene: Scene, q: Quantity, claimed: Claimed, name: string): About | undefined {
  if (!/^(?:latency|throughput)/.test(name)) return undefined;
  const { frame } = scene;
  const told = new Set(frame.tokens.map((t) => WAYS.get(t.lower)));
  if (!told.has('reads') || !told.has('writes')) return undefined;
  const home = frame.segment[q.from];
  const anchors = [q.from, claimed.statistic?.from, claimed.claim?.from].filter(
    (n): n is number => n !== undefined && n <= q.from && frame.segment[n] === home,
  );
  const at = Math.min(...anchors);
  const i = [at, at - 1, q.noun ? q.to - 1 : -1].find(
    (n) => WAYS.has(frame.tokens[n]?.lower ?? '') && frame.segment[n] === home,
  );
  const way =
    WAYS.get(q.noun ?? '') ?? (i === undefined ? undefined : WAYS.get(frame.tokens[i]?.lower ?? ''));
  if (!way) return undefined;
  // "Cassandra p95 12 ms reads, writes p99 4 ms": both ways are those of the store that is spoken of.
  const store = lastMention(frame, scene.mentions, q, ['database', 'search', 'cache'], scene.app);
  return {
    subject: store
      ? subject('statement', way, store.subject.name)
      : subject('operation', way, scene.app.name),
  };
}
const WAYS: ReadonlyMap<string, string> = new Map([
  ['read', 'reads'],
  ['reads', 'reads'],
  ['write', 'writes'],
  ['writes', 'writes'],
]);

/** "Database server at 100% CPU" where no product is named: a database all the same. */
function unnamedDatabase(scene: Scene, q: Quantity, name: string): About | undefined {
  const { frame, parts } = scene;
  if (
    !/^(?:cpu|memory|disk|connections|lock)\./.test(name) ||
    parts.components.some((c) => c.kind === 'database')
  )
    return undefined;
  for (let i = q.from - 1; i >= 0 && q.from - i < 8 && frame.segment[i] === frame.segment[q.from]; i--)
    if (/^(?:database|db)$/.test(frame.tokens[i]?.lower ?? ''))
      return { subject: subject('database', 'database'), from: i, to: i + 1 };
  return undefined;
}

/** Engines that run on the JVM. */
const ON_JVM =
  /^(?:elasticsearch|opensearch|solr|cassandra|kafka|hazelcast|activemq|neo4j|hbase|trino|presto|flink|spark|druid|pinot|zookeeper|pulsar|ignite|hadoop|hive)$/;
const HAS_NO_HEAP = /^(?:python|php|ruby|rust|beam)$/;

/** A heap is of the only engine that has one, where the app has none to speak of. */
function heapOwner(parts: Parts, app: Subject): Subject | undefined {
  const own = parts.components.find((c) => c.subject.id === app.id);
  if (!own?.runtime || !HAS_NO_HEAP.test(own.runtime)) return undefined;
  const engines = parts.components.filter((c) => ON_JVM.test(c.product ?? '') || c.runtime === 'jvm');
  return engines.length === 1 ? engines[0]?.subject : undefined;
}

/** "→ Cassandra 4.1, 18 nodes in two data centres, RF 3 →": sizes behind a stop of the architecture are its own. */
function stopOf(
  scene: Scene,
  q: Quantity,
  name: string,
  ok: (m: Pick<Mention, 'subject'>) => boolean,
): About | undefined {
  const { frame, mentions } = scene;
  if (
    frame.input !== 'architecture' ||
    !/^(?:instances|replicas|shards|partitions|storage|memory|cpu\.cores)/.test(name)
  )
    return undefined;
  let last: Mention | undefined;
  for (const m of around(mentions, q.from))
    if (
      m.to <= q.from &&
      frame.sentence[m.from] === frame.sentence[q.from] &&
      frame.group[m.from] === frame.group[q.from] &&
      // "bet-placement behind NGINX, 16 VMs": the machines are not the proxy's.
      frame.tokens[m.from - 1]?.lower !== 'behind'
    )
      last = m;
  if (!last || !ok(last)) return undefined;
  for (let i = last.to; i < q.from; i++) if (isArrow(frame.tokens[i])) return undefined;
  return (frame.segment[q.from] ?? 0) - (frame.segment[last.from] ?? 0) <= 3
    ? { subject: last.subject, from: last.from, to: last.to }
    : undefined;
}

/** What the browser or the phone measures is a figure of its own, never the service's latency: LCP, TTFB, app start. */
function vitalOf(scene: Scene, claimed: Claimed, name: string): About | undefined {
  const c = claimed.claim;
  if (!c || !name.startsWith('latency.')) return undefined;
  const text = scene.frame.text.slice(scene.frame.tokens[c.from]?.start, scene.frame.tokens[c.to - 1]?.end);
  if (
    !/^(?:ttft|tpot|time to first token|time per output token|lcp|fcp|inp|tti|ttfb|time to first byte|largest contentful paint|first contentful paint|interaction to next paint|time to interactive|app start(?: time)?|startup|startup time|start up time|rtt|round trip|page load(?: time)?|inter[- ]token latency|itl)$/i.test(
      text,
    )
  )
    return undefined;
  return {
    subject: subject(
      'operation',
      INITIALS[text.toLowerCase()] ?? (text.length <= 4 ? text.toUpperCase() : text.toLowerCase()),
      scene.app.name,
    ),
    from: c.from,
    to: c.to,
  };
}

const INITIALS: Readonly<Record<string, string>> = {
  'time to first token': 'TTFT',
  'time to first byte': 'TTFB',
  'time per output token': 'TPOT',
  'largest contentful paint': 'LCP',
  'first contentful paint': 'FCP',
  'interaction to next paint': 'INP',
  'time to interactive': 'TTI',
};

const isTotal = (frame: Frame, q: Quantity): boolean =>
  /^(?:total|overall|combined|altogether|aggregate)$/.test(frame.tokens[q.to]?.lower ?? '') ||
  (frame.tokens[q.to]?.lower === 'in' &&
    /^(?:total|all|aggregate)$/.test(frame.tokens[q.to + 1]?.lower ?? ''));

const REQUESTS =
  /^(?:views?|pageviews?|req|reqs|requests?|calls?|queries|query|rps|qps|tps|ops|operations?|ops|hits?|rpcs?|transactions?|txn|txns|invocations?|connections?|users?|sessions?)$/;
const STREAMED =
  /^(?:msgs?|messages?|events?|tasks?|jobs?|records?|rows?|docs?|documents?|e?mails?|updates?|clicks?|impressions?|readings?|points?|samples?|frames?|pushes|notifications?|writes?|reads?|items?|entries|logs?|lines?|spans?|metrics|keys|commands|statements?|ticks?|packets?|images?|files?|pages?|rejections?|errors?|restarts?|evictions?|misses)$/;

/** "slowest query 340 ms avg (offers by listing)": a statement of the only database, where no database is named beside it. */
function slowStatementOf(scene: Scene, q: Quantity, name: string): About | undefined {
  if (!/^latency\.(?:mean|max)$/.test(name)) return undefined;
  const { frame } = scene;
  const before = frame.tokens
    .slice(Math.max(0, q.from - 7), q.from)
    .filter((_, i, all) => frame.segment[q.from - all.length + i] === frame.segment[q.from])
    .map((t) => t.lower)
    .join(' ');
  if (
    !/\b(?:slowest|longest|top|worst|heaviest|slow|hottest|main) (?:sql )?(?:query|statement|select|sql)\b/.test(
      before,
    )
  )
    return undefined;
  const database = onlyOf(scene.parts, ['database']);
  if (!database) return undefined;
  // What the parenthesis behind says of it.
  let open = q.to;
  while (open < q.to + 3 && frame.tokens[open]?.text !== '(') open++;
  if (frame.tokens[open]?.text !== '(') return { subject: database };
  let to = open + 1;
  while (to < open + 7 && frame.tokens[to]?.kind === 'word' && scene.index.quantity[to] === undefined) to++;
  if (frame.tokens[to]?.text !== ')' || to === open + 1) return { subject: database };
  const text = frame.text.slice(frame.tokens[open + 1]?.start, frame.tokens[to - 1]?.end);
  return { subject: subject('statement', text, database.name), from: open + 1, to };
}

/** "900 reservations per second": the rate of one kind of work, unless the app is named for it. */
function thingOf(scene: Scene, q: Quantity, name: string): About | undefined {
  if (name !== 'throughput' || q.noun === undefined || REQUESTS.test(q.noun) || STREAMED.test(q.noun))
    return undefined;
  const own = appWords(scene.app);
  if (own.has(q.noun) || own.has(singular(q.noun))) return undefined;
  return { subject: subject('operation', singular(q.noun), scene.app.name) };
}

/** One name for "2,200 logins/s" and "login p99". */
const singular = (noun: string): string =>
  /(?:ch|sh|ss|x)es$/.test(noun)
    ? noun.slice(0, -2)
    : /ies$/.test(noun)
      ? `${noun.slice(0, -3)}y`
      : /[^su]s$/.test(noun)
        ? noun.slice(0, -1)
        : noun;

/** What the sentence was about so far, for figures that say less: a second percentile, a time-out, a drain time. */
function carriedFrom(
  scene: Scene,
  q: Quantity,
  name: string,
  earlier: readonly Earlier[],
  ok: (m: Pick<Mention, 'subject'>) => boolean,
): About | undefined {
  const { frame, mentions } = scene;
  const same = earlier.filter((e) => frame.sentence[e.from] === frame.sentence[q.from] && e.from < q.from);
  const nearby = earlier.at(-1);
  // "1,100 confirms/min at shift start; 240/min later"
  const beforeSemicolon =
    nearby && frame.sentence[q.from] === (frame.sentence[nearby.from] ?? 0) + 1 && endsWithSemicolon(frame, q)
      ? nearby
      : undefined;
  const last = same.at(-1) ?? (name === 'throughput' ? beforeSemicolon : undefined);
  const spoken = same.filter((e) => !/\.stated$|^batch\.size|^workers|^fanout/.test(e.name)).at(-1);
  const like = (pattern: RegExp): About | undefined => {
    const by = /^latency\./.test(name) ? spoken : last;
    const found = by && pattern.test(by.name) && by.explicit && ok(by) ? by : undefined;
    return found ? { subject: found.subject } : undefined;
  };
  if (name === 'latency.mean' && q.per === 'each' && last?.name === 'calls.perRequest')
    return { subject: last.subject };
  if (/^latency\./.test(name)) return endToEnd(frame, q) ? undefined : like(/^(?:latency|throughput)/);
  if (name === 'throughput') {
    // "1,500 redeems/s in the first 10 minutes, 40/s later": a span between the two rates changes nothing.
    const rate = [last, same.at(-2)].find((e) => e?.name === 'throughput');
    return rate?.explicit && ok(rate) && sameRate(frame, q, rate) ? { subject: rate.subject } : undefined;
  }
  // "Redis memory 7.2 GB of 8 GB, evictions 900/s"
  if (/^cache\./.test(name)) return like(/^(?:cache|memory)\./);
  if (
    /^drain\./.test(name) ||
    (/^queue\./.test(name) && !scene.parts.components.some((c) => c.kind === 'queue'))
  )
    return like(/^queue/);
  if (/^rows\.perCall/.test(name)) return like(/^latency|^calls/);
  if (/^(?:timeout|retry\.)/.test(name))
    return lastMention(frame, mentions, q, ['dependency', 'database', 'cache', 'service'], scene.app);
  if (/^(?:(?:rate|ratio|count)\.stated|throttled\.ratio)$/.test(name))
    return (
      like(/^(?:latency|cpu|ratio|rate|cache|connections|count)/) ??
      (name === 'count.stated'
        ? undefined
        : lastMention(frame, mentions, q, ['dependency', 'database', 'cache', 'queue', 'search'], scene.app))
    );
  return undefined;
}

const endsWithSemicolon = (frame: Frame, q: Quantity): boolean => {
  let i = q.from;
  while (i > 0 && frame.sentence[i] === frame.sentence[q.from]) i--;
  return frame.tokens[i]?.text === ';' && q.from - i <= 2;
};

const sameUnit = (frame: Frame, q: Quantity, other: Earlier): boolean => {
  const before = frame.quantities.find((x) => x.from === other.from);
  return before !== undefined && before.noun === q.noun && before.kind === q.kind;
};

/** "5,200 rpm midday, 21,000 rpm in the evening", "52k auths/s peak, 30k/s mean": the same thing in the same unit. */
function sameRate(frame: Frame, q: Quantity, last: Earlier | undefined): boolean {
  const before = frame.quantities.find((x) => x.from === last?.from);
  if (!before || q.noun !== undefined) return false;
  const unit = frame.tokens[q.to - 1]?.lower;
  return unit === frame.tokens[before.to - 1]?.lower;
}

/** "TTFT p95 1.5 s, end to end p95 20 s": the whole way, not what was spoken of. */
const endToEnd = (frame: Frame, q: Quantity): boolean =>
  /\b(?:end to end|e2e|overall|total)\b/.test(
    frame.tokens
      .slice(Math.max(0, q.from - 7), q.from)
      .filter(
        (t, i, all) => frame.segment[q.from - all.length + i] === frame.segment[q.from] && t.kind === 'word',
      )
      .map((t) => t.lower)
      .join(' '),
  );

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
function nearest(
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
function topicOf(scene: Scene, q: Quantity, ok: (m: Mention) => boolean, name: string): About | undefined {
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

const NOT_A_NAME =
  /^(?:storms?|paydays?|kickoffs?|matchdays?|elections?|exams?|lunch|dinner|breakfast|noon|midnight|campaigns?|promos?|promotions?|festivals?|finals?|raids?|semesters?|quarter|instead|black|cyber|christmas|launch|loaded|took|finished|completed|rendered|seq|sequential|full|test|tests|rehearsal|(?:week|month|year|today|yesterday)['’]s|fail|fails|failed|failing|otherwise|else|elsewhere|normally|outside|inside|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|weekdays?|promised|agreed|contractual|guaranteed|nine|nines|median|afternoon|latency|latencies|response|time|times|p\d+|percentile|rate|rates|tail|request|requests|req|rps|qps|error|errors|spike|throughput|traffic|load|api|apis|endpoint|endpoints|service|services|http|https|slow|query|queries|slowest|fastest|end|user|users|facing|server|side|client|production|prod|hour|hours|day|days|week|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mondays|fridays|weekend|weekends|morning|evening|night|afternoon|median|system|platform|app|application|everything|everyone|whole|global|blended|aggregate|combined|all|overall|peak|peaks|steady|normal|baseline|target|slo|sla|budget|goal|objective|availability|uptime|cpu|memory|usage|utilisation|utilization|avg|mean|max|min|numbers|number|figures|stats|metrics|measured|observed|reported|around|circa|release|sale|sales|flash|since|rollout|deploy|deployment|upgrade|migration|incident|outage|problem|issue|now|percent|percentage|share|ratio|of|wall|clock|duration|round|trip|msg|msgs|sustained|burst|bursts|average|real|true|actual|best|worst|case|level|high|low|higher|lower|big|small|large|long|short|cold|warm|hot|hit|miss|sub|per|second|seconds|ms|minute|minutes|count|total|totals|internal|external|reads|writes|read|write|log|logs|shows|show|says|report|reports|dashboard|dashboards|graph|graphs|concurrent|active|daily|monthly|live|same|due|thanks|result|results|ok|fine|good|bad|ago|weeks|months|years|provisioned|reserved|configured|allocated|available|used|free|periods|budgeted|expected|planned|rest|others|rows|row|records|docs|extremely|highly|very|on|ingress|egress|index|payload|payloads|body|bodies|size|sizes|got|bigger|smaller|larger|larger|typical|typically|slowest|statement|statements|log|sql|db|database|cache|queue|worker|workers|consumer|consumers|pod|pods|node|nodes|host|hosts|instance|instances|server|servers|data|table|tables|connection|connections|pool|pools|thread|threads|lag|backlog|memory|heap|disk|gc|pause|pauses|event|loop|network|examines|examined|scans|scanned|fetches|loads|returns|ramp|ramps|surge|surges|topic|updates|crawling|starts|finishes|sends|processes|handles|degrades|rises|grows|grow|grew|weigh|weighs|[2-5]xxs?|quiet|calm|cases|season|holidays?|answers?|reply|replies|html|json)$/;

/** "checkout p99 2s", "order history page p95 800 ms", "120ms avg for order lookup": a route nobody listed as a part. */
function ownName(scene: Scene, q: Quantity, claimed: Claimed, name: string): About | undefined {
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

function made(scene: Scene, found: { from: number; to: number }): About {
  const { frame, app } = scene;
  const text = frame.text
    .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
    .replace(/\s+/g, ' ');
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((w) => w !== '' && !PLAIN_TAIL.test(w));
  const own = appWords(app);
  if (
    words.length === 0 ||
    words.every(
      (w) =>
        own.has(w) ||
        own.has(w.replace(/e?s$/, '')) ||
        (w.length >= 5 && [...own].some((o) => o.startsWith(w) && o.length - w.length > 2)),
    )
  )
    return { subject: app, ...found };
  const store = SQL.test(text) ? onlyOf(scene.parts, ['database']) : undefined;
  if (store) return { subject: subject('statement', text, store.name), ...found };
  return { subject: subject('operation', oneName(text), app.name), ...found };
}
/** Words of SQL, written as such. */
const SQL = /\b(?:SELECT|UPDATE|INSERT|DELETE|UPSERT|MERGE|COPY)\b/;
/** "transfers 420 TPS" and "transfer p99" are one operation. */
const oneName = (text: string): string =>
  /^\p{L}{4,}s$/u.test(text) && !/(?:ics|news|ss|us|series)$/i.test(text) ? singular(text) : text;
const PLAIN_TAIL =
  /^(?:page|pages|endpoint|endpoints|route|api|apis|calls|requests|request|service|path|flow|traffic)$/;

/** "seat map response got 3x bigger (now 450 KB)": the name stands before the parenthesis. */
function nameOutside(scene: Scene, q: Quantity): { from: number; to: number } | undefined {
  const open = scene.frame.opens[scene.frame.group[q.from] ?? 0] ?? -1;
  if (open <= 0 || q.from - open > 4) return undefined;
  let end = open;
  const segment = scene.frame.segment[open - 1];
  // Back over figures and verbs to the start of the clause, then the name is its first words.
  while (end > 0 && open - end < 12 && scene.frame.segment[end - 1] === segment) end--;
  let to = end;
  while (
    to < open &&
    to - end < 6 &&
    (nameToken(scene, to) || (to > end && scene.frame.tokens[to]?.text === '-'))
  )
    to++;
  return to > end ? { from: end, to } : undefined;
}

const nameToken = (scene: Scene, i: number): boolean => {
  const t = scene.frame.tokens[i];
  return (
    t?.kind === 'word' &&
    !STOP.has(t.lower) &&
    !NOT_A_NAME.test(t.lower) &&
    !/^(?:contractually|january|february|march|april|may|june|july|august|september|october|november|december|q[1-4]|survives?|sustains?|supports?|serves?|handles?|exceeds?|misses|reach(?:es)?|overnight|roughly|\w{3,}ally|\w{4,}edly)$/.test(
      t.lower,
    ) &&
    !scene.platform.has(i) &&
    !scene.passed.has(i) &&
    scene.index.quantity[i] === undefined &&
    scene.index.statistic[i] === undefined
  );
};
/** Words that may end a name: "facet query", "order history page". */
const NAME_TAIL =
  /^(?:query|queries|lookup|lookups|page|pages|endpoint|endpoints|call|calls|statement|statements|request|requests|api|job|jobs|screen|screens|view|feed|route|flow|path|mutation|resolver|report|export|search|searches|response|responses)$/;
/** Verbs and small words between a name and its figure: "runs around 240", "is at 2 s". */
const BETWEEN =
  /^(?:is|are|was|at|runs?|running|takes?|took|taking|around|about|roughly|approximately|nearly|almost|of|hits?|shows?|averages?|averaging|needs?|does|do|makes?|making|issues?|fires?|executes?|up|to|over|now|still|only|just|gets?|got|has|have|sits?|~|=|avg|costs?|spends?|adds?|returns?|in|climbs?|climbed|jumped|went|rose|from|grew|returned|weighs?|reaches|reached|survives?|sustains?|supports?|serves?|handles?|claims?|reports?|under|below|max|than|more|less|above|within|<|>|≤|≥|<=|>=)$/;

/** Words right before the statistic, the measure or the figure: "checkout p99", "order-history page p95". */
function nameBefore(scene: Scene, q: Quantity, claimed: Claimed): { from: number; to: number } | undefined {
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
function nameAfterFor(scene: Scene, q: Quantity, name: string): { from: number; to: number } | undefined {
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

/** "search: p50 60ms, p95 900ms" where "search" is no listed part. */
function topicName(scene: Scene, q: Quantity): About | undefined {
  const { frame, mentions } = scene;
  if (!/metrics$/.test(frame.input)) return undefined;
  let start = q.from;
  while (start > 0 && frame.sentence[start - 1] === frame.sentence[q.from] && q.from - start < 60) start--;
  let from = start;
  while (frame.tokens[from]?.kind === 'symbol' && from < start + 3) from++;
  let to = from;
  while (
    to < frame.tokens.length &&
    to - from < 7 &&
    (nameToken(scene, to) || frame.tokens[to]?.text === '-' || NAME_TAIL.test(frame.tokens[to]?.lower ?? ''))
  )
    to++;
  if (to === from || frame.tokens[to]?.text !== ':' || to >= q.from) return undefined;
  if (mentions.some((m) => m.from < to && m.to > from)) return undefined;
  return made(scene, { from, to });
}

/** "Postgres slow query log shows 120ms avg for order lookup": a statement of the database named. */
function statementOf(
  scene: Scene,
  own: About,
  q: Quantity,
  claimed: Claimed,
  name: string,
): About | undefined {
  const { frame } = scene;
  if (!/^(?:latency|rows|calls|lock)/.test(name)) return undefined;
  if (own.subject.kind !== 'database' && own.subject.kind !== 'search') return undefined;
  const after = nameAfterFor(scene, q, name);
  const before = nameBefore(scene, q, claimed);
  const inside = wordsInParenthesisBefore(scene, q);
  const clear = (f: { from: number; to: number } | undefined): f is { from: number; to: number } =>
    f !== undefined && (own.from === undefined || f.to <= own.from || f.from >= (own.to ?? 0));
  const found = [inside, after, before].find(clear);
  if (!found) return undefined;
  const text = frame.text
    .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
    .replace(/\s+/g, ' ');
  return { subject: subject('statement', text, own.subject.name), ...found };
}

/** "slowest statement (orders by customer) 480 ms": the words that say which. */
function wordsInParenthesisBefore(scene: Scene, q: Quantity): { from: number; to: number } | undefined {
  const { frame, index } = scene;
  if (frame.tokens[q.from - 1]?.text !== ')') return undefined;
  const open = frame.opens[frame.group[q.from - 1] ?? 0] ?? -1;
  if (open < 1 || q.from - open > 12 || !NAME_TAIL.test(frame.tokens[open - 1]?.lower ?? ''))
    return undefined;
  for (let i = open + 1; i < q.from - 1; i++)
    if (frame.tokens[i]?.kind !== 'word' || index.quantity[i] !== undefined) return undefined;
  return q.from - 1 > open + 1 ? { from: open + 1, to: q.from - 1 } : undefined;
}
