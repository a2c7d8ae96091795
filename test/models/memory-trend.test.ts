import { describe, expect, it } from 'vitest';
import { type MemoryTrend, memoryTrend, timeToLimit } from '../../src/models/memory-trend.js';
import { seededRandom } from '../../src/models/random.js';

const MB = 1e6;
/** A heap read every 15 s for two hours, collected every 97 s, with readings that are alike from one to the next. */
function heap(
  seed: number,
  p: { leakPerS?: number; warmUp?: number; teeth?: number; alike?: number; hours?: number },
): MemoryTrend {
  const random = seededRandom(seed);
  const normal = (): number => Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6);
  const alike = p.alike ?? 0;
  const start = random() * 97;
  const times: number[] = [];
  const values: number[] = [];
  let noise = 0;
  for (let s = 0; s < (p.hours ?? 2) * 3600; s += 15) {
    noise = alike * noise + Math.sqrt(1 - alike * alike) * normal();
    times.push(s);
    values.push(
      100 * MB +
        (p.leakPerS ?? 0) * s +
        (p.warmUp ?? 0) * (1 - Math.exp(-s / 600)) +
        2 * MB * noise +
        ((p.teeth ?? 30 * MB) * ((s + start) % 97)) / 97,
    );
  }
  return memoryTrend(times, values);
}
const verdicts = (p: Parameters<typeof heap>[1], runs = 60): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (let seed = 1; seed <= runs; seed++) {
    const { verdict } = heap(seed, p);
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  return counts;
};

describe('the floor of a saw-tooth', () => {
  it('of a leak climbs, and its slope is in the interval about 95 times in 100', () => {
    const runs = Array.from({ length: 200 }, (_, i) => heap(i + 1, { leakPerS: 4000 }));
    expect(runs.every((t) => t.verdict === 'climbs')).toBe(true);
    const held = runs.filter(({ interval: [low, high] }) => low <= 4000 && high >= 4000).length;
    expect(held / runs.length).toBeGreaterThan(0.92);
  });

  it('of a level heap is no leak, also where readings follow one another closely', () => {
    expect(verdicts({})).toEqual({ level: 60 });
    expect(verdicts({ alike: 0.9 }).climbs ?? 0).toBeLessThanOrEqual(2);
  });

  it('of a cache that fills up levels off', () => {
    expect(verdicts({ warmUp: 80 * MB }).climbs ?? 0).toBe(0);
  });

  it('of a few minutes is not told', () => {
    expect(heap(1, { leakPerS: 5000, hours: 0.1 }).verdict).toBe('too-short');
  });

  it('without collections is the line itself', () => {
    const times = Array.from({ length: 100 }, (_, i) => i * 60);
    const trend = memoryTrend(
      times,
      times.map((t) => 50 * MB + 10_000 * t),
    );
    expect(trend.verdict).toBe('climbs');
    expect(trend.slope).toBeCloseTo(10_000);
  });
});

describe('the time to a limit', () => {
  it('is what is left divided by the slope, with the interval of the slope', () => {
    const trend = heap(3, { leakPerS: 5000 });
    const left = timeToLimit(trend, 512 * MB);
    expect(left?.seconds).toBeCloseTo((512 * MB - trend.floorNow) / trend.slope);
    expect(left?.interval[0]).toBeLessThan(left?.seconds ?? 0);
    expect(left?.interval[1]).toBeGreaterThan(left?.seconds ?? Number.POSITIVE_INFINITY);
  });

  it('of a heap that does not climb is not forecast', () => {
    expect(timeToLimit(heap(3, {}), 512 * MB)).toBeUndefined();
  });
});
