import { carriedFrom, sameUnit } from './about/carried.js';
import { ALLOWED, ALONE, DEFAULTS, STREAMED } from './about/kinds.js';
import { nearest, ownerOf, topicOf } from './about/mentioned.js';
import { NAME_TAIL, nameToken } from './about/name-words.js';
import { made } from './about/named.js';
import { heapOwner, isConsumerOf, stopOf, unnamedDatabase } from './about/only-part.js';
import { nameBefore, ownName } from './about/own-name.js';
import type { About, Earlier, Scene } from './about/scene.js';
import { slowStatementOf, statementOf } from './about/statement.js';
import { thingOf } from './about/thing.js';
import { nameOutside, topicName } from './about/topic-name.js';
import { vitalOf } from './about/vital.js';
import { directionOf } from './about/way.js';
import { endToEnd, isTotal } from './about/whole.js';
import type { Claimed } from './claims.js';
import type { Quantity } from './figures/quantity.js';
import { type Mention, onlyOf } from './subjects.js';

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
