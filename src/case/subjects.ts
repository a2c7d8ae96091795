import { type Subject, subject } from '../domain/index.js';
import type { Frame } from './frame.js';
import { appAliases } from './parts/named.js';
import type { Parts } from './parts.js';
import { productOf } from './products.js';
import { glued, type Token } from './tokens.js';
import { STOP } from './words.js';

/** Something a number can be about, with the tokens that name it. */
export interface Mention {
  from: number;
  to: number;
  subject: Subject;
  /** `named`: a part, route or class said by name; `generic`: "the database", "API". */
  how: 'named' | 'generic';
}

/** Every mention of parts, routes and generic words for parts in one input, in order. */
export function subjectMentions(frame: Frame, parts: Parts, app: Subject): Mention[] {
  const out: Mention[] = [];
  const taken = new Set<number>();
  const add = (m: Mention): void => {
    for (let i = m.from; i < m.to; i++) if (taken.has(i)) return;
    for (let i = m.from; i < m.to; i++) taken.add(i);
    out.push(m);
  };
  for (const m of parts.mentions.get(frame) ?? []) {
    const s = parts.subjects.get(m.key);
    if (s) add({ from: m.from, to: m.to, subject: s, how: 'named' });
  }
  for (const m of hostsIn(frame, parts, app)) add(m);
  for (const m of ownRuntimeIn(frame, parts, app)) add(m);
  for (const m of routesIn(frame, parts, app)) add(m);
  for (const m of genericIn(frame, parts, app)) add(m);
  for (const m of collectivesIn(frame, parts)) add(m);
  for (const m of shortNamesIn(frame, parts, app)) add(m);
  return out.sort((a, b) => a.from - b.from);
}

/** "GET /orders", "/search", and RPC names such as "PostEntry". */
function routesIn(frame: Frame, parts: Parts, app: Subject): Mention[] {
  const { tokens } = frame;
  const out: Mention[] = [];
  tokens.forEach((t, i) => {
    if (t.kind === 'path') {
      const verb = /^(?:get|post|put|patch|delete|head|options)$/i.test(tokens[i - 1]?.text ?? '')
        ? i - 1
        : i;
      const name = frame.text.slice(tokens[verb]?.start, t.end).replace(/\s+/g, ' ');
      out.push({ from: verb, to: i + 1, subject: subject('operation', name, app.name), how: 'named' });
    } else if (STORE_CALL.test(t.text) && onlyOf(parts, ['database'])) {
      // "UpdateItem p99 610 ms" is a call of the store.
      const store = onlyOf(parts, ['database']) as Subject;
      out.push({ from: i, to: i + 1, subject: subject('statement', t.text, store.name), how: 'named' });
    } else if (t.kind === 'word' && /^[A-Z][a-z]+(?:[A-Z][a-z]+){1,4}$/.test(t.text) && RPC.test(t.text))
      out.push({ from: i, to: i + 1, subject: subject('operation', t.text, app.name), how: 'named' });
  });
  return out;
}
const STORE_CALL =
  /^(?:(?:Batch|Transact)?(?:Get|Put|Update|Delete|Write)Items?|BatchWriteItem|findAndModify|bulkWrite|insertMany|updateMany)$/;
const RPC =
  /^(?:Get|List|Post|Put|Create|Update|Delete|Search|Find|Fetch|Check|Verify|Submit|Send|Process|Place|Reserve|Book|Cancel|Query|Batch|Stream|Read|Write|Lookup|Resolve|Compute|Match|Authorize|Capture|Transfer|Upload|Download|Sync|Validate|Start|Stop|Add|Remove|Login|Record|Append|Publish)/;

/** Where the app runs stands for the app; a managed database for the database. "search thread pool" is the engine's. */
function hostsIn(frame: Frame, parts: Parts, app: Subject): Mention[] {
  const out: Mention[] = [];
  for (const p of frame.products) {
    const product = productOf(p.product);
    if (product?.use !== 'host') continue;
    const s = product.layer === 'database' ? onlyOf(parts, ['database']) : app;
    if (s) out.push({ from: p.from, to: p.to, subject: s, how: 'generic' });
  }
  const engine = onlyOf(parts, ['search']);
  frame.words.forEach((w, i) => {
    if (!engine || !/^(?:search|write|bulk|get)$/.test(w.lower) || frame.words[i + 1]?.lower !== 'thread')
      return;
    out.push({ from: w.token, to: w.token + 1, subject: engine, how: 'named' });
  });
  return out;
}

