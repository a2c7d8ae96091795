import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { Signal } from './schema.js';
import { closeSegment, type Encoding, openPath, segmentName, syncFolder } from './segments.js';

/** Requests of one signal and encoding, one after the other, in segments of a folder. */
export interface SegmentLog {
  /** Resolves when the request is on disk for good. Rejects with `NotStored` when it could not be put there. */
  append(request: readonly Uint8Array[]): Promise<void>;
  /** Closes the open segment, so that it can be read whole. */
  seal(): Promise<void>;
  close(): Promise<void>;
}

/** The disk did not take it; nothing was acknowledged. */
export class NotStored extends Error {}

export interface SegmentLimits {
  /** A segment is closed beyond so many bytes, */
  bytes: number;
  /** or so old. */
  ms: number;
  /** One request a file and nothing around it: profiles each have a dictionary of their own. */
  alone?: boolean;
}

interface Waiting {
  frame: Uint8Array[];
  bytes: number;
  done(): void;
  failed(error: Error): void;
}

interface OpenSegment {
  name: string;
  handle: FileHandle;
  bytes: number;
  fromMs: number;
}

/** The most that one write takes. */
const WRITE_BYTES = 8 * 1024 * 1024;
/** Linux takes at most 1024 pieces in one write. */
const WRITE_PIECES = 1000;

/**
 * Group commit: what comes while one write is being synced goes out together in the next. A segment whose write or sync
 * failed is cut to what was acknowledged and closed, because nobody knows what the disk kept of it.
 */
export function segmentLog(
  folder: string,
  signal: Signal,
  encoding: Encoding,
  limits: SegmentLimits,
): SegmentLog {
  let waiting: Waiting[] = [];
  let segment: OpenSegment | undefined;
  let working: Promise<void> | undefined;
  let sealing = false;
  let made = 0;

  const newSegment = async (): Promise<OpenSegment> => {
    const fromMs = Date.now();
    const name = segmentName(signal, encoding, fromMs, ++made);
    const handle = await open(openPath(folder, name), 'wx', 0o600);
    await syncFolder(folder);
    return { name, handle, bytes: 0, fromMs };
  };
  const closeOpen = async (): Promise<void> => {
    const done = segment;
    segment = undefined;
    if (!done) return;
    await done.handle.close();
    if (done.bytes > 0) await closeSegment(folder, done.name);
    else await unlink(openPath(folder, done.name));
  };
  const isFull = (s: OpenSegment): boolean => s.bytes >= limits.bytes || Date.now() - s.fromMs >= limits.ms;

  const commit = async (batch: readonly Waiting[]): Promise<void> => {
    if (segment && isFull(segment)) await closeOpen();
    segment ??= await newSegment();
    const { handle, bytes } = segment;
    const pieces = batch.flatMap((w) => w.frame);
    await writeAll(handle, pieces, bytes);
    await handle.datasync();
    segment.bytes = bytes + batch.reduce((sum, w) => sum + w.bytes, 0);
    // Without a length around it, only its name tells that a file is whole.
    if (limits.alone) await closeOpen();
  };
  const abandon = async (): Promise<void> => {
    const failed = segment;
    if (!failed) return;
    await failed.handle.truncate(failed.bytes).catch(() => undefined);
    await closeOpen().catch(() => undefined);
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0 || sealing) {
      const batch = takeBatch();
      if (batch.length > 0) {
        try {
          await commit(batch);
          for (const w of batch) w.done();
        } catch (error) {
          await abandon();
          const why = new NotStored((error as NodeJS.ErrnoException).code ?? 'unknown');
          for (const w of batch) w.failed(why);
        }
      }
      if (sealing && waiting.length === 0) {
        sealing = false;
        await closeOpen();
      }
    }
  };
  const takeBatch = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    const most = limits.alone ? 1 : waiting.length;
    while (count < most && count < waiting.length && bytes < WRITE_BYTES)
      bytes += waiting[count++]?.bytes ?? 0;
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };
  const start = (): Promise<void> => {
    working ??= run().finally(() => {
      working = undefined;
      // Who was told of the last batch may have come with more before this was said.
      if (waiting.length > 0) void start();
    });
    return working;
  };

  const seal = async (): Promise<void> => {
    sealing = true;
    // What was being written may have looked for this wish before it was made.
    while (sealing) await start();
  };
  return {
    append(request) {
      const frame = limits.alone ? [...request] : framed(request, encoding);
      const bytes = frame.reduce((sum, p) => sum + p.length, 0);
      return new Promise((done, failed) => {
        waiting.push({ frame, bytes, done, failed });
        void start();
      });
    },
    seal,
    close: seal,
  };
}

function framed(request: readonly Uint8Array[], encoding: Encoding): Uint8Array[] {
  if (encoding === 'json') return [...request, NEWLINE];
  const head = Buffer.alloc(4);
  head.writeUInt32BE(request.reduce((sum, p) => sum + p.length, 0));
  return [head, ...request];
}
const NEWLINE = Buffer.from('\n');

async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[], from: number): Promise<void> {
  let position = from;
  let rest = [...pieces];
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest.slice(0, WRITE_PIECES), position);
    if (bytesWritten === 0) throw new NotStored('nothing was written');
    position += bytesWritten;
    rest = after(rest, bytesWritten);
  }
}

/** Pieces without their first bytes. */
function after(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  let i = 0;
  while (i < pieces.length && left >= (pieces[i]?.length ?? 0)) left -= pieces[i++]?.length ?? 0;
  const first = pieces[i];
  return first === undefined ? [] : [first.subarray(left), ...pieces.slice(i + 1)];
}
