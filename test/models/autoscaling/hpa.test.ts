import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_BEHAVIOR,
  desiredForAverage,
  desiredForMetrics,
  desiredForPods,
  NO_MEMORY,
  type PodMetric,
  type ScalingBehavior,
  scaleOnce,
} from '../../../src/models/autoscaling/hpa.js';

const WIDE = { minReplicas: 1, maxReplicas: 1000 };
const ready = (...values: number[]): PodMetric[] => values.map((value) => ({ state: 'ready', value }));

describe('replicas for an average (examples of the Kubernetes documentation)', () => {
  test('twice the target doubles, half of it halves', () => {
    expect(desiredForAverage(4, 200, 100)).toBe(8);
    expect(desiredForAverage(4, 50, 100)).toBe(2);
  });
  test('within a tenth of the target nothing happens', () => {
    expect(desiredForAverage(10, 109, 100)).toBe(10);
    expect(desiredForAverage(10, 110, 100)).toBe(10);
    expect(desiredForAverage(10, 111, 100)).toBe(12);
    expect(desiredForAverage(10, 91, 100)).toBe(10);
  });
  test('three pods at 90 of 60 become five', () => expect(desiredForAverage(3, 90, 60)).toBe(5));
  test('does not depend on the unit of the metric', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.double({ min: 1, max: 500, noNaN: true }), (n, v) => {
        expect(desiredForAverage(n, v * 1000, 100_000)).toBe(desiredForAverage(n, v, 100));
      }),
    );
  });
});

describe('pods that are not ready or say nothing', () => {
  test('missing pods are idle when scaling up, which dampens it', () => {
    expect(desiredForPods(4, [...ready(200, 200, 200), { state: 'missing' }], 100)).toBe(6);
    expect(desiredForPods(3, ready(200, 200, 200), 100)).toBe(6);
  });
  test('missing pods are at the target when scaling down', () => {
    expect(desiredForPods(4, [...ready(20, 20), { state: 'missing' }, { state: 'missing' }], 100)).toBe(3);
  });
  test('pods that start do not make it scale further than they will carry', () => {
    const pods: PodMetric[] = [...ready(150, 150), { state: 'not-ready' }, { state: 'not-ready' }];
    expect(desiredForPods(4, pods, 100)).toBe(4);
  });
  test('nothing reported changes nothing', () => {
    expect(desiredForPods(5, [{ state: 'missing' }], 100)).toBe(5);
  });
  test('the highest of several metrics wins; an unavailable one forbids going down', () => {
    expect(desiredForMetrics(4, [2, 6])).toBe(6);
    expect(desiredForMetrics(4, [2, undefined])).toBe(4);
    expect(desiredForMetrics(4, [7, undefined])).toBe(7);
    expect(desiredForMetrics(4, [undefined])).toBe(4);
  });
});

describe('policies and windows', () => {
  const slowly: ScalingBehavior = {
    ...DEFAULT_BEHAVIOR,
    scaleDown: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 60 },
        { type: 'Percent', value: 10, periodSeconds: 60 },
      ],
    },
  };
  const shrink = (from: number, to: number, behavior: ScalingBehavior): number[] => {
    const path: number[] = [];
    let [replicas, memory] = [from, NO_MEMORY];
    for (let at = 0; replicas > to && path.length < 50; at += 60) {
      ({ replicas, memory } = scaleOnce(at, replicas, to, WIDE, behavior, memory));
      path.push(replicas);
    }
    return path;
  };

  test('80 replicas to 10 by 10 % or 4 pods a minute: 8 at first, 4 below 40', () => {
    const path = shrink(80, 10, slowly);
    expect(path.slice(0, 3)).toEqual([72, 64, 57]);
    expect(path.slice(-2)).toEqual([12, 10]);
    for (let i = 1; i < path.length - 1; i++)
      if ((path[i - 1] ?? 0) <= 40) expect((path[i - 1] ?? 0) - (path[i] ?? 0)).toBe(4);
  });

  test('by default it doubles or adds four in 15 s, whichever is more', () => {
    expect(scaleOnce(0, 1, 100, WIDE, DEFAULT_BEHAVIOR, NO_MEMORY).replicas).toBe(5);
    expect(scaleOnce(0, 10, 100, WIDE, DEFAULT_BEHAVIOR, NO_MEMORY).replicas).toBe(20);
  });

  test('by default it goes down only to the highest of five minutes', () => {
    let [replicas, memory] = [10, NO_MEMORY];
    for (let at = 0; at < 300; at += 15) {
      ({ replicas, memory } = scaleOnce(at, replicas, at === 0 ? 8 : 2, WIDE, DEFAULT_BEHAVIOR, memory));
      expect(replicas).toBe(8);
    }
    expect(scaleOnce(300, replicas, 2, WIDE, DEFAULT_BEHAVIOR, memory).replicas).toBe(2);
  });

  test('a disabled direction stays where it is', () => {
    const held = { ...slowly, scaleDown: { ...slowly.scaleDown, selectPolicy: 'Disabled' as const } };
    expect(scaleOnce(0, 10, 1, WIDE, held, NO_MEMORY).replicas).toBe(10);
  });

  test('bounds hold whatever is wanted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 0, max: 500 }), (now, wanted) => {
        const limits = { minReplicas: 2, maxReplicas: 20 };
        const { replicas } = scaleOnce(0, now, wanted, limits, DEFAULT_BEHAVIOR, NO_MEMORY);
        expect(replicas).toBeGreaterThanOrEqual(2);
        expect(replicas).toBeLessThanOrEqual(20);
      }),
    );
  });
});
