import { asBuffer } from './json-records.js';
import { longerText, type Text, textOfBytes } from './span-text.js';

/** About as much is handed on at a time. */
export const BLOCK_BYTES = 64 * 1024 * 1024;
/** What stands after a block: line feeds, so that every walk over it ends. */
const SPARE = 64;
const START_BYTES = 1 << 20;
const NEWLINE = 10;

/** Whole lines: the first `size` bytes of `text`. More line feeds come after them. */
export interface LineBlock {
  text: Text;
  size: number;
  /** To be called when nothing of it is used any more: another block takes its place. */
  release(): void;
}

/**
 * Blocks of whole lines, always cut at the same places. Chunks are copied before the next one is asked for. When a line
 * is longer than a block, `rest` is all that has not been handed on, from its beginning.
 */
export async function* lineBlocks(
  chunks: AsyncIterable<Uint8Array>,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<LineBlock | { rest: AsyncIterable<Uint8Array> }> {
  const source = chunks[Symbol.asyncIterator]();
  const free: Text[] = [];
  const block = (text: Text, size: number): LineBlock => {
    text.bytes.fill(NEWLINE, size, size + SPARE);
    return { text, size, release: () => free.push(text) };
  };
  let room = Math.min(START_BYTES, blockBytes);
  let text = textOfBytes(room + SPARE);
  let size = 0;
  for (let next = await source.next(); !next.done; next = await source.next()) {
    const chunk = asBuffer(next.value);
    for (let from = 0; from < chunk.length; ) {
      const to = Math.min(chunk.length, from + blockBytes - size);
      const wanted = size + to - from;
      if (wanted > room) {
        room = Math.min(blockBytes, Math.max(wanted, room * 2));
        text = longerText(text, size, room + SPARE);
      }
      chunk.copy(text.bytes, size, from, to);
      size = wanted;
      from = to;
      if (size < blockBytes) continue;
      const end = text.bytes.lastIndexOf(NEWLINE, size - 1) + 1;
      if (end === 0) {
        yield { rest: continued([text.bytes.subarray(0, size), Buffer.from(chunk.subarray(from))], source) };
        return;
      }
      const whole = text;
      text = free.pop() ?? textOfBytes(blockBytes + SPARE);
      whole.bytes.copy(text.bytes, 0, end, size);
      size -= end;
      yield block(whole, end);
    }
  }
  if (size > 0) yield block(text, size);
}

async function* continued(
  first: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

export function newlinesIn({ text, size }: Pick<LineBlock, 'text' | 'size'>): number {
  let count = 0;
  for (let at = text.bytes.indexOf(NEWLINE); at >= 0 && at < size; at = text.bytes.indexOf(NEWLINE, at + 1))
    count++;
  return count;
}
