import {
  bytesOf,
  createDictionary,
  type Dictionary,
  LOW_CARDINALITY_VERSION,
  lowCardinalityKeys,
  textNumbers,
} from './native-columns.js';
import { type ReusedMemory, reused } from './reused-memory.js';
import { createRowWriter, type RowWriter } from './row-writer.js';

/** Maps of text that stand for words: the column of a table is put together of them. */
export interface MapWords {
  dictionary: Dictionary;
  /** Numbers of the keys of all words, one word after the other. */
  keys: number[];
  /** The values of all words likewise. */
  values: RowWriter;
  /** By word: where its keys and values stand. */
  keysFrom: Uint32Array;
  keysTo: Uint32Array;
  valuesFrom: Uint32Array;
  valuesTo: Uint32Array;
}

export const createMapWords = (count: number): MapWords => ({
  dictionary: createDictionary([]),
  keys: [],
  values: createRowWriter(),
  keysFrom: new Uint32Array(count),
  keysTo: new Uint32Array(count),
  valuesFrom: new Uint32Array(count),
  valuesTo: new Uint32Array(count),
});

/** Tells the map of a word, keys and values in turns. All are to be told before `mapColumn` is asked for. */
export function setMap(m: MapWords, word: number, pairs: readonly string[]): void {
  m.keysFrom[word] = m.keys.length;
  m.valuesFrom[word] = m.values.size();
  for (let i = 0; i < pairs.length; i += 2) {
    m.keys.push(m.dictionary.of(pairs[i] as string));
    m.values.text(pairs[i + 1] as string);
  }
  m.keysTo[word] = m.keys.length;
  m.valuesTo[word] = m.values.size();
}

/**
 * The data of a column `Map(LowCardinality(String), String)`, in pieces: a row has one word each, or with `ends` those up
 * to its end.
 */
export function mapColumn(
  m: MapWords,
  words: Uint32Array,
  memory: ReusedMemory,
  use: string,
  ends?: Uint32Array,
): Uint8Array[] {
  const pairCount = lengthOf(words, m.keysFrom, m.keysTo);
  const byteCount = lengthOf(words, m.valuesFrom, m.valuesTo);
  const rows = ends ? ends.length : words.length;
  const texts = m.dictionary.all();
  const f: MapFill = {
    m,
    words,
    ends,
    offsets: new Uint32Array(reused(memory, `${use} offsets`, rows * 8), 0, rows * 2),
    valuesAt: new Uint32Array(reused(memory, `${use} places`, rows * 4 + 4), 0, rows + 1),
    keyOf: Uint32Array.from(m.keys),
    outKeys: textNumbers(texts, pairCount, memory, `${use} keys`),
    known: padded(m.values.take()),
    out: viewed(reused(memory, `${use} values`, byteCount + SPARE)),
    alike: new Int32Array(m.keysFrom.length).fill(-1),
    word: 0,
    key: 0,
    at: 0,
  };
  f.valuesAt[0] = 0;
  for (let row = 0; row < rows; row++) fillRow(f, row);
  return [
    LOW_CARDINALITY_VERSION,
    bytesOf(f.offsets),
    ...lowCardinalityKeys(texts, f.outKeys),
    f.out.bytes.subarray(0, byteCount),
  ];
}

/** How long the parts of all words are together. */
function lengthOf(words: Uint32Array, from: Uint32Array, to: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    sum += (to[word] as number) - (from[word] as number);
  }
  return sum;
}

/** A column as it is filled row by row. */
interface MapFill {
  m: MapWords;
  words: Uint32Array;
  ends: Uint32Array | undefined;
  offsets: Uint32Array;
  valuesAt: Uint32Array;
  keyOf: Uint32Array;
  outKeys: Uint8Array | Uint32Array;
  known: Padded;
  out: Padded;
  /** By the first word of a row: the last row that began with it. */
  alike: Int32Array;
  /** How many words were taken, and keys and bytes of values written. */
  word: number;
  key: number;
  at: number;
}

/** A function of its own: the runtime learns it by its calls, and not anew in every column. */
function fillRow(f: MapFill, row: number): void {
  const { words, ends, offsets, outKeys, out, alike, valuesAt } = f;
  const from = f.word;
  const end = ends ? (ends[row] as number) : row + 1;
  const before = from < end ? (alike[words[from] as number] as number) : -1;
  let { key, at } = f;
  if (before >= 0 && sameWords(words, from, end, ends, before)) {
    const keysBefore = before === 0 ? 0 : (offsets[before * 2 - 2] as number);
    const keysEnd = offsets[before * 2] as number;
    for (let k = keysBefore; k < keysEnd; k++) outKeys[key++] = outKeys[k] as number;
    const valueFrom = valuesAt[before] as number;
    const length = (valuesAt[before + 1] as number) - valueFrom;
    copy(out, valueFrom, out, at, length);
    at += length;
  } else {
    const { keysFrom, keysTo, valuesFrom, valuesTo } = f.m;
    for (let i = from; i < end; i++) {
      const word = words[i] as number;
      const keysEnd = keysTo[word] as number;
      for (let k = keysFrom[word] as number; k < keysEnd; k++) outKeys[key++] = f.keyOf[k] as number;
      const start = valuesFrom[word] as number;
      const length = (valuesTo[word] as number) - start;
      copy(f.known, start, out, at, length);
      at += length;
    }
  }
  if (from < end) alike[words[from] as number] = row;
  offsets[row * 2] = key;
  offsets[row * 2 + 1] = 0;
  valuesAt[row + 1] = at;
  f.word = end;
  f.key = key;
  f.at = at;
}

/** Whether the words of a row are those of an earlier row. */
function sameWords(
  words: Uint32Array,
  from: number,
  end: number,
  ends: Uint32Array | undefined,
  before: number,
): boolean {
  const start = !ends ? before : before === 0 ? 0 : (ends[before - 1] as number);
  const stop = ends ? (ends[before] as number) : before + 1;
  if (stop - start !== end - from) return false;
  for (let i = 0; i < stop - start; i++) if (words[start + i] !== words[from + i]) return false;
  return true;
}

const SPARE = 4;
/** From here on a call into the runtime is faster than a loop. */
const LONG = 256;

interface Padded {
  bytes: Uint8Array;
  view: DataView;
}

const viewed = (buffer: ArrayBuffer): Padded => ({
  bytes: new Uint8Array(buffer),
  view: new DataView(buffer),
});

function padded(content: Uint8Array): Padded {
  const out = viewed(new ArrayBuffer(content.length + SPARE));
  out.bytes.set(content);
  return out;
}

/** Copies four bytes at a time: up to three more than asked for, which the next copy writes over. */
function copy(from: Padded, start: number, to: Padded, at: number, length: number): void {
  if (length > LONG) to.bytes.set(from.bytes.subarray(start, start + length), at);
  else
    for (let i = 0; i < length; i += 4) to.view.setInt32(at + i, from.view.getInt32(start + i, true), true);
}
