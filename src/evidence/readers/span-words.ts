import { valueEnd } from './json-bytes.js';
import { sizedEnd } from './protobuf-bytes.js';
import { longerText, standsAt, type Text, textOfBytes } from './span-text.js';

/** Number of the word that stands for "nothing was written". */
export const ABSENT = 0;

/**
 * The distinct values that stand in one kind of place in a text, numbered. What works on them are functions of this
 * file and not of each object: the runtime learns to run them fast once, not anew for every block of every kind.
 */
export interface Words {
  /** The bytes of all words, one after the other. */
  kept: Text;
  keptRoom: number;
  keptBytes: number;
  /** Where each word begins in `kept`; the next one's beginning is its end. */
  starts: Uint32Array;
  /** By word: the one that came after it the last time. */
  followers: Uint32Array;
  hashes: Int32Array;
  /** Words by hash, open addressing; `ABSENT` is a free place. */
  places: Uint32Array;
  /** One more than the last number. */
  count: number;
  /** The number of the value taken last. */
  last: number;
}

/** Values made to fall on one place cannot slow the search down: beyond this, equal ones may get several numbers. */
const MOST_STEPS = 64;
const START_WORDS = 1024;
const START_BYTES = 1 << 16;

export const createWords = (): Words => ({
  kept: textOfBytes(START_BYTES),
  keptRoom: START_BYTES,
  keptBytes: 0,
  starts: new Uint32Array(START_WORDS + 1),
  followers: new Uint32Array(START_WORDS),
  hashes: new Int32Array(START_WORDS),
  places: new Uint32Array(START_WORDS * 4),
  count: 1,
  last: ABSENT,
});

/** Forgets all words; the room for them stays. */
export function clearWords(w: Words): void {
  w.keptBytes = 0;
  w.followers.fill(ABSENT, 0, w.count);
  w.places.fill(ABSENT);
  w.count = 1;
  w.last = ABSENT;
}

/** The bytes of a word as they stand in the text. */
export const wordBytes = (w: Words, word: number): Buffer =>
  w.kept.bytes.subarray(w.starts[word], w.starts[word + 1]);

/**
 * Takes the JSON value that begins at `at`: its number is then `last`. Gives where it ends, or -1 when it is no valid JSON.
 * Values come again in the order they came in before: what followed the last one then is tried first, and costs no
 * more than a comparison. As no valid object or string begins another, bytes that begin with a known one are it.
 */
export function takeWord(w: Words, text: Text, at: number): number {
  const guess = w.followers[w.last] as number;
  if (guess !== ABSENT && isAt(w, guess, text, at)) {
    w.last = guess;
    return at + lengthOf(w, guess);
  }
  const end = valueEnd(text.bytes, at);
  if (end >= 0) follow(w, text, at, end);
  return end;
}

/** Takes likewise bytes that stand after their length: -1 when they end behind `limit`. Their length is a part of the word. */
export function takeSized(w: Words, text: Text, at: number, limit: number): number {
  const guess = w.followers[w.last] as number;
  if (guess !== ABSENT && at + lengthOf(w, guess) <= limit && isAt(w, guess, text, at)) {
    w.last = guess;
    return at + lengthOf(w, guess);
  }
  const end = sizedEnd(text.bytes, at, limit);
  if (end >= 0) follow(w, text, at, end);
  return end;
}

function follow(w: Words, text: Text, at: number, end: number): void {
  const word = find(w, text, at, end);
  w.followers[w.last] = word;
  w.last = word;
}

const lengthOf = ({ starts }: Words, word: number): number =>
  (starts[word + 1] as number) - (starts[word] as number);
const isAt = (w: Words, word: number, text: Text, at: number): boolean =>
  standsAt(w.kept, w.starts[word] as number, lengthOf(w, word), text, at);

function find(w: Words, text: Text, from: number, to: number): number {
  const hash = hashOf(text, from, to);
  const mask = w.places.length - 1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const word = w.places[(hash + step) & mask] as number;
    if (word === ABSENT) break;
    if (w.hashes[word] === hash && lengthOf(w, word) === to - from && isAt(w, word, text, from)) return word;
  }
  return add(w, text, from, to, hash);
}

function add(w: Words, text: Text, from: number, to: number, hash: number): number {
  const size = w.keptBytes + to - from;
  if (size > w.keptRoom) {
    w.keptRoom = Math.max(size, w.keptRoom * 2);
    w.kept = longerText(w.kept, w.keptBytes, w.keptRoom);
  }
  text.bytes.copy(w.kept.bytes, w.keptBytes, from, to);
  w.keptBytes = size;
  if (w.count >= w.followers.length) {
    w.starts = longer(w.starts);
    w.followers = longer(w.followers);
    w.hashes = longer(w.hashes);
  }
  const word = w.count++;
  w.starts[word + 1] = size;
  w.hashes[word] = hash;
  if (w.count * 2 > w.places.length) {
    w.places = new Uint32Array(w.places.length * 2);
    for (let known = 1; known < w.count; known++) place(w, known);
  } else place(w, word);
  return word;
}

function place({ places, hashes }: Words, word: number): void {
  const mask = places.length - 1;
  const first = hashes[word] as number;
  for (let step = 0; step < MOST_STEPS; step++) {
    const at = (first + step) & mask;
    if (places[at] !== ABSENT) continue;
    places[at] = word;
    return;
  }
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
