import type { Family } from './families.js';
import type { Quantity, QuantityKind } from './figures/quantity.js';
import type { Frame } from './frame.js';
import type { Match } from './lexicon.js';
import { COUNT_NOUNS } from './nouns.js';
import { STOP } from './words.js';

/** What a quantity measures, by the words around it. */
export interface Claim {
  family: Family;
  /** Tokens of the phrase. */
  from: number;
  to: number;
  cost: number;
}
export interface Claimed {
  claim?: Claim;
  /** Ending of the fact's name: `p99`, `mean`, `max`. */
  statistic?: { name: string; from: number; to: number };
}

interface Index {
  family: (Match<Family[]> | undefined)[];
  statistic: (Match<string> | undefined)[];
  quantity: (number | undefined)[];
}

/** How far words are looked at on each side of a figure. */
const REACH = 26;

export function indexOf(frame: Frame): Index {
  const n = frame.tokens.length;
  const family = new Array<Match<Family[]> | undefined>(n);
  const statistic = new Array<Match<string> | undefined>(n);
  const quantity = new Array<number | undefined>(n);
  for (const m of frame.families) for (let i = m.from; i < m.to; i++) family[i] = m;
  for (const m of frame.statistics) for (let i = m.from; i < m.to; i++) statistic[i] = m;
  frame.quantities.forEach((q, k) => {
    for (let i = q.from; i < q.to; i++) quantity[i] = k;
  });
  return { family, statistic, quantity };
}

/** Units as the family knows them: a size suffix makes "512M heap" bytes. */
export const kindFor = (q: Quantity, family: Family): QuantityKind =>
  q.kind === 'bare' &&
  q.noun === undefined &&
  q.sizeSuffix &&
  family.names.bytes !== undefined &&
  family.names.bare === undefined
    ? 'bytes'
    : isShareOf(q, family)
      ? 'percent'
      : q.kind;

/** "hit rate of 0.62": a share written as a decimal, where nothing is counted. */
const isShareOf = (q: Quantity, family: Family): boolean =>
  q.kind === 'bare' &&
  q.noun === undefined &&
  q.multiplier === 1 &&
  q.value > 0 &&
  q.value < 1 &&
  family.names.percent !== undefined &&
  family.names.bare === undefined;

const fits = (family: Family, q: Quantity): boolean => family.names[kindFor(q, family)] !== undefined;

