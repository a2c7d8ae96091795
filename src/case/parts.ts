import {
  type Component,
  type InputKey,
  type Layer,
  type Link,
  type Place,
  type Subject,
  slug,
  subject,
} from '../domain/index.js';
import { productEntry } from '../knowledge/index.js';
import { type Frame, placeOf } from './frame.js';
import { productOf } from './products.js';
import { glued, isArrow, type Token } from './tokens.js';
import {
  BACKGROUND_NAME,
  BACKGROUND_WORDS,
  OWNER_WORDS,
  RUNTIME_WORDS,
  SERVICE_HEADS,
  STOP,
} from './words.js';

/** A stretch of tokens that names a part of the system. */
export interface PartMention {
  from: number;
  to: number;
  key: string;
}
/** A part while it is being put together; the subject is made at the end, when all roles are known. */
interface Draft {
  key: string;
  name: string;
  product?: string;
  version?: string;
  roles: Set<string>;
  runtime?: string;
  /** The framework the app is written with. */
  platform?: { id: string; web: boolean; version?: string };
  places: Place[];
  /** Inputs it is named in. */
  inputs: Set<InputKey>;
  hint?: Subject['kind'];
  /** Another name the app goes by in the architecture. */
  alias?: string;
}
export interface Parts {
  components: Component[];
  /** Subject of each key. */
  subjects: ReadonlyMap<string, Subject>;
  mentions: ReadonlyMap<Frame, readonly PartMention[]>;
  links: Link[];
  /** Singular of what a part is counted in, where one part alone is: "node" → Cassandra. */
  collectives: ReadonlyMap<string, Subject>;
}

export const APP = 'app';
const PART_INPUTS: readonly InputKey[] = [
  'architecture',
  'dependencies',
  'recent_changes',
  'performance_issues',
  'current_metrics',
  'workload',
  'target_metrics',
  'constraints',
];

/** Finds the parts of the system in all inputs: products, named services, stops between arrows, listed dependencies. */
export function readParts(frames: readonly Frame[], app: Subject, asGiven = app.name): Parts {
  const drafts = new Map<string, Draft>();
  drafts.set(APP, {
    key: APP,
    name: app.name,
    roles: new Set(),
    places: [],
    inputs: new Set(),
    hint: 'service',
  });
  const own = appAliases(app.name);
  const mentions = new Map<Frame, PartMention[]>();
  const ordered = PART_INPUTS.flatMap((input) => frames.filter((f) => f.input === input));
  const generic = genericCdn(ordered);
  const oneOf = sameStores(ordered);
  for (const frame of ordered) {
    const found = namedIn(frame, own).map((m) => {
      const key = m.key === 'cdn' ? generic : oneOf.get(m.key);
      return key ? { ...m, key, product: key } : m;
    });
    mentions.set(
      frame,
      found.map(({ from, to, key }) => ({ from, to, key })),
    );
    for (const m of found) addMention(drafts, frame, m);
  }
  takeOnlyService(drafts, ordered, mentions, asGiven);
  addKnownNames(drafts, ordered, mentions);
  addRuntimes(drafts, ordered, mentions);
  const subjects = new Map<string, Subject>();
  for (const d of drafts.values()) subjects.set(d.key, d.key === APP ? app : subjectOf(d));
  // What the app is for is never in the background of it: a mail API sends mail while it is waited for.
  const isItsWork = BACKGROUND_NAME.test(asGiven);
  if (isItsWork) for (const d of drafts.values()) d.roles.delete('background');
  const components = [...drafts.values()].map((d) => componentOf(d, subjects.get(d.key) as Subject));
  return {
    components,
    subjects,
    mentions,
    links: linksOf(ordered, mentions, subjects),
    collectives: collectivesOf(ordered, mentions, subjects),
  };
}

/**
 * Where the architecture never names the app and holds one service of its own, that one is the app: "tracking API" of
 * Parcel Radar. So is a service that is called by words of the app's name: "BFF" of Storefront BFF.
 */
function takeOnlyService(
  drafts: Map<string, Draft>,
  ordered: readonly Frame[],
  mentions: Map<Frame, PartMention[]>,
  appName: string,
): void {
  const own = drafts.get(APP) as Draft;
  const services = [...drafts.values()].filter(
    (d) =>
      d.key !== APP &&
      d.product === undefined &&
      d.inputs.has('architecture') &&
      !d.inputs.has('dependencies') &&
      (kindOf(d) === 'service' || (kindOf(d) === 'gateway' && isWritten(d, ordered, mentions))) &&
      d.roles.size === 0 &&
      !/worker|consumer|indexer|job|batch|sidecar|cron|daemon|meters|sensors|devices|pollers?|producers?|publishers?|exporters?/.test(
        d.key,
      ),
  );
  const names = new Set(appName.toLowerCase().split(/[^\p{L}\p{N}]+/u));
  const called = services.filter((d) =>
    d.name
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .every((w) => names.has(w)),
  );
  // Where several services stand in a row, the one called an API or a front is what users meet.
  const fronts = services.filter((d) =>
    /(?:^|-)(?:api|app|application|backend|monolith|bff|frontend|front|web|site)$/.test(slug(d.name)),
  );
  // An engine that is bought stands for the app itself: Mirth Connect, Airflow.
  const bought = [...drafts.values()].some(
    (d) =>
      d.product !== undefined &&
      d.inputs.has('architecture') &&
      productOf(d.product)?.kind === 'service' &&
      !(productEntry(d.product)?.traits.includes('job-queue') ?? false),
  );
  if (bought && called[0] === undefined) return;
  const only =
    called[0] ??
    (own.places.length === 0 && fronts.length === 1 && fronts[0] === services[0] ? fronts[0] : undefined) ??
    (own.places.length === 0 && services.length === 1 ? services[0] : undefined);
  if (only === undefined || (called[0] === undefined && own.inputs.has('architecture'))) return;
  drafts.delete(only.key);
  for (const place of only.places) own.places.push(place);
  for (const input of only.inputs) own.inputs.add(input);
  if (only.runtime !== undefined) own.runtime ??= only.runtime;
  own.alias = only.name;
  for (const list of mentions.values()) for (const m of list) if (m.key === only.key) m.key = APP;
}

