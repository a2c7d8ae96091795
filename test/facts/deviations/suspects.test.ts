import { describe, expect, it } from 'vitest';
import { type Quantity, quantityOf } from '../../../src/facts/deviations/quantity.js';
import type { MetricSeries } from '../../../src/facts/deviations/series.js';
import { metricSuspects, type SuspectQuery } from '../../../src/facts/deviations/suspects.js';
import { seededRandom } from '../../../src/models/random.js';

const ROW = 60_000;
const BASELINE = 200;
const INCIDENT = 12;
const CALLS = [
  { caller: 'shop', callee: 'orders' },
  { caller: 'orders', callee: 'stock' },
  { caller: 'shop', callee: 'search' },
];

/** A level with a tenth of noise, in rows of a minute; `change` says what an incident row becomes. */
function series(
  node: string,
  metric: string,
  level: number,
  seed: number,
  change: (value: number, row: number) => number = (v) => v,
): MetricSeries {
  const random = seededRandom(seed);
  const rows = BASELINE + INCIDENT;
  return {
    node,
    metric,
    quantity: quantityOf(metric),
    timesMs: Float64Array.from({ length: rows }, (_, i) => i * ROW),
    values: Float64Array.from({ length: rows }, (_, i) => {
      const value = level * (1 + 0.1 * (random() + random() - 1));
      return i < BASELINE ? value : change(value, i - BASELINE);
    }),
  };
}
const query = (all: MetricSeries[], more: Partial<SuspectQuery> = {}): SuspectQuery => ({
  series: all,
  calls: CALLS,
  baseline: { fromMs: 0, toMs: BASELINE * ROW },
  incident: { fromMs: BASELINE * ROW, toMs: (BASELINE + INCIDENT) * ROW },
  ...more,
});
const slower =
  (by: number) =>
  (value: number, row: number): number =>
    row >= 4 && row < 10 ? value + by : value;
const requests = ['shop', 'orders', 'stock', 'search'].map((n, i) => series(n, 'requests', 100, 90 + i));
const shop = (stock: number, orders = stock): MetricSeries[] => [
  series('shop', 'latency', 0.1, 1, slower(orders)),
  series('orders', 'latency', 0.05, 2, slower(orders)),
  series('stock', 'latency', 0.01, 3, slower(stock)),
  series('search', 'latency', 0.02, 4),
  ...requests,
];
const target = { node: 'shop', quantity: 'latency' } as const;

describe('suspects by accounting along the call graph', () => {
  it('names the deepest callee whose slowness explains the target', () => {
    const found = metricSuspects(query(shop(0.2), { target }));
    expect(found.method).toBe('accounting');
    expect(found.suspects[0]?.node).toBe('stock');
    expect(found.onset?.atMs).toBe((BASELINE + 4) * ROW);
  });
  it('names the caller when its callees are fine', () => {
    expect(metricSuspects(query(shop(0, 0.2), { target })).suspects[0]?.node).toBe('orders');
  });
  it('names nobody on normal data', () => {
    const found = metricSuspects(query(shop(0), { target }));
    expect(found.suspects).toEqual([]);
    expect(found.pValue).toBeGreaterThan(0.05);
  });
  it('blames the caller for a callee that nobody called before', () => {
    const fresh = series('table', 'latency', 0.2, 9, (v, row) => (row >= 4 && row < 10 ? v : Number.NaN));
    fresh.values.fill(Number.NaN, 0, BASELINE);
    const calls = [...CALLS, { caller: 'orders', callee: 'table' }];
    expect(metricSuspects(query([...shop(0, 0.2), fresh], { target, calls })).suspects[0]?.node).toBe(
      'orders',
    );
  });
  it('accounts for failures by availability, constant at 100 per cent before', () => {
    const all = ['shop', 'orders', 'stock', 'search'].map((n, i) => ({
      ...series(n, 'availability', 100, i, (_, row) => (row >= 4 && row < 10 && n !== 'search' ? 95 : 100)),
    }));
    for (const s of all) s.values.fill(100, 0, BASELINE);
    const failing = { node: 'shop', quantity: 'availability' } as const;
    expect(metricSuspects(query([...all, ...requests], { target: failing })).suspects[0]?.node).toBe('stock');
  });
  it('gives the same answer with the nodes in another order', () => {
    const all = shop(0.2);
    expect(metricSuspects(query([...all].reverse(), { target }))).toEqual(
      metricSuspects(query(all, { target })),
    );
  });
});

