import { glued, type Token } from '../tokens.js';
import type { Comparator, Quantity } from './quantity.js';
import { money } from './unit.js';
import { word } from './word.js';

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

const CURRENCY = /^(?:usd|eur|gbp|chf)$/;

export const isMoneyBefore = (tokens: readonly Token[], at: number): boolean => {
  const t = tokens[at - 1];
  return t !== undefined && ('$€£'.includes(t.text) ? glued(t, tokens[at]) : CURRENCY.test(t.lower));
};

/** A figure behind the sign or the name of a currency. */
function asMoney(tokens: readonly Token[], q: Quantity): Quantity {
  const rest = money(tokens, q.to);
  return {
    ...q,
    kind: rest.kind,
    value: q.value * rest.scale,
    from: q.from - 1,
    to: Math.max(q.to, rest.to),
  };
}

/** Adds sign, currency and comparator symbols, and words such as "under", "at most", "about". */
export function withPrefix(tokens: readonly Token[], q: Quantity): Quantity {
  let out = q;
  for (let n = 0; n < 3; n++) {
    const t = tokens[out.from - 1];
    if (t?.kind !== 'symbol') break;
    const tight = glued(t, tokens[out.from]);
    if (PREFIX[t.text] !== undefined) {
      out = { ...out, comparator: PREFIX[t.text] as Comparator, from: out.from - 1 };
    } else if ((t.text === '$' || t.text === '€' || t.text === '£') && tight) {
      out = asMoney(tokens, out);
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
    out = asMoney(tokens, out);
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

export function worded(tokens: readonly Token[], q: Quantity): { comparator?: Comparator } {
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
