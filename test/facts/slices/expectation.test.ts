import { describe, expect, it } from 'vitest';
import { expectFromHistory } from '../../../src/facts/slices/expectation.js';

const leaf = (value: string, bad: number, count: number) => ({ values: [value], bad, count });

describe('what history lets expect', () => {
  it('is the own share of a combination seen often', () => {
    const rows = expectFromHistory(
      ['host'],
      [[leaf('a', 100, 10_000), leaf('b', 500, 10_000)]],
      [leaf('a', 9, 1000)],
    );
    expect(rows.expected[0]).toBeCloseTo(10.2, 1);
  });

  it('is the share of all for a combination never seen', () => {
    const rows = expectFromHistory(['host'], [[leaf('a', 100, 10_000)]], [leaf('new', 9, 1000)]);
    expect(rows.expected[0]).toBeCloseTo(10, 6);
  });

  it('leaves out intervals that were already in trouble', () => {
    const calm = [leaf('a', 10, 1000)];
    const rows = expectFromHistory(['host'], [calm, calm, calm, [leaf('a', 300, 1000)]], calm);
    expect(rows.expected[0]).toBeCloseTo(10, 6);
  });

  it('expects nothing bad without a history', () => {
    expect([...expectFromHistory(['host'], [], [leaf('a', 3, 10)]).expected]).toEqual([0]);
  });
});
