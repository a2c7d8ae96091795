import { expect, test } from 'vitest';
import type { Fact } from '../../src/domain/index.js';
import type { Store, TableName } from '../../src/evidence/store/index.js';
import { measured, served } from './made-spans.js';

const START_MS = 1_700_000_000_000;
const at = (i: number): string => String(BigInt(START_MS + i * 10_000) * 1_000_000n);

interface MadeSeries {
  table: TableName;
  metric: string;
  service?: string;
  unit?: string;
  attributes?: Record<string, string>;
  resource?: Record<string, string>;
  values: readonly (number | Record<string, unknown>)[];
  more?: Record<string, unknown>;
}

const put =
  (series: readonly MadeSeries[], source = 'incident') =>
  async (store: Store): Promise<void> => {
    for (const s of series)
      await store.insert(
        s.table,
        s.values.map((value, i) => ({
          MetricName: s.metric,
          MetricUnit: s.unit ?? '',
          ServiceName: s.service ?? 'shop',
          Attributes: s.attributes ?? {},
          ResourceAttributes: s.resource ?? {},
          TimeUnix: at(i),
          KpSource: source,
          ...(typeof value === 'number' ? { Value: value } : value),
          ...s.more,
        })),
      );
  };

const gauge = (metric: string, values: number[], some: Partial<MadeSeries> = {}): MadeSeries => ({
  table: 'otel_metrics_gauge',
  metric,
  values,
  ...some,
});
const counter = (metric: string, values: number[], some: Partial<MadeSeries> = {}): MadeSeries => ({
  table: 'otel_metrics_sum',
  metric,
  values,
  more: { IsMonotonic: true, AggregationTemporality: 2 },
  ...some,
});

async function factsOf(
  series: readonly MadeSeries[],
): Promise<(name: string, subject?: string) => number | undefined> {
  const { measured: m } = await measured({
    incident: () => served('shop', 'GET /x', 5),
    requests: 1,
    prepare: put(series),
  });
  return (name, about) =>
    m.facts.find((f: Fact) => f.name === name && (about === undefined || f.subject.id === about))?.value;
}

test('processor states that are busy add up; processors are averaged', async () => {
  const of = (mode: string, cpu: string, value: number) =>
    gauge('system.cpu.utilization', [value, value], { attributes: { state: mode, cpu } });
  const fact = await factsOf([
    of('user', '0', 0.5),
    of('system', '0', 0.3),
    of('idle', '0', 0.2),
    of('user', '1', 0.2),
    of('idle', '1', 0.8),
  ]);
  expect(fact('cpu.utilisation')).toBeCloseTo(0.5, 6);
});

test('per cent become shares and seconds become milliseconds', async () => {
  const fact = await factsOf([
    gauge('cpu_usage', [91, 91], { unit: '%' }),
    gauge('nodejs_eventloop_lag_p99_seconds', [0.08, 0.08]),
    gauge('latency_p99', [1200, 1300]),
  ]);
  expect(fact('cpu.utilisation')).toBeCloseTo(0.91, 6);
  expect(fact('eventloop.delay.p99')).toBeCloseTo(80, 6);
  expect(fact('latency.p99', 'service:shop')).toBeCloseTo(1250, 6);
});

test('pools by the names of OpenTelemetry, HikariCP and Go', async () => {
  const fact = await factsOf([
    gauge('db.client.connection.count', [8, 9], {
      attributes: { 'db.client.connection.state': 'used', 'db.client.connection.pool.name': 'main' },
    }),
    gauge('db.client.connection.count', [2, 1], {
      attributes: { 'db.client.connection.state': 'idle', 'db.client.connection.pool.name': 'main' },
    }),
    gauge('db.client.connection.max', [10, 10], { attributes: { 'db.client.connection.pool.name': 'main' } }),
    gauge('hikaricp_connections_pending', [4, 4], { service: 'java', attributes: { pool: 'H' } }),
    gauge('go_sql_max_open_connections', [25, 25], { service: 'go', attributes: { db_name: 'd' } }),
  ]);
  expect(fact('pool.used', 'pool:shop/main')).toBe(9);
  expect(fact('pool.limit', 'pool:shop/main')).toBe(10);
  expect(fact('pool.pending', 'pool:java/h')).toBe(4);
  expect(fact('pool.limit', 'pool:go/d')).toBe(25);
});

