import type { ServerResponse } from 'node:http';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { REJECTED, type Signal } from './schema.js';
import type { Encoding } from './segments.js';

const TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** The export response: empty, or with what was rejected (OTLP, partial success). */
export function answerKept(
  response: ServerResponse,
  encoding: Encoding,
  signal: Signal,
  rejected: number,
): void {
  const body =
    encoding === 'json'
      ? JSON.stringify(
          rejected > 0 ? { partialSuccess: { [REJECTED[signal]]: String(rejected), errorMessage: WHY } } : {},
        )
      : exportResponse(rejected);
  response.writeHead(200, { 'content-type': TYPES[encoding], 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

const WHY = 'They lack a trace id of 16 bytes or a span id of 8.';

/** The export response of every signal in protobuf: empty where all was kept. */
export const exportResponse = (rejected: number): Uint8Array =>
  rejected > 0
    ? new BinaryWriter()
        .tag(1, WireType.LengthDelimited)
        .fork()
        .tag(1, WireType.Varint)
        .int64(rejected)
        .tag(2, WireType.LengthDelimited)
        .string(WHY)
        .join()
        .finish()
    : new Uint8Array(0);

/** Codes of google.rpc.Code for the statuses that are answered. */
const CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 403: 7, 413: 11, 415: 3, 429: 8, 503: 14 };

/** A refusal as google.rpc.Status; those that may be sent again say after how many seconds. */
export function answerRefused(
  response: ServerResponse,
  encoding: Encoding,
  refusal: { status: number; words: string; retryAfterSeconds?: number },
): void {
  if (response.headersSent || response.destroyed) return;
  const code = CODES[refusal.status] ?? 2;
  const body =
    encoding === 'json'
      ? JSON.stringify({ code, message: refusal.words })
      : new BinaryWriter()
          .tag(1, WireType.Varint)
          .int32(code)
          .tag(2, WireType.LengthDelimited)
          .string(refusal.words)
          .finish();
  response.writeHead(refusal.status, {
    'content-type': TYPES[encoding],
    'content-length': Buffer.byteLength(body),
    ...(refusal.retryAfterSeconds === undefined ? {} : { 'retry-after': String(refusal.retryAfterSeconds) }),
  });
  response.end(body);
}
