import { describe, expect, it } from 'vitest';
import { missCrowds } from '../../src/models/miss-crowds.js';

const crowd = (at: number, n: number): number[] => Array.from({ length: n }, (_, i) => at + i * 20);

describe('crowds of misses on one key', () => {
  it('are many misses within a second and then none, each time the entry expires', () => {
    const times = [0, 60_000, 120_000].flatMap((at) => crowd(at, 12));
    expect(missCrowds(times, 4)).toEqual([0, 60_000, 120_000].map((at) => ({ at, misses: 12 })));
  });

  it('are not the single refills of a healthy cache, nor the even misses of a key that is never stored', () => {
    expect(
      missCrowds(
        Array.from({ length: 50 }, (_, i) => i * 10_000),
        4,
      ),
    ).toEqual([]);
    expect(
      missCrowds(
        Array.from({ length: 500 }, (_, i) => i * 50),
        4,
      ),
    ).toEqual([]);
  });

  it('are none without misses', () => {
    expect(missCrowds([], 4)).toEqual([]);
  });
});