test('a replica that serves few of the rows read is told from servers that say what they are', async () => {
  const server = (instance: string, replica: number, rows: number[]) => [
    gauge('pg_replication_is_replica', [replica, replica], { attributes: { instance } }),
    counter('pg_stat_database_tup_fetched', rows, { attributes: { instance } }),
  ];
  const fact = await factsOf([...server('a:5432', 0, [0, 900]), ...server('b:5432', 1, [0, 100])]);
  expect(fact('replicas', 'database:postgresql')).toBe(1);
  expect(fact('replica.share', 'database:postgresql')).toBeCloseTo(0.1, 6);
});

test('without a server that replays a log nothing is said of replicas', async () => {
  const fact = await factsOf([
    gauge('pg_replication_is_replica', [0, 0], { attributes: { instance: 'a' } }),
    counter('pg_stat_database_tup_fetched', [0, 900], { attributes: { instance: 'a' } }),
  ]);
  expect(fact('replicas')).toBeUndefined();
  expect(fact('replica.share')).toBeUndefined();
});

test('a count of connections below nothing says nothing', async () => {
  const fact = await factsOf([
    gauge('db.client.connection.count', [-5, -3], { attributes: { 'db.client.connection.state': 'used' } }),
  ]);
  expect(fact('pool.used')).toBeUndefined();
});

test('hit ratio and evictions come from the growth of counters, over restarts', async () => {
  const fact = await factsOf([
    counter('redis.keyspace.hits', [0, 300, 10, 310], { service: 'redis' }),
    counter('redis.keyspace.misses', [0, 100, 0, 100], { service: 'redis' }),
    counter('redis.keys.evicted', [0, 30, 60, 90], { service: 'redis' }),
  ]);
  expect(fact('cache.hitRatio', 'cache:redis')).toBeCloseTo(0.75, 6);
  expect(fact('cache.evictions', 'cache:redis')).toBeCloseTo(3, 6);
});

test('rate, percentiles and errors from histograms of served requests', async () => {
  const point = (count: number, sum: number, buckets: number[]) => ({
    Count: count,
    Sum: sum,
    BucketCounts: buckets,
    ExplicitBounds: [0.1, 1],
  });
  const of = (status: string, points: Record<string, unknown>[]): MadeSeries => ({
    table: 'otel_metrics_histogram',
    metric: 'http.server.request.duration',
    unit: 's',
    attributes: { 'http.request.method': 'GET', 'http.route': '/a', 'http.response.status_code': status },
    values: points,
    more: { AggregationTemporality: 2 },
  });
  const fact = await factsOf([
    of('200', [point(0, 0, [0, 0, 0]), point(90, 9, [80, 10, 0])]),
    of('500', [point(0, 0, [0, 0, 0]), point(10, 1, [10, 0, 0])]),
  ]);
  expect(fact('throughput', 'operation:shop/get-/a')).toBeCloseTo(10, 6);
  expect(fact('errors.ratio', 'operation:shop/get-/a')).toBeCloseTo(0.1, 6);
  expect(fact('latency.p50', 'service:shop')).toBeCloseTo(100 * (50 / 90), 4);
});

test('the share of time in collection pauses counts per instance', async () => {
  const of = (pod: string): MadeSeries => ({
    table: 'otel_metrics_histogram',
    metric: 'jvm.gc.duration',
    unit: 's',
    resource: { 'k8s.pod.name': pod },
    values: [
      { Count: 0, Sum: 0, BucketCounts: [0, 0], ExplicitBounds: [0.1] },
      { Count: 10, Sum: 2, BucketCounts: [0, 10], ExplicitBounds: [0.1] },
    ],
    more: { AggregationTemporality: 2 },
  });
  const fact = await factsOf([of('a'), of('b')]);
  expect(fact('gc.pause.share')).toBeCloseTo(0.2, 6);
  expect(fact('gc.pause.mean')).toBeCloseTo(200, 6);
});
