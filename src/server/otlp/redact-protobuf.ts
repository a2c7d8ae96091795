import type { Redactor } from '../../evidence/redact/index.js';
import { type AttributeCuts, attributeCuts } from './attribute-cuts.js';
import { type Field, type Message, REQUESTS, type Signal } from './schema.js';

/** What is left of a request when it may be stored, and what of it was counted and rejected. */
export interface Kept {
  /** Pieces of the message, one after the other; pieces of the request itself where nothing was cut. */
  pieces: readonly Uint8Array[];
  items: number;
  rejected: number;
}

/** These bytes are no such message: where, in bytes of the unpacked request. */
export class Malformed extends Error {
  constructor(
    readonly what: string,
    readonly at: number,
  ) {
    super(`${what} (byte ${at})`);
  }
}

const VARINT = 0;
const BIT64 = 1;
const BYTES = 2;
const BIT32 = 5;
const MOST_NESTING = 24;

/** Takes requests of OTLP apart on the wire: makes no object of a span, and copies only what surrounds a cut. */
export interface ProtobufRedactor {
  /** Throws `Malformed`. Items without a whole id are left out and counted. */
  redact(signal: Signal, request: Buffer): Kept;
}

/** One for the life of a redactor: it remembers attributes, which repeat. */
export function protobufRedactor(redactor: Redactor): ProtobufRedactor {
  const cuts = attributeCuts(redactor);
  return {
    redact(signal, request) {
      const walk: Walk = { bytes: request, at: 0, cuts, items: 0, rejected: 0, ids: 0, strings: undefined };
      if (signal === 'profiles') walk.strings = stringTable(request);
      const pieces = rewrite(walk, request.length, REQUESTS[signal], 0);
      return { pieces: pieces ?? [request], items: walk.items, rejected: walk.rejected };
    },
  };
}

interface Walk {
  bytes: Buffer;
  at: number;
  cuts: AttributeCuts;
  items: number;
  rejected: number;
  /** Needed ids that were met in the item at hand. */
  ids: number;
  /** Of a profile: the text that its attributes point to. */
  strings: readonly string[] | undefined;
}

/** The message up to `end` without what may not be kept; `undefined` when all of it may. */
function rewrite(w: Walk, end: number, message: Message, depth: number): Uint8Array[] | undefined {
  if (depth > MOST_NESTING) throw new Malformed('Messages are nested too deep', w.at);
  const { bytes } = w;
  let pieces: Uint8Array[] | undefined;
  let copied = w.at;
  while (w.at < end) {
    const from = w.at;
    const tag = varint(w, end);
    const wire = tag & 7;
    const field = message.fields[tag >>> 3];
    if (wire !== BYTES) {
      skip(w, wire, end);
      if (field?.kind === 'number') continue;
    } else {
      const length = varint(w, end);
      const bodyEnd = w.at + length;
      if (bodyEnd > end) throw new Malformed('A field is longer than what holds it', from);
      const made = field ? inner(w, field, bodyEnd, depth) : DROP;
      w.at = bodyEnd;
      if (made === undefined) continue;
      if (made !== DROP) {
        pieces ??= [];
        if (from > copied) pieces.push(bytes.subarray(copied, from));
        pieces.push(head(tag, lengthOf(made)), ...made);
        copied = bodyEnd;
        continue;
      }
    }
    // What the table does not name is left out.
    pieces ??= [];
    if (from > copied) pieces.push(bytes.subarray(copied, from));
    copied = w.at;
  }
  if (w.at !== end) throw new Malformed('A message ends within a field', w.at);
  if (pieces && end > copied) pieces.push(bytes.subarray(copied, end));
  return pieces;
}

const DROP: Uint8Array[] = [];

/** The body of one field: `undefined` when it stays as it is, `DROP` when it may not be kept. */
function inner(w: Walk, field: Field, end: number, depth: number): Uint8Array[] | undefined {
  const { bytes, at } = w;
  switch (field.kind) {
    case 'number':
    case 'name':
      return undefined;
    case 'id':
      if (end === at) return undefined;
      if (end - at !== field.bytes || isZero(bytes, at, end)) return DROP;
      if (field.needed) w.ids++;
      return undefined;
    case 'text':
      return one(w.cuts.text(bytes, at, end));
    case 'attribute':
      return broken(at, () => one(w.cuts.attribute(bytes, at, end)));
    case 'value':
      return broken(at, () => one(w.cuts.value(bytes, at, end)));
    case 'dictionary-text':
      return one(w.cuts.text(bytes, at, end));
    case 'dictionary-attribute':
      return broken(at, () => one(w.cuts.indexed(bytes, at, end, w.strings ?? [])));
    case 'message':
      return rewrite(w, end, field.of as Message, depth + 1);
    case 'item': {
      const of = field.of as Message;
      w.items++;
      w.ids = 0;
      const made = rewrite(w, end, of, depth + 1);
      if (w.ids >= of.needs) return made;
      w.rejected++;
      return DROP;
    }
  }
}

const one = (made: Uint8Array | undefined): Uint8Array[] | undefined => (made ? [made] : undefined);

function broken<T>(at: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed('An attribute could not be decoded', at);
  }
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

function varint(w: Walk, end: number): number {
  const { bytes } = w;
  let value = 0;
  let factor = 1;
  for (let i = 0; i < 5; i++) {
    if (w.at >= end) throw new Malformed('A number is cut off', w.at);
    const byte = bytes[w.at++] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 128;
  }
  throw new Malformed('A length or field number is too large', w.at);
}

function skip(w: Walk, wire: number, end: number): void {
  if (wire === BIT64) w.at += 8;
  else if (wire === BIT32) w.at += 4;
  else if (wire === VARINT) {
    const from = w.at;
    while (w.at < end && (w.bytes[w.at] as number) >= 0x80) w.at++;
    w.at++;
    if (w.at - from > 10) throw new Malformed('A number has more than ten bytes', from);
  } else throw new Malformed('A field is of no known wire type', w.at);
  if (w.at > end) throw new Malformed('A number is cut off', end);
}

const lengthOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, p) => sum + p.length, 0);

function head(tag: number, length: number): Buffer {
  const out: number[] = [];
  for (let value of [tag, length]) {
    for (; value > 0x7f; value = Math.floor(value / 128)) out.push((value & 0x7f) | 0x80);
    out.push(value);
  }
  return Buffer.from(out);
}

const DICTIONARY = 2;
const STRING_TABLE = 5;

/** The strings of a request of profiles, before it is walked: attributes may stand before the text that they point to. */
function stringTable(bytes: Buffer): string[] {
  const w: Walk = {
    bytes,
    at: 0,
    cuts: undefined as never,
    items: 0,
    rejected: 0,
    ids: 0,
    strings: undefined,
  };
  const strings: string[] = [];
  eachBytesField(w, bytes.length, (number, end) => {
    if (number !== DICTIONARY) return;
    eachBytesField(w, end, (inside, to) => {
      if (inside === STRING_TABLE) strings.push(bytes.toString('utf8', w.at, to));
    });
  });
  return strings;
}

function eachBytesField(w: Walk, end: number, take: (number: number, end: number) => void): void {
  while (w.at < end) {
    const tag = varint(w, end);
    if ((tag & 7) !== BYTES) skip(w, tag & 7, end);
    else {
      const length = varint(w, end);
      const to = w.at + length;
      if (to > end) throw new Malformed('A field is longer than what holds it', w.at);
      take(tag >>> 3, to);
      w.at = to;
    }
  }
}
