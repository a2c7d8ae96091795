/*
 * Walks over protobuf in bytes: lengths and tags of up to four bytes, seven bits each: 256 MiB, more than a block has.
 */

/** Where a value of bytes ends whose length begins at `at`; -1 when that is behind `end`. */
export function sizedEnd(bytes: Buffer, at: number, end: number): number {
  const content = contentOf(bytes, at);
  if (content < 0 || content > end) return -1;
  const to = content + varintAt(bytes, at);
  return to <= end ? to : -1;
}

/** Where what follows a varint begins; -1 when it is none of up to four bytes. */
export function contentOf(bytes: Buffer, at: number): number {
  for (let i = at; i < at + 4; i++) if ((bytes[i] as number) < 128) return i + 1;
  return -1;
}

/** The number at `at`, of as many bytes as `contentOf` takes. */
export function varintAt(bytes: Buffer, at: number): number {
  let value = 0;
  for (let i = 0; ; i++) {
    const byte = bytes[at + i] as number;
    value |= (byte & 127) << (7 * i);
    if (byte < 128) return value;
  }
}
