import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Collected, collect } from '../../src/evidence/collect.js';
import { openStore, type Store, TABLE_NAMES } from '../../src/evidence/store/index.js';

const FIXTURES = fileURLToPath(new URL('../fixtures/evidence/', import.meta.url));
const DATA = process.env.KNEEPOINT_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));

let store: Store;
let folder: string;
beforeAll(async () => {
  store = await openStore({});
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  for (const table of TABLE_NAMES) await store.command(`TRUNCATE TABLE ${table}`);
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
  return () => rmSync(folder, { recursive: true, force: true });
});

const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
};
const read = (path = folder, redact = true): Promise<Collected> =>
  collect([{ path, role: 'incident' }], store, { redact });
const rows = <T = Record<string, unknown>>(sql: string): Promise<T[]> => store.query<T>(sql);
const saying = (found: Collected, words: string): string[] =>
  found.problems.filter((p) => p.what.includes(words)).map((p) => p.where);

interface SpanOptions {
  trace?: string;
  id?: string;
  parent?: string;
  name?: string;
  service?: string;
  start?: string;
  end?: string;
  attributes?: unknown[];
}
const START = 1_795_535_082_000_000_000n;
const hex = (n: number, length: number): string => n.toString(16).padStart(length, '0');
const request = (...spans: SpanOptions[]): string =>
  JSON.stringify({
    resourceSpans: spans.map((s) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: s.service ?? 'shop' } }] },
      scopeSpans: [
        {
          scope: { name: 'test' },
          spans: [
            {
              traceId: s.trace ?? hex(1, 32),
              spanId: s.id ?? hex(1, 16),
              ...(s.parent === undefined ? {} : { parentSpanId: s.parent }),
              name: s.name ?? 'GET /',
              kind: 2,
              startTimeUnixNano: s.start ?? String(START),
              endTimeUnixNano: s.end ?? String(BigInt(s.start ?? START) + 5_000_000n),
              attributes: s.attributes ?? [],
            },
          ],
        },
      ],
    })),
  });

