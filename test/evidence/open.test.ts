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

  it('that stand until the next one is asked for when they are told to be used again, and may be kept from then on', async () => {
    writeFileSync(path, content);
    const file = await openFile(path);
    const chunks: Uint8Array[] = [];
    let kept = 0;
    file.reuseChunks(true);
    for await (const chunk of file.bytes) {
      const isOver = ++kept > 3;
      if (kept === 3) file.reuseChunks(false);
      chunks.push(isOver ? chunk : Buffer.from(chunk));
    }
    expect(kept).toBeGreaterThan(4);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect(await file.sha256()).toBe(digest);
  });
});
