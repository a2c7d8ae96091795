import type { UnitOf } from '../units.js';

export type QuantityKind = UnitOf['kind'] | 'money' | 'moneyRate' | 'bare';

export type Comparator = '=' | '<' | '<=' | '>' | '>=' | '~';

/** A figure with its unit, as written. `value` is in seconds, bytes, ratio, 1/s, bytes/s, cores or plain. */
export interface Quantity {
  kind: QuantityKind;
  value: number;
  interval?: [number, number];
  /** Tokens [from, to): sign, comparator symbol, figure, unit. */
  from: number;
  to: number;
  /** The noun after a bare number or inside a rate: "24 partitions", "70 tasks/s". Lower case. */
  noun?: string;
  /** Tokens of the noun phrase, [from, to). */
  nounTokens?: readonly [number, number];
  /** What it is per, when that is not a time: "40 msg/s per partition", "240 queries per request". */
  per?: string;
  comparator?: Comparator;
  /** Written with + or −: a relative change. */
  signed?: 1 | -1;
  /** Written `512M`, `4g`: a size where memory is meant. */
  sizeSuffix?: boolean;
  /** What one is worth in the canonical unit, and the multiplier of the figure: "3k rps" has 1 and 1000. */
  unitScale: number;
  multiplier: number;
  /** From a word: "half", "doubled". */
  inWords?: boolean;
  /** "three nines": how much is kept. */
  nines?: boolean;
}

/** A figure that is no quantity: a date, a version, a status code, a list number. */
export interface Passed {
  from: number;
  to: number;
  why: 'date' | 'ordinal' | 'status' | 'list-mark' | 'identifier' | 'ago' | 'version';
}

export interface Figures {
  quantities: Quantity[];
  passed: Passed[];
}