describe('real captures of the OpenTelemetry SDK for Node', () => {
  const shape = `SELECT ServiceName, SpanName, SpanKind, StatusCode, StatusMessage, ScopeName,
      mapFilter((k, v) -> k NOT IN ('client.port', 'network.peer.port'), SpanAttributes) AS attributes,
      Events.Name AS events, Duration > 0 AS took, length(TraceId) AS t, length(SpanId) AS s, length(ParentSpanId) AS p
    FROM otel_traces ORDER BY SpanKind, SpanName, StatusCode, toString(attributes), p`;

  it('reads JSON and protobuf of the same program alike, for all signals', async () => {
    const signals: Record<string, unknown[]> = {};
    for (const ending of ['ndjson', 'pb']) {
      for (const table of TABLE_NAMES) await store.command(`TRUNCATE TABLE ${table}`);
      for (const signal of ['traces', 'metrics', 'logs'])
        cpSync(join(FIXTURES, `otlp-${signal}.${ending}`), join(folder, ending, `${signal}.dat`), {
          recursive: true,
        });
      const found = await read(join(folder, ending));
      expect(found.problems).toEqual([]);
      expect(found.sources.map((s) => s.format)).toEqual(
        Array(3).fill(ending === 'pb' ? 'OTLP protobuf' : 'OTLP JSON'),
      );
      signals[ending] = [
        await rows(shape),
        await rows(
          `SELECT Body, SeverityText, SeverityNumber, LogAttributes, length(TraceId) AS t FROM otel_logs`,
        ),
        await rows(`SELECT MetricName, MetricUnit, Attributes, Count, length(BucketCounts) AS n, ExplicitBounds,
            AggregationTemporality FROM otel_metrics_histogram ORDER BY MetricName, toString(Attributes)`),
        await rows(`SELECT MetricName, Attributes, Value, IsMonotonic FROM otel_metrics_sum
            ORDER BY MetricName, toString(Attributes)`),
        await rows('SELECT MetricName, Attributes, Value FROM otel_metrics_gauge ORDER BY MetricName'),
      ];
    }
    expect(signals.pb).toEqual(signals.ndjson);
    const [spans, logs, histograms, sums, gauges] = signals.ndjson as Record<string, unknown>[][];
    expect(spans).toHaveLength(9);
    expect(
      spans?.find((s) => s.SpanName === 'pg.query:SELECT shop' && s.StatusCode === 'Unset'),
    ).toMatchObject({
      ServiceName: 'capture-shop',
      SpanName: 'pg.query:SELECT shop',
      SpanKind: 'Client',
      attributes: {
        'db.query.text': "SELECT id FROM orders WHERE email = '<literal:1>'",
        retry: '2',
        ratio: '0.5',
        cached: 'false',
        tags: '["a","b"]',
      },
      events: ['row'],
      t: 32,
      s: 16,
      p: 16,
    });
    expect(
      spans?.find((s) => s.SpanName === 'pg.query:SELECT shop' && s.StatusCode === 'Error'),
    ).toMatchObject({
      StatusMessage: 'timeout',
      events: ['exception', 'row'],
    });
    expect(logs?.[0]).toMatchObject({
      Body: 'order of <email:1> handled',
      SeverityText: 'INFO',
      SeverityNumber: 9,
      LogAttributes: { 'http.route': '/orders', items: '3' },
    });
    expect(histograms?.some((h) => h.MetricName === 'order.duration' && h.Count === 3)).toBe(true);
    expect(sums).toContainEqual({
      MetricName: 'orders',
      Attributes: { ok: 'true' },
      Value: 2,
      IsMonotonic: true,
    });
    expect(gauges).toContainEqual({ MetricName: 'pool.in_use', Attributes: { pool: 'db' }, Value: 7 });
  });

  it('reads gzip by its content, and says where each row is from', async () => {
    put('a.json', gzipSync(readFileSync(join(FIXTURES, 'otlp-logs.ndjson'))));
    put('b.bin', gzipSync(readFileSync(join(FIXTURES, 'otlp-traces.pb'))));
    const found = await read();
    expect(found.sources.map((s) => [s.id, s.format, s.records])).toEqual([
      ['s1', 'OTLP JSON, gzip', 3],
      ['s2', 'OTLP protobuf, gzip', 9],
    ]);
    expect(await rows('SELECT KpSource, KpLine FROM otel_logs ORDER BY KpLine')).toEqual(
      [1, 2, 3].map((line) => ({ KpSource: 's1', KpLine: line })),
    );
  });

  it('reads durations in nanoseconds to the last digit', async () => {
    put('t.json', request({ start: '1795535082753000001', end: '1795535082757984386' }));
    await read();
    expect(
      await rows('SELECT toString(toUnixTimestamp64Nano(Timestamp)) AS at, Duration FROM otel_traces'),
    ).toEqual([{ at: '1795535082753000001', Duration: 4984385 }]);
  });

  it('reads a scrape of Prometheus: counters, cumulative buckets taken apart, labels with quotes', async () => {
    put('metrics.txt', readFileSync(join(FIXTURES, 'prometheus.txt')));
    const found = await read();
    expect(found.sources[0]).toMatchObject({ format: 'OpenMetrics text', records: 5 });
    expect(
      await rows('SELECT BucketCounts, ExplicitBounds, Count, Sum, MetricUnit FROM otel_metrics_histogram'),
    ).toEqual([
      { BucketCounts: [1, 2, 0, 1], ExplicitBounds: [10, 50, 100], Count: 4, Sum: 345, MetricUnit: 'ms' },
    ]);
    expect(
      await rows(
        "SELECT Attributes['pool'] AS pool, Value FROM otel_metrics_gauge WHERE MetricName = 'pool_in_use'",
      ),
    ).toEqual([{ pool: 'db "main"', Value: 7 }]);
    expect(saying(found, 'no time')).toEqual([expect.stringContaining('metrics.txt')]);
  });
});

