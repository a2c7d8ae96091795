import { createHash, type Hash } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** SHA-256 of bytes that come chunk by chunk. */
export interface FileHash {
  /** Adds a chunk; resolves when its memory is no longer looked at. */
  add(chunk: Uint8Array): Promise<void>;
  /**
   * For large files: from here on in a thread of its own, beside what this one does. Chunks in shared memory reach it
   * without a copy. Stays in this thread where no other can be had.
   */
  inOtherThread(): void;
  /** In hex. Rejects when the other thread was lost. */
  digest(): Promise<string>;
}

/** So many chunks wait for the decision where they are hashed. */
const MOST_EARLY = 4;
const DONE = Promise.resolve();

export function createFileHash(): FileHash {
  let early: Uint8Array[] = [];
  let here: Hash | undefined;
  let there: HashThread | undefined;
  const stayHere = (): Hash => {
    here ??= createHash('sha256');
    for (const chunk of early) here.update(chunk);
    early = [];
    return here;
  };
  return {
    add(chunk) {
      if (there) return there.add(chunk);
      if (here) here.update(chunk);
      else if (early.push(chunk) > MOST_EARLY) stayHere();
      return DONE;
    },
    inOtherThread() {
      if (here || there) return;
      there = startThread();
      if (!there) {
        stayHere();
        return;
      }
      for (const chunk of early) there.add(chunk);
      early = [];
    },
    digest: async () => (there ? there.digest() : stayHere().digest('hex')),
  };
}

interface HashThread {
  add(chunk: Uint8Array): Promise<void>;
  digest(): Promise<string>;
}

/** What the thread runs; as text, it is the same from sources and from what was built of them. */
const THREAD = `
  const { parentPort } = require('node:worker_threads');
  const hash = require('node:crypto').createHash('sha256');
  parentPort.on('message', (chunk) => {
    if (chunk) hash.update(chunk);
    parentPort.postMessage(chunk ? '' : hash.digest('hex'));
  });
`;

function startThread(): HashThread | undefined {
  let thread: Worker;
  try {
    thread = new Worker(THREAD, { eval: true, execArgv: [], env: {} });
  } catch {
    return undefined;
  }
  let lost: Error | undefined;
  const waiting: { resolve(answer: string): void; reject(error: Error): void }[] = [];
  thread.on('message', (answer: string) => waiting.shift()?.resolve(answer));
  const lose = (error: Error): void => {
    lost ??= error;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  thread.on('error', lose);
  thread.on('exit', () => lose(new Error('the thread ended')));
  const ask = (chunk: Uint8Array | null): Promise<string> =>
    new Promise((resolve, reject) => {
      if (lost) return reject(lost);
      waiting.push({ resolve, reject });
      thread.postMessage(chunk);
    });
  return {
    // Whether it was lost is told at the end: until then, memory is free when nothing looks at it.
    add: (chunk) =>
      ask(chunk).then(
        () => {},
        () => {},
      ),
    async digest() {
      try {
        return await ask(null);
      } finally {
        await thread.terminate();
      }
    },
  };
}
