import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { RedactorOptions } from '../evidence/redact/index.js';
import type { Policy } from '../governance/policy.js';
import { Refusal } from '../governance/refusal.js';
import type { Tokens } from './access/tokens.js';
import { type DataFolder, openDataFolder } from './data-folder.js';
import { httpServer, type Part } from './http.js';
import { openReceiver, type Receiver } from './otlp/receiver.js';
import { daysMs } from './otlp/retention.js';

export interface ServeOptions {
  data: string;
  port: number;
  policy: Policy;
  redaction: RedactorOptions;
}

/** A server that listens. */
export interface Serving {
  /** Where it is reached from this machine. */
  url: string;
  receiver: Receiver;
  folder: DataFolder;
  close(): Promise<void>;
}

/** What is served beside telemetry. */
export interface Opened {
  parts: readonly Part[];
  close(): Promise<void>;
  tokens?: Tokens;
}
const NOTHING: Opened = { parts: [], close: async () => {} };

/** What parts of the server need. */
export interface Ground {
  folder: DataFolder;
  receiver: Receiver;
  policy: Policy;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
const SEGMENT_MS = 60_000;
const PURGE_EVERY_MS = 60_000;
const MB = 1024 * 1024;

/** Starts serving. Throws a Refusal when the folder, the port or the certificate cannot be used. */
export async function serve(
  options: ServeOptions,
  open: (ground: Ground) => Opened = () => NOTHING,
): Promise<Serving> {
  const { policy } = options;
  const folder = openDataFolder(options.data);
  try {
    const receiver = await openReceiver({
      folder: folder.received,
      maxRequestBytes: policy.receiver.maxRequestMb * MB,
      maxBytesInFlight: policy.receiver.maxInFlightMb * MB,
      maxWaitMs: policy.receiver.maxWaitMs,
      segment: { bytes: SEGMENT_BYTES, ms: SEGMENT_MS },
      keep: { bytes: policy.receiver.keepMb * MB, ms: daysMs(policy.retention.telemetryDays) },
      redaction: { ...options.redaction, key: options.redaction.key ?? folder.redactionKey },
      isHeld: (path) => policy.retention.legalHolds.some((hold) => path.startsWith(hold.path)),
    });
    const opened = open({ folder, receiver, policy });
    const server = httpServer({
      policy,
      receiver,
      parts: opened.parts,
      ...(opened.tokens ? { tokens: opened.tokens } : {}),
      ...tlsOf(policy),
    });
    await listen(server, options.port, policy.access.listen);
    const purging = setInterval(() => void receiver.purge().catch(() => undefined), PURGE_EVERY_MS);
    purging.unref();
    const { port } = server.address() as AddressInfo;
    const name = policy.access.listen.includes(':') ? `[${policy.access.listen}]` : policy.access.listen;
    return {
      url: `${policy.access.tls ? 'https' : 'http'}://${name === '0.0.0.0' ? '127.0.0.1' : name}:${port}`,
      receiver,
      folder,
      async close() {
        clearInterval(purging);
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref();
        await opened.close();
        await closed;
        await receiver.close();
        folder.release();
      },
    };
  } catch (error) {
    folder.release();
    throw error;
  }
}

/** What is being answered when the server is stopped gets so long. */
const CLOSE_MS = 3000;

function tlsOf({ access }: Policy): { tls?: { cert: Buffer; key: Buffer } } {
  if (!access.tls) return {};
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new Refusal(
        `The file of access.tls cannot be read (${(error as NodeJS.ErrnoException).code}).`,
        file,
        'Check the path and its rights.',
      );
    }
  };
  return { tls: { cert: read(access.tls.certificate), key: read(access.tls.key) } };
}

function listen(server: ReturnType<typeof httpServer>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Refusal(
          error.code === 'EADDRINUSE'
            ? `Port ${port} is taken.`
            : `The server cannot listen (${error.code}).`,
          `${host}:${port}`,
          'Name another port with --port.',
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}
