import { skipBlanks, valueEnd } from './json-bytes.js';
import { MAX_TIME_NS } from './rows.js';
import {
  addAttribute,
  FIRST_OF_RESOURCE,
  FIRST_OF_SCOPE,
  growSpans,
  SPAN_ID_BYTES,
  type SpanColumns,
  startSpan,
  TRACE_ID_BYTES,
} from './span-columns.js';
import { createKeys, isKey, type Keys, key, takeKey, valueAfterKey } from './span-keys.js';
import type { ReadWord, SpanScan } from './span-scan.js';
import type { Text } from './span-text.js';
import { type Time, takeId, takeTime } from './span-values.js';
import { ABSENT, takeWord, type Words } from './span-words.js';

const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;

/** Lines of OTLP JSON as they stand in a file: the first `size` bytes of a text. Walks may end behind the last one. */
export interface SpanLines {
  text: Text;
  size: number;
  /** Number of the first line in the file. */
  firstLine: number;
}

/** So many bytes are a stretch. */
const STRETCH_BYTES = 1 << 22;

/**
 * Taken are lines all of whose spans are flawless and plain: whole ids in hex, times that are text and in order, no events or
 * links, no key twice. All others are left, blank ones too. A line feed stands after each: every walk ends at one.
 */
export function lineScan({ text, size, firstLine }: SpanLines): SpanScan {
  const left = new Set<number>();
  const keys = createKeys(SPAN_KEYS);
  let at = 0;
  let unit = 0;
  return {
    left,
    next(c) {
      const scan: Scan = {
        c,
        text,
        bytes: text.bytes,
        unit,
        keys,
        start: { seconds: 0, ns: 0 },
        end: { seconds: 0, ns: 0 },
        shared: ABSENT,
      };
      at = takeLines(scan, at, Math.min(size, at + STRETCH_BYTES), left);
      unit = scan.unit;
      return at < size;
    },
    places: firstLine,
    read: readWord,
  };
}

const readWord: ReadWord = (_, bytes) =>
  bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'));

/** All lines that begin before `to`: gives where the next one does. */
function takeLines(scan: Scan, from: number, to: number, left: Set<number>): number {
  const { c, text } = scan;
  let at = from;
  for (; at < to; scan.unit++) {
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
  return at;
}

interface Scan {
  c: SpanColumns;
  text: Text;
  bytes: Buffer;
  /** Number of the line, from 0. */
  unit: number;
  keys: Keys;
  /** Of the span at hand. */
  start: Time;
  end: Time;
  /** What all spans of the group taken last share. */
  shared: number;
}

/*
 * All that follows gives where the part ends, or -1 when the line is to be left.
 */

const RESOURCE_SPANS = key('resourceSpans');
const SCOPE_SPANS = key('scopeSpans');
const SPANS = key('spans');
const RESOURCE = key('resource');
const SCOPE = key('scope');
const OF_OTHER_SIGNALS = ['resourceMetrics', 'resourceLogs', 'result'].map(key);
const OLD_NAMES = ['instrumentationLibrarySpans', 'instrumentationLibrary'].map(key);

const isAny = (bytes: Uint8Array, at: number, names: readonly Uint8Array[]): boolean =>
  names.some((name) => isKey(bytes, at, name));

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
      at = takeWord(words, s.text, at);
      word = words.last;
    } else at = isAny(bytes, name, OLD_NAMES) ? -1 : valueEnd(bytes, at);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE) break;
    if (bytes[at] !== COMMA) return -1;
  }
  s.shared = word;
  return hasList ? at + 1 : -1;
}

/** Keys of a span, by their numbers. */
const KEY = {
  trace: 0,
  span: 1,
  parent: 2,
  state: 3,
  name: 4,
  kind: 5,
  start: 6,
  end: 7,
  attributes: 8,
  status: 9,
  events: 10,
  links: 11,
  other: 12,
  none: 13,
} as const;
const SPAN_KEYS = [
  'traceId',
  'spanId',
  'parentSpanId',
  'traceState',
  'name',
  'kind',
  'startTimeUnixNano',
  'endTimeUnixNano',
  'attributes',
  'status',
  'events',
  'links',
];
/** A bit for each key that every span has. */
const NEEDED = (1 << KEY.trace) | (1 << KEY.span) | (1 << KEY.start) | (1 << KEY.end);

