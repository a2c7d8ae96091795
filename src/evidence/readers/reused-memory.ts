/**
 * Memory for the columns of a block, by what it is used for: the next block of as many rows takes the same. Fresh memory
 * for every block makes the runtime collect garbage again and again, and the kernel clear pages.
 */
export type ReusedMemory = Map<string, ArrayBuffer>;

/** More than is asked for, so that a slightly longer block fits in too. */
const SPARE_FACTOR = 1.25;

/** Memory of at least `bytes`, with whatever stood in it before. */
export function reused(memory: ReusedMemory, use: string, bytes: number): ArrayBuffer {
  const known = memory.get(use);
  if (known && known.byteLength >= bytes) return known;
  const made = new ArrayBuffer(Math.ceil((bytes * SPARE_FACTOR) / 8) * 8);
  memory.set(use, made);
  return made;
}
