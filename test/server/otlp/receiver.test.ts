import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { policySchema } from '../../../src/governance/policy.js';
import { serve } from '../../../src/server/serve.js';
import { ask, started } from '../start.js';
import { attribute, span, traceRequest } from './requests.js';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };
const ONE = traceRequest([span({})]);

const post = (url: string, body: Uint8Array | string, headers: Record<string, string> = PROTOBUF) =>
  ask(url, { method: 'POST', body, headers });

/** With one byte in its middle changed. */
function damaged(archive: Buffer): Buffer {
  archive[30] = (archive[30] ?? 0) ^ 0xff;
  return archive;
}

async function stored(serving: Awaited<ReturnType<typeof started>>): Promise<string[]> {
  const segments = await serving.receiver.sealed();
  return segments.map((s) => readFileSync(join(serving.data, 'received', s.name), 'latin1'));
}

test('a request in protobuf is acknowledged with an empty answer and is in a segment, redacted', async () => {
  const serving = await started();
  const body = traceRequest([span({ attributes: [attribute('user.email', 'bob@example.com')] })]);
  const answer = await post(`${serving.url}/v1/traces`, body);
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/x-protobuf');
  expect(answer.body).toHaveLength(0);
  const [segment = ''] = await stored(serving);
  expect(segment).toMatch(/<email:\d+>/);
  expect(segment).not.toContain('bob@');
});

test('gzip and JSON are taken, for every signal', async () => {
  const serving = await started();
  const packed = await post(`${serving.url}/v1/traces`, gzipSync(ONE), {
    ...PROTOBUF,
    'content-encoding': 'gzip',
  });
  expect(packed.status).toBe(200);
  for (const [signal, list, inner, item] of [
    [
      'traces',
      'resourceSpans',
      'scopeSpans',
      { spans: [{ traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'a' }] },
    ],
    [
      'metrics',
      'resourceMetrics',
      'scopeMetrics',
      { metrics: [{ name: 'm', gauge: { dataPoints: [{ asDouble: 1 }] } }] },
    ],
    ['logs', 'resourceLogs', 'scopeLogs', { logRecords: [{ body: { stringValue: 'hello' } }] }],
    ['profiles', 'resourceProfiles', 'scopeProfiles', { profiles: [{ sampleType: [{ typeStrindex: 1 }] }] }],
  ] as const) {
    const answer = await post(
      `${serving.url}/v1/${signal}`,
      JSON.stringify({ [list]: [{ [inner]: [item] }] }),
      JSON_TYPE,
    );
    expect(answer.status, signal).toBe(200);
    expect(answer.body.toString(), signal).toBe('{}');
  }
  expect((await serving.receiver.sealed()).map((s) => `${s.signal} ${s.encoding}`).sort()).toEqual([
    'logs json',
    'metrics json',
    'profiles json',
    'traces json',
    'traces protobuf',
  ]);
});

test('spans without ids are rejected in a partial success, in the encoding of the request', async () => {
  const { url } = await started();
  const bad = span({ traceId: Buffer.alloc(16) });
  const binary = await post(`${url}/v1/traces`, traceRequest([span({}), bad]));
  expect(binary.status).toBe(200);
  // Field 1, a message whose field 1 is the number 1.
  expect([...binary.body.subarray(0, 1), ...binary.body.subarray(2, 4)]).toEqual([0x0a, 0x08, 1]);
  const text = await post(
    `${url}/v1/traces`,
    JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'no ids' }] }] }] }),
    JSON_TYPE,
  );
  expect(JSON.parse(text.body.toString()).partialSuccess.rejectedSpans).toBe('1');
});

test('a request that a sender repeats is stored once', async () => {
  const serving = await started();
  for (let i = 0; i < 3; i++) expect((await post(`${serving.url}/v1/traces`, ONE)).status).toBe(200);
  expect(serving.receiver.counts).toMatchObject({ requests: 1, repeated: 2 });
});

test('what a sender repeats after a restart is stored once as well', async () => {
  const secret = traceRequest([span({ attributes: [attribute('user.email', 'bob@example.com')] })]);
  const text = JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'of bob@example.com' } }] }] }],
  });
  const data = mkdtempSync(join(tmpdir(), 'kneepoint-again-'));
  for (let run = 0; run < 2; run++) {
    const serving = await serve({ data, port: 0, policy: policySchema.parse({}), redaction: {} });
    expect((await post(`${serving.url}/v1/traces`, secret)).status).toBe(200);
    expect((await post(`${serving.url}/v1/logs`, text, JSON_TYPE)).status).toBe(200);
    expect(serving.receiver.counts).toMatchObject(
      run === 0 ? { requests: 2, repeated: 0 } : { requests: 0, repeated: 2 },
    );
    await serving.close();
  }
});

test.each([
  ['no telemetry', 'not protobuf at all', PROTOBUF, 400],
  ['no JSON', '{"resourceSpans":', JSON_TYPE, 400],
  ['a list instead of a request', '[]', JSON_TYPE, 400],
  ['an unknown type', 'a,b', { 'content-type': 'text/csv' }, 415],
  ['an unknown packing', 'x', { ...PROTOBUF, 'content-encoding': 'br' }, 415],
  ['a damaged archive', damaged(gzipSync(ONE)), { ...PROTOBUF, 'content-encoding': 'gzip' }, 400],
] as const)('%s is refused, and the next request is taken', async (_, body, headers, status) => {
  const { url } = await started();
  expect((await post(`${url}/v1/traces`, body, headers)).status).toBe(status);
  expect((await post(`${url}/v1/traces`, ONE)).status).toBe(200);
});

test('a bomb of gzip is refused with 413 and holds no memory', async () => {
  const { url, receiver } = await started({ receiver: { maxRequestMb: 1, maxInFlightMb: 4 } });
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  expect(bomb.length).toBeLessThan(100_000);
  const packed = { ...PROTOBUF, 'content-encoding': 'gzip' };
  expect((await post(`${url}/v1/traces`, bomb, packed)).status).toBe(413);
  // One that lies about its size.
  bomb.writeUInt32LE(10, bomb.length - 4);
  expect((await post(`${url}/v1/traces`, bomb, packed)).status).toBe(413);
  expect(receiver.used()).toEqual({ bytes: 0, requests: 0 });
});

test('a request beyond the size is refused with 413, said in its head or not', async () => {
  const { url } = await started({ receiver: { maxRequestMb: 0.001, maxInFlightMb: 1 } });
  expect((await post(`${url}/v1/traces`, Buffer.alloc(5000))).status).toBe(413);
  const chunked = await ask(`${url}/v1/traces`, {
    method: 'POST',
    headers: { ...PROTOBUF, 'transfer-encoding': 'chunked' },
    body: Buffer.alloc(5000),
  });
  expect(chunked.status).toBe(413);
});

test('when there is no room, it says after how long to try again', async () => {
  const { url } = await started({ receiver: { maxRequestMb: 0.01, maxInFlightMb: 0.01 } });
  const answer = await post(`${url}/v1/traces`, gzipSync(ONE), { ...PROTOBUF, 'content-encoding': 'gzip' });
  expect(answer.status).toBe(429);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
});

test('only POST to a known signal is telemetry', async () => {
  const { url } = await started();
  expect((await ask(`${url}/v1/traces`)).status).toBe(405);
  expect((await post(`${url}/v1/nothing`, ONE)).status).toBe(404);
});
