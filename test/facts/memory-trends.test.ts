import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measured, subject } from '../../src/domain/index.js';
import { openStore, type Store } from '../../src/evidence/store/index.js';
import { memoryTrendFacts } from '../../src/facts/use/memory-trends.js';

let store: Store;
beforeAll(async () => {
  store = await openStore({});
  const rows = (['leaky', 'level'] as const).flatMap((service) =>
    Array.from({ length: 400 }, (_, i) =>
      ['new_space', 'old_space'].map((space) => ({
        ServiceName: service,
        MetricName: 'v8js.memory.heap.used',
        MetricUnit: 'By',
        ResourceAttributes: { 'service.name': service, 'service.instance.id': 'one' },
        Attributes: { 'v8js.heap.space.name': space },
        TimeUnix: String(1_760_000_000_000_000_000n + BigInt(i) * 15_000_000_000n),
        Value: space === 'new_space' ? (i % 6) * 1e6 : 80e6 + (service === 'leaky' ? i * 75_000 : 0),
        KpSource: 's1',
      })),
    ).flat(),
  );
  await store.insert('otel_metrics_gauge', rows);
});
afterAll(async () => store.close());

describe('heaps in metrics', () => {
  it('that climb give the slope of their floor over all spaces, and when it meets the limit', async () => {
    const limit = measured(
      {
        name: 'heap.limit',
        subject: subject('service', 'leaky'),
        value: 500e6,
        unit: 'bytes',
        phase: 'incident',
      },
      [],
    );
    const facts = await memoryTrendFacts(store, ['s1'], [limit]);
    expect(facts.map((f) => [f.name, f.subject.name])).toEqual([
      ['heap.floor.slope', 'leaky'],
      ['heap.floor', 'leaky'],
      ['heap.timeToLimit', 'leaky'],
    ]);
    expect(facts[0]?.value).toBeCloseTo(5000, -2);
    // The floor began at 80 MB and is at 110 MB: 390 MB are left.
    expect(facts[2]?.value).toBeCloseTo(390e6 / 5000, -3);
  });
});
