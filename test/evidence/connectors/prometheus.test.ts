import { afterEach, describe, expect, test } from 'vitest';
import { nativePoint } from '../../../src/evidence/connectors/prometheus/native-histogram.js';
import { collected, entry, FROM_MS, HOUR, seriesIn } from './collecting.js';
import type { Fake } from './fake.js';
import { type PrometheusFake, prometheusFake } from './prometheus-fake.js';

let fake: Fake;
afterEach(() => fake.close());
const start = async (of: PrometheusFake): Promise<string> => {
  fake = await prometheusFake(of);
  return fake.url;
};
const gauge = (name: string, value = '1', more: Record<string, string> = {}) => ({
  labels: { __name__: name, job: 'shop/cart', instance: 'a', ...more },
  value: () => value,
});
const asked = (path: string) => fake.seen.filter((s) => s.path === path);

describe('values', () => {
  test('are text, and what is no number is no value', async () => {
    const url = await start({
      series: [gauge('good', '2.5'), gauge('nothing', 'NaN'), gauge('endless', '+Inf')],
    });
    const lines = await collected(entry('prometheus', url, { step: '600' }));
    expect(seriesIn(lines).map((s) => [s.name, s.values])).toEqual([
      ['good', [2.5, 2.5, 2.5, 2.5, 2.5, 2.5]],
    ]);
  });

  test('carry the service of OpenTelemetry’s job, and the instance as its resource', async () => {
    const url = await start({ series: [gauge('good', '1', { http_route: '/a' })] });
    const lines = await collected(entry('prometheus', url));
    expect(lines.of('resource')[0]).toEqual([
      'cart',
      ['service.name', 'cart', 'service.instance.id', 'a', 'job', 'shop/cart'],
      '',
    ]);
    expect(seriesIn(lines)[0]?.attributes).toEqual(['http.route', '/a']);
  });

  test('of containers belong to the container, not to the kubelet', async () => {
    const url = await start({
      series: [
        gauge('container_cpu_cfs_throttled_periods_total', '1', {
          job: 'kubelet',
          container: 'cart',
          pod: 'cart-7d9c5b6f4-abcde',
        }),
        gauge('container_memory_working_set_bytes', '1', { job: 'kubelet', pod: 'cart-7d9c5b6f4-abcde' }),
      ],
    });
    const lines = await collected(entry('prometheus', url));
    expect(new Set(lines.of('resource').map((r) => (r as [string])[0]))).toEqual(new Set(['cart']));
  });
});

