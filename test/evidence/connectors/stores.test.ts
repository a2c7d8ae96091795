import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../../src/evidence/store/index.js';
import { collected, entry, FROM_MS } from './collecting.js';
import { fakeForEachTest, type Reply, type Seen } from './fake.js';

const { start } = fakeForEachTest();
type Spans = unknown[][];

describe('ClickHouse', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore({});
    const at = (ms: number): string => `fromUnixTimestamp64Nano(toInt64(${FROM_MS + ms}000000))`;
    await store.command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode)
      SELECT ${at(0)}, hex(number), 'a', '', 'GET /cart', 'Server', 'cart', map('service.name', 'cart'), map('http.route', '/cart'), 1500000, 'Error' FROM numbers(300)`);
    await store.command(
      `INSERT INTO otel_logs (Timestamp, SeverityText, SeverityNumber, ServiceName, Body) SELECT ${at(0)} + number, 'WARN', 13, 'cart', concat('line ', toString(number)) FROM numbers(30)`,
    );
    await store.command(
      `INSERT INTO otel_metrics_sum (MetricName, ServiceName, Attributes, TimeUnix, Value, AggregationTemporality, IsMonotonic) SELECT 'requests', 'cart', map('route', '/'), ${at(0)} + number, number, 2, true FROM numbers(20)`,
    );
    await store.command(
      `INSERT INTO otel_metrics_histogram (MetricName, ServiceName, TimeUnix, Count, Sum, BucketCounts, ExplicitBounds, AggregationTemporality) SELECT 'http.server.request.duration', 'cart', ${at(0)} + number, number, number, [number, 0], [0.1], 2 FROM numbers(5)`,
    );
    await store.command(
      `CREATE TABLE signoz_index_v3 (timestamp DateTime64(9), trace_id String, span_id String, parent_span_id String, name String, kind_string String, duration_nano UInt64, attributes_string Map(String, String), attributes_number Map(String, Float64), attributes_bool Map(String, Bool), resources_string Map(String, String), status_code_string String, status_message String) ENGINE = MergeTree ORDER BY timestamp`,
    );
    await store.command(
      `INSERT INTO signoz_index_v3 SELECT ${at(5)}, 'f00d', 'b', '', 'POST /tax', 'Server', 7, map('k', 'v'), map('n', 1.5), map('b', true), map('service.name', 'tax'), 'Ok', ''`,
    );
    await store.command(
      `CREATE TABLE hyperdx_logs (Timestamp DateTime64(9), TraceId String, SpanId String, SeverityText String, SeverityNumber UInt8, ServiceName String, Body String, ResourceAttributes Map(String, String), LogAttributes Map(String, String), \`__hdx_materialized_x\` String) ENGINE = MergeTree ORDER BY Timestamp`,
    );
  }, 120_000);
  afterAll(() => store.close());

  /** A server in front of the embedded engine: statements are run, parameters bound, writes refused. */
  const server = async (r: Seen): Promise<Reply> => {
    if (r.headers['x-clickhouse-user'] !== 'reader' || r.headers['x-clickhouse-key'] !== 'pass')
      return { status: 403, body: 'Code: 516. DB::Exception: reader: Authentication failed' };
    if (r.method !== 'POST' || !/^\s*SELECT/.test(r.body) || !r.body.endsWith('FORMAT JSONEachRow'))
      return {
        status: 500,
        body: 'Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)',
      };
    const bound = Object.fromEntries(
      [...r.parameters].flatMap(([k, v]) =>
        k.startsWith('param_')
          ? [[k.slice(6), v.startsWith('[') ? JSON.parse(v.replaceAll("'", '"')) : v]]
          : [],
      ),
    );
    try {
      const rows = await store.query(r.body.replace(/FORMAT JSONEachRow$/, ''), bound);
      return { body: rows.map((row) => JSON.stringify(row)).join('\n') };
    } catch (error) {
      return { status: 400, body: `Code: 62. DB::Exception: ${String(error)}` };
    }
  };
  const ENVIRONMENT = { CLICKHOUSE_USER: 'reader', CLICKHOUSE_PASSWORD: 'pass' };

  test('tables of the exporter, of SigNoz and of HyperDX are told by their columns and read', async () => {
    const url = await start(server);
    const lines = await collected(entry('clickhouse', url), { environment: ENVIRONMENT });
    const spans = lines.of('span') as Spans;
    expect(spans).toHaveLength(301);
    expect(spans.find((s) => s[6] === 'GET /cart')?.slice(7, 12)).toEqual([
      'Server',
      `${FROM_MS}000000`,
      `${FROM_MS}000000`.replace(/0{7}$/, '1500000'),
      ['http.route', '/cart'],
      'Error',
    ]);
    expect(spans.find((s) => s[6] === 'POST /tax')?.[10]).toEqual([
      'k',
      'v',
      'n',
      '1.5',
      'b',
      expect.stringMatching(/^(?:true|1)$/),
    ]);
    expect(lines.of('log')).toHaveLength(30);
    expect((lines.of('series') as unknown[][]).map((s) => (s[6] as number[]).length)).toEqual([20]);
    expect(lines.of('histogram')).toHaveLength(5);
    expect(lines.gaps.filter((g) => !g.startsWith('Recognised') && !g.includes('has no trace'))).toEqual([]);
    expect(lines.gaps[0]).toMatch(/HyperDX .*hyperdx_logs/);
  });

  test('of many traces a share is drawn, whole and the same each time', async () => {
    const url = await start(server);
    const draw = async (): Promise<string> =>
      (
        (await collected(entry('clickhouse', url, { traces: '100' }), { environment: ENVIRONMENT })).of(
          'span',
        ) as Spans
      )
        .map((s) => s[2])
        .join();
    const first = await draw();
    expect(first.split(',').length).toBeLessThan(160);
    expect(await draw()).toBe(first);
  });

  test('a user who may set nothing is asked without settings', async () => {
    const url = await start((r) =>
      r.parameters.has('readonly')
        ? {
            status: 500,
            body: "Code: 164. DB::Exception: Cannot modify 'readonly' setting in readonly mode. (READONLY)",
          }
        : server(r),
    );
    expect((await collected(entry('clickhouse', url), { environment: ENVIRONMENT })).of('span')).toHaveLength(
      301,
    );
  });

  test('a wrong password is named', async () => {
    const url = await start(server);
    expect(
      (
        await collected(entry('clickhouse', url), {
          environment: { CLICKHOUSE_USER: 'reader', CLICKHOUSE_PASSWORD: 'no' },
        })
      ).gaps[0],
    ).toMatch(/it answered 403: Code: 516/);
  });

  test('an answer that breaks off with an error is no answer', async () => {
    const url = await start((r) =>
      r.body.includes('groupArray(name)')
        ? {
            body: '{"database":"d","table":"t","columns":["TraceId"]}\nCode: 241. DB::Exception: Memory limit exceeded',
          }
        : server(r),
    );
    expect((await collected(entry('clickhouse', url), { environment: ENVIRONMENT })).gaps[0]).toMatch(
      /breaks off after 1 rows/,
    );
  });
});

