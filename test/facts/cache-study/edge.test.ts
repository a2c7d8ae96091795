import { describe, expect, test } from 'vitest';
import { accessBuilder } from '../../../src/evidence/readers/access/access-trace.js';
import { studyEdge } from '../../../src/facts/cache-study/edge.js';
import { seededRandom } from '../../../src/models/random.js';

/** Half an hour of requests: popular pages, and accounts that each come once. */
function made() {
  const random = seededRandom(3);
  const builder = accessBuilder();
  for (let i = 0; i < 30_000; i++) {
    const key = random() < 0.8 ? `/products/${Math.floor(2000 * random() ** 3)}` : `/account/${i}`;
    builder.add({ key, timeMs: i * 60, op: 'read', bytes: 1000 });
  }
  return builder.finish();
}
const trace = made();
const times = trace.timesMs ?? new Float64Array();
const far = { name: 'far', copies: 1, capacity: 300, ttlMs: 300_000 };
const study = (locations: number, ttlMs: number, more = {}) =>
  studyEdge(trace, times, [far], { locations, ttlMs, ...more });

describe('a CDN in front of the caches', () => {
  test('takes the popular from the layer behind it, whose hit ratio is told with and without', () => {
    const { layers, without } = study(4, 60_000);
    const [cdn, behind] = layers;
    expect(layers.map((l) => l.name)).toEqual(['CDN', 'far']);
    expect(cdn?.served).toBeGreaterThan(0.2);
    expect(behind?.hitRatio).toBeLessThan((without[0]?.hitRatio ?? 0) * 0.7);
    expect(cdn?.stalestMs).toBe(360_000);
  });

  test('serves less from more locations, and a shield makes up for it', () => {
    const served = (locations: number, more = {}): number =>
      study(locations, 60_000, more)
        .layers.filter((l) => l.name.startsWith('CDN'))
        .reduce((sum, l) => sum + l.served, 0);
    expect(served(20)).toBeLessThan(served(2));
    expect(served(20, { shield: true })).toBeGreaterThan(1.5 * served(20));
  });

  test('serves more with a longer life, to the ceiling of first requests', () => {
    const lives = study(4, 60_000).lives.map((l) => l.hitRatio);
    expect(lives).toEqual([...lives].sort((a, b) => a - b));
    expect(lives.at(-1)).toBeLessThan(1 - trace.objects / trace.requests.length);
  });

  test('is given a header for what it would serve, and none for what comes once', () => {
    const shapes = new Map(study(2, 60_000).shapes.map((s) => [s.shape, s]));
    expect(shapes.get('/products/#')?.cacheControl).toContain('s-maxage=60, stale-while-revalidate=60');
    expect(shapes.get('/account/#')).toMatchObject({ hitRatio: 0 });
    expect(shapes.get('/account/#')?.cacheControl).toBeUndefined();
  });

  test('costs by requests at the edge, and saves by those it keeps from the origin', () => {
    const { cost, layers, bytesPerSecond } = study(2, 60_000, {
      pricePerMillion: 1,
      originPricePerMillion: 10,
    });
    const month = (30 * 24 * 3600 * trace.requests.length) / (times.at(-1) ?? 1) / 1000;
    expect(cost?.edgePerMonth).toBeCloseTo(month, 1);
    expect(cost?.originSavedPerMonth).toBeCloseTo(month * 10 * (layers[0]?.served ?? 0), 0);
    expect(bytesPerSecond).toBeCloseTo(1000 / 0.06, -2);
    expect(study(2, 60_000).cost).toBeUndefined();
  });
});
