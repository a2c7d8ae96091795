import type { Text } from './span-text.js';

/*
 * Ids and times in JSON text, taken four bytes at a time: tests and sums run in the four bytes of a 32-bit number at
 * once. Every function gives where the value ends, or -1 when it is not as it should be.
 */

const QUOTE = 34;
const ZERO = 48;
const ZEROS = 0x30303030;
const TOP_BITS = 0x80808080 | 0;

/** By byte: the lower-case hex digit that it is, or 0. */
const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdef') {
  HEX[digit.charCodeAt(0)] = digit.charCodeAt(0);
  HEX[digit.toUpperCase().charCodeAt(0)] = digit.charCodeAt(0);
}

/** An id of `digits` hex digits, not all of them zero: written in lower case to `at`, after its length in one byte. */
export function takeId(text: Text, from: number, to: Text, at: number, digits: number): number {
  const { bytes, view } = text;
  if (bytes[from] !== QUOTE || bytes[from + digits + 1] !== QUOTE) return -1;
  to.bytes[at] = digits;
  let flaws = 0;
  let any = 0;
  for (let i = 1; i < digits; i += 4) {
    const four = view.getInt32(from + i, true);
    flaws |= notLowerHex(four);
    any |= four ^ ZEROS;
    to.view.setInt32(at + i, four, true);
  }
  if (any === 0) return -1;
  return flaws === 0 || digitByDigit(bytes, from, to.bytes, at, digits) ? from + digits + 2 : -1;
}

/**
 * The top bit of a byte is set that is none of 0-9 and a-f. A number added to a byte reaches its top bit from the
 * least byte on that is meant; a byte that has it already says no itself, whatever it does to the next one.
 */
function notLowerHex(four: number): number {
  const digits = (four + 0x50505050) & ~(four + 0x46464646);
  const letters = (four + 0x1f1f1f1f) & ~(four + 0x19191919);
  return ~((digits | letters) & ~four) & TOP_BITS;
}

function digitByDigit(bytes: Uint8Array, from: number, to: Uint8Array, at: number, digits: number): boolean {
  for (let i = 1; i <= digits; i++) {
    const digit = HEX[bytes[from + i] as number] as number;
    if (digit === 0) return false;
    to[at + i] = digit;
  }
  return true;
}

/** A time in seconds and nanoseconds. */
export interface Time {
  seconds: number;
  ns: number;
}

const MIN_DIGITS = 10;
/** All times from 2001 to 2286 have as many. */
const MAX_DIGITS = 19;

/** A time as text: its last nine digits are nanoseconds. */
export function takeTime({ bytes, view }: Text, from: number, time: Time): number {
  if (bytes[from] !== QUOTE) return -1;
  if (bytes[from + MAX_DIGITS + 1] !== QUOTE) return takeShortTime(bytes, from, time);
  const a = view.getInt32(from + 1, true);
  const b = view.getInt32(from + 5, true);
  const c = view.getInt32(from + 9, true);
  const d = view.getInt32(from + 13, true);
  // The last four overlap the four before them by one digit.
  const e = view.getInt32(from + 16, true);
  if ((notDigits(a) | notDigits(b) | notDigits(c) | notDigits(d) | notDigits(e)) !== 0)
    return takeShortTime(bytes, from, time);
  const middle = numberOf(c);
  const upper = Math.floor(middle / 100);
  time.seconds = numberOf(a) * 1_000_000 + numberOf(b) * 100 + upper;
  time.ns = (middle - upper * 100) * 10_000_000 + numberOf(d) * 1000 + (numberOf(e) % 1000);
  return from + MAX_DIGITS + 2;
}

const UPPER_HALVES = 0xf0f0f0f0 | 0;
const notDigits = (four: number): number =>
  ((four & UPPER_HALVES) ^ ZEROS) | (((four + 0x06060606) & UPPER_HALVES) ^ ZEROS);

/** The number that four digits write: pairs of them first, then the pairs. */
function numberOf(four: number): number {
  const pairs = Math.imul(four & 0x0f0f0f0f, 10 * 256 + 1) >>> 8;
  return Math.imul(pairs & 0x00ff00ff, 100 * 65_536 + 1) >>> 16;
}

function takeShortTime(bytes: Uint8Array, from: number, time: Time): number {
  let end = from + 1;
  while (isDigit(bytes[end] as number)) end++;
  const digits = end - from - 1;
  if (bytes[end] !== QUOTE || digits < MIN_DIGITS || digits > MAX_DIGITS) return -1;
  time.seconds = digitsAt(bytes, from + 1, end - 9);
  time.ns = digitsAt(bytes, end - 9, end);
  return end + 1;
}

function digitsAt(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] as number) - ZERO;
  return value;
}
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
