import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../../src/models/distribution.js';
import { benjaminiHochberg, holm } from '../../src/models/multiplicity.js';
import { seededRandom } from '../../src/models/random.js';
import { hodgesLehmann, mannWhitney, runsNeeded } from '../../src/models/rank-test.js';

describe('the rank test', () => {
  it('is exact: all of one side above, five a side, is 2 in 252', () => {
    expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toMatchObject({
      u: 25,
      twoSided: expect.closeTo(2 / 252, 12),
      greater: expect.closeTo(1 / 252, 12),
      exact: true,
    });
  });
  it('counts ties half, and sees nothing in equal samples', () => {
    expect(mannWhitney([1, 1, 1], [1, 1, 1])).toMatchObject({ u: 4.5, twoSided: 1 });
    expect(mannWhitney([1, 2], [2, 3]).u).toBe(3.5);
  });
  it('agrees with the normal approximation where that begins', () => {
    const random = seededRandom(3);
    const draw = (n: number, shift: number): number[] =>
      Array.from({ length: n }, () => normalQuantile(random()) + shift);
    const [a, b] = [draw(40, 0), draw(40, 0.5)];
    const exact = mannWhitney(a, b).twoSided;
    // One more value on each side, in the middle of all.
    const near = mannWhitney([...a, 0.25], [...b, 0.25]);
    expect(near.exact).toBe(false);
    expect(Math.abs(exact - near.twoSided)).toBeLessThan(0.02);
  });
  it('rejects one unchanged pair in twenty at most', () => {
    const random = seededRandom(5);
    let rejected = 0;
    for (let i = 0; i < 1000; i++) {
      const draw = (): number[] => Array.from({ length: 8 }, () => random());
      if (mannWhitney(draw(), draw()).twoSided <= 0.05) rejected++;
    }
    expect(rejected).toBeLessThan(65);
    expect(rejected).toBeGreaterThan(25);
  });
  it('wants values on both sides', () => {
    expect(() => mannWhitney([], [1])).toThrow(RangeError);
  });
});

describe('the shift between samples', () => {
  it('is the median of all differences, with bounds from the rank test', () => {
    const { shift, low, high } = hodgesLehmann([1, 2, 3, 4, 5], [11, 12, 13, 14, 15]);
    expect([shift, low, high]).toEqual([10, 7, 13]);
  });
  it('has no bounds when the samples are too small for them', () => {
    expect(hodgesLehmann([1, 2, 3], [4, 5, 6])).toEqual({ shift: 3, low: undefined, high: undefined });
  });
  it('covers the true shift nineteen times in twenty', () => {
    const random = seededRandom(9);
    let covered = 0;
    for (let i = 0; i < 500; i++) {
      const draw = (by: number): number[] => Array.from({ length: 10 }, () => normalQuantile(random()) + by);
      const { low = 9, high = -9 } = hodgesLehmann(draw(0), draw(2));
      if (low <= 2 && high >= 2) covered++;
    }
    expect(covered / 500).toBeGreaterThan(0.93);
  });
});

describe('planning and several tests', () => {
  it('needs fewer runs for larger shifts', () => {
    expect(runsNeeded(1, 0.05, 0.8)).toBe(20);
    expect(runsNeeded(2, 0.05, 0.8)).toBeLessThan(runsNeeded(1, 0.05, 0.8));
    expect(runsNeeded(0, 0.05, 0.8)).toBe(Number.POSITIVE_INFINITY);
  });
  it('corrects by Holm and by Benjamini and Hochberg', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(benjaminiHochberg([0.01, 0.04, 0.03])).toEqual([0.03, 0.04, 0.04]);
    expect(holm([])).toEqual([]);
  });
});
