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
import { aboutOf } from './about.js';
import { type Claimed, claimOf, type FrameIndex, indexOf, kindFor, nounName } from './claims.js';
import { type Frame, placeOf } from './frame.js';
import type { Match } from './lexicon.js';
import { mixesIn } from './mixes.js';
import type { Parts } from './parts.js';
import { phaseOfInput } from './phases.js';
import type { Comparator, Quantity } from './quantities.js';
import { type Relation, relationsOf } from './relations.js';
import { type Mention, subjectMentions } from './subjects.js';
import { conditionAfter, type Moment, momentOf, momentsOf } from './when.js';

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

interface Named {
  name: string;
  value: number;
  unit: Unit;
  interval?: [number, number];
}

/** Turns the quantities of one input into stated facts. */
export function factsOf(frame: Frame, parts: Parts, app: Subject): FrameFacts {
  const index = indexOf(frame);
  const mentions = subjectMentions(frame, parts, app);
  const moments = momentsOf(frame);
  const { relations, slashes } = relationsOf(frame);
  const reads: Read[] = [];
  const unread: number[] = [];
  const mixes = mixesIn(frame, index, slashes, parts, app);
  const done = new Set<number>(mixes.used);
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
  for (const m of mixes.facts)
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
  spreadSlashRuns(frame, index, slashes, done);
  const partners = new Map<number, Set<number>>();
  for (const [second, r] of relations) {
    partners.set(second, new Set([...(partners.get(second) ?? []), r.first]));
    partners.set(r.first, new Set([...(partners.get(r.first) ?? []), second]));
  }
  frame.quantities.forEach((q, k) => {
    if (done.has(k)) return;
    const relation = relations.get(k);
    const before = relation ? claims.get(relation.first) : undefined;
    const claimed = claimOf(frame, index, k, partners.get(k) ?? new Set());
    let named = nameOf(frame, q, claimed, mentions);
    // The second figure of a pair shares the words of the first; a first without words takes those of the second.
    if (
      relation &&
      before &&
      (relation.kind === 'change' || relation.kind === 'before') &&
      sameUnit(before.named, named, q)
    )
      named = renamed(before.named, q, frame.quantities[relation.first] as Quantity) ?? named;
    if (relation?.kind === 'of-limit')
      named = limitOf(claims.get(relation.first), q, frame, claimed) ?? named;
    if (!named) {
      unread.push(k);
      return;
    }
    const about =
      relation && before
        ? { subject: before.subject }
        : aboutOf(frame, index, mentions, k, named.name, claimed, parts, app);
    named = settleName(frame, named, about.subject, q, claimed);
    claims.set(k, { claimed, named, subject: about.subject, ...(relation ? { relation } : {}) });
  });
  adoptUsed(frame, relations, claims);
  frame.quantities.forEach((q, k) => {
    const c = claims.get(k);
    if (!c) return;
    const second = [...relations].find(([s, r]) => r.first === k && r.kind !== 'of-limit' && claims.has(s));
    const phase = phaseOf(frame, moments, q, index, k, c.named.name, c.relation, second?.[1].kind);
    const condition = conditionOf(frame, index, k, second?.[0], c.named.name);
    const comparator = comparatorOf(frame, q, c.named.name, phase);
    emit(k, c.named, c.subject, phase, {
      ...(comparator ? { comparator } : {}),
      ...(condition ? { condition } : {}),
    });
  });
  return { reads, unread, mentions, classes: mixes.classes };
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
    if (pair && (!used || used.named.name === limit.named.name || used.named.name.endsWith('.stated')))
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
};
const LIMIT_OF: Readonly<Record<string, string>> = {
  'connections.used': 'connections.limit',
  'connections.limit': 'connections.limit',
  'pool.limit': 'pool.limit',
  'pool.used': 'pool.limit',
  'threads.limit': 'threads.limit',
  'threads.used': 'threads.limit',
  'memory.used': 'memory.limit',
  'heap.used': 'heap.limit',
  'queue.depth': 'queue.limit',
  workers: 'workers',
};

function limitOf(
  first: { named: Named } | undefined,
  q: Quantity,
  frame: Frame,
  claimed: Claimed,
): Named | undefined {
  const own = claimed.claim ? claimed.claim.family.names[kindFor(q, claimed.claim.family)] : undefined;
  const name = LIMIT_OF[own ?? ''] ?? LIMIT_OF[first?.named.name ?? ''];
  void frame;
  if (!name) return undefined;
  return { name, value: q.value, unit: unitOf(name, q) };
}

