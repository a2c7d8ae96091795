import { COUNT_NOUNS, NOT_IN_NOUN_PHRASE } from './nouns.js';
import { glued, isArrow, isDash, type Token } from './tokens.js';
import {
  MONTHS,
  MULTIPLYING,
  NUMBER_WORDS,
  PART_WORDS,
  SCALE_WORDS,
  STATUS_CODES,
  TIME_WORDS,
  UNIT_WORDS,
  type UnitOf,
} from './units.js';

export type QuantityKind = UnitOf['kind'] | 'money' | 'moneyRate' | 'bare';
export type Comparator = '=' | '<' | '<=' | '>' | '>=' | '~';

/** A figure with its unit, as written. `value` is in seconds, bytes, ratio, 1/s, bytes/s, cores or plain. */
export interface Quantity {
  kind: QuantityKind;
  value: number;
  interval?: [number, number];
  /** Tokens [from, to): sign, comparator symbol, figure, unit. */
  from: number;
  to: number;
  /** The noun after a bare number or inside a rate: "24 partitions", "70 tasks/s". Lower case. */
  noun?: string;
  /** Tokens of the noun phrase, [from, to). */
  nounTokens?: readonly [number, number];
  /** What it is per, when that is not a time: "40 msg/s per partition", "240 queries per request". */
  per?: string;
  comparator?: Comparator;
  /** Written with + or −: a relative change. */
  signed?: 1 | -1;
  /** Written `512M`, `4g`: a size where memory is meant. */
  sizeSuffix?: boolean;
  /** What one is worth in the canonical unit, and the multiplier of the figure: "3k rps" has 1 and 1000. */
  unitScale: number;
  multiplier: number;
  /** From a word: "half", "doubled". */
  inWords?: boolean;
  /** "three nines": how much is kept. */
  nines?: boolean;
}

/** A figure that is no quantity: a date, a version, a status code, a list number. */
export interface Passed {
  from: number;
  to: number;
  why: 'date' | 'ordinal' | 'status' | 'list-mark' | 'identifier' | 'ago' | 'version';
}

export interface Figures {
  quantities: Quantity[];
  passed: Passed[];
}

/** Reads every figure in the tokens once, from left to right. */
export function readQuantities(tokens: readonly Token[], isVersionAt: (token: number) => boolean): Figures {
  const quantities: Quantity[] = [];
  const passed: Passed[] = [];
  let i = 0;
  while (i < tokens.length) {
    const t = tokens[i] as Token;
    if (t.kind === 'clock' || t.kind === 'version') {
      passed.push({ from: i, to: i + 1, why: t.kind === 'clock' ? 'date' : 'version' });
      i++;
      continue;
    }
    const skip = t.kind === 'number' ? notAQuantity(tokens, i, isVersionAt) : undefined;
    if (skip) {
      passed.push(skip);
      i = Math.max(skip.to, i + 1);
      continue;
    }
    const made = t.kind === 'number' ? quantityAt(tokens, i) : inWords(tokens, i);
    if (!made) {
      i++;
      continue;
    }
    const ago = agoAfter(tokens, made);
    if (ago) passed.push(ago);
    else quantities.push(made);
    i = Math.max(ago ? ago.to : made.to, i + 1);
  }
  shareMonths(tokens, quantities);
  shareRates(tokens, quantities);
  return { quantities, passed };
}

