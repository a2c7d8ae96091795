import { describe, expect, it } from 'vitest';
import { fitCapacity } from '../../../src/models/capacity/fit.js';
import { byFirstLimit, limitsOf } from '../../../src/models/capacity/resources.js';
import type { CapacityStep } from '../../../src/models/capacity/steps.js';

/** A loop that is full at 1000 a second, and processors that are full at 800 with a tenth of them taken by neighbours now and then. */
const NEIGHBOURS = [0.02, 0.18, 0.1, 0.04, 0.16, 0.1];
const STEPS: CapacityStep[] = [100, 200, 300, 400, 450, 480].map((rate, i) => {
  const own = (0.9 * rate) / 800;
  const others = NEIGHBOURS[i] ?? 0;
  return {
    offered: rate,
    throughput: rate,
    meanMs: 2,
    resources: [
      { name: 'loop', busy: rate / 1000 },
      { name: 'processors', busy: own + others, others },
    ],
    from: `${rate}`,
  };
});

describe('resources that were watched', () => {
  it('names what is full first, and how much work a request asks of each', () => {
    const [first, second] = limitsOf(STEPS);
    expect(first?.name).toBe('processors');
    expect(first?.fullAt).toBeCloseTo(800, 6);
    expect(first?.idleShare).toBeCloseTo(0.1, 6);
    expect(second?.fullAt).toBeCloseTo(1000, 6);
    expect(second?.demandMs).toBeCloseTo(1, 6);
  });

  it('has no slope from neighbours that come and go', () => {
    const [first] = limitsOf(STEPS.map((s) => ({ ...s, resources: s.resources?.slice(1) ?? [] })));
    expect(first?.demandMs).toBeCloseTo((0.9 / 800) * 1000, 6);
  });

  it('gives the capacity to the models, which latency that hardly rises does not show', () => {
    const fit = fitCapacity(STEPS);
    expect(fit?.capacity.value).toBeCloseTo(800, -1);
    expect(fit?.limits.map((l) => l.name)).toEqual(['processors', 'loop']);
  });

  it('lets a thread have less than a whole processor where others are at work on the machine', () => {
    // A loop of 0.1 ms a request on two processors, all else takes 0.08 ms: beside the full loop 0.8 others are at work.
    const steps = [1000, 2000, 3000, 4000].map((rate) => ({
      throughput: rate,
      resources: [
        { name: 'loop', busy: rate / 10_000, servers: 1 },
        { name: 'machine', busy: (0.18e-3 * rate) / 2, others: 0, servers: 2 },
      ],
      from: '',
    }));
    const [first, second] = limitsOf(steps);
    expect(first?.name).toBe('loop');
    // Poisson of 0.75: two others with 13 % (a third lost), three with 3 % (half lost), four with 1 %.
    expect(first?.fullAt).toBeGreaterThan(9_250);
    expect(first?.fullAt).toBeLessThan(9_450);
    expect(second?.fullAt).toBeCloseTo(2 / 0.18e-3, 3);
    expect(fitCapacity(steps)?.capacity.value).toBeCloseTo(first?.fullAt ?? 0, 3);
  });

  it('leaves steps alone of which nothing was watched', () => {
    const bare = STEPS.map(({ resources: _, ...s }) => s);
    expect(limitsOf(bare)).toEqual([]);
    expect(byFirstLimit(bare)).toEqual(bare);
  });
});
