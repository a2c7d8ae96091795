import { describe, expect, it } from 'vitest';
import { returnsOf } from '../../src/capacity/returns.js';
import { forecast, measured, type Result, stated, subject } from '../../src/domain/index.js';

const checkout = subject('operation', 'POST /checkout');
const now = measured(
  { name: 'latency.p99', subject: checkout, value: 1800, unit: 'ms', phase: 'incident' },
  [],
);
const goal = stated(
  { name: 'latency.p99', subject: subject('service', 'shop'), value: 700, unit: 'ms', phase: 'target' },
  { kind: 'input', input: 'target_metrics', start: 0, end: 1, text: 'p99 < 700ms' },
);
const then = forecast(
  {
    name: 'latency.p99',
    subject: checkout,
    value: 1000,
    unit: 'ms',
    phase: 'planned',
    interval: [900, 1250],
  },
  're-timed',
  [now],
);
const recommendation = (id: string, effort: 'hours' | 'weeks', forecastId?: string) => ({
  id,
  rank: 1,
  effort,
  title: [id],
  ...(forecastId ? { forecast: forecastId } : {}),
});
const result = (facts: unknown[], recommendations: unknown[]): Result =>
  ({ facts, recommendations }) as Result;

describe('the return of a recommendation', () => {
  const one = result([now, goal, then], [recommendation('batch', 'hours', then.id)]);
  it('is milliseconds for hours, pessimistic to optimistic', () => {
    expect(returnsOf(one, {})[0]).toMatchObject({
      hours: [2, 8],
      gainMs: [550, 900],
      gainMsAnHour: [550 / 8, 450],
      ofTheWay: [0.5, 900 / 1100],
    });
  });
  it('is money once both prices are said: work against minutes out of the objective', () => {
    const [r] = returnsOf(one, { engineerHour: 100, badMinute: 10, badMinutesAMonth: 200 });
    expect(r?.cost).toEqual([200, 800]);
    expect(r?.saves?.[0]).toBeCloseTo(1000, 9);
    expect(r?.monthsToPay?.[1]).toBeCloseTo(0.8, 9);
  });
  it('says nothing of money or time that nobody said or forecast', () => {
    const [r] = returnsOf(result([now, goal], [recommendation('guess', 'weeks')]), { badMinute: 10 });
    expect(r).toEqual({ id: 'guess', rank: 1, title: 'guess', effort: 'weeks', hours: [40, 160] });
  });
  it('has no way to go where the target holds already', () => {
    const [r] = returnsOf(result([now, then], [recommendation('batch', 'hours', then.id)]), {});
    expect(r?.ofTheWay).toBeUndefined();
  });
  it('never pays for itself when it may bring nothing', () => {
    const maybe = { ...then, interval: [900, 1800] as [number, number] };
    const [r] = returnsOf(result([now, goal, maybe], [recommendation('maybe', 'hours', then.id)]), {
      engineerHour: 100,
      badMinute: 1,
      badMinutesAMonth: 100,
    });
    expect(r?.monthsToPay?.[1]).toBe(Number.POSITIVE_INFINITY);
  });
});
