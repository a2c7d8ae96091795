import { decodeSized } from './otlp-wire.js';
import { contentOf, sizedEnd, varintAt } from './protobuf-bytes.js';
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
import type { ReadWord, SpanScan } from './span-scan.js';
import type { Text } from './span-text.js';
import { ABSENT, takeSized, type Words } from './span-words.js';

/** Messages `ResourceSpans` in a text: where each begins and ends, and what its place in the file is. */
export interface Messages {
  text: Text;
  from: readonly number[];
  to: readonly number[];
  origin: readonly number[];
}

/** So many bytes are a stretch. */
const STRETCH_BYTES = 1 << 21;

/**
 * Taken are messages all of whose spans are flawless and plain, as of lines (`lineScan`), and whose fields have the types of
 * opentelemetry-proto, none of them twice. All others are left, those without a span too; and all that follow one that
 * `isReadable` denies.
 */
export function messageScan<M extends Messages>(
  messages: M,
  isReadable: (messages: M, unit: number) => boolean,
): SpanScan {
  const { text, from, to, origin } = messages;
  const left = new Set<number>();
  let unit = 0;
  return {
    left,
    next(columns) {
      const scan: Scan = { c: columns, text, bytes: text.bytes, unit, low: 0, high: 0 };
      const end = (from[unit] as number) + STRETCH_BYTES;
      for (; unit < from.length && (from[unit] as number) < end; unit++) {
        if (takeMessage(scan, unit, from[unit] as number, to[unit] as number)) continue;
        left.add(unit);
        if (isReadable(messages, unit)) continue;
        while (unit < from.length) left.add(unit++);
      }
      return unit < from.length;
    },
    places: origin,
    read: readWord,
  };
}

const readWord: ReadWord = (kind, bytes) =>
  bytes.length === 0
    ? undefined
    : decodeSized(kind === 'resource' || kind === 'scope' || kind === 'attribute' ? kind : 'text', bytes);

/** All or nothing of a message. */
function takeMessage(scan: Scan, unit: number, from: number, to: number): boolean {
  const { c } = scan;
  const { spans, attributes, parentBytes } = c;
  scan.unit = unit;
  if (takeResource(scan, from, to)) return true;
  c.spans = spans;
  c.attributes = attributes;
  c.parentBytes = parentBytes;
  return false;
}

interface Scan {
  c: SpanColumns;
  text: Text;
  bytes: Buffer;
  /** Number of the message. */
  unit: number;
  /** Start of the span at hand in nanoseconds: its lower and its upper half. */
  low: number;
  high: number;
}

/** How a field is written, after its number. */
const VARINT = 0;
const EIGHT_BYTES = 1;
const SIZED = 2;
const FOUR_BYTES = 5;
/** A field's first byte as of opentelemetry-proto. All that follow here have numbers below 16, and a tag of one byte. */
const tag = (number: number, wire: number): number => (number << 3) | wire;

/** Of a group of spans: what all of them share, and the parts below. */
const SHARED = tag(1, SIZED);
const PART = tag(2, SIZED);
const SCHEMA_URL = tag(3, SIZED);
/** A bit for each number of a field that a message knows: such a field of another type is left to the ordinary way. */
const bitsOf = (numbers: readonly number[]): number => numbers.reduce((bits, n) => bits | (1 << n), 0);
const KNOWN_OF_GROUP = bitsOf([1, 2, 3]);

/** A group of spans: those of a resource, in groups of a scope, or those of a scope. */
interface Group {
  shared: 'resource' | 'scope';
  mark: number;
  takePart(s: Scan, from: number, end: number): boolean;
}

const SCOPE: Group = { shared: 'scope', mark: FIRST_OF_SCOPE, takePart: takeSpan };
const takeScope = (s: Scan, from: number, end: number): boolean => takeGroup(SCOPE, s, from, end);
const RESOURCE: Group = { shared: 'resource', mark: FIRST_OF_RESOURCE, takePart: takeScope };
const takeResource = (s: Scan, from: number, end: number): boolean => takeGroup(RESOURCE, s, from, end);

