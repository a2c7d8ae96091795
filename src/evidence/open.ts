import { createHash } from 'node:crypto';
import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { asBuffer } from './readers/json-records.js';
import { SAMPLE_BYTES, type Sample, sampleOf } from './readers/sample.js';

/** A file being read once: its first bytes to look at, then all of them. */
export interface OpenFile {
  sample: Sample;
  gzip: boolean;
  /** The unpacked bytes from the start. A damaged archive ends early, and `damage` says so. */
  bytes: AsyncIterable<Uint8Array>;
  /**
   * With true, from here on a chunk stands only until the next one is asked for: large files are then read without making
   * memory for every chunk of them, which costs as much as to read them.
   */
  reuseChunks(reuse: boolean): void;
  /** What was wrong with the archive, after reading. */
  damage(): string | undefined;
  /** Reads what is left and gives the SHA-256 of the file as it lies on disk. */
  sha256(): Promise<string>;
}

/** Opens a file, unpacking gzip (told by its first bytes). Errors of the file system are thrown. */
export async function openFile(path: string): Promise<OpenFile> {
  const hash = createHash('sha256');
  const memory: ChunkMemory = { reuse: false, own: [undefined, undefined] };
  const raw = hashing(fileChunks(path, memory), hash)[Symbol.asyncIterator]();
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
  const bytes = continued([start], unpacked);
  return {
    sample: sampleOf(start.subarray(0, SAMPLE_BYTES), whole),
    gzip,
    bytes,
    reuseChunks(reuse) {
      // What is unpacked was read some time before.
      memory.reuse = reuse && !gzip;
    },
    damage: () => damage,
    async sha256() {
      for await (const _ of bytes) {
        // The rest is read for the hash alone.
      }
      for (let next = await raw.next(); !next.done; next = await raw.next()) {
        // Bytes after the end of a damaged archive.
      }
      return hash.digest('hex');
    },
  };
}

const CHUNK_BYTES = 1 << 20;
const openPath = promisify(open);
const readBytes = promisify(read);
const closeFile = promisify(close);

/** Memory for chunks: two take turns, for the next one is read while one is looked at. */
interface ChunkMemory {
  reuse: boolean;
  own: [Buffer | undefined, Buffer | undefined];
}

async function* fileChunks(path: string, memory: ChunkMemory): AsyncGenerator<Buffer> {
  const file = await openPath(path, 'r');
  let turn: 0 | 1 = 0;
  const readNext = (): Promise<{ bytesRead: number; buffer: Buffer }> => {
    const buffer = (memory.reuse ? memory.own[turn] : undefined) ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    memory.own[turn] = memory.reuse ? buffer : undefined;
    turn = turn === 0 ? 1 : 0;
    const reading = readBytes(file, buffer, 0, CHUNK_BYTES, null);
    // A failure is thrown where the chunk is asked for.
    reading.catch(() => {});
    return reading;
  };
  let next = readNext();
  try {
    for (;;) {
      const { bytesRead, buffer } = await next;
      if (bytesRead === 0) return;
      next = readNext();
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await next.catch(() => {});
    await closeFile(file);
  }
}

async function* hashing(
  chunks: AsyncIterable<Buffer>,
  hash: { update(chunk: Buffer): unknown },
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Chunks already taken, then the rest. A consumer that stops does not end the source. */
function continued(taken: Buffer[], rest: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  let at = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      async next(): Promise<IteratorResult<Buffer>> {
        const early = taken[at++];
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