describe('what is asked', () => {
  test('is cut at 11,000 points a series, without a gap and without a point twice', async () => {
    const day = { ...HOUR, toMs: FROM_MS + 36 * 3_600_000 };
    const url = await start({ series: [gauge('good')] });
    const lines = await collected(entry('prometheus', url, { step: '5' }), { windows: [day] });
    const values = seriesIn(lines).flatMap((s) => s.values);
    expect(values).toHaveLength((36 * 3600) / 5);
    expect(
      asked('/api/v1/query_range').every(
        (s) => Number(s.form.get('end')) - Number(s.form.get('start')) < 11_000 * 15,
      ),
    ).toBe(true);
    expect(lines.gaps).toEqual([]);
  });

  test('is halved as long as the server says that it would load too much (422)', async () => {
    const url = await start({ series: Array.from({ length: 8 }, (_, i) => gauge(`m${i}`)), maxSamples: 300 });
    const lines = await collected(entry('prometheus', url, { step: '15' }));
    expect(seriesIn(lines).flatMap((s) => s.values)).toHaveLength(8 * 240);
    expect(lines.gaps).toEqual([]);
  });

  test('is asked again after a 503, and given up with a named gap', async () => {
    let left = 2;
    const url = await start({
      series: [gauge('good')],
      first: (r) =>
        r.path === '/api/v1/query_range' && left-- > 0
          ? {
              status: 503,
              body: {
                status: 'error',
                errorType: 'timeout',
                error: 'query timed out in expression evaluation',
              },
            }
          : undefined,
    });
    expect(seriesIn(await collected(entry('prometheus', url)))).toHaveLength(1);
    await fake.close();
    const again = await start({
      series: [gauge('good')],
      first: (r) => (r.path === '/api/v1/query_range' ? { status: 503, body: 'down' } : undefined),
    });
    const lines = await collected(entry('prometheus', again));
    expect(lines.gaps[0]).toMatch(/gave nothing: it answered 503: down/);
  });

  test('is explained when the server does not understand it (400)', async () => {
    const url = await start({ series: [gauge('good')] });
    fake.seen.length = 0;
    const lines = await collected(entry('prometheus', url, { metrics: '[' }));
    expect(lines.gaps[0]).toMatch(/no regular expression of metric names/);
  });

  test('leaves out the monitoring itself, and names what does not fit', async () => {
    const url = await start({
      series: [
        gauge('prometheus_tsdb_head_series'),
        gauge('http_requests_active'),
        ...Array.from({ length: 30 }, (_, i) =>
          gauge('custom_thing', '1', { id: String(i), key: String(i) }),
        ),
      ],
    });
    const lines = await collected(entry('prometheus', url, { series: '10' }));
    expect(new Set(seriesIn(lines).map((s) => s.name))).toEqual(new Set(['http_requests_active']));
    expect(lines.gaps[0]).toMatch(
      /1 metrics with 30 series were left out to stay below 10 series: custom_thing/,
    );
  });

  test('goes with the token of the environment, and says what is wrong without it', async () => {
    const url = await start({ series: [gauge('good')], token: 'top-secret' });
    expect(
      seriesIn(
        await collected(entry('prometheus', url), { environment: { PROMETHEUS_TOKEN: 'top-secret' } }),
      ),
    ).toHaveLength(1);
    const lines = await collected(entry('prometheus', url));
    expect(lines.gaps).toEqual(['Prometheus gave nothing: it answered 401: Unauthorized.']);
  });

  test('needs buildinfo from no server that answers queries', async () => {
    const url = await start({
      series: [gauge('good')],
      first: (r) => (r.path === '/api/v1/status/buildinfo' ? { status: 404, body: 'not found' } : undefined),
    });
    expect(seriesIn(await collected(entry('prometheus', url)))).toHaveLength(1);
  });
});