/** "Quarkus search gateway", "Rust (tokio) gateway": a gateway that was written here, not bought. */
const isWritten = (
  d: Draft,
  frames: readonly Frame[],
  mentions: ReadonlyMap<Frame, readonly PartMention[]>,
): boolean =>
  frames.some(
    (f) =>
      f.input === 'architecture' &&
      (mentions.get(f) ?? []).some(
        (m) =>
          m.key === d.key &&
          // What stands first is what is met first.
          m.from <= 8 &&
          !(mentions.get(f) ?? []).some((x) => x.to <= m.from) &&
          [m.from - 1, m.from - 2, m.from - 3, m.from, m.to + 1].some(
            (i) =>
              runtimeAt(f, i) !== undefined ||
              f.products.some((p) => p.from <= i && i < p.to && productOf(p.product)?.runtime !== undefined),
          ),
      ),
  );

/** "PostgreSQL 14 (Aurora)", "Aurora PostgreSQL" and "Aurora" are one store where no second engine is named: key → its key. */
function sameStores(frames: readonly Frame[]): ReadonlyMap<string, string> {
  const named = new Set(frames.flatMap((f) => f.products.map((p) => p.product)));
  const has = (...keys: string[]): boolean => keys.some((k) => named.has(k));
  const out = new Map<string, string>();
  const postgres = has('postgresql', 'aurora-postgresql');
  const mysql = has('mysql', 'aurora-mysql');
  if (has('aurora', 'aurora-postgresql', 'aurora-mysql') && postgres !== mysql) {
    const engine = postgres ? 'postgresql' : 'mysql';
    for (const key of ['aurora', engine]) out.set(key, `aurora-${engine}`);
  }
  // InnoDB and WiredTiger are inside the database.
  for (const [engine, ...stores] of INSIDE) {
    const holder = stores.find((s) => named.has(s));
    if (engine && holder) out.set(engine, holder);
  }
  const caches = ['redis', 'memcached', 'valkey'].filter((k) => named.has(k));
  if (has('elasticache') && caches.length === 1 && caches[0]) out.set('elasticache', caches[0]);
  return out;
}

const INSIDE = [
  ['mysql', 'mariadb', 'aurora-mysql'],
  ['postgresql', 'timescaledb', 'citus'],
] as const;

/** "the CDN" is the one that is named elsewhere. */
function genericCdn(frames: readonly Frame[]): string | undefined {
  for (const f of frames)
    for (const p of f.products)
      if (p.product !== 'cdn' && productOf(p.product)?.kind === 'cdn') return p.product;
  return undefined;
}

interface Named extends PartMention {
  name: string;
  product?: string;
  version?: string;
  hint?: Subject['kind'];
}

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

const WHOLE_APP =
  /^(?:services|microservices|api|monolith|backend|app|application|service|server|webapp|website|site)$/;

