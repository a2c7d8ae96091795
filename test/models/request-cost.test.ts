import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/models/random.js';
import { amdahl, demandPerRequest, partOf } from '../../src/models/request-cost.js';

/** Arrivals of a Poisson process in `mean` units of time, by their exponential gaps. */
function poisson(mean: number, random: Random): number {
  const gap = (): number => -Math.log(1 - random());
  let n = 0;
  for (let t = gap(); t < mean; t += gap()) n++;
  return n;
}

describe('processor time of one request', () => {
  it('is the work divided by the requests', () => {
    expect(demandPerRequest(900, 400, 300)?.value).toBe(3);
    expect(demandPerRequest(900, 0, 300)).toBeUndefined();
    expect(demandPerRequest(900, 400, 0)).toBeUndefined();
  });

  it('holds the truth about 95 times in 100, when samples and requests are counted at random', () => {
    const random = seededRandom(11);
    let held = 0;
    const runs = 1000;
    for (let i = 0; i < runs; i++) {
      const samples = poisson(120, random);
      const requests = poisson(300, random);
      // One sample stands for 10 ms: the truth is 120 × 10 ÷ 300 = 4 ms.
      const e = demandPerRequest(samples * 10, samples, requests);
      if (e && e.interval[0] <= 4 && e.interval[1] >= 4) held++;
    }
    expect(held / runs).toBeGreaterThan(0.93);
    expect(held / runs).toBeLessThan(0.975);
  });

  it('of one cause is as uncertain as the whole and its share together', () => {
    const part = partOf({ value: 10, interval: [8, 12.5] }, 0.5, [0.4, 0.6]);
    expect(part.value).toBe(5);
    expect(part.interval[0]).toBeCloseTo(5 * (1 - Math.hypot(0.2, 0.2)));
    expect(part.interval[1]).toBeCloseTo(5 * (1 + Math.hypot(0.25, 0.2)));
  });

  it('gone, a half of the time doubles the speed', () => {
    expect(amdahl(0.5)).toBe(2);
    expect(amdahl(0)).toBe(1);
  });
});
