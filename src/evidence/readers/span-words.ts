import { valueEnd } from './json-bytes.js';
import { longerText, standsAt, type Text, textOfBytes } from './span-text.js';

/** Number of the word that stands for "nothing was written". */
export const ABSENT = 0;

/** The distinct JSON values that stand in one kind of place in a text, numbered. */
export interface Words {
  /** Takes the value that begins at `at`; gives where it ends, or -1 when it is no valid JSON. */
  take(text: Text, at: number): number;
  /** The number of the value taken last. */
  last(): number;
  count(): number;
  /** The JSON of a word. */
  raw(word: number): Buffer;
}

/** Values made to fall on one place cannot slow the search down: beyond this, equal ones may get several numbers. */
const MOST_STEPS = 64;
const START_WORDS = 1024;
const START_BYTES = 1 << 16;

/**
 * Values come again in the order they came in before: what followed the last one then is tried first, and costs no
 * more than a comparison. As no valid object or string begins another, bytes that begin with a known one are it.
 */
export function createWords(): Words {
  let kept = textOfBytes(START_BYTES);
  let keptRoom = START_BYTES;
  let keptBytes = 0;
  /** Where each word begins in `kept`; the next one's beginning is its end. */
  let starts = new Uint32Array(START_WORDS + 1);
  let followers = new Uint32Array(START_WORDS);
  let hashes = new Int32Array(START_WORDS);
  /** Words by hash, open addressing; `ABSENT` is a free place. */
  let places = new Uint32Array(START_WORDS * 4);
  let count = 1;
  let last = ABSENT;

  const lengthOf = (word: number): number => (starts[word + 1] as number) - (starts[word] as number);
  const isAt = (word: number, text: Text, at: number): boolean =>
    standsAt(kept, starts[word] as number, lengthOf(word), text, at);

  const add = (text: Text, from: number, to: number, hash: number): number => {
    const size = keptBytes + to - from;
    if (size > keptRoom) {
      keptRoom = Math.max(size, keptRoom * 2);
      kept = longerText(kept, keptBytes, keptRoom);
    }
    text.bytes.copy(kept.bytes, keptBytes, from, to);
    keptBytes = size;
    if (count >= followers.length) {
      starts = longer(starts);
      followers = longer(followers);
      hashes = longer(hashes);
    }
    const word = count++;
    starts[word + 1] = keptBytes;
    hashes[word] = hash;
    if (count * 2 > places.length) {
      places = new Uint32Array(places.length * 2);
      for (let known = 1; known < count; known++) place(known);
    } else place(word);
    return word;
  };
  const place = (word: number): void => {
    const mask = places.length - 1;
    const first = hashes[word] as number;
    for (let step = 0; step < MOST_STEPS; step++) {
      const at = (first + step) & mask;
      if (places[at] !== ABSENT) continue;
      places[at] = word;
      return;
    }
  };
  const find = (text: Text, from: number, to: number): number => {
    const hash = hashOf(text, from, to);
    const mask = places.length - 1;
    for (let step = 0; step < MOST_STEPS; step++) {
      const word = places[(hash + step) & mask] as number;
      if (word === ABSENT) break;
      if (hashes[word] === hash && lengthOf(word) === to - from && isAt(word, text, from)) return word;
    }
    return add(text, from, to, hash);
  };

  return {
    take(text, at) {
      const guess = followers[last] as number;
      if (guess !== ABSENT && isAt(guess, text, at)) {
        last = guess;
        return at + lengthOf(guess);
      }
      const end = valueEnd(text.bytes, at);
      if (end < 0) return -1;
      const word = find(text, at, end);
      followers[last] = word;
      last = word;
      return end;
    },
    last: () => last,
    count: () => count,
    raw: (word) => kept.bytes.subarray(starts[word], starts[word + 1]),
  };
}

/** Takes four bytes at a time and mixes each with a multiplication, as MurmurHash3 does (Appleby, 2008). */
function hashOf({ bytes, view }: Text, from: number, to: number): number {
  let hash = to - from;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    let part = Math.imul(view.getInt32(at, true), 0xcc9e2d51 | 0);
    part = Math.imul((part << 15) | (part >>> 17), 0x1b873593);
    hash ^= part;
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + (0xe6546b64 | 0)) | 0;
  }
  for (; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b | 0);
  return hash ^ (hash >>> 13);
}

function longer<T extends Uint32Array | Int32Array>(array: T): T {
  const bigger = new (array.constructor as new (length: number) => T)(array.length * 2);
  bigger.set(array);
  return bigger;
}
