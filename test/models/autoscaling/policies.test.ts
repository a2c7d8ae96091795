import { describe, expect, it } from 'vitest';
import { comparePolicies, DEFAULT_POLICY } from '../../../src/models/autoscaling/policies.js';
import {
  forecastFloors,
  rollingSchedule,
  spareCores,
  trendFloors,
} from '../../../src/models/autoscaling/predictive.js';
import { replay, tooSlow, type Workload } from '../../../src/models/autoscaling/replay.js';

const WORKLOAD: Workload = {
  serviceSeconds: 0.05,
  coresPerReplica: 2,
  startSeconds: 90,
  objective: { quantile: 0.99, seconds: 0.5 },
};
const DAY = 1440;
/** A calm day with a burst of eight times the load at 18:00. */
const day = (): number[] =>
  Array.from({ length: DAY }, (_, m) =>
    m >= 1080 && m < 1140 ? 800 : 100 + 20 * Math.sin((m / DAY) * 6.28),
  );
const LOAD = [...day(), ...day(), ...day(), ...day()];

describe('policies on a recorded load', () => {
  const options = { learn: 2 * DAY, startMinute: 0, minReplicas: 2, maxReplicas: 100 };
  const compared = comparePolicies(LOAD, WORKLOAD, options);
  const named = (name: string) => compared.played.find((p) => p.name === name);
  it('has the HPA as documented break the objective when a burst comes', () => {
    expect(compared.default.name).toBe(DEFAULT_POLICY);
    expect(compared.default.run.violationMinutes).toBeGreaterThan(0);
  });
  it('chooses nothing that breaks it for longer', () => {
    expect(compared.chosen.run.violationMinutes).toBeLessThanOrEqual(compared.default.run.violationMinutes);
  });
  it('does not take a default for a measure that breaks the objective all day', () => {
    const tight = {
      ...WORKLOAD,
      serviceSeconds: 0.01,
      coresPerReplica: 1,
      objective: { quantile: 0.99, seconds: 0.06 },
    };
    const { default: base, chosen } = comparePolicies(LOAD, tight, options);
    expect(base.run.violationMinutes).toBeGreaterThan(0.005 * 2 * DAY);
    expect(chosen.run.violationMinutes).toBeLessThanOrEqual(0.005 * 2 * DAY);
  });
  it('keeps a policy that no manifest brings about from being chosen', () => {
    expect(compared.chosen.needsForecaster).toBeUndefined();
  });
  it('meets a burst of every day by the schedule', () => {
    expect(named('schedule + HPA (CPU 80 %)')?.run.violationMinutes).toBeLessThan(
      compared.default.run.violationMinutes,
    );
  });
  it('follows requests faster than processor use, which cannot show more than all of it', () => {
    const base = { kind: 'hpa' as const, targetUtilisation: 0.8, minReplicas: 2, maxReplicas: 100 };
    const byRate = replay(LOAD, WORKLOAD, { ...base, metric: { kind: 'rate' } });
    expect(byRate.violationMinutes).toBeLessThan(replay(LOAD, WORKLOAD, base).violationMinutes);
  });
});

describe('floors', () => {
  const setting = { days: 1, slotMinutes: 30, quantile: 0.5, target: 0.8, startMinute: 0 };
  it('knows nothing of the day itself: another today gives the same schedule', () => {
    const other = [...day(), ...day().map((r) => r * 3)];
    expect(rollingSchedule(other, DAY, WORKLOAD, setting)).toEqual(
      rollingSchedule([...day(), ...day()], DAY, WORKLOAD, setting),
    );
  });
  it('foretells a burst from the day before, in time', () => {
    const floors = forecastFloors(LOAD, DAY, WORKLOAD, {
      days: 1,
      leadMinutes: 4,
      quantile: 0.5,
      target: 0.8,
    });
    expect(floors[1077]).toBeGreaterThan(3 * (floors[1060] ?? 0));
  });
  it('draws a rise on until a new replica serves', () => {
    const rising = Array.from({ length: 20 }, (_, m) => 100 + m * 20);
    const floors = trendFloors(rising, 0, WORKLOAD, { windowMinutes: 3, leadMinutes: 2.5, target: 1 });
    expect(floors[10]).toBe(Math.ceil(((280 + 20 * 2.5) * 0.05) / 2));
  });
  it('finds spare cores that keep the objective at small and large loads', () => {
    const spare = spareCores(WORKLOAD, 2000);
    for (const rate of [40, 200, 2000])
      expect(tooSlow(rate, Math.ceil(rate * WORKLOAD.serviceSeconds + spare), WORKLOAD)).toBe(false);
  });
});
