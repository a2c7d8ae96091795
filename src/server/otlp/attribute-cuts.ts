import { decodePart } from '../../evidence/readers/otlp-wire.js';
import type { Redactor } from '../../evidence/redact/index.js';
import { encodeAttribute, encodeValue } from './encode.js';
import { type Json, redactedAttribute, redactedValue } from './values.js';

/** Redacts single fields where they stand; `undefined` when nothing of them has to go. */
export interface AttributeCuts {
  text(bytes: Buffer, from: number, to: number): Uint8Array | undefined;
  /** A KeyValue. */
  attribute(bytes: Buffer, from: number, to: number): Uint8Array | undefined;
  /** An AnyValue without a key. */
  value(bytes: Buffer, from: number, to: number): Uint8Array | undefined;
  /** An attribute of a profile's dictionary, whose key is the number of a string. */
  indexed(bytes: Buffer, from: number, to: number, strings: readonly string[]): Uint8Array | undefined;
}

/** Attributes that repeat are worked on once. Beyond so many, or so long, they are forgotten. */
const MOST_KNOWN = 50_000;
const MOST_BYTES = 1024;

export function attributeCuts(redactor: Redactor): AttributeCuts {
  const attributes = remembering((bytes) => {
    const decoded = decodePart('attribute', bytes) as Json;
    const made = redactedAttribute(decoded, redactor) ?? NO_KEY;
    return same(encodeAttribute(made), bytes);
  });
  const values = remembering((bytes) =>
    same(
      encodeValue(redactedValue(decodePart('value', bytes), (text) => redactor.redact(text), redactor)),
      bytes,
    ),
  );
  const texts = remembering((bytes) => {
    const text = bytes.toString('utf8');
    const cut = redactor.redact(text);
    return cut === text ? undefined : Buffer.from(cut);
  });
  return {
    text: texts,
    attribute: (bytes, from, to) => (isNumber(bytes, from, to) ? undefined : attributes(bytes, from, to)),
    value: values,
    indexed(bytes, from, to, strings) {
      const { key, value, unit } = keyAndValue(bytes, from, to);
      if (typeof key !== 'number') return attributes(bytes, from, to);
      const name = strings[key] ?? '';
      const made = encodeValue(
        redactedValue(decodePart('value', value), (text) => redactor.attribute(name, text), redactor),
      );
      return same(
        Buffer.concat([
          Buffer.from([8]),
          varintOf(key),
          Buffer.from([18]),
          varintOf(made.length),
          made,
          ...(unit === undefined ? [] : [Buffer.from([24]), varintOf(unit)]),
        ]),
        bytes.subarray(from, to),
      );
    },
  };
}

/** A KeyValue needs a key; one without is kept as an empty one, which readers pass over. */
const NO_KEY: Json = { key: '', value: {} };

/** Nothing when both are the same bytes: then the field can stay where it is. */
const same = (made: Uint8Array, bytes: Uint8Array): Uint8Array | undefined =>
  Buffer.compare(made, bytes) === 0 ? undefined : made;

type Cut = (bytes: Buffer, from: number, to: number) => Uint8Array | undefined;

function remembering(work: (bytes: Buffer) => Uint8Array | undefined): Cut {
  const known = new Map<string, Uint8Array | undefined>();
  return (bytes, from, to) => {
    if (to - from > MOST_BYTES) return work(bytes.subarray(from, to));
    const name = bytes.toString('latin1', from, to);
    const before = known.get(name);
    if (before !== undefined || known.has(name)) return before;
    const made = work(bytes.subarray(from, to));
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(name, made);
    return made;
  };
}

const KEY = 0x0a;
const VALUE = 0x12;
const BOOL = 0x10;
const INT = 0x18;
const DOUBLE = 0x21;

/** A key and then one number, as every SDK writes it: nothing to redact, and nothing to remember. */
function isNumber(bytes: Buffer, from: number, to: number): boolean {
  if (bytes[from] !== KEY) return false;
  const length = bytes[from + 1] as number;
  const at = from + 2 + length;
  if (length >= 0x80 || at + 3 > to || bytes[at] !== VALUE || at + 2 + (bytes[at + 1] as number) !== to)
    return false;
  const kind = bytes[at + 2];
  if (kind === DOUBLE) return to - at === 11;
  if (kind !== BOOL && kind !== INT) return false;
  for (let i = at + 3; i < to - 1; i++) if ((bytes[i] as number) < 0x80) return false;
  return (bytes[to - 1] as number) < 0x80;
}

/** The fields of a KeyValueAndUnit of profiles; `key` is absent where it is text, as in the first layouts. */
function keyAndValue(
  bytes: Buffer,
  from: number,
  to: number,
): { key?: number; value: Uint8Array; unit?: number } {
  let at = from;
  const number = (): number => {
    let value = 0;
    for (let i = 0, factor = 1; i < 5; i++, factor *= 128) {
      if (at >= to) throw new RangeError('cut off');
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('too large');
  };
  const out: { key?: number; value: Uint8Array; unit?: number } = { value: Buffer.alloc(0) };
  while (at < to) {
    const tag = number();
    if (tag === 8) out.key = number();
    else if (tag === 24) out.unit = number();
    else if ((tag & 7) === 2) {
      const length = number();
      if (at + length > to) throw new RangeError('cut off');
      if (tag === 18) out.value = bytes.subarray(at, at + length);
      at += length;
    } else throw new RangeError('of no known field');
  }
  return out;
}

function varintOf(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.push((rest & 0x7f) | 0x80);
  return Buffer.from([...out, rest]);
}