/** What the app is written with stands for it: "Puma (12 dynos, 5 threads each)", "php-fpm (40 children)". */
function ownRuntimeIn(frame: Frame, parts: Parts, app: Subject): Mention[] {
  const own = parts.components.find((c) => c.subject.id === app.id);
  if (!own?.product && !own?.runtime) return [];
  return frame.products.flatMap((p): Mention[] => {
    const product = productOf(p.product);
    const same =
      p.product === own.product ||
      (product?.use === 'platform' && product.runtime !== undefined && product.runtime === own.runtime);
    // "IIS CPU 18%"
    const served = product?.use === 'platform' && (product.runtime ?? own.runtime) === own.runtime;
    if (served && /^(?:cpu|memory|heap)$/.test(frame.tokens[p.to]?.lower ?? ''))
      return [{ from: p.from, to: p.to, subject: app, how: 'generic' }];
    // Only as the owner of a parenthesis: beside other figures the name says too little.
    return same && frame.tokens[endOfRuntime(frame, p.version?.to ?? p.to)]?.text === '('
      ? [{ from: p.from, to: p.version?.to ?? p.to, subject: app, how: 'generic' }]
      : [];
  });
}

/** "PHP 8.2-FPM": the process manager's name belongs to the runtime. */
const endOfRuntime = (frame: Frame, to: number): number =>
  frame.tokens[to]?.text === '-' && /^fpm$/i.test(frame.tokens[to + 1]?.text ?? '') ? to + 2 : to;

const GENERIC: readonly (readonly [RegExp, readonly Subject['kind'][]])[] = [
  [/^(?:db|database|databases|primary|writer|sql|rdbms)$/, ['database']],
  [/^(?:cache|caches)$/, ['cache']],
  [/^(?:queue|queues|broker|brokers|topic)$/, ['queue']],
  [/^(?:cdn|edge)$/, ['cdn']],
];

function genericIn(frame: Frame, parts: Parts, app: Subject): Mention[] {
  const out: Mention[] = [];
  frame.words.forEach((w) => {
    const t = frame.tokens[w.token] as Token;
    for (const [pattern, kinds] of GENERIC) {
      if (!pattern.test(w.lower) || isOtherKind(frame, w.token)) continue;
      // "5 primary shards", "primary key" are no database.
      if (
        w.lower === 'primary' &&
        /^(?:shards?|partitions?|keys?|regions?|replicas?|terms?)$/.test(
          frame.tokens[w.token + 1]?.lower ?? '',
        )
      )
        continue;
      if (isNamedElse(frame, parts, w.token) || isOfPart(frame, parts, w.token)) continue;
      const only = onlyOf(parts, kinds);
      if (only) out.push({ from: w.token, to: w.token + 1, subject: only, how: 'generic' });
    }
    if (
      /^(?:api|apis|backend|app|application|service|monolith|server)$/.test(t.lower) &&
      // "80 server connections" are a pooler's.
      !/^(?:connections?|conns?|side)$/.test(frame.tokens[w.token + 1]?.lower ?? '') &&
      !glued(frame.tokens[w.token - 1], t) &&
      !isSomebodys(frame, w.token, app)
    )
      out.push({ from: w.token, to: w.token + 1, subject: app, how: 'generic' });
  });
  return out;
}

/** "worker CPU 35%", "on two of the nodes": where one part only is counted in nodes or workers, they are its own. */
function collectivesIn(frame: Frame, parts: Parts): Mention[] {
  return frame.words.flatMap((w): Mention[] => {
    const t = frame.tokens[w.token] as Token;
    const owner = parts.collectives.get(w.lower.replace(/s$/, ''));
    // "Node" with a capital is the runtime, and "3 nodes" are counted, not spoken of.
    if (
      !owner ||
      (t.text === 'Node' && !/^(?:heap|cpu|memory|disk|gc)$/.test(frame.tokens[w.token + 1]?.lower ?? ''))
    )
      return [];
    if (frame.quantities.some((q) => q.from <= w.token && w.token < q.to)) return [];
    // "Celery workers (30)" are Celery's.
    if ((parts.mentions.get(frame) ?? []).some((m) => m.to === w.token)) return [];
    if (/^(?:thread|event|web|service|background)$/.test(frame.tokens[w.token - 1]?.lower ?? '')) return [];
    return [{ from: w.token, to: w.token + 1, subject: owner, how: 'generic' }];
  });
}

const KINDS_OF_WORK =
  /^(?:consumer|worker|indexer|enricher|processor|ingester|ingestor|writer|loader|crawler|renderer|matcher|aggregator|projector)$/;

/** "moved consumers from 8 to 16 pods": the last word of "settlement consumers", where no other part is called so. */
function shortNamesIn(frame: Frame, parts: Parts, app: Subject): Mention[] {
  const lastWord = (name: string): string =>
    (
      name
        .toLowerCase()
        .split(/[^\p{L}\p{N}]+/u)
        .at(-1) ?? ''
    ).replace(/s$/, '');
  const byWord = new Map<string, Subject[]>();
  for (const c of parts.components)
    if (
      c.subject.kind === 'service' &&
      c.subject.id !== app.id &&
      KINDS_OF_WORK.test(lastWord(c.subject.name))
    )
      byWord.set(lastWord(c.subject.name), [...(byWord.get(lastWord(c.subject.name)) ?? []), c.subject]);
  if (byWord.size === 0) return [];
  return frame.words.flatMap((w): Mention[] => {
    const [owner, ...others] = byWord.get(w.lower.replace(/s$/, '')) ?? [];
    if (owner === undefined || others.length > 0) return [];
    if (frame.quantities.some((q) => q.from <= w.token && w.token < q.to)) return [];
    // "consumer lag" is told of the queue.
    if (/^(?:lag|lags|group|groups|thread|threads|pool)$/.test(frame.tokens[w.token + 1]?.lower ?? ''))
      return [];
    return [{ from: w.token, to: w.token + 1, subject: owner, how: 'generic' }];
  });
}

