import { createHmac } from 'node:crypto';

/** Gives each distinct value of a kind a number, and counts what was cut. */
export interface Placeholders {
  /** `<kind:n>`, the same n for the same value. */
  of(kind: string, value: string): string;
  /** Counts one more occurrence of a kind whose placeholder is known already. */
  again(kind: string): void;
  /** Does work in which every occurrence counts as `times`. */
  repeated<T>(times: number, work: () => T): T;
  report(): { kind: string; count: number }[];
}

/** Distinct values of a kind that are told apart. Beyond it, values share one placeholder, to bound memory. */
const MAX_DISTINCT = 1_000_000;

/**
 * Numbers in order of appearance; with a key, numbers that are the same wherever the same key is used, and that nobody can
 * lead back to the value without it (HMAC-SHA-256).
 */
export function createPlaceholders(key?: Uint8Array): Placeholders {
  let weight = 1;
  const kinds = new Map<string, { made: Map<string, string>; count: number }>();
  return {
    of(kind, value) {
      let known = kinds.get(kind);
      if (!known) {
        known = { made: new Map(), count: 0 };
        kinds.set(kind, known);
      }
      known.count += weight;
      const before = known.made.get(value);
      if (before !== undefined) return before;
      if (known.made.size >= MAX_DISTINCT) return `<${kind}:0>`;
      const made = `<${kind}:${key ? keyedNumber(key, kind, value) : known.made.size + 1}>`;
      known.made.set(value, made);
      return made;
    },
    again(kind) {
      const known = kinds.get(kind);
      if (known) known.count += weight;
    },
    repeated(times, work) {
      weight = times;
      try {
        return work();
      } finally {
        weight = 1;
      }
    },
    report: () =>
      [...kinds].map(([kind, { count }]) => ({ kind, count })).sort((a, b) => (a.kind < b.kind ? -1 : 1)),
  };
}

/** Twelve digits of the keyed hash of a value. */
const keyedNumber = (key: Uint8Array, kind: string, value: string): number =>
  createHmac('sha256', key).update(`${kind}\n${value}`).digest().readUIntBE(0, 6) % 1_000_000_000_000;
