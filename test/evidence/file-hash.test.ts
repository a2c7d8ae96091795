import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openFile } from '../../src/evidence/open.js';

const kind = vi.hoisted(() => ({ thread: 'none' as 'none' | 'lost' }));
vi.mock('node:worker_threads', () => ({
  Worker: class extends EventEmitter {
    constructor() {
      super();
      if (kind.thread === 'none') throw new Error('no thread can be had');
    }
    postMessage(): void {
      setImmediate(() => this.emit('error', new Error('out of memory')));
    }
    async terminate(): Promise<void> {}
  },
}));

let path: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
  path = join(folder, 'file');
  return () => rmSync(folder, { recursive: true, force: true });
});

describe('the hash of a large file is the same', () => {
  const content = Buffer.alloc(
    40_000_000,
    'bytes that no two blocks have in common, for what they are long. ',
  );
  const digest = createHash('sha256').update(content).digest('hex');
  const read = async (): Promise<string> => {
    writeFileSync(path, content);
    const file = await openFile(path);
    const target = Buffer.alloc(1 << 23);
    for (let size = target.length; size === target.length; ) {
      const filled = await file.readInto?.(target);
      await filled?.lookedAt;
      size = filled?.size ?? 0;
    }
    return file.sha256();
  };

  it('where no thread can be had', async () => {
    kind.thread = 'none';
    expect(await read()).toBe(digest);
  });

  it('when the thread is lost', async () => {
    kind.thread = 'lost';
    expect(await read()).toBe(digest);
  });
});
