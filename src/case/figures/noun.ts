import { COUNT_NOUNS, NOT_IN_NOUN_PHRASE } from '../nouns.js';
import { glued, type Token } from '../tokens.js';
import { TIME_WORDS } from '../units.js';
import type { Quantity } from './quantity.js';
import { word } from './word.js';

/** The counted noun after token i, over at most four words that belong to it. */
export function nounAfter(
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

/** A noun nobody listed, taken only inside a rate: "70 widgets/s". */
export function looseNoun(
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

export function withPer(tokens: readonly Token[], q: Quantity): Quantity {
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
