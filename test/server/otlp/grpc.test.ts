import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { expect, onTestFinished, test } from 'vitest';
import { started as startedHttp } from '../start.js';
import { attribute, span, traceRequest } from './requests.js';

const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const ONE = traceRequest([span({})]);

const started = async (policy: Record<string, unknown> = {}) => {
  const serving = await startedHttp(policy, [], { port: 0, whenTaken: 'fail' });
  return { ...serving, grpcUrl: serving.grpcUrl ?? '' };
};

interface Called {
  code: number;
  words: string;
  body: Buffer;
  metadata: Metadata;
}

/** One unary call by the public client of gRPC. */
function call(
  url: string,
  body: Buffer,
  {
    path = TRACES,
    headers = {},
    gzip = false,
  }: { path?: string; headers?: Record<string, string>; gzip?: boolean } = {},
): Promise<Called> {
  const client = new Client(new URL(url).host, credentials.createInsecure(), {
    'grpc.default_compression_algorithm': gzip ? compressionAlgorithms.gzip : compressionAlgorithms.identity,
    'grpc.max_send_message_length': -1,
  });
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const same = (value: Buffer): Buffer => value;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, same, same, body, metadata, (error: ServiceError | null, answer) => {
      client.close();
      resolve(
        error
          ? { code: error.code, words: error.details, body: Buffer.alloc(0), metadata: error.metadata }
          : { code: 0, words: '', body: answer ?? Buffer.alloc(0), metadata: new Metadata() },
      );
    });
  });
}

/** Seconds of the google.rpc.RetryInfo among the details of a status. */
function retrySeconds(metadata: Metadata): number | undefined {
  const [details] = metadata.get('grpc-status-details-bin');
  if (!(details instanceof Buffer)) return undefined;
  /** Contents of a field, one message in another. */
  const inner = (bytes: Uint8Array, wanted: number): Uint8Array => {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (field === wanted) return reader.bytes();
      reader.skip(wire);
    }
    return new Uint8Array();
  };
  const any = inner(details, 3);
  expect(Buffer.from(inner(any, 1)).toString()).toBe('type.googleapis.com/google.rpc.RetryInfo');
  const reader = new BinaryReader(inner(inner(any, 2), 1));
  reader.tag();
  return Number(reader.int64());
}

test('a call is acknowledged with an empty message and is in a segment, redacted', async () => {
  const serving = await started();
  const body = traceRequest([span({ attributes: [attribute('user.email', 'bob@example.com')] })]);
  const answer = await call(serving.grpcUrl, body);
  expect(answer).toMatchObject({ code: status.OK, body: Buffer.alloc(0) });
  const [segment] = await serving.receiver.sealed();
  const text = readFileSync(join(serving.data, 'received', segment?.name ?? ''), 'latin1');
  expect(text).toMatch(/<email:\d+>/);
  expect(text).not.toContain('bob@');
});

test('gzip is taken, and every signal has its service', async () => {
  const serving = await started();
  expect((await call(serving.grpcUrl, ONE, { gzip: true })).code).toBe(status.OK);
  for (const service of [
    'metrics.v1.MetricsService',
    'logs.v1.LogsService',
    'profiles.v1development.ProfilesService',
  ]) {
    const path = `/opentelemetry.proto.collector.${service}/Export`;
    expect((await call(serving.grpcUrl, Buffer.alloc(0), { path })).code, service).toBe(status.OK);
  }
  expect(serving.receiver.counts).toMatchObject({ requests: 1, items: 1 });
});

test('spans without ids are rejected in a partial success', async () => {
  const { grpcUrl } = await started();
  const { code, body } = await call(grpcUrl, traceRequest([span({}), span({ traceId: Buffer.alloc(16) })]));
  expect(code).toBe(status.OK);
  // Field 1, a message whose field 1 is the number 1.
  expect([...body.subarray(0, 1), ...body.subarray(2, 4)]).toEqual([0x0a, 0x08, 1]);
});

