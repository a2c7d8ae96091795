import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonLine, type MadeSpan, madeSpans, protobuf } from '../../../bench/store/otlp-spans.js';
import { type Collected, collect } from '../../../src/evidence/collect.js';
import { lineBlocks, newlinesIn } from '../../../src/evidence/readers/line-blocks.js';
import { textOfBytes } from '../../../src/evidence/readers/span-text.js';
import { openStore, type Store } from '../../../src/evidence/store/index.js';
import { seededRandom } from '../../../src/models/random.js';

let store: Store;
let folder: string;
beforeAll(async () => {
  store = await openStore({});
});
afterAll(async () => {
  await store.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

/** What is stored of a file, read in blocks or, as of a store that cannot read our bytes, span by span. */
async function read(
  content: string | Buffer,
  inBlocks: boolean,
): Promise<{ found: Collected; rows: unknown; inserts: number }> {
  const path = join(folder, 'spans.dat');
  writeFileSync(path, content);
  await store.command('TRUNCATE TABLE otel_traces');
  const { withFile, ...without } = store;
  let inserts = 0;
  const counting: Store = {
    ...without,
    insert: (table, rows) => {
      inserts++;
      return store.insert(table, rows);
    },
    ...(inBlocks && withFile ? { withFile } : {}),
  };
  const found = await collect([{ path, role: 'incident' }], counting, { redact: true });
  const rows = await store.query(
    'SELECT * FROM otel_traces ORDER BY KpLine, SpanId, Timestamp, toString(SpanAttributes)',
  );
  return { found, rows, inserts };
}

async function expectBothWaysAlike(content: string | Buffer): Promise<Awaited<ReturnType<typeof read>>> {
  const [blocks, single] = [await read(content, true), await read(content, false)];
  expect(blocks.rows).toEqual(single.rows);
  expect(blocks.found).toEqual(single.found);
  return blocks;
}

const made = [...madeSpans(2000, 7)];
const lines = made.map(jsonLine);
const attribute = (key: string, value: unknown) => ({ key, value });
/** Changes one span of a line as a writer of OTLP JSON might have written it. */
const altered = (at: number, change: Record<string, unknown>): string => {
  const request = JSON.parse(lines[at] ?? '');
  Object.assign(request.resourceSpans[0].scopeSpans[0].spans[1], change);
  return JSON.stringify(request);
};
const file = (...special: [at: number, line: string][]): string => {
  const all = [...lines];
  for (const [at, line] of special) all[at] = line;
  return `${all.join('\n')}\n`;
};

describe('blocks of spans are read as single spans are', () => {
  it('JSON, protobuf, and gzip', async () => {
    const { found, inserts } = await expectBothWaysAlike(file());
    expect(inserts).toBe(0);
    expect(found.sources[0]?.records).toBe(2000);
    expect(found.problems).toEqual([]);
    expect((await expectBothWaysAlike(gzipSync(file()))).inserts).toBe(0);
    expect((await expectBothWaysAlike(Buffer.concat(made.map(protobuf)))).inserts).toBe(0);
  });

  it('values of every type, repeated and missing attributes, events, links, states and names of kinds', async () => {
    await expectBothWaysAlike(
      file(
        [
          3,
          altered(3, {
            attributes: [
              attribute('n', { intValue: '12345678901234567890' }),
              attribute('d', { doubleValue: 1.5e21 }),
            ],
          }),
        ],
        [
          4,
          altered(4, {
            attributes: [
              attribute('b', { boolValue: true }),
              attribute('a', { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'x"\\' }] } }),
            ],
          }),
        ],
        [
          5,
          altered(5, {
            attributes: [
              attribute('same', { stringValue: 'one' }),
              attribute('same', { stringValue: 'two' }),
            ],
          }),
        ],
        [6, altered(6, { attributes: undefined, status: { code: 2, message: 'no route to 10.1.2.3' } })],
        [
          7,
          altered(7, { kind: 'SPAN_KIND_CONSUMER', status: { code: 'STATUS_CODE_OK' }, traceState: 'a=b' }),
        ],
        [
          8,
          altered(8, {
            events: [{ timeUnixNano: '1700000000000000000', name: 'exception', attributes: [] }],
          }),
        ],
        [9, altered(9, { links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }] })],
        [
          10,
          altered(10, {
            name: 'Größe \u{1f600} \u0007',
            attributes: [attribute('città', { stringValue: 'Forlì' })],
          }),
        ],
        [11, altered(11, { traceId: 'AB'.repeat(16), parentSpanId: '0'.repeat(16) })],
      ),
    );
  });

  it('more names and keys than one byte counts', async () => {
    const many = made.slice(0, 100).map(({ service, spans }, i) =>
      jsonLine({
        service: `${service}-${i}`,
        spans: spans.map((s, k) => ({
          ...s,
          name: `${s.name} ${i}.${k}`,
          attributes: [...s.attributes, [`key.${i}.${k}`, 'x'.repeat(i * 5)]],
        })),
      }),
    );
    expect((await expectBothWaysAlike(`${many.join('\n')}\n`)).inserts).toBe(0);
  });

  it('what is wrong, with its line', async () => {
    const { found } = await expectBothWaysAlike(
      file(
        [20, altered(20, { startTimeUnixNano: 1_700_000_000_000_000_000 })],
        [21, altered(21, { endTimeUnixNano: '5' })],
        [22, altered(22, { traceId: '' })],
        [23, altered(23, { startTimeUnixNano: 'noon' })],
        [24, (lines[24] ?? '').slice(0, -10)],
        [25, '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"\\ud800"}]}]}]}'],
        [26, 'binary'],
        [27, ''],
        [28, '{"resourceSpans":7,"resourceLogs":[]}'],
        [29, `${lines[29]} trailing`],
      ),
    );
    const places = found.problems.map((p) => p.where).join('\n');
    for (const line of [21, 22, 23, 25, 27, 30]) expect(places).toMatch(new RegExp(`line ${line}\\b`));
  });

  it('lines with other signals and of older names', async () => {
    const old = (lines[31] ?? '').replace('scopeSpans', 'instrumentationLibrarySpans');
    const both = JSON.stringify({
      ...JSON.parse(lines[32] ?? ''),
      resourceLogs: [],
      resourceMetrics: [{ scopeMetrics: [] }],
    });
    await expectBothWaysAlike(file([31, old], [32, both]));
  });

  it('keys in another order, fields that nobody knows, blanks, and what a line says twice', async () => {
    const turned = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turned)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([k, v]) => [k, turned(v)]),
            )
          : value;
    const line = (at: number): string => lines[at] ?? '';
    const { inserts } = await expectBothWaysAlike(
      file(
        [0, JSON.stringify(turned(JSON.parse(line(0))))],
        [
          1,
          altered(1, {
            flags: 257,
            droppedAttributesCount: 0,
            new: { deep: [1, { spans: [] }, null, 1.5e-3] },
          }),
        ],
        [2, ` ${line(2).replaceAll(':', ' :\t').replaceAll(',', ' , ')} \r`],
        [3, altered(3, { status: {}, events: [], links: [], traceState: '' })],
      ),
    );
    expect(inserts).toBe(0);
    await expectBothWaysAlike(
      file(
        [0, line(0).replace('"name":', '"name":"first","name":')],
        [1, line(1).replace('"kind":', '"\\u006bind":1,"kind":')],
        [2, line(2).replace('"scope":', '"scope":{"name":"other"},"scope":')],
        [3, line(3).replace('"spans":', '"spans":[],"spans":')],
        [4, altered(4, { attributes: null, parentSpanId: null, name: null })],
        [5, altered(5, { name: 7, traceState: 7, kind: 3.0, status: { code: 1.0, message: null } })],
        [6, altered(6, { kind: 17, status: { code: '2' } })],
        [7, altered(7, { kind: '3', status: { code: 'error' } })],
        [8, altered(8, { traceState: 'ä=1' })],
        [9, altered(9, { startTimeUnixNano: '12', endTimeUnixNano: '18446744073709551616' })],
        [
          10,
          altered(10, { startTimeUnixNano: '1700000000999999999', endTimeUnixNano: '9000000000000000001' }),
        ],
        [11, altered(11, { attributes: [{ value: { stringValue: 'no key' } }, 7] })],
        [12, JSON.stringify({ resourceSpans: [{ resource: {} }, { scopeSpans: [{ scope: {} }] }] })],
        [13, `[${line(13)}]`],
        [14, JSON.stringify({ result: JSON.parse(line(14)) })],
      ),
    );
  });

  it('lines in which bytes were changed', async () => {
    const random = seededRandom(5);
    const pick = (count: number): number => Math.floor(random() * count);
    const signs = Buffer.from('{}[]",:\\0a \u0001\u00ff', 'latin1');
    const damaged = lines.map((line, i) => {
      const bytes = Buffer.from(line);
      if (i % 2 === 1) bytes[pick(bytes.length)] = signs[pick(signs.length)] ?? 0;
      return Buffer.concat([bytes, Buffer.from('\n')]);
    });
    await expectBothWaysAlike(Buffer.concat([Buffer.from(`${lines[0]}\n`), ...damaged]));
  });

  it('protobuf that is cut off', async () => {
    const all = Buffer.concat(made.map(protobuf));
    const { found } = await expectBothWaysAlike(all.subarray(0, all.length - 20));
    expect(found.problems[0]?.what).toContain('ends inside a message');
  });
});

