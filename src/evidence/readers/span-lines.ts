import { afterColon, plainStringEnd, skipBlanks, valueEnd } from './json-bytes.js';
import { MAX_TIME_NS } from './rows.js';
import {
  addAttribute,
  FIRST_OF_RESOURCE,
  FIRST_OF_SCOPE,
  growSpans,
  SPAN_ID_BYTES,
  type SpanColumns,
  TRACE_ID_BYTES,
} from './span-columns.js';
import { ABSENT, type Text, textOfBytes, type Words } from './span-words.js';

const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;

/**
 * Takes blocks of lines one after the other: adds their spans to columns, and gives the numbers of the lines, from 0, of
 * which nothing was taken. Taken are lines all of whose spans are flawless and plain: whole ids in hex, times that are text
 * and in order, no events or links, no key twice. All others are left, blank ones too.
 */
export function lineScanner(): (pieces: readonly Uint8Array[], c: SpanColumns) => Set<number> {
  let text: Text = textOfBytes(0);
  return (pieces, c) => {
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (text.bytes.length < size + SPARE) text = textOfBytes(size + SPARE);
    let at = 0;
    for (const piece of pieces) {
      text.bytes.set(piece, at);
      at += piece.length;
    }
    // Every walk ends at a line feed, if not at one of the text.
    text.bytes.fill(NEWLINE, size, size + SPARE);
    return scanLines(text, size, c);
  };
}
const SPARE = 64;

function scanLines(text: Text, size: number, c: SpanColumns): Set<number> {
  const left = new Set<number>();
  const scan: Scan = {
    c,
    text,
    bytes: text.bytes,
    unit: 0,
    startHigh: 0,
    startLow: 0,
    endHigh: 0,
    endLow: 0,
    high: 0,
    low: 0,
    shared: ABSENT,
  };
  for (let at = 0; at < size; scan.unit++) {
    const { spans, attributes, parentBytes } = c;
    const end = takeLine(scan, at);
    if (end >= 0) at = end + 1;
    else {
      c.spans = spans;
      c.attributes = attributes;
      c.parentBytes = parentBytes;
      left.add(scan.unit);
      at = text.bytes.indexOf(NEWLINE, at) + 1;
    }
  }
  return left;
}

interface Scan {
  c: SpanColumns;
  text: Text;
  bytes: Buffer;
  /** Number of the line, from 0. */
  unit: number;
  /** Seconds and nanoseconds: of start and end of the span at hand, and of the time taken last. */
  startHigh: number;
  startLow: number;
  endHigh: number;
  endLow: number;
  high: number;
  low: number;
  /** What all spans of the group taken last share. */
  shared: number;
}

/*
 * All that follows gives where the part ends, or -1 when the line is to be left.
 */

/** A key as it stands in the text, with its closing quote. */
const key = (name: string): Uint8Array => Buffer.from(`${name}"`);
const RESOURCE_SPANS = key('resourceSpans');
const SCOPE_SPANS = key('scopeSpans');
const SPANS = key('spans');
const RESOURCE = key('resource');
const SCOPE = key('scope');
const OF_OTHER_SIGNALS = ['resourceMetrics', 'resourceLogs', 'result'].map(key);
const OLD_NAMES = ['instrumentationLibrarySpans', 'instrumentationLibrary'].map(key);

/** True when `name` stands at `at`. */
function isKey(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
  return true;
}
const isAny = (bytes: Uint8Array, at: number, names: readonly Uint8Array[]): boolean =>
  names.some((name) => isKey(bytes, at, name));

/** Where the value of a key begins; the key begins at `from` and has no escapes. */
function valueAfterKey(bytes: Uint8Array, from: number): number {
  const end = plainStringEnd(bytes, from);
  return end < 0 ? -1 : afterColon(bytes, end);
}

function takeLine(s: Scan, from: number): number {
  const { bytes } = s;
  let at = skipBlanks(bytes, from);
  if (bytes[at] !== OPEN) return -1;
  let met = false;
  for (;;) {
    const name = skipBlanks(bytes, at + 1) + 1;
    if (bytes[name - 1] !== QUOTE) return -1;
    at = valueAfterKey(bytes, name);
    if (at < 0) return -1;
    if (isKey(bytes, name, RESOURCE_SPANS)) {
      if (met) return -1;
      met = true;
      at = takeList(s, at, takeResource);
    } else at = isAny(bytes, name, OF_OTHER_SIGNALS) ? -1 : valueEnd(bytes, at);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE) break;
    if (bytes[at] !== COMMA) return -1;
  }
  at = skipBlanks(bytes, at + 1);
  return met && bytes[at] === NEWLINE ? at : -1;
}

