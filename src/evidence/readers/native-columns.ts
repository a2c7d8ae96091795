import { type ReusedMemory, reused } from './reused-memory.js';

/*
 * ClickHouse's Native format: a table column by column, each as the engine keeps it in memory, little-endian.
 * https://clickhouse.com/docs/interfaces/formats/Native
 */

/** One column: its type, and its bytes in pieces. */
export interface NativeColumn {
  name: string;
  type: string;
  bytes: readonly Uint8Array[];
}

/** A block of rows, in pieces to be written one after the other. */
export const nativeBlock = (rows: number, columns: readonly NativeColumn[]): Uint8Array[] => [
  lengthBytes(columns.length),
  lengthBytes(rows),
  ...columns.flatMap(({ name, type, bytes }) => [textsBytes([name, type]), ...bytes]),
];

export const bytesOf = (array: Uint32Array | Float64Array | BigUint64Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Length as LEB128. */
function lengthBytes(length: number): Uint8Array {
  const out: number[] = [];
  let rest = length;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Uint8Array.from([...out, rest]);
}

/** Strings, each after its length. */
const textsBytes = (texts: readonly string[]): Uint8Array =>
  Buffer.concat(texts.flatMap((text) => [lengthBytes(Buffer.byteLength(text)), Buffer.from(text)]));

/** Distinct texts, numbered in the order they came. */
export interface Dictionary {
  of(text: string): number;
  all(): readonly string[];
}

export function createDictionary(first: readonly string[]): Dictionary {
  const numbers = new Map(first.map((text, i) => [text, i]));
  return {
    of(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
    all: () => [...numbers.keys()],
  };
}

/** Stands before the data of every column with `LowCardinality` in it: the version of how keys are written. */
export const LOW_CARDINALITY_VERSION: Uint8Array = bytesOf(BigUint64Array.of(1n));
/** Flags: the block brings keys of its own, and they replace those of a block before. */
const OWN_KEYS = 0x600;
const INDEX_OF_4_BYTES = 2;

/** A column `LowCardinality(String)`: by row the number of a text. */
export const lowCardinality = (texts: readonly string[], numbers: Uint8Array | Uint32Array): Uint8Array[] => [
  LOW_CARDINALITY_VERSION,
  ...lowCardinalityKeys(texts, numbers),
];

/** Room for `count` numbers of as many texts: of one byte each where that does. Other numbers may stand in it. */
export const textNumbers = (
  texts: readonly string[],
  count: number,
  memory: ReusedMemory,
  use: string,
): Uint8Array | Uint32Array =>
  texts.length <= MOST_OF_ONE_BYTE
    ? new Uint8Array(reused(memory, use, count), 0, count)
    : new Uint32Array(reused(memory, use, count * 4), 0, count);
const MOST_OF_ONE_BYTE = 256;

/** The same as a part of another column, whose version stands before. Nothing when there are no rows. */
export function lowCardinalityKeys(
  texts: readonly string[],
  numbers: Uint8Array | Uint32Array,
): Uint8Array[] {
  if (numbers.length === 0) return [];
  const isSmall = numbers instanceof Uint8Array;
  return [
    bytesOf(BigUint64Array.of(BigInt(OWN_KEYS | (isSmall ? 0 : INDEX_OF_4_BYTES)), BigInt(texts.length))),
    textsBytes(texts),
    bytesOf(BigUint64Array.of(BigInt(numbers.length))),
    isSmall ? numbers : bytesOf(numbers),
  ];
}
