import { describe, expect, test } from 'vitest';
import { accessBuilder } from '../../../src/evidence/readers/access/access-trace.js';
import { studyCache } from '../../../src/facts/cache-study/study.js';
import { byteCurve } from '../../../src/models/cache/byte-curve.js';
import { crowdPerExpiry, refreshedInTime } from '../../../src/models/cache/early-refresh.js';
import { sampledCurve } from '../../../src/models/cache/sampled-curve.js';
import { lruCurve, stackDistances } from '../../../src/models/cache/stack-distance.js';
import { replayTtl } from '../../../src/models/cache/time-to-live.js';
import { seededRandom } from '../../../src/models/random.js';

const zipf = (count: number, objects: number, seed = 3): Int32Array => {
  const random = seededRandom(seed);
  return Int32Array.from({ length: count }, () => Math.floor(objects * random() ** 3));
};

describe('a study of a cache', () => {
  const trace = () => {
    const builder = accessBuilder();
    zipf(20_000, 2000).forEach((object, i) => {
      builder.add({ key: `item:${object}`, timeMs: i * 10, bytes: 100, op: 'read' });
    });
    return builder.finish();
  };

  test('is the same each time', () => {
    expect(JSON.stringify(studyCache(trace()))).toBe(JSON.stringify(studyCache(trace())));
  });

  test('hit ratios rise with room and life, and none is above what a first look-up allows', () => {
    const study = studyCache(trace(), { size: 100, ttlMs: 30_000 });
    const rising = (xs: number[]): boolean => xs.every((x, i) => i === 0 || x >= (xs[i - 1] ?? 0) - 1e-12);
    expect(rising(study.curve.map((r) => r.hitRatio))).toBe(true);
    expect(rising(study.ttl.map((t) => t.hitRatio))).toBe(true);
    for (const row of study.curve) expect(row.hitRatio).toBeLessThanOrEqual(1 - study.coldShare + 1e-12);
    expect(study.curve[study.curve.length - 1]?.hitRatio).toBeCloseTo(1 - study.coldShare, 12);
  });

  test('does not advise another policy when none is materially better', () => {
    const builder = accessBuilder();
    for (let i = 0; i < 5000; i++) builder.add({ key: `k${i % 50}`, op: 'read' });
    const policy = studyCache(builder.finish(), { size: 50 }).advice.find((a) => a.id === 'policy');
    expect(policy?.text).toMatch(/leave it/);
  });

  test('names a hot key by a placeholder and the shape of its key', () => {
    const builder = accessBuilder();
    for (let i = 0; i < 2000; i++) builder.add({ key: i % 3 === 0 ? 'sku:4711' : `sku:${i}`, op: 'read' });
    const hot = studyCache(builder.finish()).advice.find((a) => a.id === 'hot-key');
    expect(hot?.text).toMatch(/33\.4 %.*key-[0-9a-f]{8}, like sku:#/);
  });
});

describe('an expiry of the hottest key', () => {
  const trace = (perSecond: number) => {
    const builder = accessBuilder();
    for (let i = 0; i < 5000; i++)
      builder.add({ key: i % 2 === 0 ? 'sku:1' : `sku:${i}`, timeMs: (i * 1000) / perSecond, op: 'read' });
    return builder.finish();
  };

  test('is met by a crowd of rate × time to load, and by a refresh that comes before it', () => {
    const study = studyCache(trace(200), { refillMs: 50 });
    expect(study.expiry?.readsPerSecond).toBeCloseTo(100, 0);
    expect(study.expiry?.crowd).toBeCloseTo(5, 1);
    expect(study.expiry?.renewed).toBeGreaterThanOrEqual(0.989);
    expect(study.advice.find((a) => a.id === 'expiry')?.text).toMatch(/about 5 readers.*β = 1 renews 99/);
  });

  test('of few readers takes a larger β, and of fewer than two at a time none', () => {
    const few = studyCache(trace(200), { refillMs: 25 }).expiry;
    expect(few?.beta).toBeGreaterThan(1.5);
    expect(few?.renewed).toBeCloseTo(0.99, 6);
    const calm = studyCache(trace(2), { refillMs: 50 });
    expect(calm.advice.find((a) => a.id === 'expiry')?.text).toMatch(/no crowd/);
  });

  test('is not told without the time that a load takes', () => {
    expect(studyCache(trace(200)).expiry).toBeUndefined();
  });
});

describe('curves', () => {
  test('by bytes with equal sizes are the curve by objects', () => {
    const requests = zipf(5000, 400);
    const sizes = new Float64Array(400).fill(64);
    const at = [10, 50, 200];
    const byObjects = lruCurve(stackDistances(requests, 400), at);
    const byBytes = byteCurve(
      requests,
      sizes,
      at.map((s) => s * 64),
    );
    byBytes.forEach((p, i) => {
      expect(p.missRatio).toBeCloseTo(byObjects[i]?.missRatio ?? -1, 12);
      expect(p.byteMissRatio).toBeCloseTo(p.missRatio, 12);
    });
  });

  test('from a sample lie within the error they state, and too small a sample is refused', () => {
    const objects = 50_000;
    const requests = zipf(300_000, objects);
    const at = [500, 2000, 10_000, 30_000];
    const exact = lruCurve(stackDistances(requests, objects), at);
    const sample = sampledCurve(requests, objects, 0.1, at);
    sample?.points.forEach((p, i) => {
      expect(Math.abs(p.missRatio - (exact[i]?.missRatio ?? 0))).toBeLessThan(sample.error);
    });
    expect(sample?.sampledObjects).toBeGreaterThan(1000);
    expect(sampledCurve(requests, objects, 0.001, at)).toBeUndefined();
  });
});

describe('lives', () => {
  test('an entry is served until it expires, and not refreshed by reading', () => {
    const times = [0, 40, 80, 120, 160];
    const point = replayTtl(new Int32Array(5), times, 1, 100);
    expect(point.hitRatio).toBe(3 / 5);
    expect(point.fills).toBe(2);
    expect(point.meanAgeMs).toBeCloseTo((40 + 80 + 40) / 3, 9);
  });

  test('jitter spreads the refills of keys that were filled together', () => {
    const objects = 500;
    const rounds = 40;
    const requests = Int32Array.from({ length: objects * rounds }, (_, i) => i % objects);
    const times = Array.from(requests, (_, i) => Math.floor(i / objects) * 1000 + (i % objects));
    const plain = replayTtl(requests, times, objects, 9500);
    const spread = replayTtl(requests, times, objects, 9500, { jitter: 0.4 });
    // The first fill of all is the same in both; only refills can spread.
    const after = { countFromMs: 5000 };
    expect(replayTtl(requests, times, objects, 9500, after).peakFillsPerSecond).toBe(500);
    expect(
      replayTtl(requests, times, objects, 9500, { ...after, jitter: 0.4 }).peakFillsPerSecond,
    ).toBeLessThan(250);
    expect(Math.abs(plain.hitRatio - spread.hitRatio)).toBeLessThan(0.05);
  });

  test('early refresh: the busier a key, the surer it is refreshed before it expires', () => {
    expect(crowdPerExpiry(2000, 50)).toBe(100);
    expect(refreshedInTime(2000, 50, 1)).toBeGreaterThan(0.999);
    expect(refreshedInTime(1, 50, 1)).toBeLessThan(0.05);
  });
});
