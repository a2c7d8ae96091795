import { AGAIN, MalformedProfile } from './profile-reader.js';

/** A place in protobuf bytes; `position` moves as fields are read. */
export interface Wire {
  bytes: Uint8Array;
  position: number;
  end: number;
  /** Where `bytes[0]` lies in the file, for messages. */
  base: number;
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

const malformed = (what: string, w: Wire): MalformedProfile =>
  new MalformedProfile(what, `byte ${w.base + w.position}`, AGAIN);

/** An unsigned varint. Exact up to 2^53; larger ones are rounded. */
export function unsigned(w: Wire): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    if (w.position >= w.end) throw malformed('A number is cut off', w);
    const byte = w.bytes[w.position++] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  throw malformed('A number is longer than 64 bits', w);
}

/** An int64, which protobuf writes as two's complement: negative numbers take ten bytes. */
export function signed(w: Wire): number {
  const start = w.position;
  const value = unsigned(w);
  if (value < 2 ** 53) return value;
  let exact = 0n;
  for (let p = start, shift = 0n; p < w.position; p++, shift += 7n)
    exact |= BigInt((w.bytes[p] as number) & 0x7f) << shift;
  return Number(BigInt.asIntN(64, exact));
}

/** Opens a length-delimited field: a wire of its own, with the outer one moved behind it. */
export function inner(w: Wire): Wire {
  const length = unsigned(w);
  if (w.position + length > w.end) throw malformed('A field is longer than what it stands in', w);
  const field = { bytes: w.bytes, position: w.position, end: w.position + length, base: w.base };
  w.position += length;
  return field;
}

export function skip(w: Wire, type: number): void {
  if (type === VARINT) unsigned(w);
  else if (type === BYTES) inner(w);
  else if (type === FIXED64 || type === FIXED32) {
    w.position += type === FIXED64 ? 8 : 4;
    if (w.position > w.end) throw malformed('A field is cut off', w);
  } else throw malformed('This is no protobuf field', w);
}

/** Numbers of a repeated field, packed or one by one. */
export function eachNumber(
  w: Wire,
  type: number,
  read: (w: Wire) => number,
  take: (n: number) => void,
): void {
  if (type === VARINT) take(read(w));
  else if (type === BYTES) {
    const packed = inner(w);
    while (packed.position < packed.end) take(read(packed));
  } else throw malformed('A number was expected here', w);
}

/** Calls `field` for every field of a message; what it does not read is passed over. */
export function eachField(w: Wire, field: (id: number, type: number) => boolean): void {
  while (w.position < w.end) {
    const tag = unsigned(w);
    const id = Math.floor(tag / 8);
    const type = tag % 8;
    if (id === 0) throw malformed('This is no protobuf field', w);
    if (!field(id, type)) skip(w, type);
  }
}

export const utf8 = (w: Wire): string =>
  Buffer.from(w.bytes.buffer, w.bytes.byteOffset + w.position, w.end - w.position).toString('utf8');

/** A single field beyond this is no part of a profile. */
const MAX_FIELD_BYTES = 256 * 1024 * 1024;

/**
 * The top-level fields of a protobuf message, as the bytes come. `field` gets a wire of the field's content (for
 * numbers: at the number); it is valid during the call only.
 */
export async function streamFields(
  chunks: AsyncIterable<Uint8Array>,
  field: (id: number, type: number, w: Wire) => void,
): Promise<void> {
  let rest: Uint8Array = new Uint8Array(0);
  let base = 0;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const w: Wire = { bytes, position: 0, end: bytes.length, base };
    let start = 0;
    for (;;) {
      start = w.position;
      const whole = wholeField(bytes, start);
      if (whole < 0 || whole > bytes.length) {
        if (whole - start > MAX_FIELD_BYTES)
          throw malformed('A field is too large to be part of a profile', w);
        break;
      }
      const tag = unsigned(w);
      const id = Math.floor(tag / 8);
      const type = tag % 8;
      if (id === 0) throw malformed('This is no protobuf field', w);
      if (type === BYTES) field(id, type, inner(w));
      else if (type === VARINT) {
        field(id, type, { bytes, position: w.position, end: whole, base });
        w.position = whole;
      } else skip(w, type);
    }
    // A copy: the stream may use its memory again.
    rest = Uint8Array.prototype.slice.call(bytes, start);
    base += start;
  }
  if (rest.length > 0) {
    throw new MalformedProfile('The file ends in the middle', `byte ${base + rest.length}`, AGAIN);
  }
}

/** Where the field at `start` ends; −1 when its tag or length is not all there yet. */
function wholeField(bytes: Uint8Array, start: number): number {
  const w: Wire = { bytes, position: start, end: bytes.length, base: 0 };
  const tag = varintOrNot(w);
  if (tag < 0) return -1;
  const type = tag % 8;
  if (type === BYTES) {
    const length = varintOrNot(w);
    return length < 0 ? -1 : w.position + length;
  }
  if (type === VARINT) return varintOrNot(w) < 0 ? -1 : w.position;
  return w.position + (type === FIXED64 ? 8 : 4);
}

function varintOrNot(w: Wire): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10 && w.position < w.end; i++) {
    const byte = w.bytes[w.position++] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  return -1;
}