describe('redaction in blocks', () => {
  const span = (i: number, email: string): MadeSpan => ({
    ...(made[0]?.spans[0] as MadeSpan),
    spanId: i.toString(16).padStart(16, '0'),
    name: `mail ${email}`,
    attributes: [
      ['db.query.text', `SELECT id FROM orders WHERE email = '${email}'`],
      ['note', `for ${email}`],
    ],
  });

  it('cuts the same, counts every occurrence, and gives one placeholder to one value', async () => {
    const emails = ['ann@example.org', 'bob@example.org', 'ann@example.org'];
    const many = Array.from({ length: 900 }, (_, i) =>
      jsonLine({ service: 'shop', spans: [span(i + 1, emails[i % 3] ?? '')] }),
    );
    const { found, rows } = await read(`${many.join('\n')}\n`, true);
    expect(JSON.stringify(rows)).not.toContain('example.org');
    expect(found.redactions).toEqual((await read(`${many.join('\n')}\n`, false)).found.redactions);
    const notes = await store.query<{ note: string; n: number }>(
      `SELECT SpanAttributes['note'] AS note, count() AS n FROM otel_traces GROUP BY note ORDER BY n`,
    );
    expect(notes.map((row) => row.n)).toEqual([300, 600]);
  });

  it('leaves no table and no file behind', async () => {
    await read(file(), true);
    expect(await store.query(`SELECT name FROM system.tables WHERE name LIKE 'kp\\_%'`)).toEqual([]);
  });
});

