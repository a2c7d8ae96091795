import type { Frame } from '../frame.js';
import { glued, type Token } from '../tokens.js';
import { RUNTIME_WORDS, STOP } from '../words.js';
import { keyOf, type Named } from './draft.js';

/** "without RDS Proxy", "no Kafka", "no search vendor change": named as what is not there. */
export const isDenied = (frame: Frame, from: number): boolean =>
  /^(?:without|no|not|never)$/.test(frame.tokens[from - 1]?.lower ?? '');

export const PHRASE_HEADS = /^(?:services?|apis?|gateway|provider|vendor|system|platform)$/;

const NO_NAME =
  /^(?:boot|mvc|million|millions|billion|thousand|hundred|dozen|validated|change|changes|internal|external|inhouse|house|party|3rd|legacy|micro|downstream|upstream|public|private|rest|soap|graphql|grpc|http|json|own|whole|entire|payment's|several|go|java|python|node|spring|express|django|rails|microservices?|core|net|bulk|web|search-as-a|as-a|managed|cloud|backend|mobile|partner|saas|slow|hot|critical|stateless|stateful|single|customer-facing|our|operating|file|open|based|data|admin|batch|multiple|multi|different|kinds?|self|level|per)$/;

/** "coupon service", "third-party tax API", "DHL rates API": up to three words before a head. */
export function headPhraseAt(frame: Frame, i: number): Named | undefined {
  const { tokens } = frame;
  if (isDenied(frame, i)) return undefined;
  // Looks for the head within the next three words, all of one run.
  const t = tokens[i];
  if (!t || !isNameWord(t)) return undefined;
  if (
    i > 0 &&
    isNameWord(tokens[i - 1]) &&
    !glued(tokens[i - 1], t) &&
    frame.segment[i - 1] === frame.segment[i] &&
    joins(tokens[i - 1], t)
  )
    return undefined;
  let j = i;
  let words = 0;
  while (j < tokens.length && words < 4) {
    const w = tokens[j] as Token;
    if (w.text === '-' && glued(tokens[j - 1], w) && glued(w, tokens[j + 1])) {
      j++;
      continue;
    }
    if (w.kind !== 'word') return undefined;
    if (PHRASE_HEADS.test(w.lower) && j > i) {
      // "a 900-token system prompt": the head must end the phrase.
      if (
        /^(?:system|platform)$/.test(w.lower) &&
        isNameWord(tokens[j + 1]) &&
        joins(w, tokens[j + 1] as Token)
      )
        return undefined;
      const name = frame.text.slice(t.start, w.end);
      // "tax API calls" keeps its name; "12 Go services" and "other services" have none.
      if (/^(?:services|apis)$/.test(w.lower)) return undefined;
      return { from: i, to: j + 1, key: keyOf(name), name };
    }
    if (!isNameWord(w)) return undefined;
    words++;
    j++;
  }
  return undefined;
}

const joins = (a: Token | undefined, b: Token): boolean => a !== undefined && b.start - a.end <= 1;

export const isNameWord = (t: Token | undefined): boolean =>
  t?.kind === 'word' &&
  !STOP.has(t.lower) &&
  !NO_NAME.test(t.lower) &&
  !PHRASE_HEADS.test(t.lower) &&
  !RUNTIME_WORDS.has(t.lower);
