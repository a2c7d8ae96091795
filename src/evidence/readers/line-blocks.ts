import { type BlockMemory, newMemory, readInto, SPARE } from './block-memory.js';
import { type ByteSource, continued } from './byte-source.js';
import type { Text } from './span-text.js';

/** About as much is handed on at a time. */
export const BLOCK_BYTES = 64 * 1024 * 1024;
/** The first block is smaller, and each twice the one before: the engine begins soon to write. */
const FIRST_BYTES = 8 * 1024 * 1024;
const NEWLINE = 10;

/** Whole lines: the first `size` bytes of `text`. The last one ends with a line feed, or line feeds follow. */
export interface LineBlock {
  text: Text;
  size: number;
  /** To be called when nothing of it is used any more: another block takes its place. */
  release(): void;
}

/**
 * Blocks of whole lines, always cut at the same places. The next one is read while one is looked at. When a line is longer
 * than a block, `rest` is all that has not been handed on, from its beginning.
 */
export async function* lineBlocks(
  source: ByteSource,
  blockBytes = BLOCK_BYTES,
  firstBytes = FIRST_BYTES,
): AsyncGenerator<LineBlock | { rest: AsyncIterable<Uint8Array> }> {
  const free: BlockMemory[] = [];
  let memory = newMemory(blockBytes);
  let held = 0;
  let wanted = Math.min(firstBytes, blockBytes);
  let reading = readInto(source, memory, 0, wanted);
  try {
    for (;;) {
      const size = held + (await reading);
      const { text } = memory;
      if (size < wanted) {
        // So that every walk over it ends.
        text.bytes.fill(NEWLINE, size, size + SPARE);
        if (size > 0) yield blockOf(memory, size, free);
        return;
      }
      const end = text.bytes.lastIndexOf(NEWLINE, size - 1) + 1;
      wanted = Math.min(wanted * 2, blockBytes);
      if (end === 0 && size < blockBytes) {
        held = size;
        reading = readInto(source, memory, held, wanted);
        continue;
      }
      if (end === 0) {
        yield { rest: continued(text.bytes.subarray(0, size), source.rest()) };
        return;
      }
      const next = free.pop() ?? newMemory(blockBytes);
      await next.lookedAt;
      held = size - end;
      text.bytes.copy(next.text.bytes, 0, end, size);
      reading = readInto(source, next, held, wanted);
      yield blockOf(memory, end, free);
      memory = next;
    }
  } finally {
    await reading.catch(() => {});
  }
}

const blockOf = (memory: BlockMemory, size: number, free: BlockMemory[]): LineBlock => ({
  text: memory.text,
  size,
  release: () => {
    free.push(memory);
  },
});

export function newlinesIn({ text, size }: Pick<LineBlock, 'text' | 'size'>): number {
  let count = 0;
  for (let at = text.bytes.indexOf(NEWLINE); at >= 0 && at < size; at = text.bytes.indexOf(NEWLINE, at + 1))
    count++;
  return count;
}