/** Caches and queues inside a part: "query cache", "WiredTiger cache", "accept queue", "thread pool queue". */
const INNER =
  /^(?:query|plan|statement|kv|wiredtiger|buffer|page|os|opcode|code|prepared|dns|l1|l2|filesystem|field|fielddata|data|filter|request|requests|shard|row|bytecode|browser|client|build|block|disk|metadata|template|local|inode|accept|listen|run|thread|threads|pool|io|send|receive|socket|render|mailbox|compaction|merge|flush|lock|wait|write|search|executor|driver|iis|kernel|syn|scheduler|warehouse|job|prefix|slab|key)$/;

/** True when the word before says that another cache or queue is meant than the part of the system. */
export function isOtherKind(frame: Frame, token: number): boolean {
  const before = frame.tokens[token - 1];
  return (
    before?.kind === 'word' &&
    frame.segment[token - 1] === frame.segment[token] &&
    INNER.test(before.lower) &&
    /^(?:caches?|queues?|evictions?|hits?)$/.test(frame.tokens[token]?.lower ?? '') &&
    !(before.lower === 'job' && /^queues?$/.test(frame.tokens[token]?.lower ?? ''))
  );
}

/** "Mirth queue": a name with a capital that is no part of the system. */
function isNamedElse(frame: Frame, parts: Parts, token: number): boolean {
  const before = frame.tokens[token - 1];
  if (!/^(?:queues?|caches?)$/.test(frame.tokens[token]?.lower ?? '')) return false;
  if (before?.kind !== 'word' || frame.segment[token - 1] !== frame.segment[token]) return false;
  if (!/^\p{Lu}\p{L}{2,}/u.test(before.text) || STOP.has(before.lower)) return false;
  if (
    /^(?:message|job|task|work|event|mail|email|order|dead|main|retry|consumer|hot|local)$/.test(before.lower)
  )
    return false;
  return !(parts.mentions.get(frame) ?? []).some((m) => m.from < token && m.to >= token);
}

/** "PgBouncer queue", "Postgres cache": what waits at, or is kept inside, another part. */
function isOfPart(frame: Frame, parts: Parts, token: number): boolean {
  const t = frame.tokens[token]?.lower ?? '';
  const owner = (parts.mentions.get(frame) ?? []).find((m) => m.to === token);
  const kind = owner ? parts.subjects.get(owner.key)?.kind : undefined;
  return /^queues?$/.test(t)
    ? kind === 'pool' || kind === 'database' || kind === 'search' || kind === 'gateway'
    : /^caches?$/.test(t) && (kind === 'database' || kind === 'search');
}

/** "carriers' APIs", "pricing service": the word before says whose. */
function isSomebodys(frame: Frame, token: number, app: Subject): boolean {
  const t = frame.tokens[token - 1];
  const mark = t?.text === "'" || t?.text === '’' ? frame.tokens[token - 2] : undefined;
  if (mark?.kind === 'word') return true;
  if (t?.kind !== 'word' || STOP.has(t.lower) || frame.segment[token - 1] !== frame.segment[token])
    return false;
  if (/^(?:database|db|sql|cache|mail|file|queue|search|build|proxy)$/.test(t.lower)) return true;
  if (!/^(?:api|apis|service)$/.test(frame.tokens[token]?.lower ?? '')) return false;
  return !appWords(app).has(t.lower) && !OWN_API.test(t.lower);
}
const OWN_API =
  /^(?:public|rest|http|https|graphql|grpc|json|web|core|backend|express|node|go|java|python|rails|django|spring|boot|fastapi|flask|main|whole|read|write|query|mobile|customer|search|net|our|api|php|ruby|rust|kotlin|stateless|elixir|phoenix|laravel|nestjs|quarkus|tracking)$/;

/** The only part of these kinds, or the first database; undefined when several could be meant. */
export function onlyOf(parts: Parts, kinds: readonly Subject['kind'][]): Subject | undefined {
  const fit = parts.components.filter((c) => kinds.includes(c.kind));
  return fit.length === 1 ? fit[0]?.subject : undefined;
}

/** Words in the app's name that may stand for the whole: "checkout" in "Checkout API". */
export function appWords(app: Subject): ReadonlySet<string> {
  const out = new Set<string>();
  for (const alias of appAliases(app.name))
    for (const w of alias.split(/[^\p{L}\p{N}]+/u))
      if (
        w.length > 2 &&
        !STOP.has(w) &&
        !/^(?:api|service|app|system|platform|backend|core|server|the|web|site)$/.test(w)
      )
        out.add(w);
  return out;
}
