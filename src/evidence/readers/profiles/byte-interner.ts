/** Numbers equal byte strings 0, 1, 2 …, without making a text of each occurrence. */
export interface ByteInterner {
  intern(bytes: Uint8Array, start: number, end: number): number;
  /** As `intern`, where `hashBytes` was already folded over the bytes by the caller. */
  internHashed(bytes: Uint8Array, start: number, end: number, hash: number): number;
  /** The text of a number, decoded as UTF-8. */
  text(id: number): string;
  size(): number;
}

/** FNV-1a, 32 bit: start with `HASH_START`, fold each byte in with `hashByte`. */
export const HASH_START = 0x811c9dc5;
export const hashByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);

export function createByteInterner(): ByteInterner {
  let arena = new Uint8Array(1 << 16);
  let used = 0;
  let capacity = 1024;
  let starts = new Float64Array(capacity + 1);
  let hashes = new Int32Array(capacity);
  let slots = new Int32Array(capacity * 2);
  let size = 0;
  const decoder = new TextDecoder('utf-8');

  const room = (bytes: number): void => {
    if (used + bytes <= arena.length) return;
    const bigger = new Uint8Array(Math.max(arena.length * 2, used + bytes));
    bigger.set(arena.subarray(0, used));
    arena = bigger;
  };
  const grow = (): void => {
    capacity *= 2;
    const s = new Float64Array(capacity + 1);
    s.set(starts);
    starts = s;
    const h = new Int32Array(capacity);
    h.set(hashes);
    hashes = h;
    slots = new Int32Array(capacity * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < size; id++) {
      let at = (hashes[id] as number) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = id + 1;
    }
  };
  const equals = (id: number, bytes: Uint8Array, start: number, length: number): boolean => {
    const from = starts[id] as number;
    if ((starts[id + 1] as number) - from !== length) return false;
    for (let i = 0; i < length; i++) if (arena[from + i] !== bytes[start + i]) return false;
    return true;
  };

  const internHashed = (bytes: Uint8Array, start: number, end: number, folded: number): number => {
    const hash = folded ^ (folded >>> 15);
    const mask = slots.length - 1;
    const length = end - start;
    let at = hash & mask;
    for (;;) {
      const id = (slots[at] as number) - 1;
      if (id < 0) break;
      if (hashes[id] === hash && equals(id, bytes, start, length)) return id;
      at = (at + 1) & mask;
    }
    if (size === capacity) {
      grow();
      const wider = slots.length - 1;
      at = hash & wider;
      while (slots[at] !== 0) at = (at + 1) & wider;
    }
    room(length);
    arena.set(bytes.subarray(start, end), used);
    starts[size] = used;
    used += length;
    starts[size + 1] = used;
    hashes[size] = hash;
    slots[at] = ++size;
    return size - 1;
  };

  return {
    internHashed,
    intern(bytes, start, end) {
      let hash = HASH_START;
      for (let i = start; i < end; i++) hash = hashByte(hash, bytes[i] as number);
      return internHashed(bytes, start, end, hash);
    },
    text: (id) => decoder.decode(arena.subarray(starts[id] as number, starts[id + 1] as number)),
    size: () => size,
  };
}
