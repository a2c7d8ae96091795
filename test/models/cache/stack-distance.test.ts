import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberObjects } from '../../../src/models/cache/objects.js';
import { POLICIES, type PolicyName } from '../../../src/models/cache/policies/index.js';
import { missRatio } from '../../../src/models/cache/policy.js';
import { lruCurve, stackDistances } from '../../../src/models/cache/stack-distance.js';

const traces = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 600 });

describe('stack distances', () => {
  test('count the different objects asked for since', () => {
    const { counts, cold } = stackDistances(numberObjects([...'abcba']).requests, 3);
    expect([...counts]).toEqual([0, 1, 1]);
    expect(cold).toBe(3);
  });

  test('give at every size what replaying LRU at that size gives', () => {
    fc.assert(
      fc.property(traces, fc.integer({ min: 1, max: 45 }), (keys, size) => {
        const { requests, objects } = numberObjects(keys.map(String));
        const [point] = lruCurve(stackDistances(requests, objects), [size]);
        expect(point?.missRatio).toBeCloseTo(missRatio(POLICIES.lru, requests, size, objects), 12);
      }),
    );
  });
});

describe('replacement policies', () => {
  const names = Object.keys(POLICIES) as PolicyName[];

  test.each(names)('%s hits only what was asked for before', (name) => {
    fc.assert(
      fc.property(traces, fc.integer({ min: 1, max: 50 }), (keys, capacity) => {
        const { requests, objects } = numberObjects(keys.map(String));
        const cache = POLICIES[name](capacity, objects);
        const seen = new Set<number>();
        for (const object of requests) {
          if (cache.access(object)) expect(seen.has(object)).toBe(true);
          seen.add(object);
        }
      }),
    );
  });

  test.each(names)('%s misses each object once when everything fits', (name) => {
    const { requests, objects } = numberObjects(Array.from({ length: 2000 }, (_, i) => String((i * 7) % 19)));
    expect(missRatio(POLICIES[name], requests, 4000, objects)).toBeCloseTo(19 / 2000, 12);
  });

  test.each(names)('%s with room for one of two in turn cannot serve both', (name) => {
    const { requests, objects } = numberObjects(Array.from({ length: 400 }, (_, i) => String(i % 2)));
    expect(missRatio(POLICIES[name], requests, 1, objects)).toBeGreaterThanOrEqual(0.5);
  });

  test('a scan empties LRU and leaves what SIEVE, S3-FIFO and ARC hold', () => {
    const hot = Array.from({ length: 3000 }, (_, i) => `hot${i % 20}`);
    const scan = Array.from({ length: 400 }, (_, i) => `scan${i}`);
    const { requests, objects } = numberObjects([...hot, ...scan, ...hot.slice(0, 20)]);
    const again = (name: PolicyName): number => {
      const cache = POLICIES[name](40, objects);
      let hits = 0;
      requests.forEach((object, i) => {
        const hit = cache.access(object);
        if (i >= requests.length - 20 && hit) hits++;
      });
      return hits;
    };
    expect(again('lru')).toBe(0);
    expect(again('fifo')).toBe(0);
    for (const name of ['sieve', 's3fifo', 'arc', 'lfu'] as const)
      expect(again(name)).toBeGreaterThanOrEqual(19);
  });

  test('Redis’ samples come close to true LRU', () => {
    const keys = Array.from({ length: 20_000 }, (_, i) =>
      String(Math.floor(200 * (((i * 7919) % 1000) / 1000) ** 2)),
    );
    const { requests, objects } = numberObjects(keys);
    const exact = missRatio(POLICIES.lru, requests, 60, objects);
    expect(Math.abs(missRatio(POLICIES['redis-lru'], requests, 60, objects) - exact)).toBeLessThan(0.06);
  });
});
