import type { Phase } from '../domain/index.js';
import type { Quantity } from './figures/quantity.js';
import type { Frame } from './frame.js';
import { type Match, matchPhrases } from './lexicon.js';
import { PHASE_TREE } from './phases.js';

export type Moment = Phase | 'before' | 'now';

export const momentsOf = (frame: Frame): Match<Moment>[] =>
  matchPhrases(frame.words, PHASE_TREE).filter((m) => !isBareVerb(frame, m));

/** "was" and "were" say when only in "(was 2k)" and "was 2k, now 14k". */
function isBareVerb(frame: Frame, m: Match<Moment>): boolean {
  const t = frame.tokens[m.from];
  // "10x normal traffic", "on top of normal traffic" compare with what is normal.
  if (
    /^(?:normal|usual|baseline|steady)$/.test(t?.lower ?? '') &&
    /^(?:x|×|times|of|over|than|the|our|above|beyond)$/.test(frame.tokens[m.from - 1]?.lower ?? '')
  )
    return true;
  // "usually it needs 800 ms" tells how long it takes, not what is wanted.
  if (/^needs$/.test(t?.lower ?? '') && /^(?:performance_issues|current_metrics|workload)$/.test(frame.input))
    return true;
  // "Black Friday rehearsal failed at 7k rps": what was seen was not only planned.
  if (
    /^(?:black|launch|event|on)$/.test(t?.lower ?? '') &&
    m.value === 'planned' &&
    /^(?:performance_issues|current_metrics)$/.test(frame.input)
  )
    return true;
  // "at twice today's traffic": today's is a measure, not a time.
  if (/^today['’]s$/.test(t?.lower ?? '')) return true;
  // "on goals placement p99 goes to 5 s": an event, not an aim.
  if (
    /^goals?$/.test(t?.lower ?? '') &&
    !/^(?:target_metrics|constraints)$/.test(frame.input) &&
    !/^(?::|=|is|was|of|<|≤)$/.test(frame.tokens[m.to]?.lower ?? '') &&
    frame.tokens[m.from - 1]?.text !== '('
  )
    return true;
  // "the last 10 s before gate closure": a point of the day, not the past.
  if (
    t?.lower === 'before' &&
    (frame.passed.some((p) => p.why === 'ago' && p.to === m.from) ||
      frame.quantities.some((q) => q.kind === 'duration' && q.to === m.from)) &&
    frame.tokens[m.to]?.kind === 'word'
  )
    return true;
  if (!t || !/^(?:was|were)$/.test(t.lower)) return false;
  if (frame.tokens[m.from - 1]?.text === '(') return false;
  for (
    let i = m.to;
    i < frame.tokens.length && i < m.to + 24 && frame.sentence[i] === frame.sentence[m.from];
    i++
  )
    if (/^(?:now|currently|today)$/.test(frame.tokens[i]?.lower ?? '')) return false;
  return true;
}

/** The moment that the words of a quantity's own segment give; `ahead` is one set before the first figure of its sentence. */
export function momentOf(
  frame: Frame,
  moments: readonly Match<Moment>[],
  q: Quantity,
  quantityAt: readonly (number | undefined)[],
  self: number,
): { own?: Moment; ahead?: Moment } {
  let own: { moment: Moment; cost: number } | undefined;
  let ahead: Moment | undefined;
  for (const m of moments) {
    if (frame.sentence[m.from] !== frame.sentence[q.from]) continue;
    if (m.from >= q.from && m.to <= q.to) continue;
    const sameSegment = frame.segment[m.from] === frame.segment[q.from];
    const left = m.to <= q.from;
    const [a, b] = left ? [m.to, q.from] : [q.to, m.from];
    let crossed = 0;
    for (let i = a; i < b; i++) {
      const k = quantityAt[i];
      if (k !== undefined && k !== self) crossed++;
    }
    const cost =
      b -
      a +
      crossed * 6 +
      (left ? 0 : 0.5) +
      (m.value === 'target' || m.value === 'planned' ? (left ? 0 : 20) : 0);
    if (sameSegment && crossed < 3 && cost < 14 && (own === undefined || cost < own.cost))
      own = { moment: m.value, cost };
    // "at peak (18:00-21:00)", "(up from 2k before)": a parenthesis right behind
    const group = frame.group[m.from] ?? 0;
    if (group !== 0 && group !== frame.group[q.from]) continue;
    if (left && crossed === 0 && !sameSegment && !isPostposed(frame, m, q, quantityAt)) ahead = m.value;
    if (left && isLeading(frame, m, quantityAt) && !(isSpent(frame, m, q, quantityAt) && !sameSegment))
      ahead = m.value;
  }
  return { ...(own ? { own: own.moment } : {}), ...(ahead ? { ahead } : {}) };
}

/** True when no figure stands before the phrase in its sentence, and a figure or a colon follows soon. */
function isLeading(frame: Frame, m: Match<Moment>, quantityAt: readonly (number | undefined)[]): boolean {
  for (let i = m.from - 1; i >= 0 && i >= m.from - 8 && frame.sentence[i] === frame.sentence[m.from]; i--)
    if (quantityAt[i] !== undefined) return false;
  return true;
}

/** "91 % normally, 54 % in the evening": words behind a figure, with none after them in their clause, are that figure's. */
function isPostposed(
  frame: Frame,
  m: Match<Moment>,
  q: Quantity,
  quantityAt: readonly (number | undefined)[],
): boolean {
  const home = frame.segment[m.from];
  let before = false;
  for (let i = m.from - 1; i >= 0 && frame.segment[i] === home; i--)
    if (frame.quantities[quantityAt[i] ?? -1]?.kind === q.kind) before = true;
  if (!before) return false;
  for (let i = m.to; i < frame.tokens.length && frame.segment[i] === home; i++)
    if (quantityAt[i] !== undefined) return false;
  return true;
}

/** "normal 3,500 req/s, last election 41,000 req/s": the words have their figure of this kind already. */
function isSpent(
  frame: Frame,
  m: Match<Moment>,
  q: Quantity,
  quantityAt: readonly (number | undefined)[],
): boolean {
  for (let i = m.to; i < frame.tokens.length && frame.segment[i] === frame.segment[m.from]; i++) {
    const k = quantityAt[i];
    if (k !== undefined && frame.quantities[k]?.kind === q.kind && q.kind !== 'duration') return true;
  }
  return false;
}

const OPENERS =
  /^(?:during|when|whenever|while|every|after|outside|throughout|until|since|once|if|between|besides|on|in|at|under|with|within|over|across|per|each|for|against|before|without)$/;
const WEEKDAY = /^(?:mon|tues?|wed(?:nes)?|thurs?|fri|satur|sun)(?:day)?s?$/;

/** The condition in the user's words behind a figure: "during flash sales", "at peak", "on Mondays". */
export function conditionAfter(
  frame: Frame,
  from: number,
  quantityAt: readonly (number | undefined)[],
  loads: (k: number) => boolean,
): { from: number; to: number } | undefined {
  const home = frame.segment[from - 1];
  for (let i = from; i < frame.tokens.length && frame.segment[i] === home; i++) {
    const t = frame.tokens[i];
    if (!t) return undefined;
    const k = quantityAt[i];
    if (k !== undefined) return undefined;
    if (t.kind !== 'word') continue;
    const day = WEEKDAY.test(t.lower);
    if (!day && !(OPENERS.test(t.lower) && opens(frame, i, quantityAt, loads))) continue;
    let to = i + 1;
    while (to < frame.tokens.length && frame.segment[to] === home && to - i < 14) {
      const other = quantityAt[to];
      if (
        other !== undefined &&
        !loads(other) &&
        !/^(?:per|every|each|under|after|between|over|within|for)$/.test(t.lower)
      )
        break;
      if (/^(?:and|but|yet|so|or|although|though)$/.test(frame.tokens[to]?.lower ?? '')) break;
      if (
        /[;)]/.test(frame.tokens[to]?.text ?? '') ||
        frame.tokens[to]?.kind === 'break' ||
        frame.tokens[to]?.text === ','
      )
        break;
      to++;
    }
    return to > i + 1 || day ? { from: i, to } : undefined;
  }
  return undefined;
}

function opens(
  frame: Frame,
  i: number,
  quantityAt: readonly (number | undefined)[],
  loads: (k: number) => boolean,
): boolean {
  const word = frame.tokens[i]?.lower ?? '';
  const next = frame.tokens[i + 1]?.lower ?? '';
  const k = quantityAt[i + 1] ?? quantityAt[i + 2];
  switch (word) {
    case 'during':
    case 'when':
    case 'whenever':
    case 'while':
    case 'every':
    case 'outside':
    case 'throughout':
    case 'after':
    case 'once':
    case 'if':
    case 'per':
    case 'each':
    case 'without':
      return true;
    case 'on':
      return (
        WEEKDAY.test(next) ||
        /^(?:weekends?|weekdays|black|cyber|month|pay|payday|launch|sale|release|busy|normal|bad|good|cold|warm|a|game|match|race|election)$/.test(
          next,
        )
      );
    case 'in':
      return (
        /^(?:peak|those|production|prod|staging|bursts?|december|q[1-4])$/.test(next) ||
        (next === 'the' && /^(?:evening|morning|afternoon|night)/.test(frame.tokens[i + 2]?.lower ?? ''))
      );
    case 'at':
      return (
        /^(?:peak|night|month|quarter|year|end|noon|lunch|midnight|the|rush|steady|idle|launch|full|opening|kick|half)$/.test(
          next,
        ) ||
        (k !== undefined && loads(k))
      );
    case 'under':
    case 'with':
    case 'against':
      return (k !== undefined && loads(k)) || /^(?:load|peak|normal|full|heavy|stress)$/.test(next);
    case 'between':
      return frame.tokens[i + 1]?.kind === 'clock';
    default:
      return false;
  }
}
