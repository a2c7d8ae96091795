import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openFile } from '../../src/evidence/open.js';

let path: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
  path = join(folder, 'file');
  return () => rmSync(folder, { recursive: true, force: true });
});

const content = Buffer.alloc(5_300_000, 'what stands in a file, as long as no two chunks of it are alike. ');
const digest = createHash('sha256').update(content).digest('hex');

describe('a file is read in chunks', () => {
  it('that may be kept', async () => {
    writeFileSync(path, content);
    const file = await openFile(path);
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.bytes) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(3);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect(await file.sha256()).toBe(digest);
  });

  it('into memory of the reader, from any chunk on, and in chunks again', async () => {
    writeFileSync(path, content);
    const file = await openFile(path);
    const chunks = file.bytes[Symbol.asyncIterator]();
    const parts = [Buffer.from((await chunks.next()).value)];
    for (const size of [700_000, 1_500_000]) {
      const target = Buffer.alloc(size);
      expect((await file.readInto?.(target))?.size).toBe(size);
      parts.push(target);
    }
    for (let next = await chunks.next(); !next.done; next = await chunks.next())
      parts.push(Buffer.from(next.value));
    expect(Buffer.concat(parts).equals(content)).toBe(true);
    expect(await file.sha256()).toBe(digest);
  });

  it('to its end, and no further', async () => {
    writeFileSync(path, content);
    const file = await openFile(path);
    const target = Buffer.alloc(content.length + 10);
    expect((await file.readInto?.(target))?.size).toBe(content.length);
    expect(target.subarray(0, content.length).equals(content)).toBe(true);
    expect((await file.readInto?.(target))?.size).toBe(0);
    expect(await file.sha256()).toBe(digest);
  });
});

describe('a large file is hashed', () => {
  const large = Buffer.concat(Array.from({ length: 8 }, () => content));
  const largeDigest = createHash('sha256').update(large).digest('hex');
  const readAll = async (): Promise<string> => {
    writeFileSync(path, large);
    const file = await openFile(path);
    const target = Buffer.from(new SharedArrayBuffer(1 << 24));
    for (let size = target.length; size === target.length; ) {
      const read = await file.readInto?.(target);
      await read?.lookedAt;
      size = read?.size ?? 0;
    }
    return file.sha256();
  };

  it('beside the reading', async () => {
    expect(await readAll()).toBe(largeDigest);
  });
});