/** Finds the family and the statistic of the quantity at `at`; `partner` is a quantity it shares its words with. */
export function claimOf(frame: Frame, index: Index, at: number, partners: ReadonlySet<number>): Claimed {
  const q = frame.quantities[at] as Quantity;
  const families: Claim[] = [];
  const statistics: { name: string; from: number; to: number; cost: number }[] = [];
  const alone = standsAlone(frame, index, q);
  const look = (direction: -1 | 1): void => {
    let cost = direction === 1 ? 0.6 : 0;
    let last: number | undefined;
    let left: number | undefined;
    let i = direction === 1 ? q.to : q.from - 1;
    const home = frame.group[q.from] ?? 0;
    let segment = frame.segment[q.from];
    let crossed = false;
    let outer: number | undefined;
    for (let step = 0; step < REACH && i >= 0 && i < frame.tokens.length; step++, i += direction) {
      if (frame.sentence[i] !== frame.sentence[q.from]) break;
      const t = frame.tokens[i];
      if (!t) break;
      const group = frame.group[i] ?? 0;
      if (group !== home) {
        if (direction === 1) {
          // "1.8s (p99)": a parenthesis right behind belongs to the figure.
          if (t.text === ')' || i > q.to + 3) break;
          if (t.text !== '(' && group === 0) break;
        } else if (home !== 0 && group === 0) {
          // Out of the parenthesis: only the words right before it.
          outer ??= frame.segment[i];
          if (frame.segment[i] !== outer) break;
        } else if (home !== 0 && i === frame.opens[home]) {
          cost += 2;
        } else {
          // Another parenthesis on the left is skipped.
          continue;
        }
      }
      if (direction === -1 && frame.segment[i] !== segment) {
        segment = frame.segment[i];
        // Words before a comma count for "6k peak" in "QPS 3k steady, 6k peak", less where a clause has its own words.
        if (!crossed || !alone) cost += alone ? 2 : 5;
        crossed = true;
      }
      const other = index.quantity[i];
      if (other !== undefined && other !== at) {
        if (direction === 1 && !partners.has(other)) break;
        if (other !== last && !partners.has(other)) cost += 2;
        last = other;
        left = other;
        continue;
      }
      if (direction === 1 && frame.segment[i] !== segment && t.text !== '(' && group === home) break;
      if (direction === 1 && (t.text === ',' || t.text === ';' || t.text === '|')) break;
      if (t.text === '(' && direction === 1 && i > q.to) break;
      if (t.lower === 'but' || t.lower === 'while' || t.lower === 'although' || t.lower === 'yet') cost += 3;
      const s = index.statistic[i];
      if (s && !(crossed && !alone) && !statistics.some((x) => x.from === s.from))
        statistics.push({
          name: s.value,
          from: s.from,
          to: s.to,
          cost:
            cost +
            (direction === 1 && (i === q.to || isAt(frame, q, i)) ? -1.6 : 0) +
            (direction === 1 && ownsNext(frame, index, s.to, at) ? 4 : 0) +
            (direction === -1 && ownedBefore(frame, index, s.from) ? 4 : 0),
        });
      const m = index.family[i];
      if (m && !families.some((f) => f.from === m.from)) {
        for (const family of m.value) {
          if (!fits(family, q)) continue;
          // "prefetch 250 per consumer": what a count is per is not what it counts.
          if (
            q.kind === 'bare' &&
            direction === 1 &&
            i === q.to + 1 &&
            /^(?:per|each|every)$/.test(frame.tokens[q.to]?.lower ?? '')
          )
            continue;
          // "hit rate dropped from 92 % to 55 %": a way down, not messages lost.
          if (
            family.id === 'errors' &&
            t.lower === 'dropped' &&
            /^(?:from|to|by|below|under)$/.test(frame.tokens[i + 1]?.lower ?? '')
          )
            continue;
          // "0.7% of calls hit the 1 s timeout"
          if (
            family.id === 'hit ratio' &&
            /^hits?$/.test(t.lower) &&
            frame.tokens
              .slice(i + 1, i + 6)
              .some((x) => /^(?:timeouts?|limits?|deadlines?|errors?|quota)$/.test(x.lower))
          )
            continue;
          // "error rate hits 3.1%": a verb, not hits of a cache.
          if (
            family.id === 'hit ratio' &&
            /^hits?$/.test(t.lower) &&
            i === q.from - 1 &&
            (index.family[i - 1] !== undefined || index.statistic[i - 1] !== undefined)
          )
            continue;
          // A percent beside "peak" or "load" is a share of something else, unless it says that it grew.
          if (family.id === 'traffic' && q.kind === 'percent' && q.signed === undefined && !grows(frame, q))
            continue;
          const beside = direction === -1 ? i >= q.from - 3 : i <= q.to + 1;
          // "26 s at the deadline", "deadline week: logins take 20 s": a day, not a time-out.
          if (family.id === 'timeout' && t.lower === 'deadline' && !(direction === -1 && beside)) continue;
          if (q.kind === 'bare' && family.bareBeside && !beside && left === undefined) continue;
          const c =
            cost +
            (family.weak ? 3 : 0) +
            (direction === 1 && ownsNext(frame, index, m.to, at) ? 4 : 0) +
            (direction === -1 && ownedBefore(frame, index, m.from) ? 2 : 0) -
            (direction === 1 && i === q.to ? 1.6 : 0);
          families.push({ family, from: m.from, to: m.to, cost: c });
        }
      }
      if (t.kind === 'word' && !s) cost += m ? 0.5 : 1;
    }
  };
  look(-1);
  look(1);
  if (q.nounTokens) addOwnNoun(index, q, families);
  const best = families.reduce<Claim | undefined>(
    (a, b) => (a === undefined || b.cost < a.cost ? b : a),
    undefined,
  );
  const own = index.statistic[q.from];
  const statistic = own
    ? { name: own.value, from: own.from, to: own.to, cost: 0 }
    : statistics
        .filter((s) => s.cost < 9)
        .reduce<(typeof statistics)[number] | undefined>(
          (a, b) => (a === undefined || b.cost < a.cost ? b : a),
          undefined,
        );
  return {
    ...(best && best.cost < 13 && !strays(frame, index, q, best) ? { claim: best } : {}),
    ...(statistic ? { statistic: { name: statistic.name, from: statistic.from, to: statistic.to } } : {}),
  };
}

