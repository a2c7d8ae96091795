import { Transform, type TransformCallback } from 'node:stream';
import type { Random } from '../../models/random.js';
import type { StreamToxic } from './toxics.js';

/** What a toxic can do to the connection it sits in. */
export interface Connection {
  close(): void;
  reset(): void;
}

/** A stream that does to the bytes of one direction what the toxic says. */
export function toxicStream(toxic: StreamToxic, connection: Connection, random: Random): Transform {
  switch (toxic.type) {
    case 'latency':
      return delayed(() => Math.max(0, toxic.latencyMs + toxic.jitterMs * (2 * random() - 1)));
    case 'bandwidth':
      return sliced(
        () => Math.max(1, Math.ceil(toxic.kbPerSecond * 1024 * TICK_SECONDS)),
        (bytes) => (bytes / (toxic.kbPerSecond * 1024)) * 1000,
      );
    case 'slicer':
      return sliced(
        () => Math.max(1, Math.round(toxic.averageBytes + toxic.variationBytes * (2 * random() - 1))),
        () => toxic.delayMs,
      );
    case 'timeout': {
      if (toxic.timeoutMs > 0) setTimeout(() => connection.close(), toxic.timeoutMs).unref();
      return new Transform({ transform: (_chunk, _encoding, done) => done() });
    }
    case 'reset': {
      setTimeout(() => connection.reset(), toxic.afterMs).unref();
      return new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
    }
    case 'limit_data':
      return limited(toxic.bytes, connection);
  }
}

const TICK_SECONDS = 0.05;

/** Each chunk waits its own time from when it came; none overtakes another. */
function delayed(wait: () => number): Transform {
  let last = Promise.resolve();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const until = performance.now() + wait();
      last = last.then(async () => {
        await pause(until - performance.now());
        if (!this.destroyed) this.push(chunk);
      });
      done();
    },
    flush(done) {
      void last.then(() => done());
    },
  });
}

/** Chunks are cut and each piece takes its time. */
function sliced(size: () => number, takesMs: (bytes: number) => number): Transform {
  const push = async (stream: Transform, chunk: Buffer, done: TransformCallback): Promise<void> => {
    for (let at = 0; at < chunk.length && !stream.destroyed; ) {
      const piece = chunk.subarray(at, at + size());
      at += piece.length;
      await pause(takesMs(piece.length));
      if (!stream.destroyed) stream.push(piece);
    }
    done();
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      void push(this, chunk, done);
    },
  });
}

function limited(bytes: number, connection: Connection): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const piece = chunk.subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) this.push(piece);
      done();
      if (left === 0) setImmediate(() => connection.close());
    },
  });
}

const pause = (ms: number): Promise<void> =>
  ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
