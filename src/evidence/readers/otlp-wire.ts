import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { Signal } from './otlp-map.js';

/**
 * The messages of OTLP 1.x (opentelemetry-proto, field numbers of its .proto files) decoded into the shape of the
 * OTLP JSON encoding, with times as bigint. Only these messages: unknown fields are skipped.
 */
type Json = Record<string, unknown>;
type Field = readonly [name: string, kind: Kind, message?: () => Message];
type Message = Readonly<Record<number, Field>>;
type Kind =
  | 'string'
  | 'hex'
  | 'base64'
  | 'uint32'
  | 'sint32'
  | 'uint64'
  | 'int64'
  | 'bool'
  | 'double'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'doubles'
  | 'fixed64s'
  | 'uint64s'
  | 'message'
  | 'messages';

const ANY_VALUE: Message = {
  1: ['stringValue', 'string'],
  2: ['boolValue', 'bool'],
  3: ['intValue', 'int64'],
  4: ['doubleValue', 'double'],
  5: ['arrayValue', 'message', () => VALUES],
  6: ['kvlistValue', 'message', () => KEY_VALUES],
  7: ['bytesValue', 'base64'],
};
const KEY_VALUE: Message = { 1: ['key', 'string'], 2: ['value', 'message', () => ANY_VALUE] };
const VALUES: Message = { 1: ['values', 'messages', () => ANY_VALUE] };
const KEY_VALUES: Message = { 1: ['values', 'messages', () => KEY_VALUE] };
const RESOURCE: Message = { 1: ['attributes', 'messages', () => KEY_VALUE] };
const SCOPE: Message = {
  1: ['name', 'string'],
  2: ['version', 'string'],
  3: ['attributes', 'messages', () => KEY_VALUE],
  4: ['droppedAttributesCount', 'uint32'],
};

const SPAN: Message = {
  1: ['traceId', 'hex'],
  2: ['spanId', 'hex'],
  3: ['traceState', 'string'],
  4: ['parentSpanId', 'hex'],
  5: ['name', 'string'],
  6: ['kind', 'uint32'],
  7: ['startTimeUnixNano', 'fixed64'],
  8: ['endTimeUnixNano', 'fixed64'],
  9: ['attributes', 'messages', () => KEY_VALUE],
  11: ['events', 'messages', () => EVENT],
  13: ['links', 'messages', () => LINK],
  15: ['status', 'message', () => STATUS],
};
const EVENT: Message = {
  1: ['timeUnixNano', 'fixed64'],
  2: ['name', 'string'],
  3: ['attributes', 'messages', () => KEY_VALUE],
};
const LINK: Message = {
  1: ['traceId', 'hex'],
  2: ['spanId', 'hex'],
  3: ['traceState', 'string'],
  4: ['attributes', 'messages', () => KEY_VALUE],
};
const STATUS: Message = { 2: ['message', 'string'], 3: ['code', 'uint32'] };

const LOG_RECORD: Message = {
  1: ['timeUnixNano', 'fixed64'],
  2: ['severityNumber', 'uint32'],
  3: ['severityText', 'string'],
  5: ['body', 'message', () => ANY_VALUE],
  6: ['attributes', 'messages', () => KEY_VALUE],
  8: ['flags', 'fixed32'],
  9: ['traceId', 'hex'],
  10: ['spanId', 'hex'],
  11: ['observedTimeUnixNano', 'fixed64'],
  12: ['eventName', 'string'],
};

