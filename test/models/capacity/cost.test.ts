import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paretoFront } from '../../../src/models/capacity/pareto.js';
import { commitmentFor, sizesFor } from '../../../src/models/capacity/rightsize.js';

describe('sizes from samples of use', () => {
  it('takes the percentile and its margin, and says how often that is too small', () => {
    const samples = Array.from({ length: 1000 }, (_, i) => (i + 1) / 1000);
    const [vpa, optimizer] = sizesFor(samples);
    expect(vpa?.size).toBeCloseTo(0.9 * 1.15, 2);
    expect(optimizer?.size).toBeCloseTo(0.995 * 1.2, 2);
    expect(vpa?.risk).toBe(0);
    const spiky = sizesFor([...new Array<number>(95).fill(0.2), ...new Array<number>(5).fill(1)]);
    expect(spiky[0]?.risk).toBeCloseTo(0.05, 6);
    expect(sizesFor([])).toEqual([]);
  });
});

describe('a commitment', () => {
  it('costs no more than everything on demand and no more than any other commitment', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 5, maxLength: 60 }),
        fc.double({ min: 0.05, max: 0.7, noNaN: true }),
        (hours, discount) => {
          const cost = (units: number): number =>
            units * (1 - discount) + hours.reduce((a, u) => a + Math.max(0, u - units), 0) / hours.length;
          const best = commitmentFor(hours, discount);
          expect(best.cost).toBeLessThanOrEqual(best.onDemandCost + 1e-9);
          for (let units = 0; units <= 50; units++) expect(best.cost).toBeLessThanOrEqual(cost(units) + 1e-9);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });
});

describe('options under hard limits', () => {
  const options = [
    { bill: 0, cut: 0.5 },
    { bill: 0.1, cut: 0.3 },
    { bill: 0.1, cut: 0.4 },
    { bill: 0.3, cut: 0 },
  ];
  type Way = (typeof options)[number];
  const limit = { name: 'the cost limit', holds: (o: { bill: number }) => o.bill <= 0.15 };
  it('keeps what no other beats, and names the limit that keeps a better one out', () => {
    const { front, binding, feasible } = paretoFront(
      options,
      [(o: Way) => o.bill, (o: Way) => o.cut],
      [limit],
    );
    expect(front).toEqual([options[0], options[1]]);
    expect(feasible).toBe(3);
    expect(binding).toEqual(['the cost limit']);
  });
  it('finds no binding limit where none keeps anything out', () => {
    const loose = { name: 'loose', holds: () => true };
    expect(paretoFront(options, [(o) => o.bill], [loose]).binding).toEqual([]);
  });
});
