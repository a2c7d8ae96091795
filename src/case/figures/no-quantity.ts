import { COUNT_NOUNS } from '../nouns.js';
import { glued, isDash, type Token } from '../tokens.js';
import { MONTHS, SCALE_WORDS, STATUS_CODES, UNIT_WORDS } from '../units.js';
import { nounAfter } from './noun.js';
import type { Passed, Quantity } from './quantity.js';
import { rateAfter } from './rate.js';
import { unitAfter } from './unit.js';
import { word } from './word.js';

export function notAQuantity(
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

/** "12 days ago", "since ~10 days", "in the last 24 h": a time of something, not a quantity of the system. */
export function agoAfter(tokens: readonly Token[], q: Quantity): Passed | undefined {
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
