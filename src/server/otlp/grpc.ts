import {
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Gate } from '../access/gate.js';
import { Denied } from '../denied.js';
import type { Place } from './admission.js';
import { exportResponse } from './answers.js';
import { bytesOf, Refused, unpacked } from './body.js';
import type { Outcome, Receiver, Refusal } from './receiver.js';
import type { Signal } from './schema.js';

export interface GrpcParts {
  receiver: Receiver;
  gate: Gate;
  /** PEM, by the policy. */
  tls?: { cert: Buffer; key: Buffer };
}

const COLLECTOR = '/opentelemetry.proto.collector';
const METHODS: ReadonlyMap<string, Signal> = new Map([
  [`${COLLECTOR}.trace.v1.TraceService/Export`, 'traces'],
  [`${COLLECTOR}.metrics.v1.MetricsService/Export`, 'metrics'],
  [`${COLLECTOR}.logs.v1.LogsService/Export`, 'logs'],
  [`${COLLECTOR}.profiles.v1development.ProfilesService/Export`, 'profiles'],
]);

/** Codes of google.rpc.Code for the statuses of HTTP. Exhausted without a delay is not sent again: a request that is too large. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 12,
  413: 8,
  415: 12,
  429: 8,
  503: 14,
};
const UNKNOWN = 2;

const MOST_CONNECTIONS = 2000;
/** Calls that one connection may have open. */
const MOST_STREAMS = 100;
const REQUEST_MS = 60_000;
/** SDKs give a call ten seconds. */
const PATIENCE_MS = 2000;
const AGAIN_MS = 20;
/** A byte that says whether the message is packed, and four of its length. */
const PREFIX_BYTES = 5;

/**
 * OTLP over gRPC, behind the same checks and on the same way to disk as over HTTP. On HTTP/2 itself: the bytes of a message
 * are counted while they come, and a request that finds no room is refused before it is held
 * (docs/decisions/011-grpc-on-http2.md).
 */
export function grpcServer({ receiver, gate, tls }: GrpcParts): Http2Server {
  const options = { settings: { maxConcurrentStreams: MOST_STREAMS } };
  const server = tls ? createSecureServer({ ...options, ...tls }) : createServer(options);
  server.maxConnections = MOST_CONNECTIONS;
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const late = globalThis.setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), REQUEST_MS);
    // A sender that went away needs no answer.
    stream.on('error', () => {});
    stream.once('close', () => clearTimeout(late));
    call(stream, headers, receiver, gate).catch((error: unknown) => refuse(stream, refusalOf(error)));
  });
  return server;
}

/** One call: refused before anything of it is read, or read, kept and answered. */
async function call(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  receiver: Receiver,
  gate: Gate,
): Promise<void> {
  const type = String(headers['content-type'] ?? '');
  if (headers[':method'] !== 'POST' || !/^application\/grpc(?:\+proto)?(?:;|$)/.test(type)) {
    // Whoever this is does not speak gRPC and reads no trailers.
    stream.respond({ ':status': 415 }, { endStream: true });
    stream.close(constants.NGHTTP2_NO_ERROR);
    return;
  }
  const from = stream.session?.socket.remoteAddress ?? 'unknown';
  const asker = { headers: { ...headers, host: headers[':authority'] ?? headers.host }, from };
  const caller = gate.admit(asker, 'send', true);
  const signal = METHODS.get(headers[':path'] ?? '');
  if (!signal)
    throw new Denied(
      404,
      'There is no such method: the Export of traces, metrics, logs and profiles is served.',
    );
  const leave = gate.enter(caller, from);
  try {
    const outcome = await acceptedWithin(PATIENCE_MS, stream, async (seen) =>
      receiver.accept(
        signal,
        'protobuf',
        (place) => {
          seen();
          return messageOf(stream, headers['grpc-encoding'], place, receiver.maxRequestBytes);
        },
        'patient',
      ),
    );
    if ('refusal' in outcome) refuse(stream, outcome.refusal);
    else answer(stream, exportResponse(outcome.rejected));
  } finally {
    leave();
  }
}

/**
 * Senders of gRPC often do not send again what was refused, so a call waits a while for its place. Nothing of it is read
 * meanwhile: what it sent lies in the window of its stream.
 */
async function acceptedWithin(
  patienceMs: number,
  stream: ServerHttp2Stream,
  attempt: (seen: () => void) => Promise<Outcome>,
): Promise<Outcome> {
  let isRead = false;
  const until = performance.now() + patienceMs;
  for (;;) {
    const outcome = await attempt(() => {
      isRead = true;
    });
    const isFull = 'refusal' in outcome && outcome.refusal.status === 429;
    if (!isFull || isRead || stream.closed || performance.now() > until) return outcome;
    await setTimeout(AGAIN_MS);
  }
}

/** The one message of a unary call, unpacked. */
async function messageOf(
  stream: ServerHttp2Stream,
  encoding: string | string[] | undefined,
  place: Place,
  most: number,
): Promise<Buffer> {
  const body = await bytesOf(stream, place, most + PREFIX_BYTES);
  if (body.length < PREFIX_BYTES || body.length - PREFIX_BYTES !== body.readUInt32BE(1))
    throw new Refused(400, 'The call must send one message, whole.');
  const message = body.subarray(PREFIX_BYTES);
  if (body[0] === 0) return message;
  if (encoding !== 'gzip') throw new Refused(415, 'grpc-encoding must be gzip or identity.');
  return unpacked(message, place, most);
}

const HEADERS = {
  ':status': 200,
  'content-type': 'application/grpc+proto',
  'grpc-accept-encoding': 'identity,gzip',
} as const;

function answer(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.closed || stream.destroyed) return;
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([prefix, message]));
}

/** A refusal in the headers of an answer that has nothing else; what is still being sent is not waited for. */
function refuse(stream: ServerHttp2Stream, { status, words, retryAfterSeconds }: Refusal): void {
  if (stream.closed || stream.destroyed || stream.headersSent) return;
  const code = CODES[status] ?? UNKNOWN;
  stream.respond(
    {
      ...HEADERS,
      'grpc-status': String(code),
      'grpc-message': encodeURIComponent(words),
      ...(retryAfterSeconds === undefined
        ? {}
        : { 'grpc-status-details-bin': retryDetails(code, words, retryAfterSeconds) }),
    },
    { endStream: true },
  );
  stream.close(constants.NGHTTP2_NO_ERROR);
}

/** google.rpc.Status with a google.rpc.RetryInfo: what OTLP asks of a refusal that may be sent again. */
function retryDetails(code: number, words: string, seconds: number): string {
  const status = new BinaryWriter()
    .tag(1, WireType.Varint)
    .int32(code)
    .tag(2, WireType.LengthDelimited)
    .string(words)
    .tag(3, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .string('type.googleapis.com/google.rpc.RetryInfo')
    .tag(2, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int64(seconds)
    .join()
    .join()
    .join()
    .finish();
  // Without padding, as the values of binary headers are.
  return Buffer.from(status).toString('base64').replace(/=+$/, '');
}

const refusalOf = (error: unknown): Refusal =>
  error instanceof Denied
    ? {
        status: error.status,
        words: error.words,
        ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
      }
    : { status: 500, words: 'The request could not be worked on.' };