const METRIC: Message = {
  1: ['name', 'string'],
  2: ['description', 'string'],
  3: ['unit', 'string'],
  5: ['gauge', 'message', () => ({ 1: ['dataPoints', 'messages', () => NUMBER_POINT] })],
  7: ['sum', 'message', () => SUM],
  9: ['histogram', 'message', () => ({ ...TEMPORAL, 1: ['dataPoints', 'messages', () => HISTOGRAM_POINT] })],
  10: [
    'exponentialHistogram',
    'message',
    () => ({ ...TEMPORAL, 1: ['dataPoints', 'messages', () => EXPONENTIAL_POINT] }),
  ],
  11: ['summary', 'message', () => ({ 1: ['dataPoints', 'messages', () => SUMMARY_POINT] })],
};
const TEMPORAL: Message = { 2: ['aggregationTemporality', 'uint32'] };
const SUM: Message = {
  ...TEMPORAL,
  1: ['dataPoints', 'messages', () => NUMBER_POINT],
  3: ['isMonotonic', 'bool'],
};
const NUMBER_POINT: Message = {
  2: ['startTimeUnixNano', 'fixed64'],
  3: ['timeUnixNano', 'fixed64'],
  4: ['asDouble', 'double'],
  5: ['exemplars', 'messages', () => EXEMPLAR],
  6: ['asInt', 'sfixed64'],
  7: ['attributes', 'messages', () => KEY_VALUE],
  8: ['flags', 'uint32'],
};
const HISTOGRAM_POINT: Message = {
  2: ['startTimeUnixNano', 'fixed64'],
  3: ['timeUnixNano', 'fixed64'],
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['bucketCounts', 'fixed64s'],
  7: ['explicitBounds', 'doubles'],
  8: ['exemplars', 'messages', () => EXEMPLAR],
  9: ['attributes', 'messages', () => KEY_VALUE],
  10: ['flags', 'uint32'],
  11: ['min', 'double'],
  12: ['max', 'double'],
};
const EXPONENTIAL_POINT: Message = {
  1: ['attributes', 'messages', () => KEY_VALUE],
  2: ['startTimeUnixNano', 'fixed64'],
  3: ['timeUnixNano', 'fixed64'],
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['scale', 'sint32'],
  7: ['zeroCount', 'fixed64'],
  8: ['positive', 'message', () => BUCKETS],
  9: ['negative', 'message', () => BUCKETS],
  10: ['flags', 'uint32'],
  11: ['exemplars', 'messages', () => EXEMPLAR],
  12: ['min', 'double'],
  13: ['max', 'double'],
};
const BUCKETS: Message = { 1: ['offset', 'sint32'], 2: ['bucketCounts', 'uint64s'] };
const SUMMARY_POINT: Message = {
  2: ['startTimeUnixNano', 'fixed64'],
  3: ['timeUnixNano', 'fixed64'],
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['quantileValues', 'messages', () => ({ 1: ['quantile', 'double'], 2: ['value', 'double'] })],
  7: ['attributes', 'messages', () => KEY_VALUE],
  8: ['flags', 'uint32'],
};
const EXEMPLAR: Message = {
  2: ['timeUnixNano', 'fixed64'],
  3: ['asDouble', 'double'],
  4: ['spanId', 'hex'],
  5: ['traceId', 'hex'],
  6: ['asInt', 'sfixed64'],
  7: ['filteredAttributes', 'messages', () => KEY_VALUE],
};

const group = (scopes: string, items: string, item: Message): Message => ({
  1: ['resource', 'message', () => RESOURCE],
  2: [
    scopes,
    'messages',
    () => ({
      1: ['scope', 'message', () => SCOPE],
      2: [items, 'messages', () => item],
      3: ['schemaUrl', 'string'],
    }),
  ],
  3: ['schemaUrl', 'string'],
});

const GROUPS: Readonly<Record<Signal, Message>> = {
  resourceSpans: group('scopeSpans', 'spans', SPAN),
  resourceMetrics: group('scopeMetrics', 'metrics', METRIC),
  resourceLogs: group('scopeLogs', 'logRecords', LOG_RECORD),
};

/** Decodes one ResourceSpans, ResourceMetrics or ResourceLogs. Throws when the bytes are no such message. */
export const decodeGroup = (signal: Signal, bytes: Uint8Array): unknown =>
  decode(new BinaryReader(bytes), bytes.length, GROUPS[signal], 0);

const PARTS = { resource: RESOURCE, scope: SCOPE, attribute: KEY_VALUE, value: ANY_VALUE } as const;