describe('other formats', () => {
  it('reads Jaeger in microseconds, with process, parent, tags and logs', async () => {
    const trace = {
      traceID: 'abc1',
      processes: { p1: { serviceName: 'cart', tags: [{ key: 'hostname', value: 'h1' }] } },
      spans: [
        {
          traceID: 'abc1',
          spanID: 'b2',
          operationName: 'GET /cart',
          references: [{ refType: 'CHILD_OF', traceID: 'abc1', spanID: 'a1' }],
          startTime: 1_795_535_082_753_001,
          duration: 123,
          tags: [
            { key: 'span.kind', value: 'server' },
            { key: 'error', value: true },
            { key: 'items', value: 3 },
          ],
          logs: [{ timestamp: 1_795_535_082_753_100, fields: [{ key: 'event', value: 'retry' }] }],
          processID: 'p1',
        },
      ],
    };
    put('jaeger.json', JSON.stringify({ data: [trace, trace] }, null, 2));
    await read();
    expect(
      await rows(`SELECT DISTINCT ServiceName, SpanName, SpanKind, ParentSpanId, Duration, StatusCode, SpanAttributes,
        ResourceAttributes, Events.Name AS e, toUnixTimestamp64Micro(Timestamp) AS at FROM otel_traces`),
    ).toEqual([
      {
        ServiceName: 'cart',
        SpanName: 'GET /cart',
        SpanKind: 'Server',
        ParentSpanId: 'a1',
        Duration: 123_000,
        StatusCode: 'Error',
        SpanAttributes: { items: '3' },
        ResourceAttributes: { 'service.name': 'cart', hostname: 'h1' },
        e: ['retry'],
        at: 1_795_535_082_753_001,
      },
    ]);
  });

  it.each([
    ['2026-06-18T15:00:00Z', 'timestamp,service,metric,value'],
    ['1781794800', 'ts;app;name;val'],
    ['1781794800000', 'time\tservice_name\tmetric_name\tmetric_value'],
    ['1781794800000000000', 'Timestamp,Service,Metric,Value'],
    ['2026-06-18 17:00:00+02:00', '"timestamp","service","metric","value"'],
  ])('reads CSV metrics at %s under %s', async (time, header) => {
    const separator = header.includes(';') ? ';' : header.includes('\t') ? '\t' : ',';
    put('m.csv', `${header}\n${[time, 'cart', 'p99_ms', '227.5'].join(separator)}\n`);
    const found = await read();
    expect(found.problems).toEqual([]);
    expect(
      await rows('SELECT ServiceName, MetricName, Value, toString(TimeUnix) AS at FROM otel_metrics_gauge'),
    ).toEqual([
      { ServiceName: 'cart', MetricName: 'p99_ms', Value: 227.5, at: '2026-06-18 15:00:00.000000000' },
    ]);
  });

  it('reads JSON logs of several loggers', async () => {
    put('a.ndjson', '{"level":50,"time":1781794800123,"msg":"boom","service":"cart"}\n');
    put(
      'b.ndjson',
      '{"@timestamp":"2026-06-18T15:00:00.5Z","log.level":"WARN","message":"slow","service":{"name":"tax"}}\n',
    );
    put(
      'c.log',
      '{"ts":1781794800.25,"severity":"INFO","message":"ok","trace_id":"ab12","user":"x@example.com"}\n',
    );
    await read();
    expect(
      await rows(`SELECT ServiceName, SeverityNumber AS n, Body, TraceId, LogAttributes AS a,
        toUnixTimestamp64Milli(Timestamp) % 1000 AS ms FROM otel_logs ORDER BY KpSource`),
    ).toEqual([
      { ServiceName: 'cart', n: 17, Body: 'boom', TraceId: '', a: {}, ms: 123 },
      { ServiceName: 'tax', n: 13, Body: 'slow', TraceId: '', a: {}, ms: 500 },
      { ServiceName: '', n: 9, Body: 'ok', TraceId: 'ab12', a: { user: '<email:1>' }, ms: 250 },
    ]);
  });

  it('reads change events: deploys, flags, commits, and what each may do', async () => {
    put(
      'changes.ndjson',
      '{"time":"2026-06-18T15:00:00Z","service":"cart","version":"v2","message":"upgrade the ORM"}\n',
    );
    put(
      'commits.json',
      '[{"sha":"ab12cd34ef","author":"Ann Lee","timestamp":"2026-06-18T14:00:00Z","message":"pool size 50 to 10","files_changed":["db.ts"],"diff":"-max: 50\\n+max: 10"}]',
    );
    put(
      'deploys.json',
      '[{"timestamp":"2026-06-18T14:10:00Z","service":"cart","commit_sha":"ab12cd34","version":"v1.1"}]',
    );
    put(
      'flags.json',
      '[{"timestamp":"2026-06-18T14:30:00Z","flag":"new_cart","service":"cart","change":"off->on"}]',
    );
    const { changes, problems } = await read();
    expect(problems).toEqual([]);
    expect(changes.map((c) => [c.at, c.mechanisms[0], c.summary, c.touches])).toEqual([
      ['2026-06-18T14:00:00Z', 'pool-change', 'pool size 50 to 10', []],
      ['2026-06-18T14:10:00Z', 'pool-change', 'deploy v1.1: pool size 50 to 10', ['service:cart']],
      ['2026-06-18T14:30:00Z', 'feature-flag', 'new_cart off->on', ['service:cart']],
      ['2026-06-18T15:00:00Z', 'orm-upgrade', 'upgrade the ORM', ['service:cart']],
    ]);
    expect(await rows("SELECT Author, Diff FROM changes WHERE Kind = 'commit'")).toEqual([
      { Author: '<person:1>', Diff: '-max: 50\n+max: 10' },
    ]);
  });
});