const sameUnit = (first: Named, second: Named | undefined, q: Quantity): boolean =>
  second === undefined || first.unit === second.unit || q.kind === 'bare' || second.name.endsWith('.stated');

/** The same measure with the figure of the other quantity. */
function renamed(named: Named, q: Quantity, first: Quantity): Named | undefined {
  const scale = named.value === 0 || first.value === 0 ? 1 : named.value / first.value;
  if (q.kind !== first.kind && q.kind !== 'bare') return q.kind === 'factor' ? undefined : undefined;
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
  const counted = countedName(frame, q, claimed);
  if (counted) return named(counted, q);
  const claim = claimed.claim;
  const kind = claim ? kindFor(q, claim.family) : q.kind;
  const template = claim?.family.names[kind];
  if (template !== undefined && claim) {
    const name = template.endsWith('*') ? withStatistic(template, claimed.statistic?.name, q) : template;
    return adjusted(name, claim.family.id, q, claimed, frame);
  }
  return byKind(frame, q, claimed, mentions);
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
  if (noun === undefined) return undefined;
  if (
    /^(?:request|page|call|req|order|transaction|operation|view|checkout|search|booking)/.test(per) &&
    /^(?:quer|call|request|statement|sql|lookup|select|read|write|rpc|hop|round|span)/.test(q.noun ?? '')
  )
    return 'calls.perRequest';
  if (/^(?:quer|call|request|statement|page|result)/.test(per) && noun === 'rows.count')
    return 'rows.perCall';
  if (noun === 'rows.count' && close && id === 'rows per call') return 'rows.perCall';
  if (noun === 'rows.count' && close && id === 'lag') return 'queue.depth';
  if (noun === 'connections.used') {
    const nounText = q.nounTokens
      ? wordsAround(frame, q.nounTokens[0], q.nounTokens[1] - q.nounTokens[0])
      : '';
    if (
      /\b(?:max|maximum)\b/.test(nounText) ||
      /\b(?:max|maximum|limit|limited to|up to|allows|allowed|cap)\b/.test(`${head} ${nounText}`) ||
      q.comparator === '<=' ||
      /^\s*(?:max|limit|allowed|available)/.test(tail)
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
  if (noun === 'threads.limit')
    return /\b(?:busy|active|used|blocked|running|in use)\b/.test(`${head} ${tail}`)
      ? 'threads.used'
      : 'threads.limit';
  if (noun === 'count.stated') {
    if (close && id === 'lag') return 'queue.depth';
    if (close && id === 'retries') return undefined;
    if (close && id === 'fan-out') return 'fanout.count';
    if (close && id === 'calls per request') return 'calls.perRequest';
  }
  return noun;
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
        /\b(?:reduce|cut|save|saving|savings|lower|decrease|less|cheaper|down|drop|reduction)\b/.test(
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
    case 'memory':
      return named(
        q.per !== undefined ||
          q.comparator === '<=' ||
          (/\b(?:limit|each|with|of)\b/.test(wordsAround(frame, q.from - 2, 2)) &&
            frame.input === 'architecture')
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
      return q.kind === 'factor'
        ? { name: 'calls.perRequest', value: q.value, unit: 'count' }
        : named(name, q);
    default:
      return named(name, q);
  }
}

/** "10x normal traffic", "peaks at 4x" are bursts; "traffic doubled since last year" is growth. */
function multiple(q: Quantity, frame: Frame): Named {
  const word = frame.tokens[q.from]?.lower ?? '';
  if (/^(?:doubled|tripled|quadrupled|halved)$/.test(word))
    return { name: 'growth.ratio', value: q.value - 1, unit: 'ratio' };
  return { name: 'burst.factor', value: q.value, unit: 'factor' };
}

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
      if (statistic && !(statistic === 'mean' && q.value > 600)) return named(`latency.${statistic}`, q);
      const beside = mentions.some(
        (m) =>
          Math.abs(m.from - q.from) < 14 &&
          frame.sentence[m.from] === frame.sentence[q.from] &&
          m.subject.kind !== 'queue',
      );
      const short = q.value < 1 || /^m?s/.test(frame.tokens[q.to - 1]?.lower ?? '');
      if (short && q.value <= 60 && beside && (inMetrics || frame.input === 'dependencies'))
        return named('latency.mean', q);
      return named('duration.stated', q);
    }
    case 'rate':
      return named('throughput', q);
    case 'percent':
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
      return { name: 'factor.stated', value: q.value, unit: 'factor' };
    case 'bare':
      return undefined;
  }
}

