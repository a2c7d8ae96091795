import { asBuffer } from './json-records.js';

/** About as much is handed on at a time. */
export const BLOCK_BYTES = 64 * 1024 * 1024;
const NEWLINE = 10;

/**
 * Blocks of whole lines, always cut at the same places. When a line is longer than a block, `rest` is all that
 * has not been handed on, from its beginning.
 */
export async function* lineBlocks(
  chunks: AsyncIterable<Uint8Array>,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<Buffer | { rest: AsyncIterable<Uint8Array> }> {
  const source = chunks[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let size = 0;
  for (let next = await source.next(); !next.done; next = await source.next()) {
    held.push(asBuffer(next.value));
    size += next.value.length;
    while (size >= blockBytes) {
      const all = Buffer.concat(held);
      const end = all.lastIndexOf(NEWLINE, blockBytes - 1) + 1;
      if (end === 0) {
        yield { rest: continued(all, source) };
        return;
      }
      yield all.subarray(0, end);
      held = [all.subarray(end)];
      size = all.length - end;
    }
  }
  if (size > 0) yield Buffer.concat(held);
}

async function* continued(first: Uint8Array, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

export function newlinesIn(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
