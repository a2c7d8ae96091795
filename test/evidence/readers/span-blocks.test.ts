import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { jsonLine, type MadeSpan, madeSpans, protobuf } from '../../../bench/store/otlp-spans.js';
import { type Collected, collect } from '../../../src/evidence/collect.js';
import { byteSource } from '../../../src/evidence/readers/byte-source.js';
import { lineBlocks, newlinesIn } from '../../../src/evidence/readers/line-blocks.js';
import { messageBlocks } from '../../../src/evidence/readers/message-blocks.js';
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
  const { asFile, ...without } = store;
  let inserts = 0;
  const counting: Store = {
    ...without,
    insert: (table, rows) => {
      inserts++;
      return store.insert(table, rows);
    },
    ...(inBlocks && asFile ? { asFile } : {}),
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

describe('blocks of messages are read as single messages are', () => {
  const field = (number: number, wire: number, ...content: number[]): Buffer =>
    Buffer.from([(number << 3) | wire, ...(wire === 2 ? [content.length] : []), ...content]);
  const sized = (number: number, content: Buffer): Buffer => {
    const head = [(number << 3) | 2];
    let rest = content.length;
    for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
    return Buffer.concat([Buffer.from([...head, rest]), content]);
  };
  const ID = Array.from({ length: 16 }, (_, i) => i + 1);
  const TIMES = [field(7, 1, 0, 0, 1, 0, 0, 0, 1, 23), field(8, 1, 0, 0, 2, 0, 0, 0, 1, 23)];
  const BARE = [field(1, 2, ...ID), field(2, 2, ...ID.slice(0, 8)), ...TIMES];
  const ATTRIBUTE = sized(9, Buffer.concat([field(1, 2, 107), sized(2, field(1, 2, 118))]));
  const group = (...span: Buffer[]): Buffer => sized(1, sized(2, sized(2, Buffer.concat(span))));
  const doubled = (value: number): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return sized(9, Buffer.concat([field(1, 2, 107), sized(2, field(4, 1, ...bytes))]));
  };
  const ordinary = Buffer.concat(made.slice(0, 1500).map(protobuf));

  it('fields of every kind, in any order, missing, unknown, twice and of another type', async () => {
    const special = [
      group(...BARE),
      group(...[...BARE].reverse(), ATTRIBUTE, field(6, 0, 3), Buffer.from([0x85, 1, 1, 2, 3, 4])),
      group(...BARE, field(5, 2), field(4, 2), field(3, 2, 97, 61, 98), field(10, 0, 7)),
      group(...BARE, field(5, 2, 0xff, 0xc3), ATTRIBUTE, ATTRIBUTE),
      group(...BARE, field(3, 2, 0xc3, 0xa4), field(6, 0, 6)),
      group(...BARE, field(15, 2, 18, 2, 110, 111, 24, 2)),
      group(...BARE, field(15, 2, 24, 9), field(4, 2, ...ID.slice(0, 4))),
      group(...BARE, field(4, 2, ...ID.slice(8)), field(11, 2, 18, 1, 120)),
      group(...BARE, field(13, 2), field(6, 0, 0x83, 0)),
      group(...BARE.slice(1)),
      group(...BARE.slice(0, 3)),
      group(...BARE, field(9, 2)),
      group(BARE[0] ?? Buffer.alloc(0), ...BARE),
      group(field(1, 2, ...ID.map(() => 0)), ...BARE.slice(1)),
      group(...BARE.slice(0, 2), ...TIMES.map((t) => Buffer.concat([t.subarray(0, 8), Buffer.from([200])]))),
      sized(1, Buffer.alloc(0)),
      sized(1, sized(2, Buffer.alloc(0))),
      sized(
        1,
        Buffer.concat([sized(1, Buffer.alloc(0)), sized(2, sized(2, Buffer.concat(BARE))), field(3, 2, 117)]),
      ),
      field(2, 2, 1, 2, 3),
    ];
    const { found } = await expectBothWaysAlike(Buffer.concat([ordinary, ...special, ordinary]));
    expect(found.sources[0]?.records).toBeGreaterThan(3000);
  });

  it('values that differ in the sign of zero alone', async () => {
    const zeros = [0, -0, 0, -0, Number.NaN, 1].map((value) => group(...BARE, doubled(value)));
    await expectBothWaysAlike(Buffer.concat([ordinary, ...zeros]));
  });

  it('requests after their length', async () => {
    const requests = (head: (size: number) => Buffer): Buffer => {
      const parts: Buffer[] = [];
      for (let i = 0; i < 50; i++) {
        const request = Buffer.concat(made.slice(i * 3, i * 3 + (i % 4)).map(protobuf));
        parts.push(head(request.length), request);
      }
      return Buffer.concat([...parts, head(ordinary.length), ordinary]);
    };
    const four = (size: number): Buffer => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(size);
      return bytes;
    };
    const first = made.slice(0, 3).map(protobuf);
    const start = Buffer.concat(first);
    for (const head of [four, (size: number) => sized(1, Buffer.alloc(size)).subarray(1, -size || undefined)])
      await expectBothWaysAlike(Buffer.concat([head(start.length), start, requests(head)]));
  });

  it('messages in which bytes were changed', async () => {
    const random = seededRandom(11);
    for (let i = 0; i < 12; i++) {
      const bytes = Buffer.from(ordinary);
      const at = Math.floor(random() * bytes.length);
      bytes[at] = Math.floor(random() * 256);
      await expectBothWaysAlike(bytes);
    }
  });

  it('in pieces as they come from a file, whatever their size', async () => {
    const all = Buffer.concat(made.slice(0, 20).map(protobuf));
    const lengths = async (readBytes: number, blockBytes: number): Promise<[number, number]> => {
      let groups = 0;
      let rest = 0;
      async function* chunks() {
        for (let at = 0; at < all.length; at += 999) yield all.subarray(at, at + 999);
      }
      for await (const block of messageBlocks(
        byteSource({ bytes: chunks() }),
        'single',
        readBytes,
        blockBytes,
      )) {
        if ('rest' in block) for await (const chunk of block.rest) rest += chunk.length;
        else {
          groups += block.from.length;
          block.release();
        }
      }
      return [groups, rest];
    };
    expect(await lengths(1 << 20, 3000)).toEqual([20, 0]);
    expect(await lengths(8000, 3000)).toEqual([20, 0]);
    expect(await lengths(100, 50)).toEqual([0, all.length]);
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
    for await (const block of lineBlocks(byteSource({ bytes: inChunks(text, chunk) }), 8)) {
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

  it('begin with small ones, that grow for a long line', async () => {
    const sizes = async (text: string): Promise<(number | string)[]> => {
      const out: (number | string)[] = [];
      for await (const block of lineBlocks(byteSource({ bytes: inChunks(text, 5) }), 16, 4)) {
        out.push('size' in block ? block.size : 'rest');
        if ('size' in block) block.release();
      }
      return out;
    };
    expect(await sizes('a\n'.repeat(30))).toEqual([4, 8, 16, 16, 16]);
    expect(await sizes(`${'a'.repeat(12)}\n${'b\n'.repeat(10)}`)).toEqual([15, 16, 2]);
    expect(await sizes(`${'a'.repeat(20)}\n`)).toEqual(['rest']);
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