function takeGroup({ shared, mark, takePart }: Group, s: Scan, from: number, end: number): boolean {
  const { bytes, c } = s;
  const first = c.spans;
  const words = c.words[shared];
  let word = ABSENT;
  let at = from;
  while (at < end) {
    if (bytes[at] === PART) {
      const to = sizedEnd(bytes, at + 1, end);
      if (to < 0 || !takePart(s, contentOf(bytes, at + 1), to)) return false;
      at = to;
    } else if (bytes[at] === SHARED) {
      if (word !== ABSENT) return false;
      at = takeSized(words, s.text, at + 1, end);
      word = words.last;
    } else if (bytes[at] === SCHEMA_URL) at = sizedEnd(bytes, at + 1, end);
    else at = otherEnd(bytes, at, end, KNOWN_OF_GROUP);
    if (at < 0) return false;
  }
  if (c.spans === first) return false;
  c[shared].fill(word, first, c.spans);
  c.marks[first] = (c.marks[first] as number) | mark;
  return true;
}

/** Fields of a span. */
const TRACE_ID = tag(1, SIZED);
const SPAN_ID = tag(2, SIZED);
const STATE = tag(3, SIZED);
const PARENT_ID = tag(4, SIZED);
const NAME = tag(5, SIZED);
const KIND = tag(6, VARINT);
const START = tag(7, EIGHT_BYTES);
const END = tag(8, EIGHT_BYTES);
const ATTRIBUTE = tag(9, SIZED);
const STATUS = tag(15, SIZED);
const KNOWN_OF_SPAN = bitsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15]);
const NEEDED = bitsOf([1, 2, 7, 8]);

const MOST_KINDS = 5;
const MOST_CODES = 2;

function takeSpan(s: Scan, from: number, end: number): boolean {
  const { bytes, c } = s;
  const { view } = s.text;
  growSpans(c);
  const span = c.spans;
  startSpan(c, s.unit);
  let met = 0;
  let endLow = 0;
  let endHigh = 0;
  let at = from;
  while (at < end) {
    const field = bytes[at] as number;
    if (field === ATTRIBUTE) {
      at = takeSized(c.words.attribute, s.text, at + 1, end);
      if (at < 0) return false;
      addAttribute(c, c.words.attribute.last);
      continue;
    }
    const bit = field < 128 ? 1 << (field >>> 3) : 0;
    if ((met & bit) !== 0) return false;
    switch (field) {
      case TRACE_ID:
        at = takeId(bytes, at + 1, end, c.traceId, span * TRACE_ID_BYTES, (TRACE_ID_BYTES - 1) / 2);
        break;
      case SPAN_ID:
        at = takeId(bytes, at + 1, end, c.spanId, span * SPAN_ID_BYTES, (SPAN_ID_BYTES - 1) / 2);
        break;
      case PARENT_ID:
        at = takeParent(s, at + 1, end);
        break;
      case STATE:
        at = takeState(s, at + 1, end);
        break;
      case NAME:
        at = takeText(s, at + 1, end, c.words.name, c.name);
        break;
      case KIND:
        at = takeEnumeration(bytes, at + 1, end, MOST_KINDS, c.kind, span);
        break;
      case START:
        if (at + 9 > end) return false;
        s.low = view.getUint32(at + 1, true);
        s.high = view.getUint32(at + 5, true);
        at += 9;
        break;
      case END:
        if (at + 9 > end) return false;
        endLow = view.getUint32(at + 1, true);
        endHigh = view.getUint32(at + 5, true);
        at += 9;
        break;
      case STATUS: {
        const to = sizedEnd(bytes, at + 1, end);
        at = to >= 0 && takeStatus(s, contentOf(bytes, at + 1), to) ? to : -1;
        break;
      }
      default:
        at = otherEnd(bytes, at, end, KNOWN_OF_SPAN);
        if (at < 0) return false;
        // What nobody knows may come twice.
        continue;
    }
    if (at < 0) return false;
    met |= bit;
  }
  if ((met & NEEDED) !== NEEDED || !setTimes(s, span, endLow, endHigh)) return false;
  c.attributesEnd[span] = c.attributes;
  c.spans = span + 1;
  return true;
}

const WORD = 2 ** 32;
/** Times end where a signed number of 64 bits does. */
const HIGH_END = 2 ** 31;