describe('inputs that are wrong', () => {
  it('names an empty folder, an empty file and unknown contents, and reads the rest', async () => {
    expect(saying(await read(), 'no file in this folder')).toHaveLength(1);
    put('empty.json', '');
    put('photo.json', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 255, 254, 0, 0]));
    put('notes.dat', 'nothing that anyone measured');
    put('other.json', '{"hello": [1, 2, 3]}');
    put('README.md', '# about');
    put('good.json', request({}));
    const found = await read();
    expect(found.sources.map((s) => s.path.split('/').pop())).toEqual(['good.json']);
    expect(saying(found, 'file is empty')[0]).toMatch(/empty\.json$/);
    expect(saying(found, 'binary')[0]).toMatch(/photo\.json$/);
    expect(saying(found, 'This is text, but of no format')[0]).toMatch(/notes\.dat$/);
    expect(saying(found, 'This is JSON, but of no shape')[0]).toMatch(/other\.json$/);
    expect(saying(found, 'Passed over')[0]).toMatch(/README\.md$/);
    expect(found.problems.every((p) => p.todo !== '' && !p.where.includes(tmpdir()))).toBe(true);
  });

  it('keeps what a truncated gzip gave, and says so', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) =>
      request({ trace: hex(i + 1, 32), id: hex(i + 7, 16) }),
    );
    const packed = gzipSync(lines.join('\n'));
    put('cut.json.gz', packed.subarray(0, Math.floor(packed.length * 0.6)));
    const found = await read();
    const records = found.sources[0]?.records ?? 0;
    expect(records).toBeGreaterThan(500);
    expect(records).toBeLessThan(3000);
    expect(found.problems.some((p) => p.what.includes('cut off') && p.what.includes(String(records)))).toBe(
      true,
    );
    put('cut.json.gz', packed.subarray(0, 12));
    expect(saying(await read(), 'nothing could be unpacked')).toHaveLength(1);
  });

  it('takes a line of 200 MB in bounded memory: dropped where it is one value, read where it is a list', async () => {
    const path = join(folder, 'long.ndjson');
    const file = openSync(path, 'w');
    const megabyte = Buffer.alloc(1 << 20, 97);
    writeSync(file, `${request({ id: hex(1, 16) })}\n{"resourceSpans":[],"x":"`);
    for (let i = 0; i < 200; i++) writeSync(file, megabyte);
    writeSync(file, `"}\n${request({ id: hex(2, 16) })}\n`);
    closeSync(file);
    const before = process.memoryUsage().rss;
    const found = await read();
    expect(process.memoryUsage().rss - before).toBeLessThan(500e6);
    expect(found.sources[0]?.records).toBe(2);
    expect(found.problems).toEqual([
      expect.objectContaining({ severity: 'error', where: expect.stringMatching(/long\.ndjson, line 2$/) }),
    ]);
  }, 60_000);

  it('takes a single line of 200 MB that is one request apart', async () => {
    const path = join(folder, 'one.json');
    const file = openSync(path, 'w');
    const filler = 'b'.repeat(200_000);
    writeSync(file, '{"resourceSpans":[');
    for (let i = 0; i < 1000; i++) {
      const one = request({
        id: hex(i + 1, 16),
        attributes: [{ key: 'text', value: { stringValue: filler } }],
      });
      writeSync(file, (i === 0 ? '' : ',') + one.slice('{"resourceSpans":['.length, -2));
    }
    writeSync(file, ']}');
    closeSync(file);
    const found = await read();
    expect(found.problems).toEqual([]);
    expect(found.sources[0]?.records).toBe(1000);
  }, 60_000);

  it('says line and byte of malformed JSON, and reads the other lines', async () => {
    put(
      'bad.ndjson',
      `${request({})}\n{"resourceSpans": [}\n${request({ id: hex(2, 16) })}\n{"resourceSpans`,
    );
    const found = await read();
    expect(found.sources[0]?.records).toBe(2);
    expect(found.problems.map((p) => p.where.replace(/^.*\//, ''))).toEqual([
      'bad.ndjson, line 2, byte 20 of the line',
      'bad.ndjson, line 4, byte 15 of the line',
    ]);
    expect(found.problems.map((p) => p.what)).toEqual([
      'This is not valid JSON.',
      'The JSON ends in the middle of a value.',
    ]);
  });

  it('reads a document up to where it is cut off', async () => {
    const text = `{\n"resourceSpans":[\n${[1, 2, 3].map((i) => request({ id: hex(i, 16) }).slice('{"resourceSpans":['.length, -2)).join(',\n')}`;
    put('cut.json', text.slice(0, -40));
    const found = await read();
    expect(found.sources[0]?.records).toBe(2);
    expect(saying(found, 'does not end properly')[0]).toMatch(/cut\.json, line 5, byte \d+$/);
  });

  it('keeps and counts spans with broken parents, ids and clocks', async () => {
    const good = Array.from({ length: 40 }, (_, i) => ({
      trace: hex(100 + i, 32),
      id: hex(i + 1, 16),
      start: String(START + BigInt(i) * 1_000_000_000n),
    }));
    put(
      'odd.json',
      request(
        ...good,
        { trace: hex(1, 32), id: hex(11, 16), parent: hex(13, 16) },
        { trace: hex(1, 32), id: hex(12, 16), parent: hex(11, 16) },
        { trace: hex(1, 32), id: hex(13, 16), parent: hex(12, 16) },
        { trace: hex(2, 32), id: hex(14, 16), parent: hex(14, 16) },
        { trace: hex(3, 32), id: hex(15, 16) },
        { trace: hex(3, 32), id: hex(15, 16) },
        { trace: hex(4, 32), id: hex(16, 16), start: '4102444800000000000' },
        { trace: hex(5, 32), id: hex(17, 16), end: String(START - 1_000_000_000n) },
        { trace: hex(6, 32), id: hex(18, 16), start: '18446744073709551615', end: '18446744073709551615' },
      ),
    );
    const found = await read();
    expect(found.sources[0]?.records).toBe(49);
    const told = found.problems.map((p) => p.what.split('.')[0]);
    expect(told).toEqual(
      expect.arrayContaining([
        '1 spans end before they start',
        '1 times are before 1970 or after 2262',
        '1 spans have the id of another span of the same trace',
        '2 spans start long after all others: in the future, as it looks',
        '4 spans are their own ancestors: their parents form a circle',
      ]),
    );
    expect(told).toHaveLength(5);
    expect(await rows(`SELECT max(Duration) AS longest, min(Duration) AS shortest FROM otel_traces`)).toEqual(
      [{ longest: 5_000_000, shortest: 0 }],
    );
  });

  it('leaves out metrics that are no numbers, and counts them', async () => {
    put(
      'm.csv',
      'timestamp,service,metric,value\n1781794800,a,x,NaN\n1781794801,a,x,Inf\n1781794802,a,x,1\n,a,x,1\n',
    );
    put(
      'p.txt',
      '# TYPE up gauge\nup{job="a"} NaN 1781794800\nup{job="b"} +Inf 1781794800\nup{job="c"} 1 1781794800\n',
    );
    const found = await read();
    expect(found.sources.map((s) => s.records)).toEqual([1, 1]);
    expect(saying(found, '2 metric values are NaN, infinite or no number')).toHaveLength(2);
    expect(saying(found, '1 records lack what the format requires')).toHaveLength(1);
  });

  it('keeps hostile text as text', async () => {
    const service = '<script>alert(1)</script>';
    const name = "'; DROP TABLE otel_traces; --";
    put(
      'x.json',
      request({
        service,
        name,
        attributes: [
          { key: "a'b\\", value: { stringValue: '../../etc/passwd\u0000\ud800 ünï' } },
          { key: '__proto__', value: { stringValue: 'x' } },
        ],
      }),
    );
    await read();
    expect(
      await store.query(
        'SELECT SpanName, SpanAttributes AS a FROM otel_traces WHERE ServiceName = {s:String}',
        {
          s: service,
        },
      ),
    ).toEqual([
      { SpanName: name, a: JSON.parse('{"a\'b\\\\":"../../etc/passwd\\u0000\ufffd ünï","__proto__":"x"}') },
    ]);
  });

  it('follows no link in a circle or out of the folder, and reads no file twice', async () => {
    put('a/t.json', request({}));
    symlinkSync(folder, join(folder, 'a', 'loop'));
    symlinkSync('/etc', join(folder, 'out'));
    symlinkSync(join(folder, 'a', 't.json'), join(folder, 'again.json'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'gone.json'));
    const found = await read();
    expect(found.sources).toHaveLength(1);
    expect(saying(found, 'leads back')).toHaveLength(1);
    expect(saying(found, 'leads out')).toHaveLength(1);
    expect(saying(found, 'it is not there')).toHaveLength(1);
  });

  it('names a file that may not be read', async () => {
    put('good.json', '{"hello":1}');
    chmodSync(put('locked.json', request({})), 0o000);
    chmodSync(folder, 0o755);
    // Nothing is locked to root, so the file is looked at as nobody.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(saying(await read(), 'no permission')).toEqual([expect.stringMatching(/locked\.json$/)]);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('does not choose between two formats that fit equally', async () => {
    put('both.json', '[{"timestamp":"2026-06-18T15:00:00Z","metric":"x","threshold":1,"flag":"f"}]');
    const found = await read();
    expect(found.sources).toEqual([]);
    expect(saying(found, 'This could be')).toHaveLength(1);
  });

  it('tells formats by content, whatever the name', async () => {
    put('metrics.csv', request({}));
    put('traces.json', 'timestamp,service,metric,value\n1781794800,a,x,1\n');
    put('logs.pb', '# TYPE up gauge\nup 1 1781794800\n');
    expect((await read()).sources.map((s) => s.format)).toEqual([
      'OpenMetrics text',
      'OTLP JSON',
      'CSV metrics',
    ]);
  });
});

