import { describe, expect, it } from 'vitest';
import { expectedFullest, saltedShare, saltsFor, skewOf } from '../../src/models/skew.js';

describe('uneven work', () => {
  it('caps the whole at the capacity of one part over the share of the hottest', () => {
    expect(skewOf([50, 25, 25])).toEqual({ hottestShare: 0.5, evenShare: 1 / 3, ceilingParts: 2 });
    expect(skewOf([10, 10, 10, 10])?.ceilingParts).toBe(4);
  });
  it('says nothing of no work', () => {
    expect(skewOf([])).toBeUndefined();
    expect(skewOf([0, 0])).toBeUndefined();
  });
});

describe('a salted key', () => {
  it('with one salt is the key as it was', () => {
    expect(saltedShare(0.6, 4, 1)).toBeCloseTo(0.6 + 0.4 / 4, 10);
  });
  it('comes near an even share with many salts', () => {
    expect(saltedShare(0.6, 4, 1024)).toBeLessThan(0.29);
    expect(saltedShare(0.6, 4, 1024)).toBeGreaterThan(0.25);
  });
  it('falls on the same part now and then, so the fullest takes more than the mean', () => {
    // 4 balls in 4 bins: 2.125 in the fullest, by counting all 256 ways.
    expect(expectedFullest(4, 4)).toBeCloseTo(2.125, 10);
    expect(expectedFullest(3, 1)).toBe(3);
  });
  it('needs the fewest salts that bring it under a share, or none that help', () => {
    const k = saltsFor(0.6, 8, 0.3) ?? 0;
    expect(saltedShare(0.6, 8, k)).toBeLessThanOrEqual(0.3);
    expect(saltedShare(0.6, 8, k - 1)).toBeGreaterThan(0.3);
    expect(saltsFor(0.6, 8, 0.05)).toBeUndefined();
  });
});