/** Decodes one Resource, InstrumentationScope, KeyValue or AnyValue. Throws when the bytes are no such message. */
export const decodePart = (part: keyof typeof PARTS, bytes: Uint8Array): unknown =>
  decode(new BinaryReader(bytes), bytes.length, PARTS[part], 0);

/** The same, or a text, after its length in `bytes`. */
export function decodeSized(part: keyof typeof PARTS | 'text', bytes: Uint8Array): unknown {
  const reader = new BinaryReader(bytes);
  if (part === 'text') return reader.string();
  const end = reader.uint32() + reader.pos;
  return decode(reader, end, PARTS[part], 0);
}

const MAX_NESTING = 64;

function decode(reader: BinaryReader, end: number, message: Message, depth: number): Json {
  if (depth > MAX_NESTING) throw new Error('messages are nested too deep');
  const out: Json = {};
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    const field = message[number];
    if (!field) reader.skip(wire, number);
    else readField(reader, field, wire, out, depth);
  }
  if (reader.pos !== end) throw new Error('a message is longer than it says');
  return out;
}

function readField(
  reader: BinaryReader,
  [name, kind, inner]: Field,
  wire: WireType,
  out: Json,
  depth: number,
): void {
  if (kind === 'messages' || kind === 'message') {
    const end = reader.uint32() + reader.pos;
    const value = decode(reader, end, inner?.() ?? {}, depth + 1);
    if (kind === 'message') out[name] = value;
    else listOf(out, name).push(value);
    return;
  }
  const one = PACKED[kind];
  if (!one) {
    out[name] = scalar(reader, kind);
    return;
  }
  const list = listOf(out, name);
  if (wire !== WireType.LengthDelimited) {
    list.push(scalar(reader, one));
    return;
  }
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) list.push(scalar(reader, one));
}

const PACKED: Partial<Record<Kind, Kind>> = { doubles: 'double', fixed64s: 'fixed64', uint64s: 'uint64' };

function listOf(out: Json, name: string): unknown[] {
  const known = out[name];
  if (Array.isArray(known)) return known;
  const list: unknown[] = [];
  out[name] = list;
  return list;
}

function scalar(reader: BinaryReader, kind: Kind): unknown {
  switch (kind) {
    case 'string':
      return reader.string();
    case 'hex':
      return hex(reader.bytes());
    case 'base64':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'bool':
      return reader.bool();
    case 'double':
      return reader.double();
    case 'uint32':
      return reader.uint32();
    case 'sint32':
      return reader.sint32();
    case 'fixed32':
      return reader.fixed32();
    case 'fixed64':
      return BigInt(reader.fixed64());
    case 'sfixed64':
      return BigInt(reader.sfixed64());
    case 'uint64':
      return BigInt(reader.uint64());
    case 'int64':
      return String(reader.int64());
    default:
      throw new Error(`no scalar: ${kind}`);
  }
}

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

/** How requests stand in a file: one alone, each after a varint length, or each after four bytes of length. */
export type Framing = 'single' | 'delimited' | 'sized';

const FIELD_ONE = 0x0a;

/** The framing that the first bytes fit, or `undefined`: the lengths of messages must lead from one to the next. */
export function framingOf(bytes: Uint8Array, whole: boolean): Framing | undefined {
  if (bytes.length < 8) return undefined;
  if (bytes[0] === FIELD_ONE && chain(bytes, 0, whole, 'single')) return 'single';
  if (chain(bytes, 0, whole, 'delimited')) return 'delimited';
  return chain(bytes, 0, whole, 'sized') ? 'sized' : undefined;
}

/** Walks from message to message; true when every one begins with field 1 and the last ends with the file. */
function chain(bytes: Uint8Array, start: number, whole: boolean, framing: Framing): boolean {
  let at = start;
  let steps = 0;
  while (at < bytes.length) {
    const next = step(bytes, at, framing);
    if (next === undefined) return !whole && steps > 0 && bytes.length - at < 12;
    at = next;
    steps++;
  }
  // A file cut off in its last message is still told by those before it, or by the one it begins with.
  return steps > 0;
}

