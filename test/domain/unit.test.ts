import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatNumber, formatQuantity } from '../../src/domain/index.js';

const shown = (text: string): string => text.replaceAll('\u202f', ' ');

describe('numbers as a person reads them', () => {
  test.each([
    [1800, 'ms', '1 800 ms'],
    [0.71, 'ratio', '71 %'],
    [6000, '1/s', '6 000/s'],
    [3000, 'bytes', '3 KB'],
    [0.05, 'ms', '50 µs'],
    [90, 's', '90 s'],
    [600, 's', '10 min'],
    [1.853, 'factor', '1.85×'],
    [208.8, 'count', '209'],
    [90_000, 'ms', '90 s'],
    [-0.15, 'ratio', '−15 %'],
  ] as const)('%d %s is shown as "%s"', (value, unit, text) => {
    expect(shown(formatQuantity(value, unit))).toBe(text);
  });

  test('what is shown is the value within its rounding', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (value) => {
        const read = Number(formatNumber(value).replaceAll('\u202f', ''));
        expect(Math.abs(read - value)).toBeLessThanOrEqual(value * 0.005 + 1e-9);
      }),
    );
  });
});
