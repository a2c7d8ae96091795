import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asBefore, type Totals } from '../../src/facts/cell-totals.js';

const totals = (...values: number[]): Totals => ({ values, weights: values.map(() => 1) });
const LISTS = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 1, maxLength: 40 });

describe('what requests spent before, in the order of what they spend now', () => {
  test('the slowest goes back to the slowest, the quickest to the quickest', () => {
    const back = asBefore(totals(10, 200, 30), totals(1, 2, 3));
    expect([10, 30, 200].map(back)).toEqual([1, 2, 3]);
  });

  test('what was not there before is gone', () => {
    expect(asBefore(totals(5, 6), totals())(6)).toBe(0);
    expect(asBefore(totals(0, 0, 80), totals(0, 0, 0))(80)).toBe(0);
  });

  test('a request that stands for many counts as many', () => {
    const before: Totals = { values: [1, 100], weights: [9, 1] };
    const back = asBefore({ values: [50, 400], weights: [9, 1] }, before);
    expect(back(50)).toBeCloseTo(1, 9);
    expect(back(400)).toBeCloseTo(100, 9);
  });

  test('nothing changes where nothing did, and nobody spends more than now', () => {
    fc.assert(
      fc.property(LISTS, LISTS, (now, before) => {
        const same = asBefore(totals(...now), totals(...now));
        const back = asBefore(totals(...now), totals(...before));
        for (const value of now) {
          expect(same(value)).toBeCloseTo(value, 6);
          expect(back(value)).toBeLessThanOrEqual(value);
          expect(back(value)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});