describe('suspects by deviation', () => {
  const loaded = (node: string, seed: number, cpu = 1, memory = 1): MetricSeries[] => [
    series(node, 'cpu', 0.2, seed, (v) => v * cpu),
    series(node, 'mem', 2e8, seed + 50, (v) => v * memory),
  ];
  it('names the node whose processor is busy', () => {
    const found = metricSuspects(
      query([...loaded('a', 1), ...loaded('b', 2, 4), ...loaded('c', 3)], { calls: [] }),
    );
    expect(found.suspects.map((s) => [s.node, s.quantity])).toEqual([['b', 'cpu']]);
  });
  it('puts memory before the processor time that it costs', () => {
    const found = metricSuspects(
      query([...loaded('a', 1), ...loaded('b', 2, 4, 3), ...loaded('c', 3)], { calls: [] }),
    );
    expect(found.suspects[0]?.quantity).toBe('memory');
  });
  it('does not take a few bytes more for a memory fault', () => {
    const small = series('b', 'mem', 2e6, 60, (v) => v * 3);
    const all = [...loaded('a', 1), series('b', 'cpu', 0.2, 2, (v) => v * 4), small, ...loaded('c', 3)];
    expect(metricSuspects(query(all, { calls: [] })).suspects[0]?.quantity).toBe('cpu');
  });
  it('holds when a third of the baseline is already in trouble, and says when it began', () => {
    const all = [...loaded('a', 1), ...loaded('b', 2, 4), ...loaded('c', 3)];
    const lateStart = BASELINE + 6;
    for (const s of all)
      if (s.node === 'b') s.values = s.values.map((v, i) => (i >= 140 && i < BASELINE ? v * 4 : v));
    const found = metricSuspects(
      query(
        all.filter((s) => s.metric === 'cpu'),
        {
          calls: [],
          baseline: { fromMs: 0, toMs: lateStart * ROW },
          incident: { fromMs: lateStart * ROW, toMs: (BASELINE + INCIDENT) * ROW },
        },
      ),
    );
    expect(found.suspects[0]?.node).toBe('b');
    expect(found.onset?.atMs).toBe(140 * ROW);
  });
  it('names nobody on normal data, in at least nine of ten draws', () => {
    const draws = Array.from({ length: 30 }, (_, i) =>
      metricSuspects(
        query(
          ['a', 'b', 'c'].flatMap((n, k) => loaded(n, 100 * i + k)),
          { calls: [] },
        ),
      ),
    );
    expect(draws.filter((d) => d.suspects.length === 0).length).toBeGreaterThanOrEqual(27);
  });
});

describe('what a metric is, by its name', () => {
  it.each<[string, Quantity]>([
    ['http.server.request.duration', 'latency'],
    ['latency_p99_seconds', 'latency'],
    ['lat_90', 'latency'],
    ['error_rate', 'failures'],
    ['container_memory_working_set_bytes', 'memory'],
    ['process.cpu.utilization', 'cpu'],
    ['db.client.connection.wait_time', 'waiting'],
    ['hikaricp_connections_max', 'limit'],
    ['requests_per_second', 'requests'],
    ['availability', 'availability'],
    ['jvm_heap_used', 'memory'],
    ['something_else', 'other'],
  ])('%s is %s', (metric, quantity) => {
    expect(quantityOf(metric)).toBe(quantity);
  });
});
