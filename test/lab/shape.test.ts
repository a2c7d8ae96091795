import { describe, expect, it } from 'vitest';
import { person } from '../../lab/load/people.js';
import { uniform, zipf } from '../../lab/load/random.js';
import { plan } from '../../lab/load/requests.js';
import { arrivals, constant, expectedCount, flashSale } from '../../lab/load/shape.js';

describe('load shape', () => {
  const shape = flashSale(40, 120);

  it('expects the area under the rate', () => {
    expect(expectedCount(shape)).toBeCloseTo(15 * 40 + 10 * 80 + 50 * 120 + 15 * 40);
  });

  it('keeps the rate of each segment, within four standard deviations of a Poisson count', () => {
    const found = arrivals(shape, uniform(3));
    for (const segment of shape) {
      const count = found.filter((a) => a.segment === segment.name).length;
      const expected = expectedCount([segment]);
      expect(Math.abs(count - expected)).toBeLessThan(4 * Math.sqrt(expected));
    }
  });

  it('has gaps that are exponential: mean 1/rate, coefficient of variation 1', () => {
    const times = arrivals(constant(100, 200), uniform(5)).map((a) => a.atMs);
    const gaps = times.slice(1).map((t, i) => t - (times[i] ?? 0));
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((a, g) => a + (g - mean) ** 2, 0) / gaps.length);
    expect(mean).toBeGreaterThan(9.5);
    expect(mean).toBeLessThan(10.5);
    expect(deviation / mean).toBeGreaterThan(0.95);
    expect(deviation / mean).toBeLessThan(1.05);
  });

  it('rises within a ramp: twice as many in its later half as its ends say', () => {
    const ramp = [{ name: 'ramp', durationS: 100, fromPerSecond: 0, toPerSecond: 100 }];
    const times = arrivals(ramp, uniform(9)).map((a) => a.atMs);
    expect(times.filter((t) => t > 50_000).length / times.length).toBeCloseTo(0.75, 1);
    expect(times.every((t, i) => i === 0 || t >= (times[i - 1] ?? 0))).toBe(true);
    expect(times.every((t) => t >= 0 && t <= 100_000)).toBe(true);
  });
});

describe('plan of requests', () => {
  it('is the same for the same seed and another for another', () => {
    const shape = constant(50, 4);
    expect(plan(shape, 1)).toEqual(plan(shape, 1));
    expect(plan(shape, 1)).not.toEqual(plan(shape, 2));
  });

  it('reads four times in five, and names no product twice in a cart', () => {
    const requests = plan(constant(200, 50), 4);
    const carts = requests.flatMap((r) => (r.body ? [r.body.items.map((i) => i.productId)] : []));
    expect(carts.length / requests.length).toBeCloseTo(0.2, 1);
    expect(carts.every((ids) => new Set(ids).size === ids.length && ids.length >= 1)).toBe(true);
  });

  it('draws ranks as Zipf says: the first twice as often as the second when the exponent is 1', () => {
    const draw = zipf(100, 1);
    const random = uniform(8);
    const counts = [0, 0];
    for (let i = 0; i < 50_000; i++) {
      const rank = draw(random);
      if (rank < 2) counts[rank] = (counts[rank] ?? 0) + 1;
    }
    expect((counts[0] ?? 0) / (counts[1] ?? 1)).toBeCloseTo(2, 0);
  });

  it('pays with test cards whose check digit holds', () => {
    for (let id = 0; id < 20; id++) {
      const digits = [...person(id).card].reverse().map(Number);
      const sum = digits.reduce((s, d, i) => s + (i % 2 === 0 ? d : d * 2 > 9 ? d * 2 - 9 : d * 2), 0);
      expect(sum % 10).toBe(0);
    }
  });
});
