import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repeats } from './repeats.js';
import { type Segment, segmentsOf } from './segments.js';

/** What a sender may still repeat: SDKs give up after about a minute. */
const BACK_MS = 10 * 60_000;
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Remembers the requests of the newest segments. A sender that was not told before a crash sends again, and what it sends is
 * redacted to the same bytes, since the key is the same.
 */
export async function rememberStored(folder: string, known: Repeats, nowMs: number): Promise<void> {
  let bytes = 0;
  for (const segment of (await segmentsOf(folder)).reverse()) {
    bytes += segment.bytes;
    if (nowMs - segment.fromMs > BACK_MS || bytes > MOST_BYTES) return;
    for (const request of requestsIn(segment, await readFile(join(folder, segment.name))))
      known.add(known.of([request]));
  }
}

function* requestsIn({ signal, encoding }: Segment, bytes: Buffer): Generator<Buffer> {
  if (signal === 'profiles') yield bytes;
  else if (encoding === 'json') {
    for (let at = 0, end = bytes.indexOf(10); end >= 0; at = end + 1, end = bytes.indexOf(10, at))
      yield bytes.subarray(at, end);
  } else
    for (let at = 0; at + 4 <= bytes.length; ) {
      const end = at + 4 + bytes.readUInt32BE(at);
      yield bytes.subarray(at + 4, end);
      at = end;
    }
}
