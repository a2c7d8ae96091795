import { describe, expect, it } from 'vitest';
import { minimise } from '../../src/models/minimise.js';

describe('a minimum found by a simplex', () => {
  it('is that of a valley which bends (H. H. Rosenbrock 1960)', () => {
    const { at, value } = minimise(
      ([x = 0, y = 0]) => 100 * (y - x ** 2) ** 2 + (1 - x) ** 2,
      [-1.2, 1],
      0.5,
      200,
    );
    expect(value).toBeLessThan(1e-6);
    expect(at[0]).toBeCloseTo(1, 2);
    expect(at[1]).toBeCloseTo(1, 2);
  });
  it('keeps out of where there is no value, and is never worse than its start', () => {
    const { at, value } = minimise(([x = 0]) => (x > 2 ? Number.POSITIVE_INFINITY : -x), [0], 0.5, 60);
    expect(at[0]).toBeCloseTo(2, 3);
    expect(value).toBeLessThanOrEqual(0);
    expect(minimise(() => 1, [3, 4], 1, 10).value).toBe(1);
  });
});
