import { describe, expect, test } from 'vitest';
import { asymptoticBounds, balancedBounds } from '../../../src/models/capacity/bounds.js';
import {
  approximateMva,
  exactMva,
  openNetwork,
  type RequestClass,
  type Station,
} from '../../../src/models/capacity/mva.js';
import { serversForWait, squareRootSafety } from '../../../src/models/capacity/staffing.js';
import { erlangC } from '../../../src/models/queueing.js';

const queues = (count: number, servers = 1): Station[] =>
  Array.from({ length: count }, (_, i) => ({ name: `s${i}`, kind: 'queue' as const, servers }));
const one = (visits: number[], service: number[], population: number, think = 0): RequestClass => ({
  name: 'all',
  visits,
  service,
  population,
  think,
});

describe('exact mean value analysis', () => {
  test('reproduces Jain 1991, p. 577', () => {
    const r = exactMva(queues(3), [one([16, 10, 5], [0.125, 0.3, 0.2], 20, 4)]);
    expect(r.residencePerVisit.map((x) => Number(x[0]?.toFixed(3)))).toEqual([0.373, 4.854, 0.3]);
    expect(r.queue.map((x) => Number(x.toFixed(3)))).toEqual([1.991, 16.177, 0.5]);
    expect(r.throughput[0]).toBeCloseTo(0.3332, 4);
  });

  test('reproduces Bolch et al. 2006, example 8.3', () => {
    const r = exactMva(queues(4), [one([1, 0.4, 0.2, 0.1], [0.02, 0.2, 0.4, 0.6], 6)]);
    expect(r.throughput[0]).toBeCloseTo(9.92, 2);
  });

  test('a station with many servers and few customers is a delay', () => {
    const many = exactMva(queues(1, 50), [one([1], [2], 10, 3)]);
    expect(many.response[0]).toBeCloseTo(2, 9);
  });

  test('two equal single servers in sequence are slower than one station with both', () => {
    const shared = exactMva(queues(1, 2), [one([1], [1], 6)]).throughput[0] ?? 0;
    expect(shared).toBeGreaterThan(1.5);
    expect(shared).toBeLessThanOrEqual(2);
  });

  test('two classes that are alike behave as one', () => {
    const both = exactMva(queues(3), [
      one([16, 10, 5], [0.125, 0.3, 0.2], 12, 4),
      one([16, 10, 5], [0.125, 0.3, 0.2], 8, 4),
    ]);
    expect((both.throughput[0] ?? 0) + (both.throughput[1] ?? 0)).toBeCloseTo(0.3332, 4);
  });

  test('refuses what it cannot solve exactly, with what to use', () => {
    expect(() => exactMva(queues(1, 2), [one([1], [1], 2), one([1], [2], 2)])).toThrow(/approximateMva/);
  });
});

describe('approximations and bounds', () => {
  const demand = [2, 3, 1];
  test('the approximation is within 15 % of the exact value, and bounds hold both', () => {
    for (const n of [1, 5, 20, 80]) {
      const exact = exactMva(queues(3), [one([1, 1, 1], demand, n, 4)]).throughput[0] ?? 0;
      const near = approximateMva(queues(3), [one([1, 1, 1], demand, n, 4)]).throughput[0] ?? 0;
      expect(Math.abs(near / exact - 1)).toBeLessThan(0.15);
      for (const bounds of [asymptoticBounds(demand, n, 4), balancedBounds(demand, n, 4)]) {
        expect(exact).toBeGreaterThanOrEqual(bounds.throughput[0] - 1e-9);
        expect(exact).toBeLessThanOrEqual(bounds.throughput[1] + 1e-9);
      }
    }
  });

  test('an open station is M/M/c', () => {
    const [s] = openNetwork(queues(1, 100), 95, [1], [1]);
    expect(s?.utilisation).toBeCloseTo(0.95, 9);
    expect(s?.residence).toBeCloseTo(1 + erlangC(100, 95) / 5, 9);
    expect(openNetwork(queues(1), 2, [1], [1])[0]?.residence).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('staffing', () => {
  test('Erlang C as Tijms 2003 gives it: 100 servers at .95 let .506 wait', () => {
    expect(erlangC(100, 95)).toBeCloseTo(0.506, 3);
  });

  test('the fewest servers for a share that waits', () => {
    const servers = serversForWait(95, 0.2);
    expect(erlangC(servers, 95)).toBeLessThanOrEqual(0.2);
    expect(erlangC(servers - 1, 95)).toBeGreaterThan(0.2);
  });

  test('the square-root rule at one half waits about 0.5 safety', () => {
    expect(squareRootSafety(0.5)).toBeCloseTo(0.5063, 2);
  });
});
