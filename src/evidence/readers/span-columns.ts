import type { ReusedMemory } from './reused-memory.js';
import { longerText, type Text, textOfBytes } from './span-text.js';
import { ABSENT, clearWords, createWords, type Words } from './span-words.js';

/** Bits of `marks`. */
export const FIRST_OF_RESOURCE = 1;
export const FIRST_OF_SCOPE = 2;

/** Spans column by column, as far as they can be taken without looking into their parts: those are words. */
export interface SpanColumns {
  words: Readonly<Record<'resource' | 'scope' | 'attribute' | 'name' | 'message' | 'state', Words>>;
  /** How many spans there are, and how many attributes they have together. */
  spans: number;
  attributes: number;
  /** By span: the number of the line or message it stands in, from 0. */
  unit: Uint32Array;
  /** By span: whether it is the first one of its resource or scope. */
  marks: Uint8Array;
  resource: Uint32Array;
  scope: Uint32Array;
  name: Uint32Array;
  message: Uint32Array;
  state: Uint32Array;
  /** Numbers of OTLP's enumerations. */
  kind: Uint8Array;
  code: Uint8Array;
  /** By span, two each: the lower and the upper half of the start in nanoseconds. */
  start: Uint32Array;
  durationNs: Float64Array;
  /** Where the span's attributes end in `attribute`. */
  attributesEnd: Uint32Array;
  attribute: Uint32Array;
  /** Ids in lower-case hex after their length in one byte; that of a parent is empty when there is none. */
  traceId: Text;
  spanId: Text;
  parentId: Text;
  parentBytes: number;
  /** For what is made of them. */
  memory: ReusedMemory;
}

export const TRACE_ID_BYTES = 33;
export const SPAN_ID_BYTES = 17;
const START_SPANS = 4096;

const noWords = (): SpanColumns['words'] => ({
  resource: createWords(),
  scope: createWords(),
  attribute: createWords(),
  name: createWords(),
  message: createWords(),
  state: createWords(),
});

/** Empties columns for the next block: they are large, and to make them again costs as much as to fill them. */
export function clearSpans(c: SpanColumns): void {
  for (const words of Object.values(c.words)) clearWords(words);
  c.spans = 0;
  c.attributes = 0;
  c.parentBytes = 0;
}

export const createSpanColumns = (): SpanColumns => ({
  words: noWords(),
  spans: 0,
  attributes: 0,
  unit: new Uint32Array(START_SPANS),
  marks: new Uint8Array(START_SPANS),
  resource: new Uint32Array(START_SPANS),
  scope: new Uint32Array(START_SPANS),
  name: new Uint32Array(START_SPANS),
  message: new Uint32Array(START_SPANS),
  state: new Uint32Array(START_SPANS),
  kind: new Uint8Array(START_SPANS),
  code: new Uint8Array(START_SPANS),
  start: new Uint32Array(START_SPANS * 2),
  durationNs: new Float64Array(START_SPANS),
  attributesEnd: new Uint32Array(START_SPANS),
  attribute: new Uint32Array(START_SPANS * 8),
  traceId: textOfBytes(START_SPANS * TRACE_ID_BYTES),
  spanId: textOfBytes(START_SPANS * SPAN_ID_BYTES),
  parentId: textOfBytes(START_SPANS * SPAN_ID_BYTES),
  parentBytes: 0,
  memory: new Map(),
});

/** Makes room for one more span. */
export function growSpans(c: SpanColumns): void {
  if (c.spans < c.unit.length) return;
  c.unit = longer(c.unit);
  c.marks = longer(c.marks);
  c.resource = longer(c.resource);
  c.scope = longer(c.scope);
  c.name = longer(c.name);
  c.message = longer(c.message);
  c.state = longer(c.state);
  c.kind = longer(c.kind);
  c.code = longer(c.code);
  c.start = longer(c.start);
  c.durationNs = longer(c.durationNs);
  c.attributesEnd = longer(c.attributesEnd);
  c.traceId = longerText(c.traceId, c.spans * TRACE_ID_BYTES, c.unit.length * TRACE_ID_BYTES);
  c.spanId = longerText(c.spanId, c.spans * SPAN_ID_BYTES, c.unit.length * SPAN_ID_BYTES);
  c.parentId = longerText(c.parentId, c.parentBytes, c.unit.length * SPAN_ID_BYTES);
}

/** Begins the next span, of line or message `unit`, with nothing known of it. */
export function startSpan(c: SpanColumns, unit: number): void {
  const span = c.spans;
  c.unit[span] = unit;
  c.marks[span] = 0;
  c.name[span] = ABSENT;
  c.message[span] = ABSENT;
  c.state[span] = ABSENT;
  c.kind[span] = 0;
  c.code[span] = 0;
  c.parentId.bytes[c.parentBytes++] = 0;
}

export function addAttribute(c: SpanColumns, word: number): void {
  if (c.attributes === c.attribute.length) c.attribute = longer(c.attribute);
  c.attribute[c.attributes++] = word;
}

function longer<T extends Uint8Array | Uint32Array | Float64Array>(array: T): T {
  const bigger = new (array.constructor as new (length: number) => T)(array.length * 2);
  bigger.set(array);
  return bigger;
}