/** A list of objects, each taken by `take` from its brace on. An empty list is left. */
function takeList(s: Scan, from: number, take: (s: Scan, from: number) => number): number {
  const { bytes } = s;
  if (bytes[from] !== OPEN_LIST) return -1;
  let at = from;
  for (;;) {
    at = skipBlanks(bytes, at + 1);
    if (bytes[at] !== OPEN) return -1;
    at = take(s, at);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE_LIST) return at + 1;
    if (bytes[at] !== COMMA) return -1;
  }
}

const takeResource = (s: Scan, from: number): number => {
  const first = s.c.spans;
  const end = takeGroup(s, from, s.c.words.resource, RESOURCE, SCOPE_SPANS, takeScope);
  if (end < 0) return -1;
  s.c.resource.fill(s.shared, first, s.c.spans);
  s.c.marks[first] = (s.c.marks[first] as number) | FIRST_OF_RESOURCE;
  return end;
};

const takeScope = (s: Scan, from: number): number => {
  const first = s.c.spans;
  const end = takeGroup(s, from, s.c.words.scope, SCOPE, SPANS, takeSpan);
  if (end < 0) return -1;
  s.c.scope.fill(s.shared, first, s.c.spans);
  s.c.marks[first] = (s.c.marks[first] as number) | FIRST_OF_SCOPE;
  return end;
};

/** An object with a list below `list`, and below `shared` what all its spans share: that becomes `s.shared`. */
function takeGroup(
  s: Scan,
  from: number,
  words: Words,
  shared: Uint8Array,
  list: Uint8Array,
  take: (s: Scan, from: number) => number,
): number {
  const { bytes } = s;
  let at = from;
  let word = ABSENT;
  let hasList = false;
  for (;;) {
    const name = skipBlanks(bytes, at + 1) + 1;
    if (bytes[name - 1] !== QUOTE) return -1;
    at = valueAfterKey(bytes, name);
    if (at < 0) return -1;
    if (isKey(bytes, name, list)) {
      if (hasList) return -1;
      hasList = true;
      at = takeList(s, at, take);
    } else if (isKey(bytes, name, shared)) {
      if (word !== ABSENT || bytes[at] !== OPEN) return -1;
      at = words.take(s.text, at);
      word = words.last();
    } else at = isAny(bytes, name, OLD_NAMES) ? -1 : valueEnd(bytes, at);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE) break;
    if (bytes[at] !== COMMA) return -1;
  }
  s.shared = word;
  return hasList ? at + 1 : -1;
}

const TRACE_ID = key('traceId');
const SPAN_ID = key('spanId');
const PARENT_ID = key('parentSpanId');
const TRACE_STATE = key('traceState');
const NAME = key('name');
const KIND = key('kind');
const START = key('startTimeUnixNano');
const END = key('endTimeUnixNano');
const ATTRIBUTES = key('attributes');
const STATUS = key('status');
const EVENTS = key('events');
const LINKS = key('links');
const CODE = key('code');
const MESSAGE = key('message');

/** A bit for each key of a span that was met; those in `NEEDED` must be. */
const MET = {
  trace: 1,
  span: 2,
  parent: 4,
  state: 8,
  name: 16,
  kind: 32,
  start: 64,
  end: 128,
  attributes: 256,
  status: 512,
  events: 1024,
  links: 2048,
};
const NEEDED = MET.trace | MET.span | MET.start | MET.end;