/** "connections 830 of 840, ACU at 16": a bare figure with a word of its own does not count what the clause before counts. */
function strays(frame: Frame, index: Index, q: Quantity, claim: Claim): boolean {
  if (q.kind !== 'bare' || q.noun !== undefined || claim.from >= q.from) return false;
  if (
    frame.segment[claim.from] === frame.segment[q.from] ||
    (frame.group[claim.from] ?? 0) !== (frame.group[q.from] ?? 0)
  )
    return false;
  const link = /^(?:at|of|is|to|now|about|around)$/.test(frame.tokens[q.from - 1]?.lower ?? '');
  const i = q.from - (link ? 2 : 1);
  const t = frame.tokens[i];
  return (
    t?.kind === 'word' &&
    frame.segment[i] === frame.segment[q.from] &&
    !STOP.has(t.lower) &&
    !WHEN_WORD.test(t.lower) &&
    index.family[i] === undefined
  );
}

/** "12 s at p95", "1.1 s (p99)": the statistic stands right behind the figure. */
const isAt = (frame: Frame, q: Quantity, i: number): boolean =>
  i === q.to + 1 && /^(?:at|on|as|in|\()$/.test(frame.tokens[q.to]?.lower ?? '');

const grows = (frame: Frame, q: Quantity): boolean =>
  frame.tokens
    .slice(Math.max(0, q.from - 5), q.from)
    .concat(frame.tokens.slice(q.to, q.to + 3))
    .some((t) => /^(?:grow|grows|grew|growing|growth|increase|increased|up|more)$/.test(t.lower));

/** The counted noun inside the quantity may itself be a phrase: "24 partitions", "1,500 connections". */
function addOwnNoun(index: Index, q: Quantity, families: Claim[]): void {
  const [from, to] = q.nounTokens as readonly [number, number];
  for (let i = from; i < to; i++) {
    const m = index.family[i];
    if (!m) continue;
    for (const family of m.value)
      if (fits(family, q) && !families.some((f) => f.from === m.from && f.family === family))
        families.push({ family, from: m.from, to: m.to, cost: 0.4 + (family.weak ? 2 : 0) });
  }
}

/** True when nothing but small words stands in the figure's segment: it lives on the words before. */
function standsAlone(frame: Frame, index: Index, q: Quantity): boolean {
  const home = frame.segment[q.from];
  const plain = (i: number): boolean => {
    const t = frame.tokens[i];
    return (
      t?.kind !== 'word' || index.quantity[i] !== undefined || STOP.has(t.lower) || WHEN_WORD.test(t.lower)
    );
  };
  for (let i = q.from - 1; i >= 0 && q.from - i < 14 && frame.segment[i] === home; i--)
    if (!plain(i)) return false;
  for (let i = q.to; i < frame.tokens.length && i - q.to < 14 && frame.segment[i] === home; i++)
    if (!plain(i)) return false;
  return true;
}
const WHEN_WORD =
  /^(?:peak|peaks|steady|normal|usual|baseline|day|days|night|nights|weekend|weekends|weekday|weekdays|hour|hours|evening|evenings|morning|mornings|sale|sales|flash|incident|target|month|end|load|otherwise|p\d+|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|black|burst|bursts|spike|spikes|busy|quiet|off|sustained|idle|release|deploy|upgrade)$/;

/** True when a phrase stands right behind an earlier figure that has no phrase before it: "14 ms p50 210 ms p95". */
function ownedBefore(frame: Frame, index: Index, from: number): boolean {
  const k = index.quantity[from - 1];
  if (k === undefined) return false;
  const q = frame.quantities[k] as Quantity;
  const before = q.from - 1;
  return (
    before < 0 ||
    frame.segment[before] !== frame.segment[q.from] ||
    (index.statistic[before] === undefined &&
      index.family[before] === undefined &&
      frame.tokens[before]?.kind !== 'word')
  );
}

/** True when another figure follows right behind a phrase on the right: it is that one's phrase. */
function ownsNext(frame: Frame, index: Index, to: number, self: number): boolean {
  for (let i = to; i < to + 3 && i < frame.tokens.length; i++) {
    const t = frame.tokens[i];
    if (!t || t.text === ',' || t.kind === 'break' || t.text === ';' || t.text === ')') return false;
    // "90 s to become ready while traffic triples"
    if (/^(?:while|but|although|whereas|when)$/.test(t.lower)) return false;
    const k = index.quantity[i];
    if (k !== undefined && k !== self) return true;
  }
  return false;
}

export const nounName = (q: Quantity): string | undefined =>
  q.noun === undefined ? undefined : COUNT_NOUNS.get(q.noun);
export type { Index as FrameIndex };
