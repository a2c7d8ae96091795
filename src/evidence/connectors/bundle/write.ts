import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { BUNDLE_FORMAT } from './format.js';

/** Lines of a part that only a resumed run needs. */
const NOT_KEPT = /^\{"(?:look|used)":/;

/**
 * Puts finished parts together to one file, in their order: gzip of lines, the last of which is the hash of all before
 * it. The file appears under its name only when it is whole.
 */
export async function writeBundle(path: string, parts: readonly string[], redacted: boolean): Promise<void> {
  const hash = createHash('sha256');
  let count = 0;
  const line = (text: string): string => {
    hash.update(text).update('\n');
    count++;
    return `${text}\n`;
  };
  async function* content(): AsyncGenerator<string> {
    yield line(JSON.stringify({ kneepoint: BUNDLE_FORMAT, redacted }));
    for (const part of parts)
      for await (const text of linesOf(part)) if (!NOT_KEPT.test(text)) yield line(text);
    yield `${JSON.stringify({ checksum: { sha256: hash.digest('hex'), lines: count } })}\n`;
  }
  const unfinished = `${path}.unfinished`;
  await pipeline(
    Readable.from(batched(content())),
    createGzip({ level: 6 }),
    createWriteStream(unfinished, { mode: 0o600 }),
  );
  await rename(unfinished, path);
}

async function* batched(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let batch: string[] = [];
  let size = 0;
  for await (const line of lines) {
    batch.push(line);
    size += line.length;
    if (size > 1 << 18) {
      yield Buffer.from(batch.join(''));
      batch = [];
      size = 0;
    }
  }
  if (batch.length > 0) yield Buffer.from(batch.join(''));
}

async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const all = (rest + chunk).split('\n');
    rest = all.pop() ?? '';
    yield* all;
  }
  if (rest !== '') yield rest;
}
