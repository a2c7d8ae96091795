import { type Frame, placeOf } from '../frame.js';
import { productOf } from '../products.js';
import { glued, type Token } from '../tokens.js';
import { OWNER_WORDS, RUNTIME_WORDS, SERVICE_HEADS, STOP } from '../words.js';
import { APP, keyOf, type Named } from './draft.js';
import { headPhraseAt, isDenied } from './phrases.js';
import { platformTokens } from './platform-tokens.js';
import { addedCalls, countedServices } from './services.js';
import { itemsWithoutName, stopsWithoutName } from './stops.js';

/** Names of the app itself: the whole name, the part before a parenthesis, and an identifier inside it. */
export function appAliases(name: string): ReadonlySet<string> {
  const lower = name.toLowerCase().trim();
  const out = new Set<string>([lower]);
  const open = lower.indexOf('(');
  if (open > 0) out.add(lower.slice(0, open).trim());
  const first = /[a-z0-9]+(?:[-_][a-z0-9]+)+/.exec(lower);
  if (first) out.add(first[0]);
  return out;
}

export function namedIn(frame: Frame, own: ReadonlySet<string>): Named[] {
  const out: Named[] = [];
  const taken = new Set<number>();
  const add = (n: Named): void => {
    for (let i = n.from; i < n.to; i++) if (taken.has(i)) return;
    for (let i = n.from; i < n.to; i++) taken.add(i);
    out.push(n);
  };
  for (const p of frame.products) {
    const kind = productOf(p.product);
    if (kind?.use !== 'part') continue;
    // "Salesforce-like CRM" is no Salesforce.
    if (frame.tokens[p.to]?.text === '-' && frame.tokens[p.to + 1]?.lower === 'like') continue;
    if (isPartOfChain(frame, p.from, p.to) || isDenied(frame, p.from)) continue;
    const name = placeOf(frame, p.from, p.to).text;
    add({
      from: p.from,
      to: p.to,
      key: p.product,
      name,
      product: p.product,
      ...(p.version ? { version: p.version.text } : {}),
    });
  }
  const { tokens } = frame;
  const platform = platformTokens(frame);
  for (const find of [chainAt, headPhraseAt, workersAt])
    for (let i = 0; i < tokens.length; i++) {
      if (platform.has(i) || taken.has(i)) continue;
      const named = find(frame, i);
      if (!named || hasAny(platform, named.from, named.to) || hasAny(taken, named.from, named.to)) continue;
      const isOwn = own.has(named.name.toLowerCase());
      add({ ...named, ...(isOwn ? { key: APP } : {}) });
      i = named.to - 1;
    }
  if (frame.input === 'architecture')
    for (const n of countedServices(frame, taken, platform))
      add(own.has(n.name.toLowerCase()) ? { ...n, key: APP } : n);
  if (frame.input === 'recent_changes') for (const n of addedCalls(frame, taken)) add(n);
  if (frame.input === 'architecture')
    for (const n of stopsWithoutName(frame, taken, own)) add(asProduct(frame, n, out));
  if (frame.input === 'dependencies') for (const n of itemsWithoutName(frame, taken)) add(n);
  return out.sort((a, b) => a.from - b.from);
}

/** "MQTT brokers (EMQX, 5 nodes)": the product that opens the parenthesis is what the stop is. */
function asProduct(frame: Frame, n: Named, known: readonly Named[]): Named {
  // "feature store (Redis, 20 shards)": the last word of the name is one that ends names elsewhere.
  const isStore = /^(?:store|storage)$/.test(frame.tokens[n.to]?.lower ?? '');
  const to = isStore ? n.to + 1 : n.to;
  const holds =
    isStore || /broker|queue|cache|database|store|search|bus|cdn|proxy|balancer|cluster/i.test(n.name);
  if (frame.tokens[to]?.text !== '(' || !holds) return n;
  const product = known.find((m) => m.product !== undefined && m.from === to + 1);
  return product ? { ...product, from: n.from, to } : n;
}

const hasAny = (set: ReadonlySet<number>, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if (set.has(i)) return true;
  return false;
};

/** "4 worker instances", "a fleet of consumers": the app's own background workers, where no product names them. */
function workersAt(frame: Frame, i: number): Named | undefined {
  const t = frame.tokens[i];
  if (frame.input !== 'architecture' || t?.kind !== 'word' || !/^(?:workers?|consumers?)$/.test(t.lower))
    return undefined;
  const before = frame.tokens[i - 1];
  // "8 sync workers" are processes of the service before; "Celery workers" are named by their product.
  if (before?.kind === 'word' && (!STOP.has(before.lower) || RUNTIME_WORDS.has(before.lower)))
    return undefined;
  if ((frame.group[i] ?? 0) > 0) return undefined;
  const name = t.lower.replace(/s$/, '');
  return { from: i, to: i + 1, key: name, name, hint: 'service' };
}

const isPartOfChain = (frame: Frame, from: number, to: number): boolean => {
  const { tokens } = frame;
  const before = tokens[from - 1];
  const after = tokens[to];
  return (
    (before?.text === '-' && glued(before, tokens[from]) && glued(tokens[from - 2], before)) ||
    (after?.text === '-' &&
      glued(tokens[to - 1], after) &&
      glued(after, tokens[to + 1]) &&
      tokens[to + 1]?.kind === 'word' &&
      SERVICE_HEADS.has((tokens[to + 1] as Token).lower))
  );
};

/** "catalog-service", "search-api", "OrderService": an identifier whose last word is a kind of service. */
function chainAt(frame: Frame, i: number): Named | undefined {
  const { tokens, text } = frame;
  const t = tokens[i];
  if (isDenied(frame, i)) return undefined;
  if (t?.kind !== 'word' || (tokens[i - 1]?.text === '-' && glued(tokens[i - 1], t))) return undefined;
  let to = i + 1;
  while (
    tokens[to]?.text === '-' &&
    glued(tokens[to - 1], tokens[to]) &&
    glued(tokens[to], tokens[to + 1]) &&
    tokens[to + 1]?.kind === 'word'
  )
    to += 2;
  const last = tokens[to - 1] as Token;
  const name = text.slice(t.start, last.end);
  if (to > i + 1) {
    if (!SERVICE_HEADS.has(last.lower) || OWNER_WORDS.has(name.toLowerCase()) || name !== name.toLowerCase())
      return undefined;
    if (/^(?:micro|sub|multi|non|pre|re|web|single|cross|self)$/.test(t.lower)) return undefined;
    return { from: i, to, key: keyOf(name), name };
  }
  const snake = /^[a-z]+(?:_[a-z0-9]+)*_(?:service|svc|api|worker|gateway|server)$/.test(t.text);
  const camel = /^[A-Z][A-Za-z0-9]+(?:Service|Api|API|Gateway|Worker|Svc)$/.test(t.text);
  return snake || camel ? { from: i, to, key: keyOf(name), name } : undefined;
}