describe('the whole', () => {
  it('gives the same for the same files, ids in path order, and no path outside of what was named', async () => {
    put('b/x.json', request({}));
    put(
      'a/y.json',
      request({ id: hex(2, 16), attributes: [{ key: 'm', value: { stringValue: 'a@example.com' } }] }),
    );
    const first = await read();
    for (const table of TABLE_NAMES) await store.command(`TRUNCATE TABLE ${table}`);
    const second = await read();
    expect(second).toEqual(first);
    expect(first.sources.map((s) => [s.id, s.path.replace(/^[^/]*\//, ''), s.role])).toEqual([
      ['s1', 'a/y.json', 'incident'],
      ['s2', 'b/x.json', 'incident'],
    ]);
    expect(first.redactions).toEqual([{ kind: 'email', source: 's1', count: 1 }]);
    expect(JSON.stringify(first)).not.toContain(tmpdir());
  });

  it('keeps everything when redaction is switched off', async () => {
    put('x.json', request({ attributes: [{ key: 'm', value: { stringValue: 'a@example.com' } }] }));
    const found = await read(folder, false);
    expect(found.redactions).toEqual([]);
    expect(await rows("SELECT SpanAttributes['m'] AS m FROM otel_traces")).toEqual([{ m: 'a@example.com' }]);
  });

  it.skipIf(!existsSync(join(DATA, 'rca/incidents')))(
    'reads published incidents and pairs entirely',
    async () => {
      const found = await read(join(DATA, 'rca/incidents/case-02'));
      expect(found.problems.filter((p) => p.severity === 'error')).toEqual([]);
      expect(found.sources.map((s) => s.records).reduce((a, b) => a + b)).toBeGreaterThan(1300);
      const pair = await read(join(DATA, 'connectors/jaeger'));
      expect(pair.sources).toHaveLength(3);
      const [otlp, jaeger] = await Promise.all(
        ['otlp2jaeger-in.json', 'otlp2jaeger-out.json'].map((file) =>
          store.query(
            `SELECT TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, Timestamp, Duration, ScopeName,
             arraySort(mapKeys(SpanAttributes)) AS keys
           FROM otel_traces WHERE KpSource = {id:String} ORDER BY SpanId, SpanKind`,
            { id: pair.sources.find((s) => s.path.endsWith(file))?.id ?? '' },
          ),
        ),
      );
      expect(otlp?.length).toBeGreaterThan(0);
      expect(jaeger).toEqual(otlp);
    },
  );
});

describe('the store', () => {
  it('says clearly that a data directory is taken', async () => {
    const script = `
      import { openStore } from ${JSON.stringify(fileURLToPath(new URL('../../src/evidence/store/index.ts', import.meta.url)))};
      const store = await openStore({ directory: process.argv[2] });
      await openStore({ directory: process.argv[2] + '/../other' }).catch((e) => console.log(e.name, e.what));
      await store.close();`;
    const path = put('two.mts', script);
    const out = execFileSync(process.execPath, ['--import', 'tsx', path, join(folder, 'data')], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
    expect(out).toMatch(/^StoreError The data directory could not be opened/);
  });

  it('binds parameters, streams blocks and keeps times in UTC', async () => {
    const hostile = "x'; DROP TABLE changes; --";
    expect(await store.query('SELECT {a:String} AS a', { a: hostile })).toEqual([{ a: hostile }]);
    let count = 0;
    for await (const block of store.stream<{ n: number }>('SELECT number AS n FROM numbers({k:UInt64})', {
      k: 200_000,
    }))
      count += block.length;
    expect(count).toBe(200_000);
    expect(await store.query('SELECT toString(toDateTime64(1781794800, 9)) AS t')).toEqual([
      { t: '2026-06-18 15:00:00.000000000' },
    ]);
    await store.insert('changes', [{ Timestamp: '2026-06-18 15:00:00', Kind: 'deploy', Summary: hostile }]);
    expect(await store.query('SELECT Summary FROM changes')).toEqual([{ Summary: hostile }]);
  });
});
