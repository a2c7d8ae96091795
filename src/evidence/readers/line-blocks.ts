import { asBuffer } from './json-records.js';

/** About as much is handed on at a time. */
export const BLOCK_BYTES = 64 * 1024 * 1024;
const NEWLINE = 10;

/**
 * Blocks of whole lines, in the pieces they came in, always cut at the same places. When a line is longer than a
 * block, `rest` is all that has not been handed on, from its beginning.
 */
export async function* lineBlocks(
  chunks: AsyncIterable<Uint8Array>,
  blockBytes = BLOCK_BYTES,
): AsyncGenerator<{ pieces: Buffer[] } | { rest: AsyncIterable<Uint8Array> }> {
  const source = chunks[Symbol.asyncIterator]();
  let held: Buffer[] = [];
  let size = 0;
  for (let next = await source.next(); !next.done; next = await source.next()) {
    held.push(asBuffer(next.value));
    size += next.value.length;
    while (size >= blockBytes) {
      const [pieces, others] = cutAtLine(held, blockBytes);
      if (pieces.length === 0) {
        yield { rest: continued(others, source) };
        return;
      }
      yield { pieces };
      held = others;
      size = others.reduce((sum, piece) => sum + piece.length, 0);
    }
  }
  if (size > 0) yield { pieces: held };
}

/** The whole lines of the first `limit` bytes, and all the rest. */
function cutAtLine(pieces: readonly Buffer[], limit: number): [lines: Buffer[], rest: Buffer[]] {
  let end = limit;
  let last = 0;
  for (let piece = pieces[last]; piece && piece.length < end; piece = pieces[++last]) end -= piece.length;
  for (; last >= 0; last--) {
    const piece = pieces[last] as Buffer;
    const cut = piece.subarray(0, end).lastIndexOf(NEWLINE) + 1;
    if (cut > 0)
      return [
        [...pieces.slice(0, last), piece.subarray(0, cut)],
        [piece.subarray(cut), ...pieces.slice(last + 1)].filter((p) => p.length > 0),
      ];
    end = pieces[last - 1]?.length ?? 0;
  }
  return [[], [...pieces]];
}

async function* continued(
  first: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* first;
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

export function newlinesIn(pieces: readonly Buffer[]): number {
  let count = 0;
  for (const piece of pieces)
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
