import { describe, expect, it } from 'vitest';
import { eventPlan } from '../../src/capacity/event.js';
import type { Today } from '../../src/capacity/today.js';
import { dailyPeaks, forecastPeak } from '../../src/models/capacity/load-forecast.js';

const DAY = 1440;
/** Three weeks with a Saturday of twice the load, growing one per cent a day. */
const HISTORY = Array.from({ length: 21 * DAY }, (_, m) => {
  const day = Math.floor(m / DAY);
  return 100 * 1.01 ** day * (day % 7 === 6 ? 2 : 1) * (m % DAY === 1200 ? 1 : 0.5);
});

describe('the load of a day to come', () => {
  const daily = dailyPeaks(HISTORY, 0, 0);
  it('is trend times the day of the week', () => {
    expect(daily?.growth).toBeCloseTo(0.01, 2);
    const saturday = daily && forecastPeak(daily, 7);
    const sunday = daily && forecastPeak(daily, 8);
    expect((saturday?.value ?? 0) / (sunday?.value ?? 1)).toBeCloseTo(2, 0);
    expect(Math.abs((saturday?.value ?? 0) / (100 * 1.01 ** 27 * 2) - 1)).toBeLessThan(0.1);
  });
  it('is not moved by a single event in the past', () => {
    const spiky = HISTORY.map((v, m) => (Math.floor(m / DAY) === 9 ? v * 6 : v));
    const other = dailyPeaks(spiky, 0, 0);
    expect(other?.growth).toBeCloseTo(daily?.growth ?? 0, 2);
  });
  it('cannot be told from less than a week, or with a day without load', () => {
    expect(dailyPeaks(HISTORY.slice(0, 6 * DAY), 0, 0)).toBeUndefined();
    expect(
      dailyPeaks([...new Array<number>(DAY).fill(0), ...HISTORY.slice(0, 7 * DAY)], 0, 0),
    ).toBeUndefined();
  });
});

const SERVICE: Today = {
  name: 'orders',
  rate: 1000,
  objective: { p99: 400 },
  latency: [
    { rate: 500, p99: 100 },
    { rate: 1000, p99: 300 },
  ],
  resources: [
    { name: 'CPU', used: 0.6, at: 1000, scales: 'instances', reached: 'all', ownCode: true },
    { name: 'database', used: 0.5, at: 1000, scales: 'fixed', reached: 'all', ownCode: false },
  ],
  instances: 6,
  dependencies: [{ name: 'mail' }],
};

describe('readiness for an event', () => {
  const plan = eventPlan(SERVICE, {
    startMs: 0,
    durationMinutes: 120,
    load: { value: 2000, low: 1800, high: 2500 },
    startSeconds: 300,
    optional: ['mail'],
  });
  it('orders capacity for the high end of the forecast, before the start', () => {
    expect(plan.instances).toEqual({ now: 6, ordered: Math.ceil((6 * 1.5) / 0.65) });
    const order = plan.schedule.find((s) => s.what.startsWith('order'));
    expect(order?.atMinute).toBe(-(5 + 15 + 30));
  });
  it('is a no-go where what does not scale would be beyond its limit', () => {
    expect(plan.checks.find((c) => c.what === 'database')).toMatchObject({ state: 'no-go', known: '125 %' });
  });
  it('passes nothing that was not measured', () => {
    expect(plan.checks.filter((c) => c.state === 'go')).toEqual([]);
  });
  it('tests beyond the high end, and never sheds writes that have begun', () => {
    expect(Math.max(...plan.test.map((t) => t.rate))).toBeGreaterThan(2500);
    expect(plan.shed[plan.shed.length - 1]).toMatch(/^never: writes/);
  });
});
