/**
 * Fills memory with the bytes that come next. `size` says how much of it: less than all of it only at the end. The
 * memory may be written to again when `lookedAt` is done.
 */
export type ReadInto = (target: Buffer) => Promise<{ size: number; lookedAt: Promise<void> }>;

/** The bytes of one file, once, from the start. */
export interface ByteSource {
  readInto: ReadInto;
  /** What has not been read into memory, as it comes. */
  rest(): AsyncIterable<Uint8Array>;
}

/** Bytes that come in chunks, after those that were taken already; by `readInto` without making memory for chunks. */
export function byteSource(
  { bytes, readInto }: { bytes: AsyncIterable<Uint8Array>; readInto?: ReadInto | undefined },
  taken: readonly Buffer[] = [],
): ByteSource {
  const chunks = bytes[Symbol.asyncIterator]();
  const held = [...taken];
  return {
    async readInto(target) {
      let size = takeHeld(held, target);
      if (size < target.length && readInto) {
        const more = await readInto(target.subarray(size));
        return { ...more, size: size + more.size };
      }
      while (size < target.length) {
        const next = await chunks.next();
        if (next.done) break;
        held.push(asBuffer(next.value));
        size += takeHeld(held, target.subarray(size));
      }
      return { size, lookedAt: Promise.resolve() };
    },
    async *rest() {
      yield* held.splice(0);
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    },
  };
}

/** A chunk, and what comes after it. */
export async function* continued(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Moves bytes of the chunks that are held into memory, and gives how many. */
export function takeHeld(held: Buffer[], target: Buffer): number {
  let size = 0;
  for (let first = held[0]; first && size < target.length; first = held[0]) {
    const copied = first.copy(target, size);
    size += copied;
    if (copied === first.length) held.shift();
    else held[0] = first.subarray(copied);
  }
  return size;
}

export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
