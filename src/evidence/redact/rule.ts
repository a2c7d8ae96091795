import type { Traits } from './traits.js';

/** Replaces a found value; gives the placeholder of its kind. */
export type Cut = (kind: string, value: string) => string;

/** One kind of thing to cut. */
export interface Rule {
  /** Cheap and without false negatives: whether the rule can find anything in this text. */
  applies(text: string, traits: Traits): boolean;
  /** `traits` are those of the text before any rule. */
  apply(text: string, cut: Cut, traits: Traits): string;
  /** Not used on values whose key says that they are ids or versions. */
  notOnIds?: boolean;
}
