import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { overdue } from '../../../src/server/otlp/retention.js';
import { segmentLog } from '../../../src/server/otlp/segment-log.js';
import { recover, segmentsOf } from '../../../src/server/otlp/segments.js';

const LIMITS = { bytes: 1 << 20, ms: 60_000 };
const folderOf = (): string => mkdtempSync(join(tmpdir(), 'kneepoint-segments-'));
const request = (text: string): Buffer[] => [Buffer.from(text)];

/** The requests in a segment of protobuf. */
function frames(bytes: Buffer): string[] {
  const out: string[] = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at))
    out.push(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)).toString());
  return out;
}

test('requests that come together are all there, in order, and each is acknowledged after it is on disk', async () => {
  const folder = folderOf();
  const log = segmentLog(folder, 'traces', 'protobuf', LIMITS);
  const texts = Array.from({ length: 50 }, (_, i) => `request ${i}`);
  await Promise.all(
    texts.map(async (t) => {
      await log.append(request(t));
      const [open = ''] = readdirSync(folder);
      expect(frames(readFileSync(join(folder, open)))).toContain(t);
    }),
  );
  await log.seal();
  const [segment] = await segmentsOf(folder);
  expect(frames(readFileSync(join(folder, segment?.name ?? '')))).toEqual(texts);
});

test('a segment that is full is closed, and the next one begun', async () => {
  const folder = folderOf();
  const log = segmentLog(folder, 'logs', 'json', { ...LIMITS, bytes: 10 });
  for (const t of ['{"a":1}', '{"b":2}', '{"c":3}']) await log.append(request(t));
  await log.close();
  const names = (await segmentsOf(folder)).map((s) => s.name);
  expect(names.map((n) => readFileSync(join(folder, n), 'utf8'))).toEqual([
    '{"a":1}\n{"b":2}\n',
    '{"c":3}\n',
  ]);
});

test('profiles stand one a file, with nothing around them', async () => {
  const folder = folderOf();
  const log = segmentLog(folder, 'profiles', 'protobuf', { ...LIMITS, alone: true });
  await Promise.all([log.append(request('one')), log.append(request('two'))]);
  const segments = await segmentsOf(folder);
  expect(segments.map((s) => readFileSync(join(folder, s.name), 'utf8')).sort()).toEqual(['one', 'two']);
});

test.each([
  ['protobuf', 'cut in a length', Buffer.from([0, 0])],
  ['protobuf', 'cut in a request', Buffer.from([0, 0, 0, 9, 1, 2])],
  ['protobuf', 'zeros, as a lost write leaves them', Buffer.alloc(40)],
  ['json', 'cut in a line', Buffer.from('{"resourceSpans":[')],
] as const)('after a crash a segment in %s is closed before what is %s', async (encoding, _, tail) => {
  const folder = folderOf();
  const log = segmentLog(folder, 'traces', encoding, LIMITS);
  await log.append(request('{"whole":1}'));
  await log.append(request('{"whole":2}'));
  const [open = ''] = readdirSync(folder);
  const before = readFileSync(join(folder, open));
  appendFileSync(join(folder, open), tail);
  expect(await recover(folder)).toEqual({ segments: 1, requests: 2, cutBytes: tail.length });
  const [segment] = await segmentsOf(folder);
  expect(readFileSync(join(folder, segment?.name ?? '')).equals(before)).toBe(true);
});

test('a profile that was not acknowledged is removed after a crash', async () => {
  const folder = folderOf();
  const log = segmentLog(folder, 'profiles', 'protobuf', { ...LIMITS, alone: true });
  await log.append(request('whole'));
  const [segment] = await segmentsOf(folder);
  const name = segment?.name ?? '';
  renameSync(join(folder, name), join(folder, `${name}.open`));
  expect(await recover(folder)).toMatchObject({ segments: 0, cutBytes: 5 });
  expect(readdirSync(folder)).toEqual([]);
});

test('a segment in which nothing was finished is removed after a crash', async () => {
  const folder = folderOf();
  writeFileSync(join(folder, 'traces-20261126T192000.123Z-000001.otlp.open'), Buffer.from([0, 0, 1]));
  expect(await recover(folder)).toMatchObject({ requests: 0, cutBytes: 3 });
  expect(readdirSync(folder)).toEqual([]);
});

test('files of others in the folder are left alone', async () => {
  const folder = folderOf();
  writeFileSync(join(folder, 'notes.open'), 'mine');
  writeFileSync(join(folder, 'traces-today.otlp'), 'mine');
  await recover(folder);
  expect(await segmentsOf(folder)).toEqual([]);
  expect(readdirSync(folder)).toEqual(['notes.open', 'traces-today.otlp']);
});

test('the oldest segments go first, by size and by age', () => {
  const segment = (name: string, fromMs: number) => ({
    name,
    signal: 'traces' as const,
    encoding: 'json' as const,
    fromMs,
    bytes: 10,
  });
  const all = [segment('a', 0), segment('b', 50), segment('c', 100)];
  const names = (bytes: number, ms: number): string[] => overdue(all, { bytes, ms }, 100).map((s) => s.name);
  expect(names(100, 1000)).toEqual([]);
  expect(names(20, 1000)).toEqual(['a']);
  expect(names(100, 60)).toEqual(['a']);
  expect(names(100, 10)).toEqual(['a', 'b']);
  expect(names(0, 1000)).toEqual(['a', 'b', 'c']);
});
