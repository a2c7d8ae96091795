import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval, meanInterval } from '../../src/models/bootstrap.js';
import { harrellDavis, quantile, quantileInterval, sorted } from '../../src/models/quantile.js';
import { seededRandom } from '../../src/models/random.js';
import { deviation, robustSpread } from '../../src/models/spread.js';

describe('quantiles', () => {
  it('interpolates as R type 7', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0.9)).toBeCloseTo(3.7, 12);
    expect(quantile([], 0.5)).toBeNaN();
    expect([...sorted([3, Number.NaN, 1])]).toEqual([1, 3]);
  });
  it('covers the quantile as often as promised', () => {
    const random = seededRandom(7);
    let covered = 0;
    for (let run = 0; run < 400; run++) {
      const sample = sorted(Array.from({ length: 200 }, () => random()));
      const interval = quantileInterval(sample, 0.9);
      if (interval && interval[0] <= 0.9 && interval[1] >= 0.9) covered++;
    }
    expect(covered / 400).toBeGreaterThanOrEqual(0.93);
  });
  it('gives no interval where the sample is too small for one', () => {
    expect(quantileInterval([1, 2, 3, 4, 5], 0.99)).toBeUndefined();
    // Median of 10: X(2)..X(9) covers with 97.9 % (published table of David and Nagaraja).
    expect(quantileInterval([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.5)).toEqual([2, 9]);
  });
  it('weights order statistics to a mean between the extremes', () => {
    expect(harrellDavis([1, 2, 3], 0.5)).toBeCloseTo(2, 9);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (values) => {
        const ascending = sorted(values);
        const estimate = harrellDavis(ascending, 0.9);
        expect(estimate).toBeGreaterThanOrEqual((ascending[0] as number) - 1e-6);
        expect(estimate).toBeLessThanOrEqual((ascending[ascending.length - 1] as number) + 1e-6);
      }),
    );
  });
});

describe('resampling', () => {
  it('is the same for the same seed and covers the mean', () => {
    const random = seededRandom(3);
    const values = Array.from({ length: 100 }, () => random());
    expect(meanInterval(values)).toEqual(meanInterval(values));
    const [low, high] = meanInterval(values);
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
    expect(high - low).toBeLessThan(0.2);
    expect(bootstrapInterval(3, (pick) => pick.length)).toEqual([3, 3]);
  });
  it('draws uniformly', () => {
    const random = seededRandom(42);
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const at = Math.floor(random() * 10);
      bins[at] = (bins[at] as number) + 1;
    }
    for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
});

describe('spread', () => {
  it('ignores outliers and keeps a floor', () => {
    const spread = robustSpread([10, 11, 9, 10, 12, 8, 1000], 0.5);
    expect(spread.centre).toBe(10);
    expect(spread.scale).toBeCloseTo(1.4826, 4);
    expect(robustSpread([100, 100, 100], 0.5).scale).toBe(0.5);
    expect(deviation(13, { centre: 10, scale: 1.5 })).toBe(2);
  });
});