function namedIn(frame: Frame, own: ReadonlySet<string>): Named[] {
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

/** Tokens of frameworks, hosts, libraries and tools: they name no part of the system. */
export function platformTokens(frame: Frame): ReadonlySet<number> {
  const out = new Set<number>();
  for (const p of frame.products)
    if (productOf(p.product)?.use !== 'part') for (let i = p.from; i < p.to; i++) out.add(i);
  return out;
}

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

/** "without RDS Proxy", "no Kafka", "no search vendor change": named as what is not there. */
const isDenied = (frame: Frame, from: number): boolean =>
  /^(?:without|no|not|never)$/.test(frame.tokens[from - 1]?.lower ?? '');

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

const PHRASE_HEADS = /^(?:services?|apis?|gateway|provider|vendor|system|platform)$/;
const NO_NAME =
  /^(?:boot|mvc|million|millions|billion|thousand|hundred|dozen|validated|change|changes|internal|external|inhouse|house|party|3rd|legacy|micro|downstream|upstream|public|private|rest|soap|graphql|grpc|http|json|own|whole|entire|payment's|several|go|java|python|node|spring|express|django|rails|microservices?|core|net|bulk|web|search-as-a|as-a|managed|cloud|backend|mobile|partner|saas|slow|hot|critical|stateless|stateful|single|customer-facing|our|operating|file|open|based|data|admin|batch|multiple|multi|different|kinds?|self|level|per)$/;

/** "coupon service", "third-party tax API", "DHL rates API": up to three words before a head. */
function headPhraseAt(frame: Frame, i: number): Named | undefined {
  const { tokens } = frame;
  if (isDenied(frame, i)) return undefined;
  // Looks for the head within the next three words, all of one run.
  const t = tokens[i];
  if (!t || !isNameWord(t)) return undefined;
  if (
    i > 0 &&
    isNameWord(tokens[i - 1]) &&
    !glued(tokens[i - 1], t) &&
    frame.segment[i - 1] === frame.segment[i] &&
    joins(tokens[i - 1], t)
  )
    return undefined;
  let j = i;
  let words = 0;
  while (j < tokens.length && words < 4) {
    const w = tokens[j] as Token;
    if (w.text === '-' && glued(tokens[j - 1], w) && glued(w, tokens[j + 1])) {
      j++;
      continue;
    }
    if (w.kind !== 'word') return undefined;
    if (PHRASE_HEADS.test(w.lower) && j > i) {
      // "a 900-token system prompt": the head must end the phrase.
      if (
        /^(?:system|platform)$/.test(w.lower) &&
        isNameWord(tokens[j + 1]) &&
        joins(w, tokens[j + 1] as Token)
      )
        return undefined;
      const name = frame.text.slice(t.start, w.end);
      // "tax API calls" keeps its name; "12 Go services" and "other services" have none.
      if (/^(?:services|apis)$/.test(w.lower)) return undefined;
      return { from: i, to: j + 1, key: keyOf(name), name };
    }
    if (!isNameWord(w)) return undefined;
    words++;
    j++;
  }
  return undefined;
}

const joins = (a: Token | undefined, b: Token): boolean => a !== undefined && b.start - a.end <= 1;
const isNameWord = (t: Token | undefined): boolean =>
  t?.kind === 'word' &&
  !STOP.has(t.lower) &&
  !NO_NAME.test(t.lower) &&
  !PHRASE_HEADS.test(t.lower) &&
  !RUNTIME_WORDS.has(t.lower);

const KIND_WORDS: readonly (readonly [RegExp, Subject['kind']])[] = [
  [
    /\b(?:spa|browser|browsers|mobile apps?|ios|android|frontend|front end|web app|clients?|web client|users|react|angular|vue)\b/i,
    'client',
  ],
  [/\b(?:cdn|edge cache|edge)\b/i, 'cdn'],
  [/\b(?:alb|nlb|elb|load balancer|lb|ingress|api gateway|gateway|reverse proxy|proxy)\b/i, 'gateway'],
  [/\b(?:queue|broker|topic|event bus|bus)\b/i, 'queue'],
  [/\b(?:cache)\b/i, 'cache'],
  [/\b(?:database|db|datastore|data store|warehouse|mainframe)\b/i, 'database'],
  [/\b(?:object storage|blob storage|file store|nfs|bucket)\b/i, 'storage'],
];

/** Stops between arrows of the architecture that hold no known name. */
function stopsWithoutName(frame: Frame, taken: ReadonlySet<number>, own: ReadonlySet<string>): Named[] {
  const { tokens, sentence } = frame;
  const out: Named[] = [];
  let start = 0;
  const arrows = new Set<number>();
  tokens.forEach((t, i) => {
    if (isArrow(t) && frame.group[i] === 0) arrows.add(i);
  });
  let appNamed = false;
  for (let i = 0; i <= tokens.length; i++) {
    const ends =
      i === tokens.length ||
      arrows.has(i) ||
      sentence[i] !== sentence[start] ||
      frame.tokens[i]?.kind === 'break';
    if (!ends) continue;
    const beside = arrows.has(i) || arrows.has(start - 1);
    const range: [number, number] = [start, i];
    start = arrows.has(i) || frame.tokens[i]?.kind === 'break' ? i + 1 : i;
    const isTaken = (from: number, to: number): boolean => {
      for (let k = from; k < to; k++) if (taken.has(k) && frame.group[k] === 0) return true;
      return false;
    };
    const api = wholeAppIn(frame, range);
    if (api && !appNamed && !own.has('')) {
      appNamed = true;
      out.push({
        from: api[0],
        to: api[1],
        key: APP,
        name: frame.text.slice(tokens[api[0]]?.start, tokens[api[1] - 1]?.end),
      });
      continue;
    }
    if (!beside || isTaken(...range)) continue;
    const named = firstName(frame, range[0], range[1]);
    if (named) out.push(named);
  }
  return out;
}

/** "Node.js (Express) API", "Django monolith", "Rails app": the app in a word, with nothing but platforms before it. */
function wholeAppIn(frame: Frame, [from, to]: [number, number]): [number, number] | undefined {
  let first: number | undefined;
  for (let i = from; i < to; i++) {
    const t = frame.tokens[i] as Token;
    if (t.kind !== 'word') continue;
    if (WHOLE_APP.test(t.lower) && frame.group[i] === 0)
      return first === undefined && i > from && !isPlatformRun(frame, from, i)
        ? undefined
        : [first ?? i, i + 1];
    const platform =
      RUNTIME_WORDS.has(t.lower) ||
      /^(?:boot|core|net|mvc|web|go|rest|graphql|grpc|http|json|modular|stateless|legacy|big|single|framework|on|mvc|minimal|majestic)$/.test(
        t.lower,
      );
    if (!platform && frame.group[i] === 0) return undefined;
    first ??= i;
  }
  return undefined;
}
const isPlatformRun = (frame: Frame, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if (frame.tokens[i]?.kind === 'word') return false;
  return true;
};

function firstName(frame: Frame, from: number, to: number): Named | undefined {
  const { tokens } = frame;
  let a = from;
  // "1.8M smart meters": the multiplier is no part of the name.
  const scale = (t: Token | undefined): boolean => t !== undefined && /^[kmbg]$/i.test(t.text);
  while (
    a < to &&
    (scale(tokens[a]) || !(isNameWord(tokens[a]) || PHRASE_HEADS.test(tokens[a]?.lower ?? ' ')))
  ) {
    if (tokens[a]?.text === '(') return undefined;
    a++;
  }
  let b = a;
  let words = 0;
  while (b < to && words < 5) {
    const t = tokens[b] as Token;
    const hyphen = t.text === '-' && glued(tokens[b - 1], t) && glued(t, tokens[b + 1]);
    if (!hyphen && (t.kind !== 'word' || STOP.has(t.lower))) break;
    if (!hyphen) words++;
    b++;
  }
  if (b === a) return undefined;
  const name = frame.text.slice(tokens[a]?.start, tokens[b - 1]?.end);
  // "300k trucks → IoT hub": thousands of things in front are who calls.
  const many = frame.quantities.some(
    (q) => q.value >= 1000 && q.kind === 'bare' && q.from >= from && q.from <= a && q.to >= a,
  );
  const hint = many ? 'client' : KIND_WORDS.find(([p]) => p.test(name))?.[1];
  return { from: a, to: b, key: keyOf(name), name, ...(hint ? { hint } : {}) };
}

/** The words of an item up to its parenthesis or a preposition: "supplier feeds", "fx-rates". */
function itemName(frame: Frame, from: number, to: number): Named | undefined {
  const { tokens } = frame;
  const skip = (t: Token | undefined): boolean =>
    t !== undefined &&
    (t.kind === 'symbol' ||
      t.kind === 'break' ||
      t.kind === 'clock' ||
      /^(?:a|an|the|our|own|internal|external|in|house|inhouse|third|3rd|party|legacy|plus|several|some|various|managed|downstream|also)$/.test(
        t.lower,
      ));
  let a = from;
  while (a < to && skip(tokens[a]) && tokens[a]?.text !== '(') a++;
  let b = a;
  let words = 0;
  while (b < to && words < 5) {
    const t = tokens[b] as Token;
    const hyphen = t.text === '-' && glued(tokens[b - 1], t) && glued(t, tokens[b + 1]);
    if (
      !hyphen &&
      (t.kind !== 'word' ||
        /^(?:for|to|up|via|from|with|in|on|of|over|by|at|is|are|which|that|as|using|used|when|per|p\d+|avg|latency|timeout|owned|behind|run|hosted)$/.test(
          t.lower,
        ))
    )
      break;
    if (!hyphen) words++;
    b++;
  }
  if (
    b === a ||
    (words === 1 &&
      /^(?:none|no|nothing|database|cache|databases|caches|queue|cdn|internal|external|third-party|apis?|services?)$/.test(
        tokens[a]?.lower ?? '',
      ))
  )
    return undefined;
  const name = frame.text.slice(tokens[a]?.start, tokens[b - 1]?.end);
  const hint = KIND_WORDS.find(([p]) => p.test(name))?.[1];
  return { from: a, to: b, key: keyOf(name), name, ...(hint && hint !== 'client' ? { hint } : {}) };
}

/** "timeline (60 pods), graph (25 pods)": a name whose parenthesis counts its machines is a service. */
function countedServices(frame: Frame, taken: ReadonlySet<number>, platform: ReadonlySet<number>): Named[] {
  const { tokens } = frame;
  return frame.quantities.flatMap((q): Named[] => {
    if (!/^(?:pods?|instances?|tasks?|replicas?|containers?|vms?|dynos?)$/.test(q.noun ?? '')) return [];
    // "(accounts 12 pods, transfers 8 pods)"
    const listed = q.from - 2;
    if (
      (frame.group[q.from] ?? 0) > 0 &&
      isNameWord(tokens[q.from - 1]) &&
      !taken.has(q.from - 1) &&
      !platform.has(q.from - 1) &&
      /^[(,]$/.test(tokens[listed]?.text ?? '')
    ) {
      const one = tokens[q.from - 1] as Token;
      if (!/^(?:min|max|minimum|maximum|with|running|currently|total|plus|up)$/.test(one.lower))
        return [{ from: q.from - 1, to: q.from, key: keyOf(one.text), name: one.text, hint: 'service' }];
    }
    const open = q.from - 1;
    if (tokens[open]?.text !== '(') return [];
    let from = open;
    while (from > 0 && open - from < 5) {
      const t = tokens[from - 1] as Token;
      const hyphen = t.text === '-' && glued(tokens[from - 2], t) && glued(t, tokens[from]);
      if (
        !hyphen &&
        (!isNameWord(t) ||
          taken.has(from - 1) ||
          platform.has(from - 1) ||
          frame.segment[from - 1] !== frame.segment[open - 1])
      )
        break;
      from--;
    }
    const name = frame.text.slice(tokens[from]?.start, tokens[open - 1]?.end);
    const known = tokens[from - 1]?.kind === 'word' && (taken.has(from - 1) || platform.has(from - 1));
    if (
      from === open ||
      known ||
      /^(?:nodes?|servers?|hosts?|cluster|app|application|workers?|consumers?|primary|monolith|fleet|data|web|backend|frontend|api|iis|tomcat|weblogic|wildfly|jboss|websphere|payara|glassfish|jetty|puma|unicorn|gunicorn|uvicorn|passenger|ec2|ecs|eks|aks|gke|fargate|kubernetes|k8s|openshift|nomad|heroku)$/i.test(
        name,
      )
    )
      return [];
    return [{ from, to: open, key: keyOf(name), name, hint: 'service' }];
  });
}

/** "added fraud-score gRPC call", "new loyalty lookup on every request": a change that brings a dependency names it. */
function addedCalls(frame: Frame, taken: ReadonlySet<number>): Named[] {
  const { tokens } = frame;
  const out: Named[] = [];
  tokens.forEach((t, i) => {
    if (!/^(?:added|adds|add|new|introduced|introduces|plus|extra|inserted)$/.test(t.lower)) return;
    let a = i + 1;
    while (
      /^(?:an?|the|new|extra|another|synchronous|sync|blocking|additional|inline)$/.test(
        tokens[a]?.lower ?? '',
      )
    )
      a++;
    let b = a;
    let words = 0;
    while (b < tokens.length && words < 4 && !CALL_HEAD.test(tokens[b]?.lower ?? '')) {
      const w = tokens[b] as Token;
      const hyphen = w.text === '-' && glued(tokens[b - 1], w) && glued(w, tokens[b + 1]);
      if (!hyphen && (w.kind !== 'word' || STOP.has(w.lower) || taken.has(b))) return;
      if (!hyphen) words++;
      b++;
    }
    if (!CALL_HEAD.test(tokens[b]?.lower ?? '')) return;
    // "added a credit-limit lookup (Oracle, 2.5 ms)" asks a store that is known.
    const head = b;
    if (
      tokens[head + 1]?.text === '(' &&
      frame.products.some((p) => p.from === head + 2 && productOf(p.product)?.use === 'part')
    )
      return;
    while (b > a && PROTOCOL.test(tokens[b - 1]?.lower ?? '')) b--;
    if (
      b === a ||
      /^(?:more|more|few|serial|api|db|database|sql|function|system|code)$/.test(tokens[a]?.lower ?? '')
    )
      return;
    const name = frame.text.slice(tokens[a]?.start, tokens[b - 1]?.end);
    out.push({ from: a, to: b, key: keyOf(name), name, hint: 'dependency' });
  });
  return out;
}
const CALL_HEAD = /^(?:call|calls|rpc|hop|lookup|lookups)$/;
const PROTOCOL =
  /^(?:grpc|rest|http|https|soap|graphql|rpc|api|service|synchronous|sync|blocking|remote|external|internal|network|async|asynchronous)$/;

/** Listed dependencies that hold no known name: "Stripe", "supplier feeds (third-party)". */
function itemsWithoutName(frame: Frame, taken: ReadonlySet<number>): Named[] {
  const { tokens } = frame;
  const out: Named[] = [];
  let start = 0;
  for (let i = 0; i <= tokens.length; i++) {
    const t = tokens[i];
    const ends =
      t === undefined ||
      (frame.group[i] === 0 && (t.text === ',' || t.text === ';' || t.kind === 'break' || t.lower === 'and'));
    if (!ends) continue;
    let used = false;
    for (let k = start; k < i; k++) if (taken.has(k) && frame.group[k] === 0) used = true;
    const named = used ? undefined : itemName(frame, start, i);
    if (named && !/^\d/.test(named.name)) out.push(named);
    start = i + 1;
  }
  return out;
}

/** One key for "coupon service", "coupon-service" and "CouponService". */
export function keyOf(name: string): string {
  const words = slug(name.replace(/([a-z])([A-Z])/g, '$1-$2'))
    .split(/[-_]/)
    .filter(
      (w) =>
        w !== '' && !OWNER_WORDS.has(w) && !/^(?:third|party|house|in|the|our|internal|external)$/.test(w),
    );
  const heads = new Set(['service', 'services', 'api', 'apis', 'svc', 'system', 'provider', 'server']);
  while (words.length > 1 && heads.has(words.at(-1) ?? '')) words.pop();
  return words.length === 0 ? slug(name) : words.join('-');
}

function addMention(drafts: Map<string, Draft>, frame: Frame, m: Named): void {
  let d = drafts.get(m.key);
  if (!d) {
    d = { key: m.key, name: m.name, roles: new Set(), places: [], inputs: new Set() };
    drafts.set(m.key, d);
  }
  if (m.product !== undefined) d.product = m.product;
  if (m.version !== undefined) d.version ??= m.version;
  if (m.hint) d.hint ??= m.hint;
  d.inputs.add(frame.input);
  d.places.push(placeOf(frame, m.from, m.to));
  if (frame.input === 'architecture' || frame.input === 'dependencies')
    for (const role of rolesAround(frame, m, d.product)) d.roles.add(role);
}

/** Roles in the words around a mention: up to four words before it, the rest of its segment, its parenthesis. */
function rolesAround(frame: Frame, m: PartMention, product: string | undefined): string[] {
  const { tokens, segment, group } = frame;
  const here = segment[m.from];
  const before: string[] = [];
  for (let i = m.from - 1; i >= 0 && before.length < 6 && segment[i] === here; i--)
    before.unshift((tokens[i] as Token).lower);
  // The name itself may say it: "internal coupon service".
  const own = tokens.slice(m.from, m.to).map((t) => t.lower);
  const after: string[] = [];
  let i = m.to;
  for (; i < tokens.length && segment[i] === here; i++) after.push((tokens[i] as Token).lower);
  // Words after "+" or "and" still belong to it when they are roles: "primary + read replica".
  const open = tokens[i];
  if (open?.text === '(' && group[i] !== group[m.from]) {
    const g = group[i];
    for (; i < tokens.length && group[i] === g; i++) after.push((tokens[i] as Token).lower);
  }
  const text = ` ${[...before.slice(-3), ...own, ...after].join(' ').replaceAll(' - ', ' ')} `;
  const roles: string[] = [];
  const has = (p: RegExp): boolean => p.test(text);
  if (has(/ (?:third party|3rd party|external|saas|vendor|partner) /)) roles.push('third-party');
  else if (has(/ (?:internal|in house|inhouse|own) /)) roles.push('internal');
  // "central porting database (SOAP, 2.2 s avg)": asked over somebody's interface.
  else if (product === undefined && frame.input === 'dependencies' && has(/ (?:soap|rest|http|https|api) /))
    roles.push('third-party');
  const known = product === undefined ? undefined : productEntry(product);
  const kind = product === undefined ? undefined : productOf(product)?.kind;
  if (
    (known?.traits.includes('background') ?? false) ||
    BACKGROUND_NAME.test(own.join(' ')) ||
    BACKGROUND_WORDS.test(text)
  )
    if (!has(/ (?:otp|2fa|mfa|tan|verification|login) /) && (kind === undefined || kind === 'dependency'))
      // A code by text message is waited for.
      roles.push('background');
  if (kind === 'database') {
    if (has(/ (?:primary|primaries|master|writer) (?!shard)/)) roles.push('primary');
    if (has(/ (?:replicas?|standby|secondar(?:y|ies)|readers?) /)) roles.push('replica');
  }
  if (has(/ cluster(?:ed)? /) && kind !== undefined) roles.push('cluster');
  if (m.key !== APP && (product === undefined || kind === 'service')) {
    if (has(/ (?:consumers?) /)) roles.push('consumer');
    if (has(/ (?:workers?) /)) roles.push('worker');
  }
  return roles;
}

/** Names seen once are looked for everywhere: "indexer", "limits-service" in the metrics. */
function addKnownNames(
  drafts: Map<string, Draft>,
  frames: readonly Frame[],
  mentions: Map<Frame, PartMention[]>,
): void {
  const byFirst = new Map<string, { words: string[]; key: string }[]>();
  for (const d of drafts.values()) {
    const name = d.key === APP ? d.alias : d.name;
    if (d.product !== undefined || name === undefined) continue;
    const words = name.toLowerCase().split(/[\s-]+/);
    for (const w of [words, words.length > 1 && SERVICE_HEADS.has(words.at(-1) ?? '') ? [] : []]) {
      const first = w[0];
      if (first === undefined || STOP.has(first) || (w.length === 1 && first.length < 3)) continue;
      byFirst.set(first, [...(byFirst.get(first) ?? []), { words: w, key: d.key }]);
    }
  }
  for (const frame of frames) {
    const list = mentions.get(frame) ?? [];
    const taken = new Set(list.flatMap((m) => Array.from({ length: m.to - m.from }, (_, k) => m.from + k)));
    const { words } = frame;
    for (let i = 0; i < words.length; i++) {
      const w = words[i];
      if (!w || taken.has(w.token)) continue;
      const hit = byFirst
        .get(w.lower)
        ?.find((n) =>
          n.words.every((x, k) => words[i + k]?.lower === x || (k > 0 && words[i + k]?.lower === `${x}s`)),
        );
      if (!hit) continue;
      const to = (words[i + hit.words.length - 1]?.token ?? w.token) + 1;
      const d = drafts.get(hit.key) as Draft;
      d.places.push(placeOf(frame, w.token, to));
      d.inputs.add(frame.input);
      list.push({ from: w.token, to, key: hit.key });
      i += hit.words.length - 1;
    }
    list.sort((a, b) => a.from - b.from);
    mentions.set(frame, list);
  }
}

/** Runtimes and frameworks: of the service named beside them, else of the app. */
function addRuntimes(
  drafts: Map<string, Draft>,
  frames: readonly Frame[],
  mentions: ReadonlyMap<Frame, readonly PartMention[]>,
): void {
  for (const frame of frames) {
    if (!/^(?:architecture|constraints|dependencies)$/.test(frame.input)) continue;
    for (const p of platformsIn(frame)) {
      const list = (mentions.get(frame) ?? []).filter(
        (m) => drafts.get(m.key)?.product === undefined && frame.sentence[m.from] === frame.sentence[p.from],
      );
      const owner =
        list.find((m) => m.from <= p.from && m.to > p.from) ??
        groupOwner(frame, p.from, list) ??
        list.find(
          (m) => m.from > p.from && m.from - p.from < 8 && frame.segment[m.from] === frame.segment[p.from],
        ) ??
        list.find((m) => m.key === APP && Math.abs(m.from - p.from) < 12);
      const d =
        drafts.get(owner?.key ?? '') ?? (frame.input === 'dependencies' ? undefined : drafts.get(APP));
      if (!d || !(d.hint === undefined || d.hint === 'service')) continue;
      if (d.runtime === undefined) d.runtime = p.runtime;
      if (p.product === undefined || d.runtime !== p.runtime || d.key !== APP) continue;
      // A web framework says more than the language it is written in.
      if (d.platform === undefined || (p.web && !d.platform.web))
        d.platform = { id: p.product, web: p.web, ...(p.version ? { version: p.version } : {}) };
    }
  }
}

interface Platform {
  from: number;
  runtime: string;
  product?: string;
  version?: string;
  web: boolean;
}

function platformsIn(frame: Frame): Platform[] {
  const out: Platform[] = [];
  const seen = new Set<number>();
  for (const p of frame.products) {
    const kind = productOf(p.product);
    if (kind?.runtime === undefined) continue;
    for (let i = p.from; i < p.to; i++) seen.add(i);
    if (kind.use === 'platform' || kind.use === 'library' || kind.use === 'part')
      out.push({
        from: p.from,
        runtime: kind.runtime,
        web: kind.web,
        ...(kind.use === 'platform' ? { product: p.product } : {}),
        ...(p.version ? { version: p.version.text } : {}),
      });
  }
  frame.tokens.forEach((_, i) => {
    const runtime = seen.has(i) ? undefined : runtimeAt(frame, i);
    if (runtime) out.push({ from: i, runtime, web: false });
  });
  return out.sort((a, b) => a.from - b.from);
}

const groupOwner = (frame: Frame, i: number, list: readonly PartMention[]): PartMention | undefined => {
  const open = frame.opens[frame.group[i] ?? 0] ?? -1;
  return open > 0 ? list.find((m) => m.to === open) : undefined;
};

function runtimeAt(frame: Frame, i: number): string | undefined {
  const t = frame.tokens[i];
  if (t?.kind !== 'word') return undefined;
  const found = RUNTIME_WORDS.get(t.lower);
  if (found) {
    // "node" with a small n is most often a machine; so is "nodes".
    if (t.lower === 'node' && t.text !== 'Node' && !/^(?:\+|->|→)$/.test(frame.tokens[i + 1]?.text ?? ''))
      return undefined;
    if (
      /^(?:express|play|spring|echo|phoenix|unicorn|puma|ef|koa|gin|tornado|express|celery|netty)$/.test(
        t.lower,
      ) &&
      t.text === t.lower &&
      t.lower !== 'celery'
    )
      return undefined;
    return found;
  }
  if (t.text !== 'Go') return undefined;
  const next = frame.tokens[i + 1];
  return next === undefined ||
    next.kind !== 'word' ||
    /^(?:services?|microservices?|service|api|apis|backend|app|monolith|workers?|grpc|binary|server|servers|programs?)$/.test(
      next.lower,
    ) ||
    frame.tokens[i + 1]?.kind === 'number'
    ? 'go'
    : undefined;
}

const COUNTED_IN = /^(?:node|worker|broker|consumer|dyno|executor|pod|vm|host)s?$/;

/** Who is counted in nodes, workers, brokers: "Cassandra (9 nodes)", "30 enrichment workers". */
function collectivesOf(
  frames: readonly Frame[],
  mentions: ReadonlyMap<Frame, readonly PartMention[]>,
  subjects: ReadonlyMap<string, Subject>,
): ReadonlyMap<string, Subject> {
  const owners = new Map<string, Set<string>>();
  for (const frame of frames) {
    if (frame.input !== 'architecture' && frame.input !== 'dependencies') continue;
    const list = mentions.get(frame) ?? [];
    for (const q of frame.quantities) {
      if (q.noun === undefined || !COUNTED_IN.test(q.noun)) continue;
      const open = frame.opens[frame.group[q.from] ?? 0] ?? -1;
      const owner =
        list.find((m) => m.from < q.to && m.to > q.from) ??
        (open > 0 ? list.filter((m) => m.to <= open && open - m.to <= 4).at(-1) : undefined) ??
        list
          .filter(
            (m) =>
              m.to <= q.from &&
              frame.sentence[m.from] === frame.sentence[q.from] &&
              frame.group[m.from] === frame.group[q.from] &&
              (frame.segment[q.from] ?? 0) - (frame.segment[m.from] ?? 0) <= 2 &&
              !frame.tokens.slice(m.to, q.from).some((t) => isArrow(t)),
          )
          .at(-1);
      const noun = q.noun.replace(/s$/, '');
      // "9 nodes" are told apart from "6 nodes" by their number.
      for (const key of [noun, `${noun}#${q.value}`])
        owners.set(key, new Set([...(owners.get(key) ?? []), owner?.key ?? APP]));
    }
  }
  const out = new Map<string, Subject>();
  for (const [noun, keys] of owners) {
    const [key] = [...keys];
    const s = keys.size === 1 && key !== undefined ? subjects.get(key) : undefined;
    if (s) out.set(noun, s);
  }
  return out;
}

const LAYER: Partial<Record<Subject['kind'], Layer>> = {
  database: 'database',
  search: 'database',
  cache: 'cache',
  queue: 'dependency',
  dependency: 'dependency',
  storage: 'dependency',
  gateway: 'infrastructure',
  cdn: 'client',
  client: 'client',
  service: 'api',
};

function kindOf(d: Draft): Subject['kind'] {
  if (d.product !== undefined) {
    const known = productOf(d.product)?.kind ?? 'dependency';
    return known;
  }
  if (d.roles.has('third-party')) return d.hint === 'client' ? 'client' : 'dependency';
  if (d.hint !== undefined) return d.hint;
  if (/worker|consumer|indexer/.test(d.key) && !d.inputs.has('dependencies')) return 'service';
  if (d.roles.has('internal') || d.inputs.has('dependencies')) return 'dependency';
  return d.inputs.has('architecture')
    ? /gateway|proxy|balancer/.test(d.key)
      ? 'gateway'
      : 'service'
    : 'dependency';
}

const subjectOf = (d: Draft): Subject => subject(kindOf(d), d.name.replace(/\s+/g, ' '));

function componentOf(d: Draft, s: Subject): Component {
  const product = d.product === undefined ? undefined : productOf(d.product);
  return {
    subject: s,
    kind: s.kind,
    layer: product?.layer ?? LAYER[s.kind] ?? 'infrastructure',
    ...(d.product === undefined ? (d.platform ? { product: d.platform.id } : {}) : { product: d.product }),
    ...(d.version === undefined
      ? d.platform?.version
        ? { version: d.platform.version }
        : {}
      : { version: d.version }),
    roles: [...d.roles],
    ...(d.runtime === undefined ? {} : { runtime: d.runtime }),
    places: d.places,
  };
}

const FORWARD =
  /^(?:calls?|calling|reads|read|writes|write|publishes|publish|uses|queries|talks|hits|depends|sends|pushes|emits|feeds|pulls|consumes|consume|fetches|produces|indexes|streams|stores|go|goes|caches|persists|invokes|loads)$/;
const REVERSED = /^(?:consumes|consume|pulls|subscribes)$/;

/** Links from arrows and from verbs between two parts; parts nobody linked hang on the app as assumed. */
function linksOf(
  frames: readonly Frame[],
  mentions: ReadonlyMap<Frame, readonly PartMention[]>,
  subjects: ReadonlyMap<string, Subject>,
): Link[] {
  const links: Link[] = [];
  const seen = new Set<string>();
  const link = (a: string | undefined, b: string | undefined, origin: Link['origin']): void => {
    const from = subjects.get(a ?? '');
    const to = subjects.get(b ?? '');
    if (!from || !to || from.id === to.id || seen.has(`${from.id} ${to.id}`)) return;
    seen.add(`${from.id} ${to.id}`);
    links.push({
      from: from.id,
      to: to.id,
      origin,
      asynchronous: from.kind === 'queue' || to.kind === 'queue',
    });
  };
  for (const frame of frames) {
    if (frame.input !== 'architecture' && frame.input !== 'dependencies' && frame.input !== 'recent_changes')
      continue;
    const list = mentions.get(frame) ?? [];
    let left: PartMention | undefined;
    let arrowOpen = false;
    let carried: { from: PartMention; how: 'forward' } | undefined;
    for (const m of list) {
      if (left && frame.sentence[left.from] !== frame.sentence[m.from]) {
        left = undefined;
        carried = undefined;
      }
      if (left) {
        const between = connector(frame, left.to, m.from, frame.group[m.from] ?? 0);
        if (between === 'arrow' && frame.group[m.from] === 0) {
          link(left.key, m.key, 'stated');
          carried = undefined;
        } else if (between === 'forward') {
          link(left.key, m.key, 'stated');
          carried = { from: left, how: 'forward' };
        } else if (between === 'behind') {
          link(m.key, left.key, 'stated');
          continue;
        } else if (between === 'reversed') {
          link(m.key, left.key, 'stated');
        } else if (between === 'list' && carried) link(carried.from.key, m.key, 'stated');
        else carried = undefined;
      }
      arrowOpen = frame.group[m.from] === 0;
      if (arrowOpen) left = m;
    }
  }
  // A cache does not call the database: the service does, beside the cache.
  const app = subjects.get(APP);
  for (const l of [...links]) {
    const from = [...subjects.values()].find((s) => s.id === l.from);
    const to = [...subjects].find(([, s]) => s.id === l.to);
    if (from?.kind === 'cache' && to && app && links.some((x) => x.from === app.id && x.to === from.id))
      link(APP, to[0], 'assumed');
  }
  const inbound = new Set(links.map((l) => l.to));
  const outbound = new Set(links.map((l) => l.from));
  for (const [key, s] of subjects) {
    if (key === APP || inbound.has(s.id)) continue;
    if (s.kind === 'client' || s.kind === 'cdn' || s.kind === 'gateway') {
      if (!outbound.has(s.id)) link(key, APP, 'assumed');
    } else if (s.kind !== 'service') link(APP, key, 'assumed');
  }
  return links;
}

function connector(
  frame: Frame,
  from: number,
  to: number,
  group: number,
): 'arrow' | 'forward' | 'reversed' | 'behind' | 'list' | undefined {
  let list = true;
  let found: 'arrow' | 'forward' | 'reversed' | 'behind' | undefined;
  for (let i = from; i < to; i++) {
    const t = frame.tokens[i] as Token;
    if ((frame.group[i] ?? 0) !== group) continue;
    if (isArrow(t) || (t.text === '>' && t.kind === 'symbol')) found = 'arrow';
    else if (
      t.lower === 'behind' ||
      (t.lower === 'by' && /fronted|served|proxied/.test(frame.tokens[i - 1]?.lower ?? ''))
    )
      found ??= 'behind';
    else if (t.lower === 'front' || (t.kind === 'word' && FORWARD.test(t.lower)))
      found ??= REVERSED.test(t.lower) ? 'reversed' : 'forward';
    else if (t.kind === 'word' && !/^(?:and|also|to|from|with|then|the|a|an|its|via|of)$/.test(t.lower))
      list = false;
  }
  return found ?? (list ? 'list' : undefined);
}
