/** Writes ClickHouse's RowBinary format: values one after the other, strings and lists after their length. */
export interface RowWriter {
  text(value: string): void;
  uint8(value: number): void;
  uint32(value: number): void;
  int32(value: number): void;
  /** Whole numbers; exact up to 2^53. */
  uint64(value: number): void;
  bigint64(value: bigint): void;
  float64(value: number): void;
  nullableFloat64(value: number | null): void;
  list<T>(items: readonly T[], write: (item: T) => void): void;
  /** Keys and values in turns. */
  map(pairs: readonly string[]): void;
  /** A map that many rows share: that of a resource. Later times it is copied. */
  sharedMap(pairs: readonly string[]): void;
  size(): number;
  /** The bytes written so far; the writer begins anew. */
  take(): Buffer;
}

const START_BYTES = 1 << 20;
/** Up to this length a loop is faster than a call into the runtime. */
const SHORT = 24;
const LOW = 2 ** 32;
const MAX_SHARED = 1000;

export function createRowWriter(): RowWriter {
  let buffer = Buffer.allocUnsafe(START_BYTES);
  let at = 0;
  const reserve = (bytes: number): void => {
    if (at + bytes <= buffer.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(at + bytes, buffer.length * 2));
    buffer.copy(bigger, 0, 0, at);
    buffer = bigger;
  };
  const length = (value: number): void => {
    let rest = value;
    while (rest > 127) {
      buffer[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    buffer[at++] = rest;
  };
  const text = (value: string): void => {
    // A UTF-16 unit takes at most three bytes, the length at most five.
    reserve(value.length * 3 + 5);
    if (value.length <= SHORT && shortAscii(value)) return;
    const bytes = Buffer.byteLength(value);
    length(bytes);
    buffer.write(value, at);
    at += bytes;
  };
  const shortAscii = (value: string): boolean => {
    const start = at;
    buffer[at++] = value.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) {
        at = start;
        return false;
      }
      buffer[at++] = code;
    }
    return true;
  };
  const map = (pairs: readonly string[]): void => {
    reserve(5);
    length(pairs.length >> 1);
    for (const part of pairs) text(part);
  };
  /** Where shared maps stand in the buffer, to copy them. */
  const written = new Map<readonly string[], { from: number; to: number }>();
  return {
    text,
    uint8(value) {
      reserve(1);
      buffer[at++] = value & 255;
    },
    uint32(value) {
      reserve(4);
      at = buffer.writeUInt32LE(value >>> 0, at);
    },
    int32(value) {
      reserve(4);
      at = buffer.writeInt32LE(value | 0, at);
    },
    uint64(value) {
      reserve(8);
      at = buffer.writeUInt32LE((value % LOW) >>> 0, at);
      at = buffer.writeUInt32LE(Math.floor(value / LOW) >>> 0, at);
    },
    bigint64(value) {
      reserve(8);
      at = buffer.writeBigInt64LE(value, at);
    },
    float64(value) {
      reserve(8);
      at = buffer.writeDoubleLE(value, at);
    },
    nullableFloat64(value) {
      reserve(9);
      buffer[at++] = value === null ? 1 : 0;
      if (value !== null) at = buffer.writeDoubleLE(value, at);
    },
    list(items, write) {
      reserve(5);
      length(items.length);
      for (const item of items) write(item);
    },
    map,
    sharedMap(pairs) {
      if (pairs.length === 0) return map(pairs);
      const known = written.get(pairs);
      if (known) {
        const size = known.to - known.from;
        reserve(size);
        buffer.copyWithin(at, known.from, known.to);
        at += size;
        return;
      }
      const from = at;
      map(pairs);
      if (written.size >= MAX_SHARED) written.clear();
      written.set(pairs, { from, to: at });
    },
    size: () => at,
    take() {
      const taken = buffer.subarray(0, at);
      // The next block will be as long as this one.
      buffer = Buffer.allocUnsafe(buffer.length);
      at = 0;
      written.clear();
      return taken;
    },
  };
}