test('what was sent over HTTP before is not kept twice', async () => {
  const serving = await started();
  const sent = await fetch(`${serving.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(ONE),
  });
  expect(sent.status).toBe(200);
  expect((await call(serving.grpcUrl, ONE)).code).toBe(status.OK);
  expect(serving.receiver.counts).toMatchObject({ requests: 1, repeated: 1 });
});

test('what cannot be read is refused for good, and the next call is taken', async () => {
  const { grpcUrl } = await started();
  const wrong = await call(grpcUrl, Buffer.from('not protobuf at all'));
  expect(wrong).toMatchObject({ code: status.INVALID_ARGUMENT, words: expect.stringContaining('no OTLP') });
  expect(retrySeconds(wrong.metadata)).toBeUndefined();
  const unknown = await call(grpcUrl, ONE, {
    path: '/opentelemetry.proto.collector.trace.v1.TraceService/Import',
  });
  expect(unknown.code).toBe(status.UNIMPLEMENTED);
  expect((await call(grpcUrl, ONE)).code).toBe(status.OK);
});

test('a call beyond the size is refused for good, packed or not, and holds no memory', async () => {
  const { grpcUrl, receiver } = await started({ receiver: { maxRequestMb: 1, maxInFlightMb: 4 } });
  for (const gzip of [false, true]) {
    const large = await call(grpcUrl, Buffer.alloc(8 * 1024 * 1024), { gzip });
    expect(large).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      words: expect.stringContaining('Send smaller'),
    });
    expect(retrySeconds(large.metadata)).toBeUndefined();
  }
  expect(receiver.used()).toEqual({ bytes: 0, requests: 0 });
});

test('when there is no room, it says after how long to try again', async () => {
  const { grpcUrl } = await started({ receiver: { maxRequestMb: 0.01, maxInFlightMb: 0.01 } });
  const full = await call(grpcUrl, ONE, { gzip: true });
  expect(full.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(retrySeconds(full.metadata)).toBeGreaterThan(0);
});

test('a call that finds no place waits for one instead of being refused', async () => {
  const { grpcUrl, receiver } = await started({ receiver: { maxWaitMs: 1 } });
  // Busy for longer than a request over HTTP may wait: each call comes while the loop has been held.
  const calls = Array.from({ length: 20 }, (_, i) =>
    call(grpcUrl, traceRequest([span({ name: `GET /${i}` })])),
  );
  const until = performance.now() + 50;
  while (performance.now() < until);
  expect((await Promise.all(calls)).every((c) => c.code === status.OK)).toBe(true);
  expect(receiver.counts.requests).toBe(20);
});

test('a sender without its token is refused before anything is read', async () => {
  const sha256 = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b'; // secret
  const { grpcUrl, receiver } = await started({
    access: { tokens: [{ name: 'app', role: 'sender', sha256 }] },
  });
  expect((await call(grpcUrl, ONE)).code).toBe(status.UNAUTHENTICATED);
  const headers = { authorization: 'Bearer secret' };
  expect((await call(grpcUrl, ONE, { headers })).code).toBe(status.OK);
  expect(receiver.counts.requests).toBe(1);
});

test('a name that is not of the server is refused', async () => {
  const { grpcUrl } = await started();
  const session = connectHttp2(grpcUrl);
  onTestFinished(() => session.close());
  const answered = await new Promise<Record<string, unknown>>((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': TRACES,
      ':authority': 'evil.example',
      'content-type': 'application/grpc',
    });
    stream.once('response', resolve);
    stream.end();
  });
  expect(answered['grpc-status']).toBe('7');
});

test('a message that is cut short, or one after another, is refused', async () => {
  const { grpcUrl } = await started();
  const session = connectHttp2(grpcUrl);
  onTestFinished(() => session.close());
  const prefixed = (body: Buffer, length = body.length, packed = 0): Buffer => {
    const prefix = Buffer.alloc(5);
    prefix[0] = packed;
    prefix.writeUInt32BE(length, 1);
    return Buffer.concat([prefix, body]);
  };
  const codeOf = (sent: Buffer, more: Record<string, string> = {}): Promise<unknown> =>
    new Promise((resolve) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': TRACES,
        'content-type': 'application/grpc',
        ...more,
      });
      stream.resume();
      stream.once('response', (h) => resolve(h['grpc-status'] ?? 'answered'));
      stream.end(sent);
    });
  expect(await codeOf(prefixed(ONE))).toBe('answered');
  expect(await codeOf(prefixed(ONE, ONE.length + 1))).toBe('3');
  expect(await codeOf(Buffer.concat([prefixed(ONE), prefixed(ONE)]))).toBe('3');
  expect(await codeOf(Buffer.from([0, 0]))).toBe('3');
  expect(await codeOf(prefixed(gzipSync(ONE), undefined, 1), { 'grpc-encoding': 'snappy' })).toBe('12');
  expect(await codeOf(prefixed(Buffer.from('no gzip'), undefined, 1), { 'grpc-encoding': 'gzip' })).toBe('3');
});

test('a browser or another client of HTTP/2 learns nothing', async () => {
  const { grpcUrl } = await started();
  const session = connectHttp2(grpcUrl);
  onTestFinished(() => session.close());
  const answered = await new Promise<Record<string, unknown>>((resolve) => {
    session.request({ ':path': '/' }).once('response', resolve);
  });
  expect(answered[':status']).toBe(415);
});

test('a port that is taken fails where it was named, and leaves HTTP where it was not', async () => {
  const first = await started();
  const port = Number(new URL(first.grpcUrl).port);
  await expect(startedHttp({}, [], { port, whenTaken: 'fail' })).rejects.toThrow(/taken/);
  const second = await startedHttp({}, [], { port, whenTaken: 'skip' });
  expect(second.grpcUrl).toBeUndefined();
});
