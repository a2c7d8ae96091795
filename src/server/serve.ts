import { readFileSync } from 'node:fs';
import type { ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { RedactorOptions } from '../evidence/redact/index.js';
import type { Policy } from '../governance/policy.js';
import { Refusal } from '../governance/refusal.js';
import { gateOf } from './access/gate.js';
import { type Tokens, tokensOf } from './access/tokens.js';
import { type DataFolder, openDataFolder } from './data-folder.js';
import { httpServer, type Part } from './http.js';
import { type GrpcParts, grpcServer } from './otlp/grpc.js';
import { openReceiver, type Receiver } from './otlp/receiver.js';
import { daysMs } from './otlp/retention.js';

export interface ServeOptions {
  data: string;
  port: number;
  policy: Policy;
  redaction: RedactorOptions;
  /** OTLP over gRPC beside HTTP, where it is wanted. */
  grpc?: { port: number; whenTaken: 'fail' | 'skip' };
}

/** A server that listens. */
export interface Serving {
  /** Where it is reached from this machine. */
  url: string;
  /** Where OTLP over gRPC is taken; nothing when it is not. */
  grpcUrl?: string;
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
    const gate = gateOf(policy, opened.tokens ?? tokensOf(policy.access));
    const tls = tlsOf(policy);
    const server = httpServer({ policy, receiver, parts: opened.parts, gate, ...tls });
    await listen(server, options.port, policy.access.listen, '--port');
    const grpc = options.grpc && (await openGrpc({ receiver, gate, ...tls }, policy, options.grpc));
    const purging = setInterval(() => void receiver.purge().catch(() => undefined), PURGE_EVERY_MS);
    purging.unref();
    return {
      url: urlOf(server, policy),
      ...(grpc ? { grpcUrl: grpc.url } : {}),
      receiver,
      folder,
      async close() {
        clearInterval(purging);
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref();
        await Promise.all([opened.close(), grpc?.close()]);
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

function urlOf(server: Server, { access }: Policy): string {
  const { port } = server.address() as AddressInfo;
  const name = access.listen.includes(':') ? `[${access.listen}]` : access.listen;
  return `${access.tls ? 'https' : 'http'}://${name === '0.0.0.0' ? '127.0.0.1' : name}:${port}`;
}

interface Grpc {
  url: string;
  close(): Promise<void>;
}

/** Nothing where its port is taken and nobody asked for it. */
async function openGrpc(
  parts: GrpcParts,
  policy: Policy,
  { port, whenTaken }: NonNullable<ServeOptions['grpc']>,
): Promise<Grpc | undefined> {
  const server = grpcServer(parts);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  // A session waits for streams that its client does not read, even when it is destroyed; its socket does not.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  try {
    await listen(server, port, policy.access.listen, '--grpc-port');
  } catch (error) {
    if (whenTaken === 'skip') return undefined;
    throw error;
  }
  return {
    url: urlOf(server, policy),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Calls that are being answered are; connections without any end at once.
        for (const session of sessions) session.close();
        setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, CLOSE_MS).unref();
      }),
  };
}

function listen(server: Server, port: number, host: string, option: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Refusal(
          error.code === 'EADDRINUSE'
            ? `Port ${port} is taken.`
            : `The server cannot listen (${error.code}).`,
          `${host}:${port}`,
          `Name another port with ${option}.`,
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}
