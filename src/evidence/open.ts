import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { asBuffer } from './readers/json-records.js';
import { SAMPLE_BYTES, type Sample, sampleOf } from './readers/sample.js';

/** A file being read once: its first bytes to look at, then all of them. */
export interface OpenFile {
  sample: Sample;
  gzip: boolean;
  /** The unpacked bytes from the start. A damaged archive ends early, and `damage` says so. */
  bytes: AsyncIterable<Uint8Array>;
  /** What was wrong with the archive, after reading. */
  damage(): string | undefined;
  /** Reads what is left and gives the SHA-256 of the file as it lies on disk. */
  sha256(): Promise<string>;
}

/** Opens a file, unpacking gzip (told by its first bytes). Errors of the file system are thrown. */
export async function openFile(path: string): Promise<OpenFile> {
  const hash = createHash('sha256');
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const raw = hashing(file, hash)[Symbol.asyncIterator]();
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
