import { close, createReadStream, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { createFileHash, type FileHash } from './file-hash.js';
import { asBuffer, type ReadInto, takeHeld } from './readers/byte-source.js';
import { SAMPLE_BYTES, type Sample, sampleOf } from './readers/sample.js';

/** A file being read once: its first bytes to look at, then all of them. */
export interface OpenFile {
  sample: Sample;
  gzip: boolean;
  /** The unpacked bytes from the start. A damaged archive ends early, and `damage` says so. */
  bytes: AsyncIterable<Uint8Array>;
  /** Reads what follows in `bytes` into memory of the caller. Absent for an archive. */
  readInto: ReadInto | undefined;
  /** What was wrong with the archive, after reading. */
  damage(): string | undefined;
  /** Reads what is left and gives the SHA-256 of the file as it lies on disk. */
  sha256(): Promise<string>;
}

/** From this size on a file is hashed in a thread of its own, when it is read into memory of the caller. */
const LARGE_BYTES = 32 * 1024 * 1024;

/** Opens a file, unpacking gzip (told by its first bytes). Errors of the file system are thrown. */
export async function openFile(path: string): Promise<OpenFile> {
  const hash = createFileHash();
  const file = await fileBytes(path);
  const raw = hashing(file.chunks(), hash)[Symbol.asyncIterator]();
  const first = await raw.next();
  const head = first.done ? Buffer.alloc(0) : first.value;
  const gzip = head.length > 2 && head[0] === 0x1f && head[1] === 0x8b;
  let damage: string | undefined;
  const all = continued([head], raw);
  const unpacked = (gzip ? gunzip(all, (what) => (damage = what)) : all)[Symbol.asyncIterator]();
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let whole = false;
  while (keptBytes < SAMPLE_BYTES && !whole) {
    const next = await unpacked.next();
    if (next.done) whole = true;
    else {
      kept.push(next.value);
      keptBytes += next.value.length;
    }
  }
  const start = Buffer.concat(kept);
  if (start.length > SAMPLE_BYTES) whole = false;
  const taken = [start];
  const bytes = continued(taken, unpacked);
  const readInto: ReadInto = async (target) => {
    if (file.size >= LARGE_BYTES) hash.inOtherThread();
    const known = takeHeld(taken, target);
    const more = await file.into(target.subarray(known));
    return { size: known + more, lookedAt: hash.add(target.subarray(known, known + more)) };
  };
  return {
    sample: sampleOf(start.subarray(0, SAMPLE_BYTES), whole),
    gzip,
    bytes,
    readInto: gzip ? undefined : readInto,
    damage: () => damage,
    async sha256() {
      for await (const _ of bytes) {
        // The rest is read for the hash alone.
      }
      for (let next = await raw.next(); !next.done; next = await raw.next()) {
        // Bytes after the end of a damaged archive.
      }
      try {
        return await hash.digest();
      } catch {
        // The thread that hashed it was lost.
        return await hashOfFile(path);
      }
    },
  };
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createFileHash();
  for await (const chunk of createReadStream(path)) await hash.add(chunk as Buffer);
  return hash.digest();
}

const CHUNK_BYTES = 1 << 20;
const openPath = promisify(open);
const statFile = promisify(fstat);
const readBytes = promisify(read);
const closeFile = promisify(close);

/** The bytes of a file, once: in chunks, the next of which is read ahead, or into memory of the caller. */
async function fileBytes(path: string): Promise<{
  size: number;
  chunks(): AsyncGenerator<Buffer>;
  /** Fills the memory; gives how much of it, less than all of it only at the end of the file. */
  into(target: Buffer): Promise<number>;
}> {
  const file = await openPath(path, 'r');
  const { size } = await statFile(file);
  const readNext = (): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const reading = readBytes(file, buffer, 0, CHUNK_BYTES, null).then(({ bytesRead }) =>
      buffer.subarray(0, bytesRead),
    );
    // A failure is thrown where the chunk is asked for.
    reading.catch(() => {});
    return reading;
  };
  let ahead: Promise<Buffer> | undefined = readNext();
  let isOver = false;
  const end = async (): Promise<void> => {
    isOver = true;
    await closeFile(file);
  };
  return {
    size,
    async *chunks() {
      while (!isOver) {
        const chunk = await (ahead ?? readNext());
        ahead = chunk.length > 0 ? readNext() : undefined;
        if (ahead) yield chunk;
        else await end();
      }
    },
    async into(target) {
      const held = ahead ? [await ahead] : [];
      let filled = takeHeld(held, target);
      ahead = held[0] && Promise.resolve(held[0]);
      while (filled < target.length && !isOver) {
        const { bytesRead } = await readBytes(file, target, filled, target.length - filled, null);
        filled += bytesRead;
        if (bytesRead === 0) await end();
      }
      return filled;
    },
  };
}

async function* hashing(chunks: AsyncIterable<Buffer>, hash: FileHash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    await hash.add(chunk);
    yield chunk;
  }
}

/** Chunks already taken, as long as they are there, then the rest. A consumer that stops does not end the source. */
function continued(taken: Buffer[], rest: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  return {
    [Symbol.asyncIterator]: () => ({
      async next(): Promise<IteratorResult<Buffer>> {
        const early = taken.shift();
        return early !== undefined ? { done: false, value: early } : rest.next();
      },
    }),
  };
}

async function* gunzip(
  chunks: AsyncIterable<Buffer>,
  damaged: (what: string) => void,
): AsyncGenerator<Buffer> {
  const inflate = createGunzip({ chunkSize: 1 << 18 });
  let failed: Error | undefined;
  const feeding = (async () => {
    for await (const chunk of chunks) {
      if (failed) return;
      if (!inflate.write(chunk)) await drained(inflate);
    }
    inflate.end();
  })();
  feeding.catch((error: Error) => inflate.destroy(error));
  try {
    for await (const chunk of inflate) yield asBuffer(chunk as Uint8Array);
  } catch (error) {
    failed = error as Error;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_')) throw error;
    damaged(code === 'Z_BUF_ERROR' ? 'cut off before its end' : 'damaged');
  }
}

const drained = (stream: NodeJS.EventEmitter): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      stream.removeListener('drain', done);
      stream.removeListener('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