describe('blocks of lines', () => {
  async function* inChunks(text: string, size: number) {
    for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
  }
  const blocks = async (text: string, chunk: number): Promise<string[]> => {
    const out: string[] = [];
    for await (const block of lineBlocks(inChunks(text, chunk), 8)) {
      if ('text' in block) {
        out.push(block.text.bytes.toString('utf8', 0, block.size));
        block.release();
      } else for await (const rest of block.rest) out.push(`rest ${Buffer.from(rest).toString('utf8')}`);
    }
    return out;
  };

  it('hold whole lines, and are the same however the bytes come', async () => {
    for (const chunk of [1, 3, 100])
      expect(await blocks('ab\ncd\nef\ngh\nij', chunk)).toEqual(['ab\ncd\n', 'ef\ngh\n', 'ij']);
    const text = textOfBytes(16);
    text.bytes.fill('\n');
    text.bytes.write('ab\ncd\n');
    expect(newlinesIn({ text, size: 6 })).toBe(2);
  });

  it('end at a line that is longer than a block', async () => {
    const found = await blocks('ab\n0123456789\ncd\n', 4);
    expect(found[0]).toBe('ab\n');
    expect(
      found
        .slice(1)
        .map((part) => part.replace('rest ', ''))
        .join(''),
    ).toBe('0123456789\ncd\n');
  });
});
