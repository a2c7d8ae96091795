import { describe, expect, test } from 'vitest';
import { multiServerWaitQuantile } from '../../../src/models/queueing.js';
import {
  exponentialService,
  logNormalService,
  poissonArrivals,
  simulateQueue,
} from '../../../src/models/queues/simulate.js';
import { waitUnderVaryingLoad, workersForWait } from '../../../src/models/queues/varying-load.js';
import { seededRandom } from '../../../src/models/random.js';

const p99 = (waits: Float64Array): number => {
  const sorted = Float64Array.from(waits).sort();
  return sorted[Math.floor(0.99 * sorted.length)] ?? Number.NaN;
};
const burst = [
  ...new Array<number>(20).fill(60),
  ...new Array<number>(6).fill(190),
  ...new Array<number>(30).fill(60),
];
const load = (ratePerSecond: number[], serviceVariation = 1) => ({
  ratePerSecond,
  stepSeconds: 60,
  serviceSeconds: 0.1,
  arrivalVariation: 1,
  serviceVariation,
});

describe('a simulated queue', () => {
  test('serves in the order of arrival with the server that is free first', () => {
    const run = simulateQueue([0, 1, 2, 3], () => 2.5, 2);
    expect([...run.waits]).toEqual([0, 0, 0.5, 0.5]);
    expect(run.endSeconds).toBe(6);
    expect(run.utilisation).toBeCloseTo(10 / 12, 12);
  });

  test.each([
    [4, 0.8],
    [20, 0.8],
  ])('with %i servers at %d waits as M/M/c does', (servers, busy) => {
    const rate = (busy * servers) / 0.1;
    const arrivals = poissonArrivals(
      new Array<number>(Math.ceil(1_500_000 / rate / 60)).fill(rate),
      60,
      seededRandom(1),
    );
    const run = simulateQueue(arrivals, exponentialService(0.1, seededRandom(2)), servers);
    const exact = multiServerWaitQuantile(rate, 0.1, servers, 0.99);
    expect(Math.abs(p99(run.waits) / exact - 1)).toBeLessThan(0.1);
  });
});

describe('waits under a varying load', () => {
  test('at a constant rate are those of M/M/c', () => {
    const wait = waitUnderVaryingLoad(load(new Array<number>(30).fill(160)), 20);
    expect(wait.quantileSeconds(0.99).middle).toBeCloseTo(multiServerWaitQuantile(160, 0.1, 20, 0.99), 5);
    expect(wait.longestBacklogSeconds.middle).toBe(0);
  });

  // Twice the burst is seen as a motion, the burst itself is served one by one.
  test.each([
    [16, 1, 1],
    [18, 0.3, 1],
    [37, 1, 2],
    [37, 3, 2],
  ])(
    'through a burst with %i workers and variation %d are within 20 %% of a simulation',
    (workers, variation, times) => {
      const rates = burst.map((r) => r * times);
      const runs = Array.from({ length: 15 }, (_, i) => {
        const seed = 5000 + 3 * i;
        const arrivals = poissonArrivals(rates, 60, seededRandom(seed));
        const service =
          variation === 1
            ? exponentialService(0.1, seededRandom(seed + 1))
            : logNormalService(0.1, variation, seededRandom(seed + 1));
        return p99(simulateQueue(arrivals, service, workers).waits);
      }).sort((a, b) => a - b);
      const told = waitUnderVaryingLoad(load(rates, variation), workers).quantileSeconds(0.99);
      expect(Math.abs(told.middle / (runs[7] ?? Number.NaN) - 1)).toBeLessThan(0.2);
      expect(runs.filter((r) => r >= told.low && r <= told.high).length).toBeGreaterThanOrEqual(8);
    },
  );

  test('where the peak is what the workers can do, no number is told but a range', () => {
    const rates = [...new Array<number>(30).fill(600), ...new Array<number>(3).fill(1000)];
    const { low, high } = waitUnderVaryingLoad(load(rates), 100).quantileSeconds(0.99);
    expect(high).toBeGreaterThan(1.5 * low);
    const more = waitUnderVaryingLoad(load(rates), 110).quantileSeconds(0.99);
    expect(more.high).toBeLessThan(1.2 * more.low);
  });

  test('arrivals that are known one by one are served as they came', () => {
    const arrivals = poissonArrivals(burst, 60, seededRandom(77));
    const told = waitUnderVaryingLoad({ ...load(burst), serviceVariation: 0, arrivalsSeconds: arrivals }, 18);
    const exact = p99(simulateQueue(arrivals, () => 0.1, 18).waits);
    expect(told.quantileSeconds(0.99).middle / exact).toBeCloseTo(1, 2);
    expect(told.quantileSeconds(0.99).high).toBe(told.quantileSeconds(0.99).low);
  });

  test('says the same twice', () => {
    const told = () => waitUnderVaryingLoad(load(burst), 18).quantileSeconds(0.99);
    expect(told()).toEqual(told());
  });

  test('the fewest workers for a wait are enough, and one less is not', () => {
    const workers = workersForWait(load(burst), 0.99, 0.5) ?? 0;
    expect(waitUnderVaryingLoad(load(burst), workers).quantileSeconds(0.99).high).toBeLessThanOrEqual(0.5);
    expect(waitUnderVaryingLoad(load(burst), workers - 1).quantileSeconds(0.99).high).toBeGreaterThan(0.5);
  });

  test('does not depend on the unit of time', () => {
    const a = load(burst);
    const inMinutes = {
      ...a,
      ratePerSecond: a.ratePerSecond.map((r) => r * 60),
      stepSeconds: 1,
      serviceSeconds: a.serviceSeconds / 60,
    };
    const seconds = waitUnderVaryingLoad(a, 18).quantileSeconds(0.99).middle;
    expect(waitUnderVaryingLoad(inMinutes, 18).quantileSeconds(0.99).middle * 60).toBeCloseTo(seconds, 3);
  });
});