/** Writes start and duration; false when they are out of order or out of range. */
function setTimes({ c, low, high }: Scan, span: number, endLow: number, endHigh: number): boolean {
  const duration = (endHigh - high) * WORD + (endLow - low);
  if (endHigh >= HIGH_END || duration < 0 || duration > Number.MAX_SAFE_INTEGER) return false;
  if (low === 0 && high === 0) return false;
  c.start[span * 2] = low;
  c.start[span * 2 + 1] = high;
  c.durationNs[span] = duration;
  return true;
}

/** By byte: its two lower-case hex digits, as two bytes little-endian. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE(0),
);

/** An id of `length` bytes, not all of them zero, as hex to `at`, after the length of that in one byte. */
function takeId(bytes: Buffer, from: number, end: number, to: Text, at: number, length: number): number {
  if (bytes[from] !== length || from + 1 + length > end) return -1;
  to.bytes[at] = length * 2;
  let any = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[from + 1 + i] as number;
    any |= byte;
    to.view.setUint16(at + 1 + i * 2, HEX[byte] as number, true);
  }
  return any === 0 ? -1 : from + 1 + length;
}

/** Its length was written already: that of none. */
function takeParent({ bytes, c }: Scan, from: number, end: number): number {
  if (from < end && bytes[from] === 0) return from + 1;
  const at = c.parentBytes - 1;
  c.parentBytes = at + SPAN_ID_BYTES;
  return takeId(bytes, from, end, c.parentId, at, (SPAN_ID_BYTES - 1) / 2);
}

function takeText(s: Scan, from: number, end: number, words: Words, column: Uint32Array): number {
  const to = takeSized(words, s.text, from, end);
  column[s.c.spans] = words.last;
  return to;
}

/** What is stored as it stands must be ASCII. */
function takeState(s: Scan, from: number, end: number): number {
  const to = takeText(s, from, end, s.c.words.state, s.c.state);
  if (to < 0) return -1;
  for (let at = contentOf(s.bytes, from); at < to; at++) if ((s.bytes[at] as number) > 127) return -1;
  return to;
}

function takeEnumeration(
  bytes: Buffer,
  at: number,
  end: number,
  most: number,
  column: Uint8Array,
  span: number,
): number {
  const value = bytes[at] as number;
  if (at >= end || value > most) return -1;
  column[span] = value;
  return at + 1;
}

const STATUS_MESSAGE = tag(2, SIZED);
const STATUS_CODE = tag(3, VARINT);
const KNOWN_OF_STATUS = bitsOf([2, 3]);

function takeStatus(s: Scan, from: number, end: number): boolean {
  const { bytes, c } = s;
  let met = 0;
  let at = from;
  while (at < end) {
    const field = bytes[at] as number;
    const bit = field === STATUS_MESSAGE ? 1 : field === STATUS_CODE ? 2 : 0;
    if ((met & bit) !== 0) return false;
    met |= bit;
    if (bit === 1) at = takeText(s, at + 1, end, c.words.message, c.message);
    else if (bit === 2) at = takeEnumeration(bytes, at + 1, end, MOST_CODES, c.code, c.spans);
    else at = otherEnd(bytes, at, end, KNOWN_OF_STATUS);
    if (at < 0) return false;
  }
  return true;
}

/** Where a field ends that is not read here; -1 when it is cut, or has a number that the message knows. */
function otherEnd(bytes: Buffer, at: number, end: number, known: number): number {
  const value = contentOf(bytes, at);
  if (value < 0 || value > end) return -1;
  const head = varintAt(bytes, at);
  const number = head >>> 3;
  if (number === 0 || (number < 16 && (known & (1 << number)) !== 0)) return -1;
  let to = -1;
  switch (head & 7) {
    case VARINT:
      to = varintEnd(bytes, value);
      break;
    case EIGHT_BYTES:
      to = value + 8;
      break;
    case SIZED:
      to = sizedEnd(bytes, value, end);
      break;
    case FOUR_BYTES:
      to = value + 4;
      break;
  }
  return to <= end ? to : -1;
}

const MOST_VARINT_BYTES = 10;

function varintEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < from + MOST_VARINT_BYTES; at++) if ((bytes[at] as number) < 128) return at + 1;
  return -1;
}
