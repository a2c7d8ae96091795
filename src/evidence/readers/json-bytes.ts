/*
 * Walks over JSON text in bytes without making values of it. A walk that meets anything but valid JSON gives -1. It
 * needs no limit to run to: the text must be followed by a line feed, which is taken for no white space here.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const MAX_DEPTH = 64;

/** Where the first byte stands that is neither blank, tab nor carriage return. */
export function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 32 || bytes[at] === 9 || bytes[at] === 13) at++;
  return at;
}

/** Where a string ends, after its closing quote; `from` is after its opening quote. */
export function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte < 32) return -1;
    if (byte === BACKSLASH) {
      at = escapeEnd(bytes, at + 1);
      if (at < 0) return -1;
    } else at++;
  }
}

/** Where a string without escapes ends, after its closing quote; -1 when it has some. */
export function plainStringEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte < 32 || byte === BACKSLASH) return -1;
    at++;
  }
}

function escapeEnd(bytes: Uint8Array, at: number): number {
  switch (bytes[at]) {
    case QUOTE:
    case BACKSLASH:
    case 47: // /
    case 98: // b
    case 102: // f
    case 110: // n
    case 114: // r
    case 116: // t
      return at + 1;
    case 117: // u
      for (let i = 1; i <= 4; i++) if (!isHexDigit(bytes[at + i] as number)) return -1;
      return at + 5;
    default:
      return -1;
  }
}

const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const isHexDigit = (byte: number): boolean => isDigit(byte) || ((byte | 32) >= 97 && (byte | 32) <= 102);

/** Where a value ends that begins at `from`. */
export function valueEnd(bytes: Uint8Array, from: number, depth = 0): number {
  switch (bytes[from]) {
    case QUOTE:
      return stringEnd(bytes, from + 1);
    case 123: // {
      return objectEnd(bytes, from + 1, depth + 1);
    case 91: // [
      return arrayEnd(bytes, from + 1, depth + 1);
    case 116: // t
      return wordEnd(bytes, from, TRUE);
    case 102: // f
      return wordEnd(bytes, from, FALSE);
    case 110: // n
      return wordEnd(bytes, from, NULL);
    default:
      return numberEnd(bytes, from);
  }
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

function wordEnd(bytes: Uint8Array, from: number, word: Uint8Array): number {
  for (let i = 0; i < word.length; i++) if (bytes[from + i] !== word[i]) return -1;
  return from + word.length;
}

function objectEnd(bytes: Uint8Array, from: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  let at = skipBlanks(bytes, from);
  if (bytes[at] === 125) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) return -1;
    at = stringEnd(bytes, at + 1);
    if (at < 0) return -1;
    at = afterColon(bytes, at);
    if (at < 0) return -1;
    at = valueEnd(bytes, at, depth);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    const byte = bytes[at++];
    if (byte === 125) return at;
    if (byte !== COMMA) return -1;
    at = skipBlanks(bytes, at);
  }
}

function arrayEnd(bytes: Uint8Array, from: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  let at = skipBlanks(bytes, from);
  if (bytes[at] === 93) return at + 1;
  for (;;) {
    at = valueEnd(bytes, at, depth);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    const byte = bytes[at++];
    if (byte === 93) return at;
    if (byte !== COMMA) return -1;
    at = skipBlanks(bytes, at);
  }
}

/** Where the value begins that follows a key which ends at `from`. */
export function afterColon(bytes: Uint8Array, from: number): number {
  const at = skipBlanks(bytes, from);
  return bytes[at] === COLON ? skipBlanks(bytes, at + 1) : -1;
}

function numberEnd(bytes: Uint8Array, from: number): number {
  let at = bytes[from] === 45 ? from + 1 : from;
  if (bytes[at] === 48) at++;
  else {
    const end = digitsEnd(bytes, at);
    if (end === at) return -1;
    at = end;
  }
  if (bytes[at] === 46) {
    const end = digitsEnd(bytes, at + 1);
    if (end === at + 1) return -1;
    at = end;
  }
  if (bytes[at] === 101 || bytes[at] === 69) {
    at++;
    if (bytes[at] === 43 || bytes[at] === 45) at++;
    const end = digitsEnd(bytes, at);
    if (end === at) return -1;
    at = end;
  }
  return at;
}

function digitsEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at] as number)) at++;
  return at;
}
