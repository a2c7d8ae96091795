import { AGAIN, MalformedProfile } from './profile-reader.js';

/** Reads the values of a JFR chunk in order. Every read is checked against the end of what it stands in. */
export interface JfrBytes {
  position: number;
  end: number;
  byte(): number;
  short(): number;
  int(): number;
  long(): number;
  float(): number;
  double(): number;
  /** A text, or the number of one in the pool of texts. */
  string(): string | { pool: number } | undefined;
  wrong(what: string): MalformedProfile;
}

/** `compressed`: integers are written 7 bits a byte, the ninth byte whole (the flag in a chunk's header). */
export function jfrBytes(buffer: Buffer, base: number, compressed: boolean): JfrBytes {
  const wrong = (what: string): MalformedProfile =>
    new MalformedProfile(what, `byte ${base + bytes.position}`, AGAIN);
  const take = (size: number): number => {
    const at = bytes.position;
    if (size < 0 || at + size > bytes.end) throw wrong('The recording is cut off within a value');
    bytes.position = at + size;
    return at;
  };
  /** Two's complement of 64 bits; exact as long as the number is below 2^53 either way. */
  const varint = (): number => {
    const start = bytes.position;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 7; i++) {
      const b = buffer[take(1)] as number;
      value += (b & 0x7f) * scale;
      if (b < 0x80) return value;
      scale *= 128;
    }
    let exact = 0n;
    bytes.position = start;
    for (let i = 0n; i < 9n; i++) {
      const b = buffer[take(1)] as number;
      exact |= BigInt(i === 8n ? b : b & 0x7f) << (7n * i);
      if (b < 0x80) break;
    }
    return Number(BigInt.asIntN(64, exact));
  };
  const bytes: JfrBytes = {
    position: 0,
    end: buffer.length,
    byte: () => buffer[take(1)] as number,
    short: () => (compressed ? varint() : buffer.readInt16BE(take(2))),
    int: () => {
      if (!compressed) return buffer.readInt32BE(take(4));
      const v = varint();
      // A negative int is written as its 32 or 64 bits.
      return v > 0x7fffffff ? (v % 2 ** 32) | 0 : v;
    },
    long: () => (compressed ? varint() : Number(buffer.readBigInt64BE(take(8)))),
    float: () => buffer.readFloatBE(take(4)),
    double: () => buffer.readDoubleBE(take(8)),
    string() {
      const kind = bytes.byte();
      switch (kind) {
        case 0:
          return undefined;
        case 1:
          return '';
        case 2:
          return { pool: bytes.long() };
        case 3:
        case 5: {
          const length = bytes.int();
          const at = take(length);
          return buffer.toString(kind === 3 ? 'utf8' : 'latin1', at, at + length);
        }
        case 4: {
          const length = bytes.int();
          if (length < 0 || length > bytes.end - bytes.position)
            throw wrong('A text is longer than the recording');
          let text = '';
          for (let i = 0; i < length; i++) text += String.fromCharCode(bytes.short() & 0xffff);
          return text;
        }
        default:
          throw wrong(`A text has the unknown form ${kind}`);
      }
    },
    wrong,
  };
  return bytes;
}