function step(bytes: Uint8Array, at: number, framing: Framing): number | undefined {
  if (framing === 'sized') {
    if (at + 5 > bytes.length) return undefined;
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
    return length > 0 && bytes[at + 4] === FIELD_ONE ? at + 4 + length : undefined;
  }
  if (framing === 'single' && bytes[at] !== FIELD_ONE) return undefined;
  const from = framing === 'single' ? at + 1 : at;
  const length = varintAt(bytes, from);
  if (!length || length.value === 0) return undefined;
  const body = from + length.size;
  // Both a request and a group begin with their field 1.
  if (body < bytes.length && bytes[body] !== FIELD_ONE && !(framing === 'single' && bytes[body] === 0x12))
    return undefined;
  return body + length.value;
}

function varintAt(bytes: Uint8Array, at: number): { value: number; size: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, size: i + 1 };
  }
  return undefined;
}

/** Which signal the first item speaks of, by the types of its fields; `undefined` when it is none of them. */
export function signalOf(bytes: Uint8Array, framing: Framing): Signal | undefined {
  let at = 0;
  if (framing === 'sized') at = 4;
  if (framing === 'delimited') at = varintAt(bytes, 0)?.size ?? 0;
  const group = inside(bytes, at, bytes.length, 1);
  const scope = group && inside(bytes, group.from, group.to, 2);
  const item = scope && inside(bytes, scope.from, scope.to, 2);
  if (!item) return undefined;
  const fields = fieldsOf(bytes, item.from, item.to);
  const first = fields.get(1);
  if (first?.wire === WireType.LengthDelimited && first.size === 16 && fields.get(2)?.size === 8)
    return 'resourceSpans';
  if (
    first?.wire === WireType.Bit64 ||
    fields.get(11)?.wire === WireType.Bit64 ||
    (fields.get(5)?.wire === WireType.LengthDelimited && !first)
  )
    return 'resourceLogs';
  // A profile begins with its sample type and has numbers of its own; of a metric every field has a length.
  const isMetric =
    [5, 7, 9, 10, 11].some((n) => fields.get(n)?.wire === WireType.LengthDelimited) &&
    [...fields.values()].every((f) => f.wire === WireType.LengthDelimited) &&
    (bytes[first?.from ?? 0] ?? 0) >= 0x20;
  return first?.wire === WireType.LengthDelimited && isMetric ? 'resourceMetrics' : undefined;
}

interface Found {
  wire: WireType;
  from: number;
  to: number;
  size: number;
}

/** The first occurrence of each field, as far as the bytes go. */
function fieldsOf(bytes: Uint8Array, from: number, to: number): Map<number, Found> {
  const found = new Map<number, Found>();
  let at = from;
  const end = Math.min(to, bytes.length);
  while (at < end) {
    const tag = varintAt(bytes, at);
    if (!tag) break;
    const wire = (tag.value & 7) as WireType;
    at += tag.size;
    let size: number;
    if (wire === WireType.Varint) size = varintSize(bytes, at);
    else if (wire === WireType.Bit64) size = 8;
    else if (wire === WireType.Bit32) size = 4;
    else if (wire === WireType.LengthDelimited) {
      const length = varintAt(bytes, at);
      if (!length) break;
      at += length.size;
      size = length.value;
    } else break;
    const number = tag.value >>> 3;
    if (!found.has(number)) found.set(number, { wire, from: at, to: at + size, size });
    at += size;
  }
  return found;
}

function varintSize(bytes: Uint8Array, at: number): number {
  let size = 1;
  while (size < 10 && (bytes[at + size - 1] ?? 0) >= 128) size++;
  return size;
}

function inside(bytes: Uint8Array, from: number, to: number, number: number): Found | undefined {
  const found = fieldsOf(bytes, from, to).get(number);
  return found?.wire === WireType.LengthDelimited ? found : undefined;
}
