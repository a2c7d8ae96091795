import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excessShares } from '../../src/models/excess-flow.js';

const edges = (...pairs: [number, number][]) => pairs.map(([caller, callee]) => ({ caller, callee }));
const rounded = (shares: Float64Array): number[] => [...shares].map((s) => Math.round(s * 1000) / 1000);

describe('shares of an excess along a call graph', () => {
  it('gives a passed-on excess to the deepest callee', () => {
    expect(rounded(excessShares(Float64Array.of(100, 100, 100), edges([0, 1], [1, 2]), 0))).toEqual([
      0, 0, 1,
    ]);
  });
  it('keeps with a caller what its callees do not explain', () => {
    expect(rounded(excessShares(Float64Array.of(100, 25), edges([0, 1]), 0))).toEqual([0.75, 0.25]);
  });
  it('lets a shared callee explain its callers by what they show', () => {
    // 1 shows an excess and 2 none, so the shared callee 3 explains 1.
    expect(
      rounded(excessShares(Float64Array.of(80, 80, 0, 80), edges([0, 1], [0, 2], [1, 3], [2, 3]), 0)),
    ).toEqual([0, 0, 0, 1]);
  });
  it('names nothing when the target has no excess', () => {
    expect(rounded(excessShares(Float64Array.of(0, 50), edges([0, 1]), 0))).toEqual([0, 0]);
  });
  it('ignores what is not called from the target', () => {
    expect(rounded(excessShares(Float64Array.of(10, 0, 500), edges([0, 1]), 0))).toEqual([1, 0, 0]);
  });
  it('sums to one whatever the graph, circles too', () => {
    const graph = fc.record({
      excess: fc.array(fc.double({ min: -5, max: 100, noNaN: true }), { minLength: 6, maxLength: 6 }),
      pairs: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 15 }),
    });
    fc.assert(
      fc.property(graph, ({ excess, pairs }) => {
        const of = Float64Array.from(excess);
        of[0] = 1 + Math.abs(of[0] ?? 0);
        const shares = excessShares(of, edges(...pairs), 0);
        expect(shares.every((s) => s >= 0)).toBe(true);
        expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
      }),
    );
  });
});
