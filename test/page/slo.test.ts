import { describe, expect, it } from 'vitest';
import { hitRatioAt } from '../../page/cache-room.js';
import { burnIn, burnOver, objectivesOf, PAGE_FACTOR } from '../../page/slo/objectives.js';
import type { Fact } from '../../src/domain/index.js';

const target = (name: string, value: number): Fact =>
  ({ id: `${name}-${value}`, name, value, phase: 'target', basis: 'stated' }) as Fact;
const phase = (slices: [number, number, number][]) => ({
  phase: 'incident' as const,
  fromMs: 0,
  stepS: 10,
  total: slices.reduce((n, [t]) => n + t, 0),
  errors: slices.reduce((n, [, e]) => n + e, 0),
  slow: slices.reduce((n, [, , s]) => n + s, 0),
  slices: slices.map(([total, errors, slow], i) => ({ at: 10 * i, total, errors, slow })),
});

describe('objectives', () => {
  it('are the strictest that were stated, and allow what their percentile leaves', () => {
    const found = objectivesOf({
      facts: [
        target('latency.p99', 900),
        target('latency.p99', 700),
        target('errors.ratio', 0.005),
        { ...target('latency.p95', 300), basis: 'measured' } as Fact,
      ],
    });
    expect(found).toEqual([
      { id: 'errors.ratio-0.005', kind: 'errors', allowed: 0.005 },
      {
        id: 'latency.p99-700',
        kind: 'latency',
        allowed: expect.closeTo(0.01),
        slowerThanMs: 700,
        percentile: 99,
      },
    ]);
  });

  it('burn as many times as fast as allowed as the share of bad requests says', () => {
    const now = phase([
      [100, 0, 10],
      [100, 1, 30],
    ]);
    const latency = { id: 'l', kind: 'latency' as const, allowed: 0.01, slowerThanMs: 700 };
    expect(burnIn(now, latency)).toMatchObject({ bad: 40, total: 200 });
    expect(burnIn(now, latency).rate).toBeCloseTo(20);
    expect(burnIn(now, latency).goneAfterS).toBeCloseTo(129_600);
    expect(burnOver(now, latency).map(([at, rate]) => [at, Math.round(rate)])).toEqual([
      [0, 10],
      [10, 30],
    ]);
    expect(burnIn(now, { id: 'e', kind: 'errors', allowed: 0.01 }).goneAfterS).toBeUndefined();
    expect(PAGE_FACTOR).toBeCloseTo(14.4);
  });
});

describe('the room of a cache', () => {
  const curve = [
    { size: 10, hitRatio: 0.4 },
    { size: 20, hitRatio: 0.6 },
  ];
  it.each([
    [0, 0],
    [5, 0.2],
    [10, 0.4],
    [15, 0.5],
    [50, 0.6],
  ])('%i objects serve %f', (room, hit) => {
    expect(hitRatioAt(curve, room)).toBeCloseTo(hit);
  });
});