describe('histograms', () => {
  const bucket = (le: string, perSecond: number, anew = Number.POSITIVE_INFINITY) => ({
    labels: { __name__: 'http_request_duration_seconds_bucket', job: 'cart', le },
    value: (t: number) => String(Math.round((t >= anew ? t - anew : t - FROM_MS / 1000 + 60) * perSecond)),
  });
  const rest = (name: string, perSecond: number, anew = Number.POSITIVE_INFINITY) => ({
    labels: { __name__: `http_request_duration_seconds_${name}`, job: 'cart' },
    value: (t: number) => String(Math.round((t >= anew ? t - anew : t - FROM_MS / 1000 + 60) * perSecond)),
  });
  const METADATA = { http_request_duration_seconds: [{ type: 'histogram', help: 'Time.', unit: '' }] };
  type Row = [
    unknown,
    string[],
    string,
    string,
    unknown[],
    number,
    number,
    number[],
    number[],
    number,
    number,
    number,
  ];

  test('become what came in between two readings, with buckets apart', async () => {
    const url = await start({
      series: [bucket('0.1', 3), bucket('1', 5), bucket('+Inf', 6), rest('count', 6), rest('sum', 2)],
      metadata: METADATA,
    });
    const rows = (await collected(entry('prometheus', url, { step: '60' }))).of('histogram') as Row[];
    expect(rows).toHaveLength(60);
    const [first] = rows;
    expect(first?.slice(5, 9)).toEqual([360, 120, [180, 120, 60], [0.1, 1]]);
    expect(first?.[11]).toBe(1);
  });

  test('begin anew with a process that began anew', async () => {
    const anew = FROM_MS / 1000 + 1800;
    const url = await start({
      series: [bucket('0.1', 3, anew), bucket('+Inf', 6, anew), rest('count', 6, anew), rest('sum', 2, anew)],
      metadata: METADATA,
    });
    const rows = (await collected(entry('prometheus', url, { step: '60' }))).of('histogram') as Row[];
    expect(rows.every((r) => r[5] >= 0 && r[6] >= 0 && r[7].every((c) => c >= 0))).toBe(true);
    expect(rows.reduce((a, r) => a + r[5], 0)).toBe(59 * 360);
  });

  test('of the native kind lie on one grid, and their buckets add up to the count', () => {
    const point = nativePoint({
      count: '12',
      sum: '3.5',
      buckets: [
        [3, '-0.001', '0.001', '1'],
        [0, '0.0947', '0.1033', '7'],
        [0, '0.25', '0.2726', '4'],
      ],
    });
    expect(point?.bucketCounts.reduce((a, b) => a + b, 0)).toBe(12);
    expect(point?.bucketCounts).toHaveLength((point?.explicitBounds.length ?? 0) + 1);
    const other = nativePoint({ count: '1', sum: '1', buckets: [[0, '4', '4.3', '1']] });
    expect(other?.explicitBounds).toEqual(point?.explicitBounds);
    expect(nativePoint({ count: 'x' })).toBeUndefined();
  });

  test('of the native kind are read from a range', async () => {
    const url = await start({
      series: [
        {
          labels: { __name__: 'rpc_duration_seconds', job: 'cart' },
          value: () => '',
          histogram: (t) => {
            const n = String(Math.round(t - FROM_MS / 1000 + 600));
            return { count: n, sum: n, buckets: [[0, '0.9', '1', n]] };
          },
        },
      ],
      metadata: { rpc_duration_seconds: [{ type: 'histogram', help: '', unit: '' }] },
    });
    const rows = (await collected(entry('prometheus', url, { step: '600' }))).of('histogram') as Row[];
    expect(rows.map((r) => r[5])).toEqual([600, 600, 600, 600, 600, 600]);
  });

  test('bring exemplars with the ids of traces', async () => {
    const url = await start({
      series: [bucket('+Inf', 6), rest('count', 6), rest('sum', 2)],
      metadata: METADATA,
      first: (r) =>
        r.path === '/api/v1/query_exemplars'
          ? {
              body: {
                status: 'success',
                data: [
                  {
                    seriesLabels: {
                      __name__: 'http_request_duration_seconds_bucket',
                      job: 'cart',
                      le: '+Inf',
                    },
                    exemplars: [
                      { labels: { trace_id: 'abc123' }, value: '1.8', timestamp: FROM_MS / 1000 + 90 },
                    ],
                  },
                ],
              },
            }
          : undefined,
    });
    const rows = (await collected(entry('prometheus', url, { step: '60' }))).of('histogram') as Row[];
    expect(rows.flatMap((r) => r[4])).toEqual([
      [[], String(BigInt(FROM_MS + 90_000) * 1_000_000n), 1.8, '', 'abc123'],
    ]);
  });
});

test('alerts that fired come with the threshold of their rule', async () => {
  const url = await start({
    series: [
      gauge('good'),
      gauge('ALERTS', '1', { alertname: 'SlowCheckout', alertstate: 'firing', severity: 'page' }),
    ],
    first: (r) =>
      r.path === '/api/v1/rules'
        ? {
            body: {
              status: 'success',
              data: {
                groups: [
                  {
                    rules: [
                      {
                        type: 'alerting',
                        name: 'SlowCheckout',
                        query: 'latency_p99 > 0.7',
                        annotations: { summary: 'Checkout is slow' },
                      },
                    ],
                  },
                ],
              },
            },
          }
        : undefined,
  });
  const [alert] = (await collected(entry('prometheus', url))).of('alert');
  expect(alert).toMatchObject({
    name: 'SlowCheckout',
    service: 'cart',
    threshold: 0.7,
    severity: 'page',
    summary: 'Checkout is slow',
  });
});

test('an answer that is only a part is said to be one', async () => {
  const url = await start({
    series: [gauge('good')],
    first: (r) =>
      r.path === '/api/v1/query_range' && !r.form.get('query')?.startsWith('ALERTS')
        ? {
            body: {
              status: 'success',
              warnings: ['store sidecar-2 did not answer'],
              data: { resultType: 'matrix', result: [] },
            },
          }
        : undefined,
  });
  expect((await collected(entry('prometheus', url))).gaps).toEqual([
    'An answer is only a part: store sidecar-2 did not answer.',
  ]);
});
