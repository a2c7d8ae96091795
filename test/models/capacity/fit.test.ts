import { describe, expect, it } from 'vitest';
import { fitCapacity } from '../../../src/models/capacity/fit.js';
import { erlangC } from '../../../src/models/queueing.js';

const SERVICE_MS = 20;
const SERVERS = 4;
const waitMs = (rate: number): number => {
  const load = (rate * SERVICE_MS) / 1000;
  return (erlangC(SERVERS, load) * SERVICE_MS) / (SERVERS * (1 - load / SERVERS));
};
const NOISE = [0.01, -0.02, 0.015, -0.01, 0.02, -0.015];
const STEPS = [20, 40, 60, 80, 100, 120].map((rate, i) => ({
  offered: rate,
  throughput: rate,
  meanMs: (SERVICE_MS + waitMs(rate)) * (1 + (NOISE[i] ?? 0)),
  p99Ms: (92 + 4.6 * waitMs(rate)) * (1 - (NOISE[i] ?? 0)),
  from: `step ${i + 1}`,
}));

describe('capacity from load steps', () => {
  it('foretells the knee of a queue of four servers from steps up to six tenths of it, within 15 per cent', () => {
    const fit = fitCapacity(STEPS, 400);
    // 92 + 4.6 × wait = 400 at 187 a second.
    expect(Math.abs((fit?.knee.value ?? 0) / 187 - 1)).toBeLessThan(0.15);
    expect(fit?.knee.by).toBe('objective');
    expect(fit?.measuredTo).toBe(120);
  });

  it('foretells p99 at eight tenths of the knee within 30 per cent, the truth inside the interval', () => {
    const fit = fitCapacity(STEPS, 400);
    const truth = 92 + 4.6 * waitMs(150);
    const p99 = fit?.p99At(150);
    expect(Math.abs((p99?.value ?? 0) / truth - 1)).toBeLessThan(0.3);
    expect(p99?.low).toBeLessThanOrEqual(truth);
    expect(p99?.high).toBeGreaterThanOrEqual(truth);
  });

  it('judges models on steps they have not seen, and keeps the better one', () => {
    const fit = fitCapacity(STEPS);
    expect(fit?.heldOut).toBe(2);
    expect(fit?.candidates.length).toBeGreaterThan(1);
    const errors = fit?.candidates.map((c) => c.heldOutError ?? 1) ?? [];
    expect(fit?.chosen.heldOutError).toBe(Math.min(...errors));
  });

  it('says that there is no peak in the data when throughput still rises', () => {
    const steps = [1, 2, 4, 8, 16].map((n) => ({
      concurrency: n,
      throughput: (100 * n) / (1 + 0.02 * (n - 1)),
      from: `step ${n}`,
    }));
    const fit = fitCapacity(steps);
    expect(fit?.chosen.model.id).toBe('usl');
    expect(fit?.chosen.model.remarks.join(' ')).toMatch(/no peak in the data/);
    expect(fit?.capacity.value).toBeCloseTo(5000, -2);
  });

  it('reads a limit off the busy share where latency was not measured, and no latency', () => {
    const steps = [1000, 2000].map((x) => ({ throughput: x, utilisation: 0.01 + x * 0.00015, from: '' }));
    const fit = fitCapacity(steps);
    expect(fit?.capacity.value).toBeCloseTo(6600, 0);
    expect(fit?.knee.by).toBe('all in use');
    expect(fit?.p99At(3000)).toBeUndefined();
  });

  it('takes what an overloaded step answered as the capacity', () => {
    const fit = fitCapacity([
      ...STEPS,
      { offered: 300, throughput: 196, p99Ms: 5000, meanMs: 3000, from: '' },
    ]);
    expect(fit?.candidates.find((c) => c.model.id === 'multi-server queue')?.model.capacity).toBe(196);
  });

  it('fits nothing to two steps without utilisation, and finds no limit where latency stays flat', () => {
    expect(fitCapacity(STEPS.slice(0, 2))).toBeUndefined();
    const flat = [10, 20, 30, 40, 50].map((x) => ({ throughput: x, meanMs: 20, from: '' }));
    expect(fitCapacity(flat)?.knee.value).toBe(Number.POSITIVE_INFINITY);
  });

  describe('of a system that is slow to wake up, with its busy share measured', () => {
    const CAPACITY = 5000;
    const AWAKE = 0.08;
    const shareAt = (x: number): number => AWAKE + ((1 - AWAKE) * x) / CAPACITY;
    const crowd = (x: number): number => shareAt(x) / (1 - shareAt(x));
    const asleep = (x: number): number => Math.exp(-x / 150);
    const p99 = (x: number): number => 6 + 8 * asleep(x) + 8 * crowd(x);
    const steps = [200, 300, 450, 675, 1012, 1518, 2278, 2800].map((rate, i) => ({
      offered: rate,
      throughput: rate,
      utilisation: shareAt(rate) * (1 + (NOISE[i % NOISE.length] ?? 0)),
      meanMs: (1.4 + 4 * asleep(rate) + 1.2 * crowd(rate)) * (1 - (NOISE[i % NOISE.length] ?? 0)),
      p99Ms: p99(rate) * (1 + (NOISE[(i + 2) % NOISE.length] ?? 0)),
      from: `${rate}`,
    }));
    // 6 + 8 × crowd = 200 where the busy share is 0.9604.
    const KNEE = (CAPACITY * (0.9604 - AWAKE)) / (1 - AWAKE);

    it('foretells the knee within 15 per cent, and a tail at eight tenths of it within 30', () => {
      const fit = fitCapacity(steps, 200);
      expect(Math.abs((fit?.knee.value ?? 0) / KNEE - 1)).toBeLessThan(0.15);
      expect(Math.abs((fit?.p99At(0.8 * KNEE)?.value ?? 0) / p99(0.8 * KNEE) - 1)).toBeLessThan(0.3);
    });
    it('takes no step for queueing whose latency falls as load rises', () => {
      const fit = fitCapacity(steps, 200);
      expect(fit?.steps[0]?.meanMs).toBeUndefined();
      expect(fit?.steps[0]?.utilisation).toBeDefined();
      expect(fit?.steps.at(-1)?.meanMs).toBeDefined();
    });
    it('lets one slow step among the lowest say nothing of the tail', () => {
      const slow = steps.map((s, i) => (i === 0 ? { ...s, meanMs: 28, p99Ms: 230 } : s));
      const fit = fitCapacity(slow, 200);
      expect(Math.abs((fit?.knee.value ?? 0) / KNEE - 1)).toBeLessThan(0.15);
      expect(Math.abs((fit?.p99At(0.8 * KNEE)?.value ?? 0) / p99(0.8 * KNEE) - 1)).toBeLessThan(0.3);
    });
    it('gives a tail with an end below the knee it foretells', () => {
      const fit = fitCapacity(steps, 200);
      const at = fit?.p99At(0.8 * (fit?.knee.value ?? 0));
      expect(Number.isFinite(at?.value)).toBe(true);
      expect(Number.isFinite(at?.high)).toBe(true);
    });
  });

  it('gives the same numbers for the same steps', () => {
    expect(fitCapacity(STEPS, 400)?.knee).toEqual(fitCapacity(STEPS, 400)?.knee);
  });
});
