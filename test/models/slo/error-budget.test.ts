import { describe, expect, it } from 'vitest';
import { allowedOutageS, occurrenceBudget, timeSliceBudget } from '../../../src/models/slo/error-budget.js';
import { longestSeconds, periodAt, periodSeconds } from '../../../src/models/slo/period.js';
import { suggestObjectives } from '../../../src/models/slo/suggest.js';

describe('an error budget', () => {
  it('by occurrences weighs traffic', () => {
    // Half of 1 200 requests fail at night, none of 1.2 million by day.
    expect(occurrenceBudget(0.999, { good: 1_200_600, total: 1_201_200 })).toMatchObject({
      bad: 600,
      sli: 1 - 600 / 1_201_200,
    });
  });
  it('by time slices counts a slice as a whole and an idle one as good', () => {
    const slices = [
      { good: 99, total: 100 },
      { good: 50, total: 100 },
      { good: 0, total: 0 },
      { good: 100, total: 100 },
    ];
    expect(timeSliceBudget(0.5, 0.95, slices)).toMatchObject({ bad: 1, sli: 0.75, remaining: 0.5 });
  });
  it('is whole before anything has happened, and 43 minutes of outage a month at three nines', () => {
    expect(occurrenceBudget(0.99, { good: 0, total: 0 })).toMatchObject({ remaining: 1, sli: undefined });
    expect(allowedOutageS(0.999, 30 * 86_400) / 60).toBeCloseTo(43.2, 9);
  });
});

describe('a period', () => {
  const at = Date.UTC(2024, 1, 29, 23, 30);
  it('of the calendar begins where the calendar says, in its zone', () => {
    const month = (offsetMinutes: number) =>
      new Date(periodAt({ kind: 'calendar', unit: 'month', offsetMinutes }, at).startMs).toISOString();
    expect(month(0)).toBe('2024-02-01T00:00:00.000Z');
    expect(month(60)).toBe('2024-02-29T23:00:00.000Z');
    const week = periodAt({ kind: 'calendar', unit: 'week', offsetMinutes: 0 }, at);
    expect(new Date(week.startMs).toISOString()).toBe('2024-02-26T00:00:00.000Z');
  });
  it('has a usual length for factors and a longest one for sums', () => {
    expect(periodSeconds({ kind: 'calendar', unit: 'month', offsetMinutes: 0 })).toBe(30 * 86_400);
    expect(longestSeconds({ kind: 'calendar', unit: 'month', offsetMinutes: 0 })).toBe(31 * 86_400);
  });
});

describe('objectives from history', () => {
  it('are kept in every period, with budget left', () => {
    const months = [0.9996, 0.9992, 0.9999].map((sli) => ({ good: sli * 1e6, total: 1e6 }));
    const { suggested, table } = suggestObjectives(months);
    expect(suggested?.objective).toBe(0.999);
    expect(table.find((r) => r.objective === 0.9995)?.kept).toBe(2);
  });
  it('are none where there was no traffic', () => {
    expect(suggestObjectives([{ good: 0, total: 0 }]).suggested).toBeUndefined();
  });
});
