import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../src/evidence/store/index.js';
import { recordedSteps } from '../../src/facts/load-steps.js';
import { findRequests } from '../../src/facts/requests.js';
import { fitCapacity } from '../../src/models/capacity/fit.js';

const START_MS = 1_700_000_000_000;
const ns = (ms: number): string => String(BigInt(Math.round(START_MS + ms)) * 1_000_000n);
/** Requests a second in each stretch of twenty seconds, up and down as a day does. */
const RATES = [4, 6, 8, 10, 12, 14, 16, 18, 16, 13, 11, 9, 7, 5];
const STRETCH_MS = 20_000;
/** A loop that is full at forty a second, and a tenth busy without requests. */
const busyAt = (rate: number): number => 0.1 + (0.9 * rate) / 40;
const meanAt = (rate: number): number => 5 + (20 * busyAt(rate)) / (1 - busyAt(rate));

let store: Store;
beforeAll(async () => {
  store = await openStore({});
  const spans = RATES.flatMap((rate, i) =>
    Array.from({ length: (rate * STRETCH_MS) / 1000 }, (_, k) => ({
      Timestamp: ns(i * STRETCH_MS + (k * 1000) / rate),
      TraceId: `trace-${i}-${k}`,
      SpanId: `span-${i}-${k}`,
      ParentSpanId: '',
      SpanName: 'GET /orders',
      SpanKind: 'Server',
      ServiceName: 'orders',
      Duration: Math.round(meanAt(rate) * 1e6 * (k % 50 === 0 ? 2 : 1)),
      KpSource: 's1',
    })),
  );
  await store.insert('otel_traces', spans);
  const loop = RATES.flatMap((rate, i) =>
    Array.from({ length: STRETCH_MS / 5000 }, (_, k) => ({
      MetricName: 'nodejs.eventloop.utilization',
      ServiceName: 'orders',
      MetricUnit: '1',
      TimeUnix: ns(i * STRETCH_MS + k * 5000 + 1),
      Value: busyAt(rate),
      KpSource: 's1',
    })),
  );
  await store.insert('otel_metrics_gauge', loop);
});
afterAll(async () => store.close());

describe('load steps of a running system', () => {
  it('are parts of like load, with their rate, latency and busy shares', async () => {
    const recorded = await recordedSteps(store, await findRequests(store));
    expect(recorded).toMatchObject({ entry: 'orders', partSeconds: 20, parts: RATES.length - 2 });
    const rates = recorded?.steps.map((s) => s.throughput) ?? [];
    expect(Math.min(...rates)).toBeCloseTo(6, 6);
    expect(Math.max(...rates)).toBeCloseTo(18, 6);
    const top = recorded?.steps.at(-1);
    expect(top?.resources).toEqual([
      { name: 'event loop of orders', busy: expect.closeTo(busyAt(18), 6), servers: 1 },
    ]);
    expect(top?.p50Ms).toBeCloseTo(meanAt(18), 3);
    expect(top?.p99Ms).toBeCloseTo(2 * meanAt(18), 3);
  });

  it('are enough for the capacity, which nobody has tested', async () => {
    const recorded = await recordedSteps(store, await findRequests(store));
    const fit = fitCapacity(recorded?.steps ?? []);
    expect(Math.abs((fit?.capacity.value ?? 0) / 40 - 1)).toBeLessThan(0.03);
    expect(fit?.heldOut).toBeGreaterThan(2);
    expect(fit?.chosen.heldOutError).toBeLessThan(0.1);
    expect(fit?.measuredTo).toBeLessThan(19);
  });
});

it('tell nothing where no request was recorded', async () => {
  await store.command('TRUNCATE TABLE otel_traces');
  await expect(recordedSteps(store, await findRequests(store))).resolves.toBeUndefined();
});
