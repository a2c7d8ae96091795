import { describe, expect, it } from 'vitest';
import { boutProbabilities, bouts, quietLevel } from '../../src/models/bout.js';
import { onset } from '../../src/models/onset.js';
import { seededRandom } from '../../src/models/random.js';

function stepped(rows: number, at: number, by: number, seed = 7): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: rows }, (_, i) => random() + random() - 1 + (i >= at ? by : 0));
}

describe('the onset of a step', () => {
  it('is found with an interval that holds it', () => {
    const found = onset(stepped(300, 180, 3));
    expect(found?.at).toBeGreaterThanOrEqual(178);
    expect(found?.at).toBeLessThanOrEqual(182);
    expect(found?.interval[0]).toBeLessThanOrEqual(180);
    expect(found?.interval[1]).toBeGreaterThanOrEqual(180);
  });
  it('has a wider interval for a smaller step', () => {
    const width = (by: number): number => {
      const [from, to] = onset(stepped(300, 150, by))?.interval ?? [0, 0];
      return to - from;
    };
    expect(width(0.4)).toBeGreaterThan(width(4));
  });
  it('is not moved by wild rows', () => {
    const values = stepped(200, 120, 3);
    for (const i of [10, 40, 70]) values[i] = 500;
    expect(Math.abs((onset(values)?.at ?? 0) - 120)).toBeLessThanOrEqual(2);
  });
  it('skips rows without a value and asks for six', () => {
    const values = stepped(60, 30, 5);
    values[12] = Number.NaN;
    expect(onset(values)?.at).toBe(30);
    expect(onset([1, 2, 3, 4, 5])).toBeUndefined();
  });
});

describe('a bout of trouble in a short window', () => {
  it('is most probable where the values rise', () => {
    const candidates = bouts(5, 2);
    const chances = boutProbabilities([1, 1.1, 4, 4.2, 1], 0.1, candidates);
    expect(candidates[chances.indexOf(Math.max(...chances))]).toEqual({ from: 2, to: 4 });
    expect(chances.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
  });
  it('reaches into the rows that an alert names', () => {
    expect(bouts(5, 2, { from: 1, to: 3 }).every((b) => b.from < 3 && b.to > 1)).toBe(true);
  });
  it('has the median of the other rows as its quiet level', () => {
    expect(quietLevel([1, Number.NaN, 9, 3, 100], { from: 2, to: 3 })).toBe(3);
    expect(quietLevel([5, 6], { from: 0, to: 2 })).toBeNaN();
  });
});
