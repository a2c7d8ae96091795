import { describe, expect, it } from 'vitest';
import type { Fault } from '../../lab/faults/fault.js';
import { FAULTS } from '../../lab/faults/index.js';
import type { Outcome } from '../../lab/load/generator.js';
import { quantile, shareOf, tailOf } from '../../lab/record/tail.js';
import { truthOf } from '../../lab/record/truth.js';
import { HEALTHY, withSettings } from '../../lab/settings.js';

const upTo = (n: number, add: number): number[] => Array.from({ length: n }, (_, i) => i + 1 + add);
const outcomes = (latencies: number[]): Outcome[] =>
  latencies.map((latencyMs) => ({
    segment: 'peak',
    route: 'POST /checkout',
    atMs: 0,
    latencyMs,
    status: 201,
  }));

describe('tail', () => {
  it('interpolates quantiles as R’s type 7', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.95)).toBeCloseTo(19.5);
  });

  it('means the slowest 5 % and 1 %', () => {
    const tail = tailOf(upTo(1000, 0));
    expect(tail.meanAboveP95Ms).toBe(975.5);
    expect(tail.meanAboveP99Ms).toBe(995.5);
    expect(tail.count).toBe(1000);
  });
});

describe('truth', () => {
  const [first, second] = FAULTS.slice(0, 2) as [Fault, Fault];

  it('shares the excess by what its absence saves', () => {
    const share = shareOf(tailOf(upTo(100, 0)), tailOf(upTo(100, 100)), tailOf(upTo(100, 60)));
    expect(share.p99).toBeCloseTo(0.4);
    expect(share.meanAboveP95).toBeCloseTo(0.4);
  });

  it('orders faults by their share and averages passes', () => {
    const pass = (small: number) => ({
      healthy: outcomes(upTo(100, 0)),
      incident: outcomes(upTo(100, 100)),
      without: new Map([
        [first.id, outcomes(upTo(100, small))],
        [second.id, outcomes(upTo(100, 30))],
      ]),
    });
    const truth = truthOf([pass(80), pass(90)], [first, second]);
    expect(truth.faults.map((f) => [f.id, f.share.p99])).toEqual([
      [second.id, 0.7],
      [first.id, 0.15],
    ]);
  });

  it('refuses to guess about a condition that was not run', () => {
    const pass = { healthy: outcomes([1]), incident: outcomes([2]), without: new Map() };
    expect(() => truthOf([pass], [first])).toThrow(`no run without ${first.id}`);
  });
});

describe('faults', () => {
  it('each change the healthy settings, and have ids of their own', () => {
    for (const fault of FAULTS) expect(withSettings(HEALTHY, fault.settings)).not.toEqual(HEALTHY);
    expect(new Set(FAULTS.map((f) => f.id)).size).toBe(FAULTS.length);
  });

  it('refuse settings that are unknown or ill-formed, by name', () => {
    expect(() => withSettings(HEALTHY, { cacheTtlMs: -1 })).toThrow('setting cacheTtlMs: -1');
    expect(() => withSettings(HEALTHY, { colour: 'red' })).toThrow('setting colour');
  });
});
