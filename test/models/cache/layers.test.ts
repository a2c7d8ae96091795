import { describe, expect, test } from 'vitest';
import { replayLayers } from '../../../src/models/cache/layers.js';
import { POLICIES } from '../../../src/models/cache/policies/index.js';
import { missRatio } from '../../../src/models/cache/policy.js';
import { replayTtl } from '../../../src/models/cache/time-to-live.js';
import { seededRandom } from '../../../src/models/random.js';

const random = seededRandom(4);
const OBJECTS = 800;
const trace = Int32Array.from({ length: 20_000 }, () => Math.floor(OBJECTS * random() ** 3));
const times = Float64Array.from(trace, (_, i) => i * 5);
const far = { name: 'far', copies: 1, capacity: 200 };

describe('layers of caches', () => {
  test('one layer without a life is LRU, one without a limit of room is its life alone', () => {
    const [lru] = replayLayers(trace, times, OBJECTS, [far]);
    expect(lru?.hitRatio).toBeCloseTo(1 - missRatio(POLICIES.lru, trace, 200, OBJECTS), 12);
    const [life] = replayLayers(trace, times, OBJECTS, [{ ...far, capacity: OBJECTS, ttlMs: 2000 }]);
    expect(life?.hitRatio).toBeCloseTo(replayTtl(trace, times, OBJECTS, 2000).hitRatio, 12);
  });

  test('a layer in front takes the popular from the one behind, whose own hit ratio falls', () => {
    const [alone] = replayLayers(trace, times, OBJECTS, [far]);
    const [near, behind] = replayLayers(trace, times, OBJECTS, [
      { name: 'near', copies: 1, capacity: 50 },
      far,
    ]);
    expect(behind?.hitRatio).toBeLessThan(alone?.hitRatio ?? 0);
    expect((near?.served ?? 0) + (behind?.served ?? 0)).toBeGreaterThanOrEqual((alone?.served ?? 0) - 0.02);
  });

  test('the same room in more copies hits less: each must be filled for itself', () => {
    const hit = (copies: number): number =>
      replayLayers(trace, times, OBJECTS, [{ name: 'near', copies, capacity: 50, ttlMs: 1000 }, far])[0]
        ?.hitRatio ?? 0;
    expect(hit(1)).toBeGreaterThan(hit(4));
    expect(hit(4)).toBeGreaterThan(hit(20));
  });

  test('an answer can be as old as the lives of its layers together', () => {
    const layers = [
      { name: 'near', copies: 2, capacity: 50, ttlMs: 1000 },
      { ...far, ttlMs: 30_000 },
    ];
    expect(replayLayers(trace, times, OBJECTS, layers).map((l) => l.stalestMs)).toEqual([31_000, 30_000]);
  });
});