describe('Elasticsearch', () => {
  type Filter = Record<string, Record<string, unknown>>;
  interface Body {
    size: number;
    query: {
      bool?: { filter: Filter[] };
      function_score?: { query: { bool: { filter: Filter[] } } };
    };
  }
  const valueAt = (document: unknown, path: string): unknown =>
    path.split('.').reduce((o: unknown, k) => (o as Record<string, unknown> | undefined)?.[k], document);
  const T0 = new Date(FROM_MS).toISOString();
  const logs = (n: number) =>
    Array.from({ length: n }, (_, i) => ({
      '@timestamp': new Date(FROM_MS + i * 100).toISOString(),
      message: `line ${i}`,
      log: { level: 'warn' },
      service: { name: 'cart' },
      trace: { id: 'abc' },
    }));
  const elastic =
    (of: { indexes: string[]; documents: Record<string, Record<string, unknown>[]>; key?: string }) =>
    (r: Seen): Reply => {
      if (of.key !== undefined && r.headers.authorization !== `ApiKey ${of.key}`)
        return {
          status: 401,
          body: {
            error: {
              root_cause: [],
              type: 'security_exception',
              reason: 'missing authentication credentials for REST request',
            },
            status: 401,
          },
        };
      if (r.path === '/') return { body: { version: { number: '9.1.0' } } };
      if (r.path === '/_cat/indices')
        return r.parameters.get('format') === 'json'
          ? { body: of.indexes.map((index) => ({ index })) }
          : { body: of.indexes.join('\n') };
      const index = decodeURIComponent(/^\/([^/]+)\/_search$/.exec(r.path)?.[1] ?? '');
      if (index === '' || r.method !== 'POST' || r.headers['content-type'] !== 'application/json')
        return { status: 406, body: { error: 'Content-Type header [] is not supported' } };
      const body = r.json() as Body;
      if (body.size > 10_000)
        return { status: 400, body: { error: { reason: 'Result window is too large' } } };
      const filters = body.query.bool?.filter ?? body.query.function_score?.query.bool.filter ?? [];
      const range = filters.find((f) => f.range)?.range as
        | Record<string, { gte: string; lt: string }>
        | undefined;
      const terms = filters.find((f) => f.terms)?.terms as Record<string, string[]> | undefined;
      const all = (of.documents[index] ?? []).filter((d) => {
        const [field, bounds] = Object.entries(range ?? {})[0] ?? [];
        if (field !== undefined && bounds) {
          const time = Date.parse(String(d[field]));
          if (!(time >= Date.parse(bounds.gte) && time < Date.parse(bounds.lt))) return false;
        }
        const [id, wanted] = Object.entries(terms ?? {})[0] ?? [];
        return id === undefined || wanted?.includes(String(valueAt(d, id) ?? d[id])) === true;
      });
      return {
        body: {
          timed_out: false,
          hits: {
            total: { value: all.length, relation: 'eq' },
            hits: all.slice(0, body.size).map((_source) => ({ _source })),
          },
        },
      };
    };
  const bodies = (lines: { of(key: string): unknown[] }): unknown[] =>
    (lines.of('log') as unknown[][]).map((l) => l[8]);

  test('lines of a window are read whole, halving what a page cannot hold, with a key of the API', async () => {
    const documents = { 'logs-app-*': logs(12_000) };
    const url = await start(elastic({ indexes: ['.ds-logs-app-2026.05.01-000001'], documents, key: 'k' }));
    expect((await collected(entry('elasticsearch', url))).gaps[0]).toMatch(
      /401: missing authentication credentials/,
    );
    const lines = await collected(entry('elasticsearch', url, { logs: 'logs-app-*' }), {
      environment: { ELASTIC_API_KEY: 'k' },
    });
    expect(new Set(bodies(lines)).size).toBe(12_000);
    expect(bodies(lines)).toHaveLength(12_000);
    expect((lines.of('log')[0] as unknown[]).slice(2, 8)).toEqual([
      `${FROM_MS}000000`,
      'abc',
      '',
      0,
      'warn',
      13,
    ]);
  });

  test('of more lines than are wanted a draw is taken, and said', async () => {
    const url = await start(
      elastic({ indexes: ['filebeat-2026.05.01'], documents: { 'filebeat-*': logs(3000) } }),
    );
    const lines = await collected(entry('elasticsearch', url, { lines: '200' }));
    expect(bodies(lines).length).toBeLessThanOrEqual(200);
    expect(lines.gaps).toContain(
      'filebeat-* has 3000 lines in this window; 200 of them, drawn by chance, were taken.',
    );
  });

  test.each([
    [
      'Elastic APM',
      'traces-apm-default',
      'traces-apm-default',
      {
        '@timestamp': T0,
        timestamp: { us: FROM_MS * 1000 },
        trace: { id: 't1' },
        transaction: { id: 'a', name: 'GET /cart', type: 'request', duration: { us: 1500 } },
        service: { name: 'cart' },
        event: { outcome: 'failure' },
      },
      'Server',
      'Error',
    ],
    [
      'OpenTelemetry',
      'traces-generic.otel-default',
      'traces-generic.otel-default',
      {
        '@timestamp': T0,
        trace_id: 't1',
        span_id: 'a',
        name: 'GET /cart',
        kind: 'Server',
        duration: 1_500_000,
        resource: { attributes: { 'service.name': 'cart' } },
        status: { code: 'Error' },
      },
      'Server',
      'Error',
    ],
    [
      'Data Prepper',
      'otel-v1-apm-span-000001',
      'otel-v1-apm-span-*',
      {
        startTime: T0,
        traceId: 't1',
        spanId: 'a',
        parentSpanId: '',
        name: 'GET /cart',
        kind: 'SPAN_KIND_SERVER',
        durationInNanos: 1_500_000,
        serviceName: 'cart',
        'status.code': 2,
        'span.attributes.http@route': '/cart',
      },
      'Server',
      'Error',
    ],
    [
      'Jaeger',
      'jaeger-span-2026-05-01',
      'jaeger-span-*',
      {
        startTimeMillis: T0,
        traceID: 't1',
        spanID: 'a',
        operationName: 'GET /cart',
        startTime: FROM_MS * 1000,
        duration: 1500,
        process: { serviceName: 'cart' },
        tags: [
          { key: 'span.kind', value: 'server' },
          { key: 'error', value: true },
        ],
      },
      'Server',
      'Error',
    ],
  ])(
    'spans as %s lays them out are told by the index and read',
    async (_, index, pattern, document, kind, status) => {
      const url = await start(elastic({ indexes: [index], documents: { [pattern]: [document] } }));
      const lines = await collected(entry('elasticsearch', url));
      const [span] = lines.of('span') as Spans;
      expect([span?.[2], span?.[3], span?.[6], span?.[7], span?.[11]]).toEqual([
        't1',
        'a',
        'GET /cart',
        kind,
        status,
      ]);
      expect(BigInt(String(span?.[9])) - BigInt(String(span?.[8]))).toBe(1_500_000n);
      expect((lines.of('resource')[0] as string[])[0]).toBe('cart');
    },
  );
});