/** Units of names that are not in the vocabulary. */
const OWN_UNITS: Readonly<Record<string, Unit>> = {
  'rate.stated': '1/s',
  'cost.stated': 'currency',
  'factor.stated': 'factor',
  'drain.duration': 's',
  'disk.throughput': 'bytes/s',
  'pool.utilisation': 'ratio',
  'threads.utilisation': 'ratio',
  'workers.utilisation': 'ratio',
  'queue.limit': 'count',
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
function settleName(frame: Frame, n: Named, subject: Subject, q: Quantity, claimed: Claimed): Named {
  const id = claimed.claim?.family.id;
  if (n.name === 'queue.delay' && subject.kind === 'database') return { ...n, name: 'replication.lag' };
  if (n.name === 'throughput' && subject.kind === 'queue') return { ...n, name: 'queue.arrivalRate' };
  if (
    (n.name === 'queue.arrivalRate' || n.name === 'queue.serviceRate') &&
    frame.input === 'target_metrics' &&
    id === 'service rate' &&
    !STREAM.test(q.noun ?? '') &&
    subject.kind !== 'queue'
  )
    return { ...n, name: 'throughput' };
  if (
    n.name === 'queue.serviceRate' &&
    !STREAM.test(q.noun ?? '') &&
    subject.kind !== 'queue' &&
    /^(?:req|request|requests|rps|qps|query|queries|call|calls)?$/.test(q.noun ?? '') &&
    !/consum|worker|drain/.test(frame.tokens[claimed.claim?.from ?? -1]?.lower ?? '')
  )
    return { ...n, name: 'throughput' };
  if (n.name === 'bytes.stated') {
    if (subject.kind === 'cache') return { ...n, name: 'memory.limit' };
    if (
      (subject.kind === 'database' || subject.kind === 'search' || subject.kind === 'storage') &&
      q.value >= 2e10 &&
      q.per === undefined
    )
      return { ...n, name: 'storage.size' };
    if (
      q.per === 'each' ||
      (frame.tokens[q.from - 1]?.text === '/' &&
        /(?:vcpu|cpu|core)s?$/.test(frame.tokens[q.from - 2]?.lower ?? ''))
    )
      return { ...n, name: 'memory.limit' };
  }
  return n;
}
const STREAM =
  /^(?:msg|message|event|job|task|record|mail|email|order|item|file|image|frame|push|notification|document|doc|row|update|click|impression|reading|point|sample|posting|transaction)s?$|^(?:msgs|jobs|queries)$/;

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
  if (leads === 'before') return now;
  const moment = own ?? ahead;
  if (input === 'target_metrics') {
    if (own === 'now') return 'any';
    if (own === 'before') return 'baseline';
    return 'target';
  }
  const isLoad = LOAD.test(name);
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
      return dynamic || isLoad ? 'steady' : 'any';
    case 'peak':
      if (name.startsWith('burst')) return 'peak';
      return dynamic || isLoad ? (input === 'performance_issues' && !isLoad ? 'incident' : 'peak') : 'any';
    case 'now':
      return dynamic ? (input === 'performance_issues' ? 'incident' : 'any') : 'any';
    default:
      break;
  }
  if (name.startsWith('cost') && input === 'constraints') return name === 'cost.monthly' ? 'any' : 'target';
  if (input === 'performance_issues') return dynamic ? 'incident' : 'any';
  return 'any';
}

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
  if (found)
    return frame.text
      .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
      .replace(/\s+/g, ' ');
  if (q.per !== undefined) return q.per === 'each' ? 'each' : `per ${q.per}`;
  // A setting nobody has a name for keeps its own.
  if (name.endsWith('.stated')) {
    for (let i = q.from - 1; i >= 0 && i > q.from - 7 && frame.sentence[i] === frame.sentence[q.from]; i--) {
      const t = frame.tokens[i];
      if (
        t?.kind === 'word' &&
        (t.text.includes('_') || t.text.split('.').length > 2 || /[a-z][A-Z]/.test(t.text))
      )
        return t.text;
    }
  }
  return undefined;
}

function comparatorOf(frame: Frame, q: Quantity, name: string, phase: Phase): Comparator | undefined {
  const c = q.comparator;
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
