import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  logNormalCdf,
  logNormalMean,
  logNormalQuantile,
  logNormalThrough,
  normalCdf,
  normalQuantile,
} from '../../src/models/distribution.js';
import { logGamma, regularisedBeta } from '../../src/models/special.js';

describe('normal distribution', () => {
  it('agrees with published values', () => {
    // Wichura 1988, table of check values.
    expect(normalQuantile(0.25)).toBeCloseTo(-0.6744897501960817, 14);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167814, 14);
    expect(Math.abs(normalQuantile(1e-20) - -9.262340089798409)).toBeLessThan(1e-13);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 14);
    expect(normalCdf(-6) / 9.865876450376946e-10).toBeCloseTo(1, 10);
  });
  it('inverts itself', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
        expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 8);
      }),
    );
  });
});

describe('log-normal', () => {
  it('passes through its two quantiles', () => {
    const fit = logNormalThrough(0.5, 120, 0.95, 600);
    if (!fit) throw new Error('two rising quantiles give a fit');
    expect(logNormalQuantile(fit, 0.5)).toBeCloseTo(120, 9);
    expect(logNormalQuantile(fit, 0.95)).toBeCloseTo(600, 9);
    expect(logNormalCdf(fit, 600)).toBeCloseTo(0.95, 12);
    // ln(600/120) / 1.6449 = .9785; p99 = 120 exp(.9785 x 2.3263) = 1168.
    expect(logNormalQuantile(fit, 0.99)).toBeCloseTo(1168.5, 0);
    expect(logNormalMean(fit)).toBeGreaterThan(120);
  });
  it('refuses what no log-normal can be', () => {
    expect(logNormalThrough(0.5, 600, 0.95, 120)).toBeUndefined();
    expect(logNormalThrough(0.5, 0, 0.95, 120)).toBeUndefined();
  });
});

describe('special functions', () => {
  it('agrees with closed forms', () => {
    expect(logGamma(10)).toBeCloseTo(Math.log(362880), 10);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 10);
    expect(regularisedBeta(0.3, 1, 1)).toBeCloseTo(0.3, 12);
    expect(regularisedBeta(0.5, 7, 7)).toBeCloseTo(0.5, 12);
    // P(Bin(10, .2) >= 3) = .32220.
    expect(regularisedBeta(0.2, 3, 8)).toBeCloseTo(0.3222, 4);
    expect(regularisedBeta(0.99, 99_000, 1_001)).toBeCloseTo(0.5, 1);
  });
});
