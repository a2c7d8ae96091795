import { COUNT_NOUNS } from '../nouns.js';
import type { Token } from '../tokens.js';
import { MULTIPLYING, NUMBER_WORDS, PART_WORDS } from '../units.js';
import { readFigure } from './figure.js';
import { finish } from './finish.js';
import { partInWords } from './part-in-words.js';
import { withPrefix } from './prefix.js';
import type { Quantity } from './quantity.js';
import { unitAfter } from './unit.js';
import { ONE, word } from './word.js';

/** "3 nines", "four nines": the share that is kept. */
export function ninesAt(tokens: readonly Token[], at: number): Quantity | undefined {
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
export function fractionAt(tokens: readonly Token[], at: number): Quantity | undefined {
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

/** Parts and multiples in words: "half", "a third", "doubled"; small counts before a noun: "two read replicas". */
export function inWords(tokens: readonly Token[], i: number): Quantity | undefined {
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
