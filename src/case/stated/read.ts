import type { Fact } from '../../domain/index.js';

/** A fact with the tokens it was read from. */
export interface Read {
  fact: Fact;
  from: number;
  to: number;
  /** Index of its quantity. */
  quantity: number;
}
