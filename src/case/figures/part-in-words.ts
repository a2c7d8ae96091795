import type { Token } from '../tokens.js';
import { NUMBER_WORDS, PART_WORDS, TIME_WORDS } from '../units.js';
import type { Quantity } from './quantity.js';
import { ONE, word } from './word.js';

export function partInWords(tokens: readonly Token[], i: number, part: number): Quantity | undefined {
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