const takeSpan = (s: Scan, from: number): number => {
  const { bytes, text, c } = s;
  growSpans(c);
  const span = c.spans;
  startSpan(c, s.unit);
  let met = 0;
  let at = from;
  for (let last: number = KEY.none; ; ) {
    at = takeKey(s.keys, text, at, last);
    if (at < 0) return -1;
    last = s.keys.last;
    const bit = last === KEY.other ? 0 : 1 << last;
    if ((met & bit) !== 0) return -1;
    met |= bit;
    at = takeField(s, last, at);
    if (at < 0) return -1;
    if (bytes[at] === COMMA) continue;
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE) break;
    if (bytes[at] !== COMMA) return -1;
  }
  if ((met & NEEDED) !== NEEDED || !setTimes(s, span)) return -1;
  c.attributesEnd[span] = c.attributes;
  c.spans = span + 1;
  return at + 1;
};

/** The value of a key of a span. */
function takeField(s: Scan, field: number, at: number): number {
  const { bytes, text, c } = s;
  switch (field) {
    case KEY.trace:
      return takeId(text, at, c.traceId, c.spans * TRACE_ID_BYTES, TRACE_ID_BYTES - 1);
    case KEY.span:
      return takeId(text, at, c.spanId, c.spans * SPAN_ID_BYTES, SPAN_ID_BYTES - 1);
    case KEY.parent:
      return takeParent(s, at);
    case KEY.state:
      return takeState(s, at);
    case KEY.name:
      return takeText(s, at, c.words.name, c.name);
    case KEY.kind:
      return takeEnumeration(bytes, at, KINDS, c.kind, c.spans);
    case KEY.start:
      return takeTime(text, at, s.start);
    case KEY.end:
      return takeTime(text, at, s.end);
    case KEY.attributes:
      return takeAttributes(s, at);
    case KEY.status:
      return takeStatus(s, at);
    case KEY.events:
    case KEY.links:
      return takeNothing(bytes, at);
    default:
      return valueEnd(bytes, at);
  }
}

/** Its length was written already: that of none. */
function takeParent({ bytes, text, c }: Scan, from: number): number {
  if (bytes[from] === QUOTE && bytes[from + 1] === QUOTE) return from + 2;
  const at = c.parentBytes - 1;
  c.parentBytes = at + SPAN_ID_BYTES;
  return takeId(text, from, c.parentId, at, SPAN_ID_BYTES - 1);
}

const MAX_SECONDS = Number(MAX_TIME_NS / 1_000_000_000n);
const HALF = 65_536;
const WORD = 2 ** 32;

/** Writes start and duration; false when they are out of order or out of range. */
function setTimes({ c, start, end }: Scan, span: number): boolean {
  const duration = (end.seconds - start.seconds) * 1e9 + (end.ns - start.ns);
  if (end.seconds >= MAX_SECONDS || duration < 0 || duration > Number.MAX_SAFE_INTEGER) return false;
  if (start.seconds === 0 && start.ns === 0) return false;
  // Doubles hold 53 bits: seconds are taken apart so that every product fits.
  const upper = Math.floor(start.seconds / HALF) * 1e9;
  const lower = (start.seconds % HALF) * 1e9 + start.ns;
  const low = (upper % HALF) * HALF + (lower % WORD);
  c.start[span * 2] = low % WORD;
  c.start[span * 2 + 1] = Math.floor(upper / HALF) + Math.floor(lower / WORD) + (low >= WORD ? 1 : 0);
  c.durationNs[span] = duration;
  return true;
}

function takeText(s: Scan, from: number, words: Words, column: Uint32Array): number {
  if (s.bytes[from] !== QUOTE) return -1;
  const end = takeWord(words, s.text, from);
  column[s.c.spans] = words.last;
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
  const value = (bytes[from] as number) - 48;
  if (value < 0 || value >= names.length) return -1;
  column[span] = value;
  const after = bytes[from + 1];
  return after === COMMA || after === CLOSE || after === BLANK ? from + 1 : -1;
}
const BLANK = 32;

const CODE = key('code');
const MESSAGE = key('message');

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
    at = takeWord(words, text, at);
    if (at < 0) return -1;
    addAttribute(c, words.last);
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE_LIST) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = skipBlanks(bytes, at + 1);
  }
}
