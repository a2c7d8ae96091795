import type { Token } from '../tokens.js';
import { TIME_WORDS } from '../units.js';
import { word } from './word.js';

/** "/s", "per second", "a minute", "/ 5 min" at token i: the factor to one a second. */
export function rateAfter(tokens: readonly Token[], i: number): { scale: number; to: number } | undefined {
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
