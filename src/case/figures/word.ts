import { glued, isArrow, type Token } from '../tokens.js';

/** The lower-case text of a word; empty for what is none. */
export const word = (t: Token | undefined): string => (t?.kind === 'word' ? t.lower : '');

/** A figure that counts one by one. */
export const ONE = { unitScale: 1, multiplier: 1 } as const;

/** True when token i is an arrow between two figures: "480ms → 1.8s". */
export const isChangeArrow = (tokens: readonly Token[], i: number): boolean =>
  isArrow(tokens[i]) || (tokens[i]?.text === '>' && !glued(tokens[i], tokens[i + 1]));