/** "55k records/s peak, 18k avg": a plain figure that is told beside a rate, with a word of time, is one as well. */
function shareRates(tokens: readonly Token[], quantities: Quantity[]): void {
  quantities.forEach((q, k) => {
    const p = quantities[k - 1];
    if (q.kind !== 'bare' || q.noun !== undefined || q.per !== undefined || p?.kind !== 'rate') return;
    const between = tokens.slice(p.to, q.from);
    const plain = (t: Token): boolean =>
      /^[,/(~]$/.test(t.text) ||
      /^(?:and|vs|versus|peak|at|on|average|avg|mean|steady|the|just|under|about|around|normal|noon|night|evening|by|in|day|only|over|peaks|peaking|spikes|bursts|of|to|up)$/.test(
        t.lower,
      );
    if (between.length > 7 || !between.every(plain)) return;
    const after = word(tokens[q.to]);
    const when =
      /^(?:avg|average|mean|peak|steady|typical|typically|normal|normally|otherwise|off|overnight|sustained)$/.test(
        after,
      ) ||
      (/^(?:on|at|in)$/.test(after) &&
        /^(?:average|the|peak|night|noon|weekends?|busy)$/.test(word(tokens[q.to + 1])));
    const peaks =
      /^(?:of|at|to)$/.test(word(tokens[q.from - 1])) &&
      /^(?:peaks?|peaking|spikes?|spiking|bursts?|bursting)$/.test(word(tokens[q.from - 2]));
    const ratio = (q.value * p.unitScale) / p.value;
    if ((!when && !peaks) || ratio > 50 || ratio < 0.02) return;
    Object.assign(q, { kind: 'rate', value: q.value * p.unitScale, unitScale: p.unitScale });
  });
}

/** "$31k a month (today $27.5k)": an amount beside a rate is over the same time. */
function shareMonths(tokens: readonly Token[], quantities: Quantity[]): void {
  quantities.forEach((q, k) => {
    if (q.kind !== 'money') return;
    const other = [quantities[k - 1], quantities[k + 1]].find(
      (x) => x?.kind === 'moneyRate' && (x.from >= q.to ? x.from - q.to : q.from - x.to) <= 6,
    );
    if (!other) return;
    const [from, to] = other.from < q.from ? [other.to, q.from] : [q.to, other.from];
    if (tokens.slice(from, to).some((t) => t.kind === 'break' || t.text === ',' || t.text === ';')) return;
    const digits = tokens.slice(other.from, other.to).find((t) => t.kind === 'number')?.value ?? 0;
    const month = other.value / (digits * other.multiplier);
    if (Number.isFinite(month) && month > 0) Object.assign(q, { kind: 'moneyRate', value: q.value * month });
  });
}

const word = (t: Token | undefined): string => (t?.kind === 'word' ? t.lower : '');

function notAQuantity(
  tokens: readonly Token[],
  i: number,
  isVersionAt: (token: number) => boolean,
): Passed | undefined {
  const t = tokens[i] as Token;
  const next = tokens[i + 1];
  const before = tokens[i - 1];
  const value = t.value ?? 0;
  const pass = (why: Passed['why'], to = i + 1): Passed => ({ from: i, to, why });
  if (isVersionAt(i)) return pass('version');
  if (before?.text === '#' && glued(before, t)) return pass('identifier');
  // "at :00", "every hour at :30": a minute of the hour.
  if (before?.text === ':' && glued(before, t) && t.text.length === 2 && !glued(tokens[i - 2], before))
    return pass('date');
  if (value === 365 && /^(?:dynamics|office|microsoft|m)$/.test(word(before))) return pass('identifier');
  // "on 4G in Brazil": a mobile network, not four billion.
  if (
    /^[2-5]$/.test(t.text) &&
    next?.text === 'G' &&
    glued(t, next) &&
    (/^(?:on|over|via|slow|fast|good|bad)$/.test(word(before)) ||
      /^(?:network|networks|mobile|users|phones|lte|connection|connections)$/.test(word(tokens[i + 2])))
  )
    return pass('identifier', i + 2);
  // "(1) …", "2) …", "3. …" at the start of a point.
  if (next?.text === ')' && value < 30 && Number.isInteger(value)) {
    if (
      before?.text === '(' &&
      (tokens[i - 2] === undefined ||
        /^[;:,.]?$/.test(tokens[i - 2]?.text ?? '') ||
        tokens[i - 2]?.kind === 'break')
    )
      return pass('list-mark');
    if (before === undefined || before.kind === 'break') return pass('list-mark');
  }
  if ((before === undefined || before.kind === 'break') && next?.kind === 'break' && next.text === '.')
    return pass('list-mark');
  if (/^(st|nd|rd|th)$/.test(word(next)) && glued(t, next)) return pass('ordinal', i + 2);
  if (/^(am|pm|a\.m|p\.m|uhr|o'clock|utc|cet|cest|est|pst)$/.test(word(next))) return pass('date', i + 2);
  if (
    (isDash(next) || /^(?:and|to|until|till)$/.test(word(next))) &&
    tokens[i + 2]?.kind === 'number' &&
    /^(am|pm|uhr)$/.test(word(tokens[i + 3]))
  )
    return pass('date', i + 4);
  // "from 6 to 9 in the morning", "at 9 in the evening": hours of the day.
  const ofDay = (at: number): boolean =>
    word(tokens[at]) === 'in' &&
    word(tokens[at + 1]) === 'the' &&
    /^(?:morning|evening|afternoon|night)$/.test(word(tokens[at + 2]));
  if (Number.isInteger(value) && value <= 24) {
    if (ofDay(i + 1) && /^(?:at|to|and|until|till|by|around|after|before|since)$/.test(word(before)))
      return pass('date');
    if (
      /^(?:to|and|until|till)$|^[-–]$/.test(next?.lower ?? '') &&
      tokens[i + 2]?.kind === 'number' &&
      ofDay(i + 3)
    )
      return pass('date', i + 3);
  }
  // "start between 17 and 21"
  const second = tokens[i + 2];
  if (
    word(before) === 'between' &&
    word(next) === 'and' &&
    second?.kind === 'number' &&
    [value, second.value ?? 99].every((n) => Number.isInteger(n) && n <= 24) &&
    (tokens[i + 3] === undefined || !/^(?:word|number)$/.test(tokens[i + 3]?.kind ?? '')) &&
    tokens[i + 3]?.text !== '%'
  )
    return pass('date', i + 3);
  // "peak 19–22h", "daily 8-18 h": hours of the day.
  const until = tokens[i + 2];
  if (
    isDash(next) &&
    until?.kind === 'number' &&
    word(tokens[i + 3]) === 'h' &&
    [value, until.value ?? 99].every((n) => Number.isInteger(n) && n <= 24) &&
    (value >= 12 ||
      /^(?:peak|peaks|from|between|daily|evening|morning|afternoon|night|nights|window|weekdays|open|hours)$/.test(
        word(before),
      ))
  )
    return pass('date', i + 4);
  // "per 1,000 documents": what a price or a share is counted in.
  if (word(before) === 'per' && value >= 10 && (unitAfter(tokens, i + 1)?.kind ?? 'none') !== 'duration')
    return pass('identifier', next?.kind === 'word' && SCALE_WORDS.has(next.text) ? i + 2 : i + 1);
  // "node 1 CPU 88%", "subtasks 17 and 42": which one, not how many.
  if (Number.isInteger(value) && isWhichOne(tokens, i)) return pass('identifier');
  if ((MONTHS.has(word(next)) || next?.text === 'May') && value <= 31 && /^\p{Lu}/u.test(next?.text ?? ''))
    return pass('date', i + 2);
  if (
    (MONTHS.has(word(before)) || before?.text === 'May') &&
    value <= 31 &&
    Number.isInteger(value) &&
    !unitAfter(tokens, i + 1)
  )
    return pass('date');
  if (
    Number.isInteger(value) &&
    value >= 1990 &&
    value <= 2099 &&
    t.text.length === 4 &&
    !unitAfter(tokens, i + 1) &&
    (/^(in|since|of|by|from|until|early|mid|late|q[1-4]|fy|end)$/.test(word(before)) ||
      MONTHS.has(word(before))) &&
    !COUNT_NOUNS.has(word(next))
  )
    return pass('date');
  if (STATUS_CODES.has(value) && isStatus(tokens, i)) return pass('status', i + (word(next) === 's' ? 2 : 1));
  if (next?.kind === 'word' && glued(t, next) && !readsAsUnit(tokens, i)) return pass('identifier', i + 2);
  return undefined;
}

const ONE_OF_MANY =
  /^(?:node|shard|subtasks?|replica|instance|host|broker|server|pod|rack|zone|az|page|level|stage|step|phase|day|days|week|line|port)$/;

/** True when the figure is the number of one thing among its like. */
function isWhichOne(tokens: readonly Token[], i: number): boolean {
  const named = ONE_OF_MANY.test(word(tokens[i - 1]));
  const listed =
    word(tokens[i - 1]) === 'and' &&
    tokens[i - 2]?.kind === 'number' &&
    ONE_OF_MANY.test(word(tokens[i - 3]));
  if ((!named && !listed) || word(tokens[i + 1]) === 'to') return false;
  const unit = unitAfter(tokens, i + 1);
  // "calm day 8 req/s"
  if (tokens[i + 1]?.kind === 'word' && (tokens[i + 2]?.text === '/' || word(tokens[i + 2]) === 'per'))
    return false;
  if (unit === undefined) return !nounAfter(tokens, i + 1) && !rateAfter(tokens, i + 1);
  return unit.kind === 'cores' && tokens[unit.to]?.kind === 'number';
}

function isStatus(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1];
  if (word(next) === 's' && glued(tokens[i], next)) return true;
  if (unitAfter(tokens, i + 1)) return false;
  // "connections 500/500"
  if (
    [i - 1, i - 3].some((at) =>
      /^(?:connections?|conns?|threads?|pool|workers?|sessions?|slots?)$/.test(word(tokens[at])),
    )
  )
    return false;
  if (/^(errors?|responses?|codes?|status|returned|spikes?)$/.test(word(next)))
    return !rateAfter(tokens, i + 2);
  if (next?.text === '/' && STATUS_CODES.has(tokens[i + 2]?.value ?? 0)) return true;
  const before = tokens[i - 1];
  // "examines 3.2M rows to return 400"
  if (word(before) === 'return' && word(tokens[i - 2]) === 'to') return false;
  if (before?.text === '/' && STATUS_CODES.has(tokens[i - 2]?.value ?? 0)) return true;
  if (before?.text === '(' && next?.text === ')') return true;
  if (before?.text === '%') return true;
  return (
    /^(http|https|status|code|codes|mostly|mainly|returns?|returning|returned|get|gets|getting|as|with|a|an|and|or|some|sporadic|in)$/.test(
      word(before),
    ) && !COUNT_NOUNS.has(word(next))
  );
}

/** True when the word glued to a number is a unit, a multiplier or a counted noun; "2xlarge" and "3D" are names. */
function readsAsUnit(tokens: readonly Token[], i: number): boolean {
  const next = tokens[i + 1] as Token;
  if (next.text.length === 1 && /[DSHWY]/.test(next.text)) return false;
  return (
    UNIT_WORDS.has(next.lower) ||
    SCALE_WORDS.has(next.text) ||
    SCALE_WORDS.has(next.lower) ||
    next.lower === 'g' ||
    next.lower === 't' ||
    COUNT_NOUNS.has(next.lower) ||
    rateAfter(tokens, i + 2) !== undefined
  );
}

interface UnitRead {
  kind: QuantityKind;
  scale: number;
  to: number;
  sizeSuffix?: boolean;
}

const GLUED_ONLY = new Set(['b', 'w', 'y', 'd', 'g', 'ki', 'mi', 'gi', 'ti']);

/** A unit that starts at token i, or undefined. */
function unitAfter(tokens: readonly Token[], i: number): UnitRead | undefined {
  let at = i;
  const dash = tokens[at];
  // "30-second", "16-core"
  if (
    dash?.text === '-' &&
    glued(tokens[at - 1], dash) &&
    glued(dash, tokens[at + 1]) &&
    tokens[at + 1]?.kind === 'word'
  )
    at++;
  const t = tokens[at];
  if (!t) return undefined;
  const tight = at > i || glued(tokens[at - 1], t);
  if (t.text === '%') return { kind: 'percent', scale: 0.01, to: at + 1 };
  // "12 × A10G", "4 × 8 cores" count machines.
  if (t.text === '×' && (isInstanceType(tokens[at + 1]) || tokens[at + 1]?.kind === 'number'))
    return undefined;
  if (t.text === '×') return { kind: 'factor', scale: 1, to: at + 1 };
  if (t.lower === 'per' && word(tokens[at + 1]) === 'cent')
    return { kind: 'percent', scale: 0.01, to: at + 2 };
  if (t.text === '$' || t.text === '€' || t.text === '£') return tight ? money(tokens, at + 1) : undefined;
  if (t.kind !== 'word') return undefined;
  if (/^(usd|eur|gbp|dollars?|euros?|chf)$/.test(t.lower)) return money(tokens, at + 1);
  if ((t.lower === 'g' || t.text === 'T') && tight && !COUNT_NOUNS.has(word(tokens[at + 1])))
    return { kind: 'bytes', scale: t.lower === 'g' ? 1e9 : 1e12, to: at + 1, sizeSuffix: true };
  const unit = UNIT_WORDS.get(t.lower);
  if (!unit) return undefined;
  // "3D", "5S": single letters of time are written small.
  if (unit.kind === 'duration' && t.text.length === 1 && t.text !== t.lower) return undefined;
  if (t.text === 'B' && isPlainBytes(tokens, at)) return { kind: 'bytes', scale: 1, to: at + 1 };
  if (GLUED_ONLY.has(t.lower) && !tight) return undefined;
  // "5m rows", "2m users" are millions; "3B events" are billions; "500m CPU" is half a core.
  if (t.lower === 'm' && nounAfter(tokens, at + 1)) return undefined;
  if (t.text === 'M' || t.text === 'B') return undefined;
  if (t.lower === 'm' && /^(cpus?|cores?|vcpus?)$/.test(word(tokens[at + 1])))
    return { kind: 'cores', scale: 1e-3, to: at + 2 };
  if (t.lower === 'x' && (tokens[at + 1]?.kind === 'number' || isInstanceType(tokens[at + 1])))
    return undefined;
  if (/^(cpus?)$/.test(t.lower) && tokens[at + 1]?.text === '%') return undefined;
  if (t.lower === 'times' && /^(out|outs|a|per)$/.test(word(tokens[at + 1]))) return undefined;
  // "7.8 Gbit/s": a rate by its own name, with or without its stroke.
  if (unit.kind === 'byteRate' && /bits?$/.test(t.lower)) {
    const rate = rateAfter(tokens, at + 1);
    return { kind: 'byteRate', scale: unit.scale * (rate?.scale ?? 1), to: rate?.to ?? at + 1 };
  }
  if (unit.kind === 'bytes' || unit.kind === 'byteRate') {
    const rate = rateAfter(tokens, at + 1);
    if (rate && unit.kind === 'bytes')
      return {
        kind: 'byteRate',
        scale:
          (t.text.endsWith('b') && t.text !== 'mb' && t.text !== 'kb' && t.text !== 'gb' ? 1 / 8 : 1) *
          unit.scale *
          rate.scale,
        to: rate.to,
      };
  }
  return { kind: unit.kind, scale: unit.scale, to: at + 1 };
}

/** "from 700 B to 1.9 KB": beside a size in larger units, a B is a byte and no billion. */
const isPlainBytes = (tokens: readonly Token[], at: number): boolean =>
  tokens
    .slice(at + 1, at + 6)
    .concat(tokens.slice(Math.max(0, at - 6), at))
    .some((t) => /^[KMG]i?B$|^kB$/.test(t.text)) ||
  /^(?:sizes?|body|bodies|responses?|avg|average|payloads?|messages?|records?|items?|events?|keys?|values?|rows?|packets?)$/.test(
    word(tokens[at - 2]),
  );

const isInstanceType = (t: Token | undefined): boolean =>
  t?.kind === 'word' &&
  (/^(?:db\.|cache\.)?[a-z]{1,3}\d[a-z]{0,3}\.\w+$/.test(t.lower) ||
    /^[A-Z]{1,3}\d{1,4}[A-Z]{0,2}$/.test(t.text) ||
    // P2v3, D8s_v5, E16ds_v5
    /^[A-Z]{1,2}\d{1,3}[a-z]{0,3}(?:_?v\d)$/.test(t.text));

/** After an amount of money: "/month", "per month", "a month", "monthly". */
function money(tokens: readonly Token[], i: number): UnitRead {
  const rate = rateAfter(tokens, i);
  if (rate) return { kind: 'moneyRate', scale: rate.scale * 30 * 86_400, to: rate.to };
  if (word(tokens[i]) === 'monthly') return { kind: 'moneyRate', scale: 1, to: i + 1 };
  return { kind: 'money', scale: 1, to: i };
}

/** "/s", "per second", "a minute", "/ 5 min" at token i: the factor to one a second. */
function rateAfter(tokens: readonly Token[], i: number): { scale: number; to: number } | undefined {
  const t = tokens[i];
  if (!t) return undefined;
  const per = t.text === '/' || /^(per|a|an|every|each)$/.test(t.lower);
  if (!per) return undefined;
  const next = tokens[i + 1];
  const seconds = TIME_WORDS.get(word(next));
  if (seconds === undefined) return undefined;
  if ((t.lower === 'a' || t.lower === 'an') && /^(ago|later|earlier|before)$/.test(word(tokens[i + 2])))
    return undefined;
  return { scale: 1 / seconds, to: i + 2 };
}

/** The counted noun after token i, over at most four words that belong to it. */
function nounAfter(
  tokens: readonly Token[],
  i: number,
): { noun: string; from: number; to: number } | undefined {
  let best: { noun: string; from: number; to: number } | undefined;
  for (let j = i, steps = 0; j < tokens.length && steps < 5; j++) {
    const t = tokens[j] as Token;
    if (t.text === '-' && (glued(tokens[j - 1], t) || glued(t, tokens[j + 1]))) continue;
    if (t.text === '/' && glued(tokens[j - 1], t) && best === undefined && tokens[j + 1]?.kind === 'word')
      continue;
    if (t.kind !== 'word') break;
    if (NOT_IN_NOUN_PHRASE.has(t.lower)) break;
    steps++;
    const counts = COUNT_NOUNS.get(t.lower);
    // "3-node cluster" counts nodes.
    if (
      best &&
      counts === 'count.stated' &&
      COUNT_NOUNS.get(best.noun) !== 'count.stated' &&
      !ADJECTIVES.test(best.noun)
    )
      break;
    if (counts !== undefined) best = { noun: t.lower, from: i, to: j + 1 };
    else if (best) break;
  }
  return best;
}

/** Counted nouns that also say of what kind the next noun is: "two secondary indexes". */
const ADJECTIVES =
  /^(?:secondary|standby|reader|user|customer|tenant|client|device|product|document|key|order|shop|session|table)$/;

const PREFIX: Readonly<Record<string, Comparator>> = {
  '<': '<',
  '≤': '<=',
  '<=': '<=',
  '=<': '<=',
  '>': '>',
  '≥': '>=',
  '>=': '>=',
  '~': '~',
  '≈': '~',
  '≃': '~',
};

/** "3 nines", "four nines": the share that is kept. */
function ninesAt(tokens: readonly Token[], at: number): Quantity | undefined {
  const t = tokens[at] as Token;
  const n = t.value ?? NUMBER_WORDS.get(t.lower);
  if (word(tokens[at + 1]) !== 'nines' || n === undefined || n < 1 || n > 7 || !Number.isInteger(n))
    return undefined;
  return {
    kind: 'percent',
    value: Number((1 - 10 ** -n).toFixed(n)),
    ...ONE,
    from: at,
    to: at + 2,
    nines: true,
  };
}

/** "½ of the requests" is a share. */
function fractionAt(tokens: readonly Token[], at: number): Quantity | undefined {
  const t = tokens[at] as Token;
  if (!/^[½¼¾⅓⅔]$/.test(t.text) || t.value === undefined) return undefined;
  return /^(?:of|the|our|all)$/.test(word(tokens[at + 1]))
    ? { kind: 'percent', value: t.value, ...ONE, from: at, to: at + 1 }
    : undefined;
}

/** "sub-second", "single-digit milliseconds": a bound in words. */
function boundInWords(tokens: readonly Token[], at: number): Quantity | undefined {
  const t = tokens[at] as Token;
  const dash = (i: number): boolean => tokens[i]?.text === '-';
  const digits = t.lower === 'single' && dash(at + 1) && word(tokens[at + 2]) === 'digit' ? 10 : undefined;
  const to = digits ? (dash(at + 3) ? at + 4 : at + 3) : at + 2;
  if (!digits && !(t.lower === 'sub' && dash(at + 1))) return undefined;
  const unit = unitAfter(tokens, to);
  if (unit?.kind !== 'duration' || unit.scale > 60) return undefined;
  return {
    kind: 'duration',
    value: (digits ?? 1) * unit.scale,
    ...ONE,
    from: at,
    to: unit.to,
    comparator: '<',
    inWords: true,
  };
}

/** "one request in fifty", "one out of twenty logins": a share in words. */
function oneIn(tokens: readonly Token[], at: number): Quantity | undefined {
  if (tokens[at]?.lower !== 'one') return undefined;
  for (let i = at + 1; i < at + 4; i++) {
    const link = word(tokens[i]);
    const whole = link === 'in' ? i + 1 : link === 'out' && word(tokens[i + 1]) === 'of' ? i + 2 : 0;
    if (whole === 0) {
      if (tokens[i]?.kind !== 'word') return undefined;
      continue;
    }
    const t = tokens[whole];
    const of = t?.value ?? NUMBER_WORDS.get(t?.lower ?? '');
    if (
      t === undefined ||
      of === undefined ||
      of < 2 ||
      !Number.isInteger(of) ||
      unitAfter(tokens, whole + 1)
    )
      return undefined;
    return { kind: 'percent', value: 1 / of, ...ONE, from: at, to: whole + 1, inWords: true };
  }
  return undefined;
}

function quantityAt(tokens: readonly Token[], at: number): Quantity | undefined {
  const special = ninesAt(tokens, at) ?? fractionAt(tokens, at);
  if (special) return withPrefix(tokens, special);
  const first = readFigure(tokens, at);
  if (!first) return undefined;
  const parts = partsOf(tokens, at, first);
  if (parts) return withPrefix(tokens, parts);
  const ranged = readRange(tokens, at, first);
  const made = ranged ?? withSmallerUnit(tokens, finish(tokens, at, first));
  return withPrefix(tokens, made);
}

/** "7h 10m", "1 min 30 s": one span told in two units. */
function withSmallerUnit(tokens: readonly Token[], q: Quantity): Quantity {
  const t = tokens[q.to];
  if (q.kind !== 'duration' || q.per !== undefined || t?.kind !== 'number') return q;
  const unit = unitAfter(tokens, q.to + 1);
  if (unit?.kind !== 'duration' || unit.scale >= q.unitScale) return q;
  const more = (t.value ?? 0) * unit.scale;
  return more < q.unitScale ? withPer(tokens, { ...q, value: q.value + more, to: unit.to }) : q;
}

/** "2 in 100 users", "1 out of 50": a share written as two counts. */
function partsOf(tokens: readonly Token[], at: number, first: Figure): Quantity | undefined {
  if (first.unit || first.multiplier !== 1 || first.to !== at + 1) return undefined;
  const link = word(tokens[first.to]);
  const second =
    link === 'in' ? first.to + 1 : link === 'out' && word(tokens[first.to + 1]) === 'of' ? first.to + 2 : 0;
  const whole = second > 0 ? tokens[second] : undefined;
  if (whole?.kind !== 'number' || !ROUND_WHOLE.test(whole.text.replaceAll(',', ''))) return undefined;
  const of = whole.value ?? 0;
  if (first.value >= of || unitAfter(tokens, second + 1)) return undefined;
  return { kind: 'percent', value: first.value / of, ...ONE, from: at, to: second + 1 };
}
const ROUND_WHOLE = /^(?:[1245]?0+|[1-9]0+|[358]|1[26])$/;

interface Figure {
  value: number;
  unit?: UnitRead;
  to: number;
  letter?: string;
  multiplier: number;
}

/** The figure at a token, its multiplier and its unit. */
function readFigure(tokens: readonly Token[], at: number): Figure | undefined {
  const t = tokens[at] as Token;
  let value = t.value ?? NUMBER_WORDS.get(t.lower);
  if (value === undefined) return undefined;
  let to = at + 1;
  let letter: string | undefined;
  let multiplier = 1;
  for (let n = 0; n < 2; n++) {
    const s = tokens[to];
    if (s?.kind !== 'word') break;
    const scale = s.text.length <= 2 ? SCALE_WORDS.get(s.text) : SCALE_WORDS.get(s.lower);
    const tight = glued(tokens[to - 1], s);
    if (scale === undefined || (s.text.length === 1 && !tight)) break;
    if (s.text === 'B' && isPlainBytes(tokens, to)) break;
    if (s.text.length === 1) letter = s.text;
    value *= scale;
    multiplier *= scale;
    to++;
  }
  // "20+ seconds"
  const plus =
    tokens[to]?.text === '+' && glued(tokens[to - 1], tokens[to]) ? unitAfter(tokens, to + 1) : undefined;
  const unit = plus ?? unitAfter(tokens, to);
  if (!unit && word(tokens[to]) === 'm' && glued(tokens[to - 1], tokens[to]) && nounAfter(tokens, to + 1))
    return { value: value * 1e6, to: to + 1, letter: 'm', multiplier: 1e6 };
  return { value, multiplier, to: unit?.to ?? to, ...(unit ? { unit } : {}), ...(letter ? { letter } : {}) };
}

/** "2-3 s", "70–75%", "200 to 300 ms", "between 5 and 10 MB". A rise "from A to B" is two quantities. */
function readRange(tokens: readonly Token[], at: number, first: Figure): Quantity | undefined {
  const link = tokens[first.to];
  const second = first.to + 1;
  if (tokens[second]?.kind !== 'number') return undefined;
  const between = word(tokens[at - 1]) === 'between';
  const dashed = isDash(link) || link?.text === '~';
  const worded = word(link) === 'to' || word(link) === 'or';
  if (!(dashed || (between && word(link) === 'and') || (worded && rangeWords(tokens, at)))) return undefined;
  const b = readFigure(tokens, second);
  if (!b) return undefined;
  const low = first.unit ? first.value * first.unit.scale : scaleLike(first, b) * (b.unit?.scale ?? 1);
  const high = b.value * (b.unit?.scale ?? first.unit?.scale ?? 1);
  const unit = b.unit ?? first.unit;
  if (first.unit && b.unit && first.unit.kind !== b.unit.kind) return undefined;
  if (high < low) return undefined;
  const merged = finish(tokens, at, {
    value: 1,
    multiplier: b.multiplier,
    to: b.to,
    ...(unit ? { unit: { ...unit, scale: 1 } } : {}),
  });
  // finish() may have found a rate with a factor of its own ("2-3k msg/min").
  return {
    ...merged,
    value: ((low + high) / 2) * merged.value,
    interval: [low * merged.value, high * merged.value],
  };
}

/** "3-4k": the multiplier of the second figure holds for the first too, when the first has none. */
function scaleLike(first: Figure, second: Figure): number {
  if (first.letter || !second.letter) return first.value;
  const scale = SCALE_WORDS.get(second.letter) ?? 1;
  return first.value * scale <= second.value ? first.value * scale : first.value;
}

function rangeWords(tokens: readonly Token[], at: number): boolean {
  for (let j = at - 1; j >= 0 && j >= at - 6; j--) {
    const t = tokens[j] as Token;
    if (t.kind === 'break' || t.text === ';') break;
    if (
      /^(from|rose|grew|went|jumped|climbed|dropped|fell|increased|decreased|reduced|raised|up|down|spiked|degraded|moved|changed|cut|bumped)$/.test(
        t.lower,
      )
    ) {
      // "show up on the page 6 to 25 minutes late": a particle far from the figure changes nothing.
      if (/^(?:up|down)$/.test(t.lower) && j < at - 1 && word(tokens[j + 1]) !== 'from') continue;
      return /^(ranges?|ranging|varies|vary|varying|anywhere|somewhere|between)$/.test(word(tokens[j - 1]));
    }
  }
  return true;
}

/** Completes a figure: rate, noun, what it is per. */
function finish(tokens: readonly Token[], at: number, f: Figure): Quantity {
  const base: Quantity = {
    kind: f.unit?.kind ?? 'bare',
    value: f.value * (f.unit?.scale ?? 1),
    unitScale: f.unit?.scale ?? 1,
    multiplier: f.multiplier,
    from: at,
    to: f.to,
    ...(f.unit?.sizeSuffix || f.letter === 'M' || f.letter === 'G' || f.letter === 'K'
      ? { sizeSuffix: true }
      : {}),
  };
  if (base.kind === 'money' || base.kind === 'moneyRate') return base;
  if (base.kind === 'rate') {
    const per = rateAfter(tokens, base.to);
    return withPer(tokens, per && tokens[base.to]?.text === '/' ? { ...base, to: per.to } : base);
  }
  if (base.kind !== 'bare') return withPer(tokens, base);
  // "900/min", "3,100 per second"
  if (isMoneyBefore(tokens, at)) return base;
  // "40 x r5.4xlarge", "8x A10G": machines.
  if (/^[x×]$/.test(tokens[base.to]?.lower ?? '') && isInstanceType(tokens[base.to + 1]))
    return { ...base, noun: 'machine', nounTokens: [base.to + 1, base.to + 2], to: base.to + 2 };
  // "12 x 8 cores": as many machines, each with that.
  if (
    /^[x×]$/.test(tokens[base.to]?.lower ?? '') &&
    tokens[base.to + 1]?.kind === 'number' &&
    /^(?:cores|bytes)$/.test(unitAfter(tokens, base.to + 2)?.kind ?? '')
  )
    return { ...base, noun: 'machine', nounTokens: [base.to, base.to + 1], to: base.to + 1 };
  // "120 m5.2xlarge"
  if (isInstanceType(tokens[base.to]) && /\d[a-z]*\.\w+$/i.test(tokens[base.to]?.text ?? ''))
    return { ...base, noun: 'machine', nounTokens: [base.to, base.to + 1], to: base.to + 1 };
  const direct = rateAfter(tokens, base.to);
  if (direct)
    return withPer(tokens, {
      ...base,
      kind: 'rate',
      value: base.value * direct.scale,
      unitScale: direct.scale,
      to: direct.to,
    });
  const noun = nounAfter(tokens, base.to) ?? looseNoun(tokens, base.to);
  if (!noun) return withPer(tokens, base);
  const rate = rateAfter(tokens, noun.to) ?? rateWithin(tokens, noun.to);
  const named = { noun: noun.noun, nounTokens: [noun.from, noun.to] as const };
  if (rate)
    return withPer(tokens, {
      ...base,
      ...named,
      kind: 'rate',
      value: base.value * rate.scale,
      unitScale: rate.scale,
      to: rate.to,
    });
  return COUNT_NOUNS.has(noun.noun)
    ? withPer(tokens, { ...base, ...named, to: noun.to })
    : withPer(tokens, base);
}

/** A count over a longer span is the size of a job, not a rate. */
const LONGEST_BURST_SECONDS = 3600;

/** "6M votes in 5 minutes": a count over a span is a rate. */
function rateWithin(tokens: readonly Token[], i: number): { scale: number; to: number } | undefined {
  if (!/^(?:in|within|over)$/.test(word(tokens[i]))) return undefined;
  const at = /^(?:the|about|around|under|only|just|~)$/.test(tokens[i + 1]?.lower ?? '') ? i + 2 : i + 1;
  const n = tokens[at];
  if (n?.kind !== 'number' || !n.value) return undefined;
  const unit = unitAfter(tokens, at + 1);
  if (unit?.kind !== 'duration' || n.value * unit.scale > LONGEST_BURST_SECONDS) return undefined;
  return { scale: 1 / (n.value * unit.scale), to: unit.to };
}

const CURRENCY = /^(?:usd|eur|gbp|chf)$/;
const isMoneyBefore = (tokens: readonly Token[], at: number): boolean => {
  const t = tokens[at - 1];
  return t !== undefined && ('$€£'.includes(t.text) ? glued(t, tokens[at]) : CURRENCY.test(t.lower));
};

/** A noun nobody listed, taken only inside a rate: "70 widgets/s". */
function looseNoun(
  tokens: readonly Token[],
  i: number,
): { noun: string; from: number; to: number } | undefined {
  for (let j = i; j < i + 4; j++) {
    const t = tokens[j];
    if (t?.text === '-' && glued(tokens[j - 1], t)) continue;
    if (t?.kind !== 'word' || NOT_IN_NOUN_PHRASE.has(t.lower)) return undefined;
    // "310k active per day" are people.
    if (/^(?:active|online|daily|unique|concurrent|registered|new)$/.test(t.lower)) return undefined;
    const after = tokens[j + 1];
    if (
      (after?.text === '/' && TIME_WORDS.has(word(tokens[j + 2]))) ||
      (word(after) === 'per' && TIME_WORDS.has(word(tokens[j + 2])))
    )
      return { noun: t.lower, from: i, to: j + 1 };
  }
  return undefined;
}

function withPer(tokens: readonly Token[], q: Quantity): Quantity {
  const t = tokens[q.to];
  const n = tokens[q.to + 1];
  if (word(t) === 'each' || word(t) === 'apiece') return { ...q, per: 'each' };
  if (
    (word(t) === 'per' || t?.text === '/') &&
    n?.kind === 'word' &&
    !TIME_WORDS.has(n.lower) &&
    q.kind !== 'percent'
  )
    return word(t) === 'per' || COUNT_NOUNS.has(n.lower) || /^(req|reqs|txn|tx|page)$/.test(n.lower)
      ? { ...q, per: headOf(tokens, q.to + 1) }
      : q;
  return q;
}

/** "per timeline request", "per home query": what follows "per" is named by its last word. */
function headOf(tokens: readonly Token[], at: number): string {
  for (let i = at + 1; i < at + 3; i++) {
    const w = word(tokens[i]);
    if (
      /^(?:requests?|quer(?:y|ies)|pages?|calls?|views?|orders?|transactions?|checkouts?|messages?|records?|events?)$/.test(
        w,
      )
    )
      return w;
    if (w === '' || NOT_IN_NOUN_PHRASE.has(w)) break;
  }
  return word(tokens[at]);
}

/** Adds sign, currency and comparator symbols, and words such as "under", "at most", "about". */
function withPrefix(tokens: readonly Token[], q: Quantity): Quantity {
  let out = q;
  for (let n = 0; n < 3; n++) {
    const t = tokens[out.from - 1];
    if (t?.kind !== 'symbol') break;
    const tight = glued(t, tokens[out.from]);
    if (PREFIX[t.text] !== undefined) {
      out = { ...out, comparator: PREFIX[t.text] as Comparator, from: out.from - 1 };
    } else if ((t.text === '$' || t.text === '€' || t.text === '£') && tight) {
      const rest = money(tokens, out.to);
      out = {
        ...out,
        kind: rest.kind,
        value: out.value * rest.scale,
        from: out.from - 1,
        to: Math.max(out.to, rest.to),
      };
    } else if (
      (t.text === '+' || t.text === '-' || t.text === '−' || t.text === '–') &&
      tight &&
      !glued(tokens[out.from - 2], t)
    ) {
      out = { ...out, signed: t.text === '+' ? 1 : -1, from: out.from - 1 };
    } else if ((t.text === '×' || t.text === 'x') && tight && out.kind === 'bare') {
      out = { ...out, kind: 'factor', from: out.from - 1 };
    } else break;
  }
  const currency = tokens[out.from - 1];
  if (out.kind === 'bare' && /^(usd|eur|gbp|chf)$/.test(word(currency))) {
    const rest = money(tokens, out.to);
    out = {
      ...out,
      kind: rest.kind,
      value: out.value * rest.scale,
      from: out.from - 1,
      to: Math.max(out.to, rest.to),
    };
  }
  if (
    out.kind === 'bare' &&
    word(tokens[out.from - 1]) === 'x' &&
    glued(tokens[out.from - 1], tokens[out.from])
  )
    out = { ...out, kind: 'factor', from: out.from - 1 };
  const plus = tokens[out.to];
  if (plus?.text === '+' && glued(tokens[out.to - 1], plus))
    out = { ...out, comparator: '>=', to: out.to + 1 };
  return out.comparator ? out : { ...out, ...worded(tokens, out) };
}

const BEFORE: readonly (readonly [RegExp, Comparator | undefined])[] = [
  // "backs up to 180k", "climbs up to": the way to a figure, not a bound.
  [
    /(?:^| )(?:backs?|backed|backing|climbs?|climbed|goes|went|gone|ramps?|ramped|ramping|scales?|scaled|piles?|piled|shot|shoots|builds?|built|spikes?|spiked|jumps?|jumped|grows?|grew|rises?|rose|crept|queue|queues|queued) up to$/,
    undefined,
  ],
  [
    /(?:^| )(?:not|cannot|can't|never|no|mustn't|doesn't|don't|won't|nothing|nobody) (?:\S+ ){0,2}(?:beyond|exceed|over|above|more than|larger than|bigger than|higher than|longer than|slower than|worse than)$/,
    '<=',
  ],
  [/(?:^| )(?:no|not) more than$/, '<='],
  [
    /(?:^| )(?:at most|up to|as much as|max|maximum|max of|maximum of|within|not exceed|never exceed|capped at|limited to|cap of|limit of|no later than|no longer than|upto)$/,
    '<=',
  ],
  [
    /(?:^| )(?:less than|fewer than|lower than|shorter than|smaller than|under|below|beneath|faster than|sub|within under|stay under|stays under)$/,
    '<',
  ],
  [/(?:^| )(?:at least|no less than|not less than|minimum|minimum of|min of|as many as at least)$/, '>='],
  [
    /(?:^| )(?:more than|greater than|higher than|longer than|larger than|bigger than|over|above|beyond|exceeds|exceed|exceeding|exceeded|upwards of)$/,
    '>',
  ],
  [
    /(?:^| )(?:about|around|roughly|approximately|approx|circa|ca|nearly|almost|some|close to|near|or so|an estimated|estimated|like|just)$/,
    '~',
  ],
];

function worded(tokens: readonly Token[], q: Quantity): { comparator?: Comparator } {
  const before: string[] = [];
  for (let j = q.from - 1; j >= 0 && before.length < 6; j--) {
    const t = tokens[j] as Token;
    if (t.text === '.' || (t.text === '-' && glued(t, tokens[j + 1]))) continue;
    if (t.kind !== 'word') break;
    before.unshift(t.lower);
  }
  const phrase = before.join(' ');
  for (const [pattern, comparator] of BEFORE)
    if (pattern.test(phrase)) return comparator ? { comparator } : {};
  const a = tokens[q.to];
  const after = `${word(a)} ${word(tokens[q.to + 1])}`;
  if (/^(max|maximum|tops) |^at most|^or (less|lower|below|under|faster|better)/.test(after))
    return { comparator: '<=' };
  if (/^(min|minimum) |^at least|^or (more|higher|above|better)/.test(after)) return { comparator: '>=' };
  if (/^or so/.test(after)) return { comparator: '~' };
  return {};
}

/** Parts and multiples in words: "half", "a third", "doubled"; small counts before a noun: "two read replicas". */
function inWords(tokens: readonly Token[], i: number): Quantity | undefined {
  const t = tokens[i] as Token;
  if (t.kind !== 'word') return undefined;
  const said = ninesAt(tokens, i) ?? boundInWords(tokens, i) ?? oneIn(tokens, i);
  if (said) return withPrefix(tokens, said);
  const multiple = MULTIPLYING.get(t.lower);
  if (multiple !== undefined && multiplies(tokens, i))
    return { kind: 'factor', value: multiple, ...ONE, from: i, to: i + 1, inWords: true };
  const part = PART_WORDS.get(t.lower);
  if (part !== undefined) return partInWords(tokens, i, part);
  const n = NUMBER_WORDS.get(t.lower);
  if (n === undefined || tokens[i - 1]?.text === '-') return undefined;
  if (PART_WORDS.has(word(tokens[i + 1]))) return undefined;
  const figure = readFigure(tokens, i);
  if (!figure) return undefined;
  // "one" and "single" count only things that are had: "one primary", "a single replica".
  const made = withPrefix(tokens, finish(tokens, i, figure));
  if (
    made.kind === 'bare' &&
    (made.noun === undefined ||
      (n === 1 && (t.lower === 'one' || made.noun.startsWith('thread')) && !countsOne(made.noun)))
  )
    return undefined;
  if ((made.kind === 'duration' || made.kind === 'cores') && n === 1) return undefined;
  return made.kind === 'bare' || made.kind === 'duration' || made.kind === 'factor' || made.kind === 'cores'
    ? { ...made, inWords: true }
    : undefined;
}

const ONE = { unitScale: 1, multiplier: 1 } as const;
const countsOne = (noun: string): boolean => {
  const name = COUNT_NOUNS.get(noun);
  return name === 'replicas' || name === 'instances';
};

/** "double" is a verb or "double the load"; "double-sold" and "double booking" multiply nothing. */
function multiplies(tokens: readonly Token[], i: number): boolean {
  const t = tokens[i] as Token;
  if (!/^(?:double|triple|quadruple)$/.test(t.lower)) return true;
  return (
    /^(?:the|our|that|traffic|load|volume|requests|normal|usual|today|last|what)$/.test(
      word(tokens[i + 1]),
    ) ||
    /^(?:will|to|would|may|might|could|should|can|is|be|about|expected|roughly)$/.test(word(tokens[i - 1]))
  );
}

function partInWords(tokens: readonly Token[], i: number, part: number): Quantity | undefined {
  const before = tokens[i - 1];
  const many = NUMBER_WORDS.get(word(before)) ?? (before?.kind === 'number' ? before.value : undefined);
  const after = word(tokens[i + 1]);
  if (tokens[i]?.lower === 'half') {
    // "half an hour", "half the requests", "half of traffic"
    // "half a second", "half an hour"
    const seconds = /^(?:an?)$/.test(after) ? TIME_WORDS.get(word(tokens[i + 2])) : undefined;
    if (seconds !== undefined)
      return { kind: 'duration', value: seconds / 2, ...ONE, from: i, to: i + 3, inWords: true };
    if (/^(an|a|hour|day)$/.test(after)) return undefined;
    return /^(of|the|our|all)$/.test(after) || /^(by|about|roughly|than)$/.test(word(before))
      ? { kind: 'percent', value: part, ...ONE, from: i, to: i + 1, inWords: true }
      : undefined;
  }
  if (after !== 'of' && !/^(the|our)$/.test(after)) return nextPart(tokens, i, part);
  // "a tenth of that" is a part of a figure said before.
  if (/^(?:that|it|this|those|what)$/.test(word(tokens[i + 2]))) return undefined;
  if (many !== undefined && many > 1)
    return { kind: 'percent', value: many * part, ...ONE, from: i - 1, to: i + 1, inWords: true };
  return word(before) === 'a' || word(before) === 'one'
    ? { kind: 'percent', value: part, ...ONE, from: i - 1, to: i + 1, inWords: true }
    : undefined;
}

/** "half of requests are search, a quarter detail pages": a further part of the same whole. */
function nextPart(tokens: readonly Token[], i: number, part: number): Quantity | undefined {
  const article = i - 1;
  if (!/^(?:a|one)$/.test(word(tokens[article])) || tokens[i + 1]?.kind !== 'word') return undefined;
  if (!(tokens[article - 1]?.text === ',' || word(tokens[article - 1]) === 'and')) return undefined;
  const told = tokens
    .slice(Math.max(0, article - 12), article)
    .some((t) => t.text === '%' || PART_WORDS.has(t.lower));
  const into = /^(?:is|are)$/.test(word(tokens[i + 1])) ? i + 2 : i + 1;
  return told && !TIME_WORDS.has(word(tokens[into]))
    ? { kind: 'percent', value: part, ...ONE, from: article, to: into, inWords: true }
    : undefined;
}

/** "12 days ago", "since ~10 days", "in the last 24 h": a time of something, not a quantity of the system. */
function agoAfter(tokens: readonly Token[], q: Quantity): Passed | undefined {
  if (q.kind !== 'duration') return undefined;
  const after = word(tokens[q.to]);
  // "three days a week" says how often.
  if (
    q.value >= 86_400 &&
    /^(?:a|per|each|every)$/.test(after) &&
    /^(?:week|month|year|quarter)$/.test(word(tokens[q.to + 1]))
  )
    return { from: q.from, to: q.to + 2, why: 'ago' };
  // "3.6 s before each restart", "it was 180 ms before": nobody dates a release in seconds.
  if (/^(?:ago|earlier|before)$/.test(after) && (after === 'ago' || q.value >= 60))
    return { from: q.from, to: q.to + 1, why: 'ago' };
  const before = word(tokens[q.from - 1]);
  if (before === 'since' || /^(last|past|previous)$/.test(before))
    return { from: q.from, to: q.to, why: 'ago' };
  return undefined;
}

/** True when token i is an arrow between two figures: "480ms → 1.8s". */
export const isChangeArrow = (tokens: readonly Token[], i: number): boolean =>
  isArrow(tokens[i]) || (tokens[i]?.text === '>' && !glued(tokens[i], tokens[i + 1]));
