import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { readAccess } from '../../../src/evidence/read-access.js';
import { shapeOfKey } from '../../../src/evidence/readers/access/access-trace.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-access-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const file = (content: string | Buffer): string => {
  const path = join(folder, `trace-${files++}`);
  writeFileSync(path, content);
  return path;
};

const MONITOR = `OK
1764172800.100000 [0 127.0.0.1:50001] "GET" "user:17"
1764172800.200000 [0 127.0.0.1:50001] "SET" "user:17" "abcdefgh" "EX" "30"
1764172800.300000 [0 127.0.0.1:50002] "MGET" "user:17" "user:18"
1764172800.400000 [0 lua] "PING"
1764172800.500000 [0 127.0.0.1:50001] "GET" "user:\\"17\\x41"
1764172800.600000 [0 127.0.0.1:50001] "DEL" "user:18"
`;

describe('traces of accesses', () => {
  test('what MONITOR prints: look-ups in order, fills give sizes, other commands are left out', async () => {
    const { trace, format } = await readAccess(file(MONITOR));
    expect(format).toBe('Redis MONITOR');
    expect([...trace.requests]).toEqual([0, 0, 1, 2]);
    expect([...(trace.timesMs ?? [])].map((t) => Math.round(t) % 1_000_000)).toEqual([
      800100, 800300, 800300, 800500,
    ]);
    expect(trace.sizes?.[0]).toBe('user:17abcdefgh'.length);
    expect([trace.writes, trace.deletes]).toEqual([1, 1]);
  });

  test('an access log: cacheable answers only, query values count as keys but not as shapes', async () => {
    const line = (url: string, status = 200, method = 'GET'): string =>
      `10.0.0.1 - - [26/Nov/2026:16:00:01 +0100] "${method} ${url} HTTP/1.1" ${status} 512 "-" "curl"`;
    const { trace } = await readAccess(
      file(
        [
          line('/p/1'),
          line('/p/2'),
          line('/p/1'),
          line('/pay', 200, 'POST'),
          line('/p/3', 500),
          ...['a', 'b', 'c', 'd', 'e'].flatMap((q) => [line(`/s?q=${q}`), line(`/p/9${q}`)]),
          line('/about-alice'),
        ].join('\n'),
      ),
    );
    expect([...trace.requests].slice(0, 4)).toEqual([0, 1, 0, 2]);
    expect(trace.timesMs?.[0]).toBe(Date.UTC(2026, 10, 26, 15, 0, 1));
    const shapes = [...trace.shapeOf].map((s) => trace.shapes[s]);
    expect(shapes.slice(0, 3)).toEqual(['/p/#', '/p/#', '/s?']);
    expect(shapes[shapes.length - 1]).toBe('…');
  });

  test('a CSV names its columns; microseconds, milliseconds and ISO times are told apart', async () => {
    const csv = (times: unknown[]): string =>
      `ts,key,size\n${times.map((t, i) => `${t},k${i},10`).join('\n')}\n`;
    const at = Date.UTC(2026, 0, 1);
    for (const times of [[at * 1000], [at], [at / 1000], [new Date(at).toISOString()]]) {
      const { trace } = await readAccess(file(csv(times)));
      expect(trace.timesMs?.[0]).toBeCloseTo(at, 3);
    }
  });

  test('spans of cache commands name their keys; hidden arguments are no keys', async () => {
    const span = (statement: string, at: number, system = 'redis') => ({
      name: 'x',
      startTimeUnixNano: String(1_764_172_800_000_000_000 + at * 1_000_000),
      attributes: [
        { key: 'db.system', value: { stringValue: system } },
        { key: 'db.statement', value: { stringValue: statement } },
      ],
    });
    const line = (...spans: unknown[]): string =>
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const { trace, format } = await readAccess(
      file(
        [
          line(span('GET item:2', 5), span('GET item:1', 1), span('SELECT 1', 2, 'postgresql')),
          line(span('MGET item:1 item:2', 9), span('GET ?', 10), span('SET item:1 [1 other arguments]', 11)),
        ].join('\n'),
      ),
    );
    expect(format).toBe('OTLP spans of cache commands');
    expect([...trace.requests]).toEqual([0, 1, 0, 1]);
    expect(trace.writes).toBe(1);
  });

  test('ARC traces count every block', async () => {
    const { trace } = await readAccess(file('100 3 0 1\n101 2 0 2\n100 1 0 3\n'));
    expect([...trace.requests]).toEqual([0, 1, 2, 1, 2, 0]);
  });

  test('keys are not kept: the trace holds no text of theirs', async () => {
    const { trace } = await readAccess(file('secret-alice\nsecret-bob\n'));
    expect(JSON.stringify({ ...trace, label: trace.label(0) })).not.toMatch(/alice|bob/);
    expect(trace.label(0)).not.toBe(trace.label(1));
  });

  test('gzip is unpacked; a cut archive gives what came before its cut, and says so', async () => {
    const packed = gzipSync(Array.from({ length: 50_000 }, (_, i) => `k${(i * 7919) % 9973}`).join('\n'));
    expect((await readAccess(file(packed))).trace.requests.length).toBe(50_000);
    const cut = await readAccess(file(packed.subarray(0, packed.length >> 1)));
    expect(cut.damage).toMatch(/cut off/);
    expect(cut.trace.requests.length).toBeGreaterThan(1000);
  });
});

describe('what is no trace', () => {
  test.each([
    ['an empty file', '', /empty/],
    ['a binary file', Buffer.from([0, 1, 2, 3, 255, 254, 0]), /binary/],
    ['prose', 'This is a text.\nIt has words, but no keys.\n', /No format/],
    ['a trace of nothing but writes', MONITOR.split('\n').slice(1, 3).slice(1).join('\n'), /no look-up/],
  ])('%s is refused with what to give', async (_, content, message) => {
    await expect(readAccess(file(content))).rejects.toThrow(message);
    await expect(readAccess(file(content))).rejects.toMatchObject({
      todo: expect.stringMatching(/MONITOR|Record/),
    });
  });

  test('damaged lines are counted, and too many of them are an error with the first line', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => `${1764172800 + i},k${i % 7},10`);
    const some = ['ts,key,size', ...lines, 'nonsense,,,', ...lines].join('\n');
    expect(await readAccess(file(some))).toMatchObject({ badLines: 1, firstBad: [62] });
    const many = ['ts,key,size', ...lines.slice(0, 5), ...lines.map(() => 'x')].join('\n');
    await expect(readAccess(file(many))).rejects.toThrow(/line 7/);
  });
});

test.each([
  ['user:17:profile', 'user:#:profile'],
  ['session:9f86d081884c7d659a2feaa0c55ad015', 'session:#'],
  ['/product/anna@example.com/x?token=abc', '/product/#/x?'],
  ['cart:3f2504e0-4f89-11d3-9a0c-0305e82c3301', 'cart:#'],
])('the shape of %s is %s', (key, shape) => expect(shapeOfKey(key)).toBe(shape));