const takeSpan = (s: Scan, from: number): number => {
  const { bytes, c } = s;
  growSpans(c);
  const span = c.spans;
  const parents = c.parentBytes;
  c.unit[span] = s.unit;
  c.marks[span] = 0;
  c.name[span] = ABSENT;
  c.message[span] = ABSENT;
  c.state[span] = ABSENT;
  c.kind[span] = 0;
  c.code[span] = 0;
  c.parentId[parents] = 0;
  c.parentBytes = parents + 1;
  let met = 0;
  let at = from;
  for (;;) {
    const name = skipBlanks(bytes, at + 1) + 1;
    if (bytes[name - 1] !== QUOTE) return -1;
    at = valueAfterKey(bytes, name);
    if (at < 0) return -1;
    let bit = 0;
    switch (bytes[name]) {
      case 116: // t
        if (isKey(bytes, name, TRACE_ID)) {
          bit = MET.trace;
          at = takeId(bytes, at, c.traceId, span * TRACE_ID_BYTES, TRACE_ID_BYTES - 1);
        } else if (isKey(bytes, name, TRACE_STATE)) {
          bit = MET.state;
          at = takeState(s, at);
        }
        break;
      case 115: // s
        if (isKey(bytes, name, SPAN_ID)) {
          bit = MET.span;
          at = takeId(bytes, at, c.spanId, span * SPAN_ID_BYTES, SPAN_ID_BYTES - 1);
        } else if (isKey(bytes, name, START)) {
          bit = MET.start;
          at = takeTime(s, at);
          s.startHigh = s.high;
          s.startLow = s.low;
        } else if (isKey(bytes, name, STATUS)) {
          bit = MET.status;
          at = takeStatus(s, at);
        }
        break;
      case 112: // p
        if (isKey(bytes, name, PARENT_ID)) {
          bit = MET.parent;
          at = takeParent(s, at, parents);
        }
        break;
      case 110: // n
        if (isKey(bytes, name, NAME)) {
          bit = MET.name;
          at = takeText(s, at, c.words.name, c.name);
        }
        break;
      case 107: // k
        if (isKey(bytes, name, KIND)) {
          bit = MET.kind;
          at = takeEnumeration(bytes, at, KINDS, c.kind, span);
        }
        break;
      case 101: // e
        if (isKey(bytes, name, END)) {
          bit = MET.end;
          at = takeTime(s, at);
          s.endHigh = s.high;
          s.endLow = s.low;
        } else if (isKey(bytes, name, EVENTS)) {
          bit = MET.events;
          at = takeNothing(bytes, at);
        }
        break;
      case 97: // a
        if (isKey(bytes, name, ATTRIBUTES)) {
          bit = MET.attributes;
          at = takeAttributes(s, at);
        }
        break;
      case 108: // l
        if (isKey(bytes, name, LINKS)) {
          bit = MET.links;
          at = takeNothing(bytes, at);
        }
        break;
    }
    if (bit === 0) at = valueEnd(bytes, at);
    if (at < 0 || (met & bit) !== 0) return -1;
    met |= bit;
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE) break;
    if (bytes[at] !== COMMA) return -1;
  }
  if ((met & NEEDED) !== NEEDED || !setTimes(s, span)) return -1;
  c.attributesEnd[span] = c.attributes;
  c.spans = span + 1;
  return at + 1;
};

/** By byte: the lower-case hex digit that it is, or 0. */
const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdef') {
  HEX[digit.charCodeAt(0)] = digit.charCodeAt(0);
  HEX[digit.toUpperCase().charCodeAt(0)] = digit.charCodeAt(0);
}
const ZERO = 48;

/** An id of `digits` hex digits, not all of them zero. */
function takeId(bytes: Uint8Array, from: number, to: Uint8Array, at: number, digits: number): number {
  if (bytes[from] !== QUOTE) return -1;
  to[at] = digits;
  let isWhole = true;
  let any = 0;
  for (let i = 1; i <= digits; i++) {
    const digit = HEX[bytes[from + i] as number] as number;
    to[at + i] = digit;
    if (digit === 0) isWhole = false;
    any |= digit ^ ZERO;
  }
  return isWhole && any !== 0 && bytes[from + digits + 1] === QUOTE ? from + digits + 2 : -1;
}

function takeParent(s: Scan, from: number, to: number): number {
  const { bytes, c } = s;
  if (bytes[from] === QUOTE && bytes[from + 1] === QUOTE) return from + 2;
  c.parentBytes = to + SPAN_ID_BYTES;
  return takeId(bytes, from, c.parentId, to, SPAN_ID_BYTES - 1);
}

const MIN_TIME_DIGITS = 10;
const MAX_TIME_DIGITS = 19;

/** A time as text: its last nine digits are nanoseconds. */
function takeTime(s: Scan, from: number): number {
  const { bytes } = s;
  if (bytes[from] !== QUOTE) return -1;
  let end = from + 1;
  while (isDigit(bytes[end] as number)) end++;
  const digits = end - from - 1;
  if (bytes[end] !== QUOTE || digits < MIN_TIME_DIGITS || digits > MAX_TIME_DIGITS) return -1;
  let high = 0;
  let at = from + 1;
  for (; at < end - 9; at++) high = high * 10 + (bytes[at] as number) - ZERO;
  let low = 0;
  for (; at < end; at++) low = low * 10 + (bytes[at] as number) - ZERO;
  s.high = high;
  s.low = low;
  return end + 1;
}
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

