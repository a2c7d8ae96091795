import { describe, expect, test } from 'vitest';
import {
  neededReplicas,
  replay,
  type ScalerPolicy,
  type Workload,
} from '../../../src/models/autoscaling/replay.js';
import { floorAt, scheduleFromHistory } from '../../../src/models/autoscaling/schedule.js';

const workload: Workload = {
  serviceSeconds: 0.02,
  coresPerReplica: 2,
  startSeconds: 90,
  objective: { quantile: 0.99, seconds: 0.25 },
};
const hpa: ScalerPolicy = { kind: 'hpa', targetUtilisation: 0.6, minReplicas: 2, maxReplicas: 100 };
const tracking: ScalerPolicy = {
  kind: 'target-tracking',
  target: 0.6,
  minReplicas: 2,
  maxReplicas: 100,
  scaleOutCooldownSeconds: 60,
  scaleInCooldownSeconds: 300,
};
const step = (minutes: number, from: number, to: number): number[] =>
  Array.from({ length: minutes }, (_, m) => (m < minutes / 3 ? from : to));

describe('an autoscaler replayed over a recorded load', () => {
  test.each([hpa, tracking])('settles near its target after a step ($kind)', (policy) => {
    const run = replay(step(90, 200, 800), workload, policy);
    const last = run.steps[run.steps.length - 1];
    expect(last?.utilisation).toBeGreaterThan(0.5);
    expect(last?.utilisation).toBeLessThan(0.68);
    expect(last?.violated).toBe(false);
  });

  test('violates while new replicas start, and a schedule in time prevents it', () => {
    const load = step(60, 200, 800);
    const late = replay(load, workload, hpa);
    expect(late.violationMinutes).toBeGreaterThan(0);
    const floor = [{ fromMinute: 15, toMinute: 60, replicas: neededReplicas(800, workload, 0.6) }];
    const early = replay(load, workload, { ...hpa, schedule: floor });
    expect(early.violationMinutes).toBe(0);
    expect(early.highest).toBe(neededReplicas(800, workload, 0.6));
    expect(late.highest).toBeGreaterThanOrEqual(early.highest);
  });

  test('a constant load is never scaled and costs its replicas', () => {
    const run = replay(new Array<number>(60).fill(300), workload, hpa);
    expect(run.scalings).toBe(0);
    expect(run.replicaHours).toBeCloseTo(neededReplicas(300, workload, 0.6), 6);
  });

  test('too few replicas for good leave every minute violated', () => {
    const run = replay(new Array<number>(10).fill(500), workload, { kind: 'fixed', replicas: 2 });
    expect(run.violationMinutes).toBe(10);
    expect(run.violatedShare).toBe(1);
  });
});

describe('a schedule', () => {
  test('may cross midnight, and the highest floor holds', () => {
    const schedule = [
      { fromMinute: 1400, toMinute: 60, replicas: 5 },
      { fromMinute: 0, toMinute: 30, replicas: 8 },
    ];
    expect([1399, 1400, 10, 45, 60].map((m) => floorAt(schedule, m))).toEqual([0, 5, 8, 5, 0]);
  });

  test('learned from days stands before the hour that needs it', () => {
    const day = Array.from({ length: 1440 }, (_, m) => (m >= 600 && m < 660 ? 10 : 2));
    const schedule = scheduleFromHistory([...day, ...day, ...day], 30, 0.9);
    expect(floorAt(schedule, 540)).toBe(2);
    expect(floorAt(schedule, 575)).toBe(10);
    expect(floorAt(schedule, 655)).toBe(10);
    expect(floorAt(schedule, 665)).toBe(2);
  });
});
