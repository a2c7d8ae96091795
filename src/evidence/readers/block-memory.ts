import type { ByteSource } from './byte-source.js';
import { sharedText, type Text } from './span-text.js';

/** Behind the bytes that are read stands memory too: walks look a few bytes ahead. */
export const SPARE = 64;

/** Memory that blocks are read into, one after the other. */
export interface BlockMemory {
  text: Text;
  /** When what was read into it is no longer looked at. */
  lookedAt: Promise<void>;
}

export const newMemory = (bytes: number): BlockMemory => ({
  text: sharedText(bytes + SPARE),
  lookedAt: Promise.resolve(),
});

/** Fills the memory between two places with what comes next; gives how many bytes, fewer only at the end. */
export function readInto(source: ByteSource, memory: BlockMemory, from: number, to: number): Promise<number> {
  const reading = source.readInto(memory.text.bytes.subarray(from, to)).then(({ size, lookedAt }) => {
    memory.lookedAt = lookedAt;
    return size;
  });
  // A failure is thrown where the block is asked for.
  reading.catch(() => {});
  return reading;
}
