import { glued, type Token } from '../tokens.js';
import { NUMBER_WORDS, SCALE_WORDS } from '../units.js';
import { nounAfter } from './noun.js';
import { isPlainBytes, type UnitRead, unitAfter } from './unit.js';
import { word } from './word.js';

export interface Figure {
  value: number;
  unit?: UnitRead;
  to: number;
  letter?: string;
  multiplier: number;
}

/** The figure at a token, its multiplier and its unit. */
export function readFigure(tokens: readonly Token[], at: number): Figure | undefined {
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