const MAX_SECONDS = Number(MAX_TIME_NS / 1_000_000_000n);
const HALF = 65_536;
const WORD = 2 ** 32;

/** Writes start and duration; false when they are out of order or out of range. */
function setTimes({ c, startHigh, startLow, endHigh, endLow }: Scan, span: number): boolean {
  const duration = (endHigh - startHigh) * 1e9 + (endLow - startLow);
  if (endHigh >= MAX_SECONDS || duration < 0 || duration > Number.MAX_SAFE_INTEGER) return false;
  if (startHigh === 0 && startLow === 0) return false;
  // Doubles hold 53 bits: seconds are taken apart so that every product fits.
  const upper = Math.floor(startHigh / HALF) * 1e9;
  const lower = (startHigh % HALF) * 1e9 + startLow;
  const low = (upper % HALF) * HALF + (lower % WORD);
  c.start[span * 2] = low % WORD;
  c.start[span * 2 + 1] = Math.floor(upper / HALF) + Math.floor(lower / WORD) + (low >= WORD ? 1 : 0);
  c.durationNs[span] = duration;
  return true;
}

function takeText(s: Scan, from: number, words: Words, column: Uint32Array): number {
  if (s.bytes[from] !== QUOTE) return -1;
  const end = words.take(s.text, from);
  column[s.c.spans] = words.last();
  return end;
}

/** What is stored as it stands must be ASCII. */
function takeState(s: Scan, from: number): number {
  const end = takeText(s, from, s.c.words.state, s.c.state);
  for (let at = from; at < end; at++) if ((s.bytes[at] as number) > 127) return -1;
  return end;
}

/** By what may stand in the text: names with their quotes, and digits. */
const enumeration = (prefix: string, names: readonly string[]): readonly Uint8Array[] =>
  names.map((name) => key(prefix + name));
const KINDS = enumeration('SPAN_KIND_', [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
]);
const CODES = enumeration('STATUS_CODE_', ['UNSET', 'OK', 'ERROR']);

function takeEnumeration(
  bytes: Uint8Array,
  from: number,
  names: readonly Uint8Array[],
  column: Uint8Array,
  span: number,
): number {
  if (bytes[from] === QUOTE) {
    const found = names.findIndex((name) => isKey(bytes, from + 1, name));
    column[span] = found;
    return found < 0 ? -1 : from + 1 + (names[found] as Uint8Array).length;
  }
  const value = (bytes[from] as number) - ZERO;
  if (value < 0 || value >= names.length) return -1;
  column[span] = value;
  const after = bytes[from + 1];
  return after === COMMA || after === CLOSE || after === BLANK ? from + 1 : -1;
}
const BLANK = 32;

function takeStatus(s: Scan, from: number): number {
  const { bytes, c } = s;
  if (bytes[from] !== OPEN) return -1;
  let at = skipBlanks(bytes, from + 1);
  if (bytes[at] === CLOSE) return at + 1;
  let hasCode = false;
  let hasMessage = false;
  for (;;) {
    if (bytes[at] !== QUOTE) return -1;
    const name = at + 1;
    at = valueAfterKey(bytes, name);
    if (at < 0) return -1;
    if (isKey(bytes, name, CODE)) {
      if (hasCode) return -1;
      hasCode = true;
      at = takeEnumeration(bytes, at, CODES, c.code, c.spans);
    } else if (isKey(bytes, name, MESSAGE)) {
      if (hasMessage) return -1;
      hasMessage = true;
      at = takeText(s, at, c.words.message, c.message);
    } else at = valueEnd(bytes, at);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = skipBlanks(bytes, at + 1);
  }
}

/** An empty list. */
function takeNothing(bytes: Uint8Array, from: number): number {
  if (bytes[from] !== OPEN_LIST) return -1;
  const at = skipBlanks(bytes, from + 1);
  return bytes[at] === CLOSE_LIST ? at + 1 : -1;
}

function takeAttributes(s: Scan, from: number): number {
  const { bytes, text, c } = s;
  const words = c.words.attribute;
  if (bytes[from] !== OPEN_LIST) return -1;
  let at = skipBlanks(bytes, from + 1);
  if (bytes[at] === CLOSE_LIST) return at + 1;
  for (;;) {
    if (bytes[at] !== OPEN) return -1;
    at = words.take(text, at);
    if (at < 0) return -1;
    addAttribute(c, words.last());
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE_LIST) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = skipBlanks(bytes, at + 1);
  }
}
