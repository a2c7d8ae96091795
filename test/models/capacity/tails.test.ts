import { describe, expect, it } from 'vitest';
import { fitCapacity } from '../../../src/models/capacity/fit.js';
import type { CapacityStep } from '../../../src/models/capacity/steps.js';
import { fitStops } from '../../../src/models/capacity/tail-of-stops.js';
import { waitsBeyondQueue } from '../../../src/models/capacity/tail-of-waits.js';
import { judgedTails } from '../../../src/models/capacity/tails.js';
import { quantile, sorted } from '../../../src/models/quantile.js';
import { exponentialService, poissonArrivals, simulateQueue } from '../../../src/models/queues/simulate.js';
import { seededRandom } from '../../../src/models/random.js';

const WORK_SECONDS = 0.002;
const STOP_SECONDS = 0.03;
const STEP_SECONDS = 1200;

/** What one line meets that stops with each so many-th request: nothing but the stops and the requests themselves. */
function stepAt(
  rate: number,
  everyRequests: number,
  seed: number,
  alike?: { workSeconds: number; stopSeconds: number },
): CapacityStep {
  const random = seededRandom(seed);
  const arrivals = poissonArrivals([rate], STEP_SECONDS, random);
  const work = exponentialService(alike?.workSeconds ?? WORK_SECONDS, random);
  const stop = alike ? () => alike.stopSeconds : exponentialService(STOP_SECONDS, random);
  const service = Float64Array.from(arrivals, (_, i) => work() + (i % everyRequests === 0 ? stop() : 0));
  const { waits, utilisation } = simulateQueue(arrivals, (i) => service[i] ?? 0, 1);
  const ms = sorted(waits.map((w, i) => 1000 * (w + (service[i] ?? 0))));
  return {
    offered: rate,
    throughput: rate,
    meanMs: ms.reduce((a, b) => a + b, 0) / ms.length,
    p50Ms: quantile(ms, 0.5),
    p95Ms: quantile(ms, 0.95),
    p99Ms: quantile(ms, 0.99),
    utilisation,
    servers: 1,
    from: `${rate}`,
  };
}
const RATES = [60, 100, 150, 190, 230, 270];

describe('the tail of a system that stops now and then', () => {
  const EVERY = 100;
  const full = 1 / (WORK_SECONDS + STOP_SECONDS / EVERY);
  const steps = RATES.map((rate, i) => stepAt(rate, EVERY, i + 1));
  const asked = 0.8 * full;

  it('is foretold within 30 per cent from load up to six tenths of what it can do, and better than by waits alone', () => {
    const fit = fitCapacity(steps);
    const truth = stepAt(asked, EVERY, 99).p99Ms ?? 0;
    expect(fit?.tail?.id).toBe('stalls');
    expect(Math.abs((fit?.p99At(asked)?.value ?? 0) / truth - 1)).toBeLessThan(0.3);
    const model = fit?.chosen.model;
    const tails = model ? judgedTails(model, steps.slice(0, 4), steps.slice(4), false) : [];
    const offBy = (id: string): number =>
      Math.abs((tails.find((t) => t.tail.id === id)?.tail.p99Ms(asked) ?? 0) / truth - 1);
    expect(offBy('stalls')).toBeLessThan(offBy('waits'));
  });
  it('names how long the stops are, and after how many requests one comes', () => {
    const { stallMs = 0, stallsPerRequest = 0 } = fitCapacity(steps)?.tail?.parameters ?? {};
    expect(stallMs).toBeGreaterThan(15);
    expect(stallMs).toBeLessThan(60);
    expect(stallMs * stallsPerRequest).toBeGreaterThan(0.15);
    expect(stallMs * stallsPerRequest).toBeLessThan(0.6);
  });
  it('has no end where everything is in use', () => {
    const fit = fitCapacity(steps);
    const tail = fit && fitStops(fit.chosen.model, steps);
    expect(tail?.p99Ms(1.01 * (fit?.chosen.model.capacity ?? 0))).toBe(Number.POSITIVE_INFINITY);
  });
  it('holds p99 in its interval', () => {
    const p99 = fitCapacity(steps)?.p99At(asked);
    const truth = stepAt(asked, EVERY, 98).p99Ms ?? 0;
    expect(p99?.low).toBeLessThanOrEqual(truth);
    expect(p99?.high).toBeGreaterThanOrEqual(truth);
  });
  it('is not asked of callers who wait for each other, nor of so few steps that none is held back', () => {
    const callers = [1, 2, 4, 8, 16].map((n, i) => ({
      concurrency: n,
      throughput: (100 * n) / (1 + 0.02 * (n - 1)),
      p99Ms: 20 + i,
      from: '',
    }));
    expect(fitCapacity(callers)?.tail?.id).toBe('waits');
    expect(fitCapacity(steps.slice(0, 4))?.tail).toMatchObject({ id: 'waits' });
    expect(fitCapacity(steps.slice(0, 4))?.tail?.heldOutError).toBeUndefined();
  });
});

describe('whether requests wait for stops', () => {
  const ALIKE = { workSeconds: 0.0005, stopSeconds: 0.03 };
  const EVERY = 200;
  const full = 1 / (ALIKE.workSeconds + ALIKE.stopSeconds / EVERY);
  const SHARES = [0.2, 0.3, 0.4, 0.5, 0.6];
  const stopping = SHARES.map((share, i) => stepAt(share * full, EVERY, i + 1, ALIKE));
  const even = SHARES.map((share, i) => stepAt(share / WORK_SECONDS, Number.MAX_SAFE_INTEGER, i + 1));

  it('is seen by waits that are many times those of a queue as busy as this', () => {
    expect(waitsBeyondQueue(stopping)).toBe(true);
    expect(waitsBeyondQueue(even)).toBe(false);
  });
  it('is not said where servers or their busy share are not known', () => {
    expect(waitsBeyondQueue(stopping.map(({ servers: _, ...s }) => s))).toBe(false);
    expect(waitsBeyondQueue(stopping.map(({ utilisation: _, ...s }) => s))).toBe(false);
  });
  it('puts the tail of stops first, and foretells within 30 per cent what stops of one length bring', () => {
    const fit = fitCapacity(stopping);
    const truth = stepAt(0.8 * full, EVERY, 99, ALIKE).p99Ms ?? 0;
    expect(fit?.tail?.id).toBe('stalls');
    expect(Math.abs((fit?.p99At(0.8 * full)?.value ?? 0) / truth - 1)).toBeLessThan(0.3);
  });
  it('is said of few steps too, of which none is held back', () => {
    const few = fitCapacity(stopping.slice(1));
    expect(few?.tail).toMatchObject({ id: 'stalls' });
    expect(few?.tail?.heldOutError).toBeUndefined();
  });
});
