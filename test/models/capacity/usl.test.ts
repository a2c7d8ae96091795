import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitUsl, type LoadStep, uslThroughput } from '../../../src/models/capacity/usl.js';

const steps = (n: number[], x: number[]): LoadStep[] => n.map((v, i) => ({ n: v, throughput: x[i] ?? 0 }));

describe('the scalability law', () => {
  // SPEC SDM91 on a Sun: Gunther's example, as the R package usl publishes its fit.
  const published = steps(
    [1, 18, 36, 72, 108, 144, 216],
    [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2],
  );

  test('reproduces the published fit of a benchmark', () => {
    const fit = fitUsl(published);
    expect(fit?.alpha).toBeCloseTo(0.0277285, 5);
    expect(fit?.beta).toBeCloseTo(0.0001044, 6);
    expect(fit?.gamma).toBeCloseTo(89.995, 2);
    expect(fit?.peakN).toBeCloseTo(96.52, 1);
    expect(fit?.peakInData).toBe(true);
  });

  test('gives back the law that made the data, whatever its parameters', () => {
    const parameter = fc.record({
      alpha: fc.double({ min: 0.001, max: 0.3, noNaN: true }),
      beta: fc.double({ min: 1e-6, max: 1e-3, noNaN: true }),
      gamma: fc.double({ min: 0.01, max: 1e5, noNaN: true }),
    });
    fc.assert(
      fc.property(parameter, (law) => {
        const fit = fitUsl(
          [1, 2, 4, 8, 16, 32, 64, 128].map((n) => ({ n, throughput: uslThroughput(law, n) })),
        );
        expect((fit?.alpha ?? 0) / law.alpha).toBeCloseTo(1, 4);
        expect((fit?.beta ?? 0) / law.beta).toBeCloseTo(1, 3);
        expect((fit?.gamma ?? 0) / law.gamma).toBeCloseTo(1, 5);
      }),
    );
  });

  test('holds a parameter at nothing rather than letting it go below', () => {
    const linear = fitUsl(steps([1, 2, 4, 8, 16], [10, 20.2, 40.1, 80.9, 161.5]));
    expect(linear?.atBound).toEqual(['alpha', 'beta']);
    expect(linear?.peakN).toBe(Number.POSITIVE_INFINITY);
  });

  test('says that a peak lies beyond what was measured', () => {
    const fit = fitUsl(published.slice(0, 3));
    expect(fit?.peakInData).toBe(false);
  });

  test('does not depend on the unit of throughput', () => {
    const a = fitUsl(published);
    const b = fitUsl(published.map((s) => ({ n: s.n, throughput: s.throughput * 60 })));
    expect(b?.alpha).toBeCloseTo(a?.alpha ?? 0, 9);
    expect((b?.gamma ?? 0) / 60).toBeCloseTo(a?.gamma ?? 0, 6);
  });

  test('has no answer for too few or impossible steps', () => {
    expect(fitUsl(steps([1, 2], [1, 2]))).toBeUndefined();
    expect(fitUsl(steps([1, 1, 1], [1, 2, 3]))).toBeUndefined();
    expect(fitUsl(steps([1, 2, 3], [1, Number.NaN, 3]))).toBeUndefined();
    expect(fitUsl(steps([1, 2, 3], [1, 0, 3]))).toBeUndefined();
  });
});
