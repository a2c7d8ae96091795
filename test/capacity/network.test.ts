import { describe, expect, it } from 'vitest';
import { type Network, networkAt, networkOf } from '../../src/capacity/network.js';
import { networkError } from '../../src/capacity/network-error.js';
import { todayOf } from '../../src/capacity/today.js';
import { emptyCase } from '../../src/case/index.js';
import type { Context } from '../../src/domain/index.js';
import type { Store } from '../../src/evidence/store/index.js';
import { KNOWLEDGE } from '../../src/knowledge/index.js';
import { contextOf } from '../../src/method/context.js';
import { exactMva } from '../../src/models/capacity/mva.js';
import { call, measured, select, served } from '../facts/made-spans.js';

const START_MS = 1_700_000_000_000;
const at = (i: number): string => String(BigInt(START_MS + i * 1000) * 1_000_000n);

/** Ten seconds of a shop that answers 20 a second with a loop a fifth busy, and asks a tax service half as often, a loop of which is 6 % busy. */
const metrics = async (store: Store): Promise<void> => {
  const row = (MetricName: string, ServiceName: string, i: number, more: object) => ({
    MetricName,
    ServiceName,
    MetricUnit: '1',
    Attributes: {},
    ResourceAttributes: {},
    TimeUnix: at(i),
    KpSource: 'incident',
    ...more,
  });
  const seconds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  await store.insert(
    'otel_metrics_gauge',
    seconds.flatMap((i) => [
      // Twice the mean in one second of three: the 95th percentile is not the work of a request.
      row('nodejs.eventloop.utilization', 'shop', i, { Value: i % 3 === 0 ? 0.35 : 0.1 }),
      row('nodejs.eventloop.utilization', 'tax', i, { Value: 0.06 }),
      row('db.client.connection.max', 'shop', i, {
        Value: 5,
        Attributes: { 'db.client.connection.pool.name': 'main' },
      }),
    ]),
  );
  const histogram = (metric: string, count: number, sum: number, i: number, pool?: string) =>
    row(metric, 'shop', i, {
      MetricUnit: 's',
      Count: count * i,
      Sum: sum * i,
      BucketCounts: [count * i, 0],
      ExplicitBounds: [10],
      AggregationTemporality: 2,
      Attributes: pool ? { 'db.client.connection.pool.name': pool } : { 'http.route': '/buy' },
    });
  await store.insert(
    'otel_metrics_histogram',
    seconds.flatMap((i) => [
      histogram('http.server.request.duration', 20, 0.6, i),
      histogram('db.client.connection.use_time', 40, 0.4, i, 'main'),
    ]),
  );
};

const shop = (i: number) =>
  served('shop', 'POST /buy', 30, [
    select('shop', 'SELECT price FROM products WHERE id = 1', 1, 5),
    select('shop', 'SELECT stock FROM stock WHERE id = 1', 7, 5),
    ...(i % 2 === 0
      ? [call('shop', 'http://tax:8080/quote', 13, 10, [served('tax', 'GET /quote', 9, [], 14)])]
      : []),
  ]);

const contextOfShop = async (): Promise<Context> => {
  const { measured: m } = await measured({ incident: shop, requests: 200, prepare: metrics });
  return contextOf(emptyCase(), KNOWLEDGE, m);
};

describe('the network of a system from its telemetry', () => {
  it('has visits from the call graph and demands by the utilisation law', async () => {
    const network = networkOf(await contextOfShop());
    const station = (name: string) => network?.stations.find((s) => s.name === name);
    expect(network?.entry).toBe('shop');
    expect(network?.rate).toBeCloseTo(20, 6);
    expect(network?.meanMs).toBeCloseTo(30, 6);
    const busy = (4 * 0.35 + 7 * 0.1) / 11;
    expect(station('event loop of shop')?.demandMs).toBeCloseTo((busy * 1000) / 20, 6);
    expect(station('event loop of shop')?.fullAt).toBeCloseTo(20 / busy, 6);
    expect(station('event loop of tax')?.visits).toBeCloseTo(0.5, 6);
    expect(station('event loop of tax')?.demandMs).toBeCloseTo(3, 6);
    // 40 a second held for 10 ms are 0.4 of five.
    expect(station('pool main')?.busy).toBeCloseTo(0.08, 6);
    expect(network?.delays).toEqual([{ name: 'PostgreSQL', visits: 2, eachMs: 5, store: true }]);
  });

  it('lets a plan be made without a number being typed', async () => {
    const today = todayOf(await contextOfShop());
    expect(today.rate).toBeCloseTo(20, 6);
    expect(today.instances).toBe(1);
    // A quote for every second request, 10 ms each.
    expect(today.dependencies.find((d) => d.name === 'tax')?.latencyMs).toBeCloseTo(5, 6);
    const [first] = [...today.resources].sort((a, b) => b.used - a.used);
    expect(first).toMatchObject({ name: 'event loop of shop', ownCode: true, servers: 1 });
    expect(today.resources.filter((r) => r.name.startsWith('event loop of shop'))).toHaveLength(1);
  });
});

const NETWORK: Network = {
  entry: 'shop',
  rate: 50,
  meanMs: 40,
  stations: [
    { name: 'loop', service: 'shop', kind: 'event loop', servers: 1, demandMs: 10, busy: 0.5, fullAt: 100 },
    { name: 'machine', service: 'host', kind: 'machine', servers: 2, demandMs: 20, busy: 0.5, fullAt: 100 },
  ],
  calls: [],
  delays: [],
};

describe('a network at another rate', () => {
  it('waits at its queues, and passes on what is no waiting', () => {
    // 40 ms are 20 at the loop (10 ÷ (1 − 0.5)) and 20 that are passed on; at 80 a second the loop takes 10 ÷ 0.2.
    expect(networkAt(NETWORK, 80).meanMs).toBeCloseTo(70, 6);
    expect(networkAt(NETWORK, 80).stations[0]?.waitMs).toBeCloseTo(40, 6);
    expect(networkAt(NETWORK, 120).meanMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('agrees with mean value analysis at the rate that so many requests inside bring', () => {
    const solved = exactMva(
      [
        { name: 'loop', kind: 'queue', servers: 1 },
        { name: 'rest', kind: 'delay', servers: 1 },
      ],
      [{ name: 'all', visits: [1, 1], service: [0.01, 20], population: 1000, think: 0 }],
    );
    const rate = solved.throughput[0] ?? 0;
    const open = networkAt({ ...NETWORK, meanMs: 20 }, rate).stations[0];
    expect(((solved.residencePerVisit[0]?.[0] ?? 0) * 1000) / ((open?.waitMs ?? 0) + 10)).toBeCloseTo(1, 1);
  });

  it('says how far it is off on steps that it did not see', () => {
    const step = (rate: number) => ({
      throughput: rate,
      meanMs: 20 + 10 / (1 - rate / 100),
      resources: [{ name: 'loop', busy: rate / 100 }],
      from: '',
    });
    const error = networkError(NETWORK, [20, 20.1, 20.2, 20.3, 60, 70].map(step));
    expect(error).toMatchObject({ steps: 2 });
    expect(error.busy).toBeLessThan(1e-9);
    expect(error.mean).toBeLessThan(0.01);
  });
});
