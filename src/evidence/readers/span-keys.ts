import { afterColon, plainStringEnd, skipBlanks } from './json-bytes.js';
import { standsAt, type Text, textOfBytes } from './span-text.js';

const QUOTE = 34;

/** A key as it stands in the text, with its closing quote. */
export const key = (name: string): Uint8Array => Buffer.from(`${name}"`);

/** True when `name` stands at `at`. */
export function isKey(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
  return true;
}

/** Where the value of a key begins; the key begins at `from` and has no escapes. -1 when it is none. */
export function valueAfterKey(bytes: Uint8Array, from: number): number {
  const end = plainStringEnd(bytes, from);
  return end < 0 ? -1 : afterColon(bytes, end);
}

/** Keys of one kind of object, numbered. A writer puts them in the same order from object to object. */
export interface Keys {
  /**
   * Takes a key with the sign before it, at `at`, and all up to its value; gives where that begins, or -1. `before` is
   * the number of the key before it, or that of no key.
   */
  take(text: Text, at: number, before: number): number;
  /** The number of the key taken last. */
  last(): number;
}

/** Longer ones, with many blanks, are not remembered. */
const MOST_BYTES = 64;

/**
 * `names` by their numbers; all others have the number after the last, and the one after that stands for no key. What
 * followed a key the last time is tried first.
 */
export function createKeys(names: readonly string[]): Keys {
  const known = names.map(key);
  const OTHER = names.length;
  const followers = textOfBytes((OTHER + 2) * MOST_BYTES);
  const lengths = new Uint8Array(OTHER + 2);
  const numbers = new Uint8Array(OTHER + 2);
  let last = OTHER + 1;

  const numberOf = (bytes: Uint8Array, at: number): number => {
    for (let i = 0; i < OTHER; i++) if (isKey(bytes, at, known[i] as Uint8Array)) return i;
    return OTHER;
  };
  return {
    take(text, at, before) {
      const length = lengths[before] as number;
      if (length > 0 && standsAt(followers, before * MOST_BYTES, length, text, at)) {
        last = numbers[before] as number;
        return at + length;
      }
      const { bytes } = text;
      const name = skipBlanks(bytes, at + 1) + 1;
      if (bytes[name - 1] !== QUOTE) return -1;
      const value = valueAfterKey(bytes, name);
      if (value < 0) return -1;
      last = numberOf(bytes, name);
      if (value - at <= MOST_BYTES) {
        text.bytes.copy(followers.bytes, before * MOST_BYTES, at, value);
        lengths[before] = value - at;
        numbers[before] = last;
      }
      return value;
    },
    last: () => last,
  };
}
