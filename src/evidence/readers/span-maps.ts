import { bytesOf, createDictionary, LOW_CARDINALITY_VERSION, lowCardinalityKeys } from './native-columns.js';
import { createRowWriter } from './row-writer.js';

/** Maps of text that stand for words: the column of a table is put together of them. */
export interface MapWords {
  /** Keys and values in turns. To be told before `column` is asked for. */
  set(word: number, pairs: readonly string[]): void;
  /**
   * The data of a column `Map(LowCardinality(String), String)`, in pieces: a row has one word each, or with `ends` those up to its end.
   */
  column(words: Uint32Array, ends?: Uint32Array): Uint8Array[];
}

export function createMapWords(count: number): MapWords {
  const dictionary = createDictionary([]);
  /** Keys and values of all words, one word after the other. */
  const keys: number[] = [];
  const values = createRowWriter();
  const keysFrom = new Uint32Array(count);
  const keysTo = new Uint32Array(count);
  const valuesFrom = new Uint32Array(count);
  const valuesTo = new Uint32Array(count);
  return {
    set(word, pairs) {
      keysFrom[word] = keys.length;
      valuesFrom[word] = values.size();
      for (let i = 0; i < pairs.length; i += 2) {
        keys.push(dictionary.of(pairs[i] as string));
        values.text(pairs[i + 1] as string);
      }
      keysTo[word] = keys.length;
      valuesTo[word] = values.size();
    },
    column(words, ends) {
      let pairCount = 0;
      let byteCount = 0;
      for (let i = 0; i < words.length; i++) {
        const word = words[i] as number;
        pairCount += (keysTo[word] as number) - (keysFrom[word] as number);
        byteCount += (valuesTo[word] as number) - (valuesFrom[word] as number);
      }
      const rows = ends ? ends.length : words.length;
      const offsets = new Uint32Array(rows * 2);
      const keyOf = Uint32Array.from(keys);
      const known = padded(values.take());
      const outKeys = new Uint32Array(pairCount);
      const out = padded(new Uint8Array(byteCount));
      let key = 0;
      let at = 0;
      let done = 0;
      /** By the first word of a row: the last row that began with it, where its words, keys and values stand. */
      const alike = new Int32Array(count).fill(-1);
      const valuesAt = new Uint32Array(rows + 1);
      for (let row = 0; row < rows; row++) {
        valuesAt[row] = at;
        const from = done;
        const end = ends ? (ends[row] as number) : row + 1;
        const before = from < end ? (alike[words[from] as number] as number) : -1;
        if (before >= 0 && sameWords(words, from, end, ends, before)) {
          const keysBefore = before === 0 ? 0 : (offsets[before * 2 - 2] as number);
          const keysEnd = offsets[before * 2] as number;
          for (let k = keysBefore; k < keysEnd; k++) outKeys[key++] = outKeys[k] as number;
          const valueFrom = valuesAt[before] as number;
          const valueTo = valuesAt[before + 1] as number;
          copy(out, valueFrom, out, at, valueTo - valueFrom);
          at += valueTo - valueFrom;
          done = end;
        }
        for (; done < end; done++) {
          const word = words[done] as number;
          for (let k = keysFrom[word] as number; k < (keysTo[word] as number); k++)
            outKeys[key++] = keyOf[k] as number;
          const start = valuesFrom[word] as number;
          const length = (valuesTo[word] as number) - start;
          copy(known, start, out, at, length);
          at += length;
        }
        if (from < end) alike[words[from] as number] = row;
        offsets[row * 2] = key;
        valuesAt[row + 1] = at;
      }
      return [
        LOW_CARDINALITY_VERSION,
        bytesOf(offsets),
        ...lowCardinalityKeys(dictionary.all(), outKeys),
        out.bytes.subarray(0, byteCount),
      ];
    },
  };
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

function padded(content: Uint8Array): Padded {
  const bytes = new Uint8Array(content.length + SPARE);
  bytes.set(content);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Copies four bytes at a time: up to three more than asked for, which the next copy writes over. */
function copy(from: Padded, start: number, to: Padded, at: number, length: number): void {
  if (length > LONG) to.bytes.set(from.bytes.subarray(start, start + length), at);
  else
    for (let i = 0; i < length; i += 4) to.view.setInt32(at + i, from.view.getInt32(start + i, true), true);
}
