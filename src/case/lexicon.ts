import { glued, type Token } from './tokens.js';

/** A word as phrases see it: identifiers such as `max_connections` are taken apart, hyphens are dropped. */
export interface Word {
  lower: string;
  token: number;
}

/** The words of the tokens, in order. One token can give several words. */
export function wordsOf(tokens: readonly Token[]): Word[] {
  const out: Word[] = [];
  tokens.forEach((t, token) => {
    if (t.kind === 'word') for (const lower of partsOf(t)) out.push({ lower, token });
    else if (t.text === '-' && (glued(tokens[token - 1], t) || glued(t, tokens[token + 1]))) return;
    else out.push({ lower: t.lower, token });
  });
  return out;
}

function partsOf(t: Token): string[] {
  const dots = t.text.split('.').length - 1;
  const identifier =
    t.text.includes('_') || dots >= 2 || (dots === 1 && /^[a-z]{4,}\.[a-z]{4,}$/.test(t.text));
  const parts = identifier ? t.text.split(/[_.]+/) : [t.text];
  const humps = parts.flatMap((p) => (/^[a-z]+(?:[A-Z][a-z]+)+$/.test(p) ? p.split(/(?=[A-Z])/) : [p]));
  return humps.filter((p) => p !== '').map((p) => p.toLowerCase().replace(/['’]s$/, ''));
}

/** A tree of phrases: each node's `value` ends a phrase. */
export interface PhraseTree<T> {
  value?: T;
  next: Map<string, PhraseTree<T>>;
}

/** Builds a tree from `phrase|phrase` strings; words of a phrase are parted by spaces. */
export function phraseTree<T>(rows: Iterable<readonly [string, T]>): PhraseTree<T> {
  const root: PhraseTree<T> = { next: new Map() };
  for (const [phrases, value] of rows)
    for (const phrase of phrases.split('|')) {
      let node = root;
      for (const word of phrase.trim().split(' ')) {
        let next = node.next.get(word);
        if (!next) {
          next = { next: new Map() };
          node.next.set(word, next);
        }
        node = next;
      }
      node.value ??= value;
    }
  return root;
}

export interface Match<T> {
  value: T;
  /** Tokens [from, to). */
  from: number;
  to: number;
}

/** The longest phrases, from left to right, not overlapping. Time: words × longest phrase. */
export function matchPhrases<T>(words: readonly Word[], tree: PhraseTree<T>): Match<T>[] {
  const out: Match<T>[] = [];
  let i = 0;
  while (i < words.length) {
    let node: PhraseTree<T> | undefined = tree;
    let best: { value: T; end: number } | undefined;
    for (let j = i; j < words.length && node; j++) {
      node = node.next.get((words[j] as Word).lower);
      if (node?.value !== undefined) best = { value: node.value, end: j };
    }
    if (best && isPartOfIdentifier(words, i, best.end)) i = best.end + 1;
    else if (best) {
      out.push({
        value: best.value,
        from: (words[i] as Word).token,
        to: (words[best.end] as Word).token + 1,
      });
      i = best.end + 1;
    } else i++;
  }
  return out;
}

/** One word out of `max.poll.records` says nothing: a phrase takes the whole identifier, or two words of it. */
function isPartOfIdentifier(words: readonly Word[], from: number, to: number): boolean {
  if (from !== to) return false;
  const token = words[from]?.token;
  return words[from - 1]?.token === token || words[to + 1]?.token === token;
}
