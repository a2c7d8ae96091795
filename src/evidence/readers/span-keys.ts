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

/** Longer ones, with many blanks, are not remembered. */
const MOST_BYTES = 64;

/** Keys of one kind of object, numbered. A writer puts them in the same order from object to object. */
export interface Keys {
  names: readonly Uint8Array[];
  /** By key, `MOST_BYTES` each: the one that followed it the last time, with all signs around it. */
  followers: Text;
  lengths: Uint8Array;
  numbers: Uint8Array;
  /** The number of the key taken last. */
  last: number;
}

/** `names` by their numbers; all others have the number after the last, and the one after that stands for no key. */
export const createKeys = (names: readonly string[]): Keys => ({
  names: names.map(key),
  followers: textOfBytes((names.length + 2) * MOST_BYTES),
  lengths: new Uint8Array(names.length + 2),
  numbers: new Uint8Array(names.length + 2),
  last: names.length + 1,
});

/**
 * Takes a key with the sign before it, at `at`, and all up to its value: its number is then `last`. Gives where the value
 * begins, or -1. `before` is the number of the key before it: what followed that the last time is tried first.
 */
export function takeKey(k: Keys, text: Text, at: number, before: number): number {
  const length = k.lengths[before] as number;
  if (length > 0 && standsAt(k.followers, before * MOST_BYTES, length, text, at)) {
    k.last = k.numbers[before] as number;
    return at + length;
  }
  const { bytes } = text;
  const name = skipBlanks(bytes, at + 1) + 1;
  if (bytes[name - 1] !== QUOTE) return -1;
  const value = valueAfterKey(bytes, name);
  if (value < 0) return -1;
  k.last = numberOf(k.names, bytes, name);
  if (value - at <= MOST_BYTES) {
    bytes.copy(k.followers.bytes, before * MOST_BYTES, at, value);
    k.lengths[before] = value - at;
    k.numbers[before] = k.last;
  }
  return value;
}

function numberOf(names: readonly Uint8Array[], bytes: Uint8Array, at: number): number {
  for (let i = 0; i < names.length; i++) if (isKey(bytes, at, names[i] as Uint8Array)) return i;
  return names.length;
}
