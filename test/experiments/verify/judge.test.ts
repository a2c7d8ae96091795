import { describe, expect, it } from 'vitest';
import type { StoredForecast } from '../../../src/experiments/verify/forecast-of.js';
import { trackEntry, trackRecord, verify } from '../../../src/experiments/verify/judge.js';

const forecast = (intervalMs: [number, number]): StoredForecast => ({
  recommendation: 'size-pool',
  operation: { service: 'shop', name: 'POST /checkout' },
  nowMs: 400,
  valueMs: 120,
  intervalMs,
});
const run = (p99: number, startedAtMs = 0) => ({
  name: `${p99}`,
  startedAtMs,
  metrics: { 'latency.p99': p99 },
});

describe('a forecast held against runs after the fix', () => {
  it('holds when the measured p99 lies in its interval', () => {
    const v = verify(forecast([90, 150]), [], [run(110)]);
    expect(v).toMatchObject({ position: 'inside', held: true, beforeMs: 400, afterMs: 110 });
    expect(v.error).toBeCloseTo(10 / 110);
    expect(v.comparison).toBeUndefined();
  });

  it('does not hold beyond it, on either side', () => {
    expect(verify(forecast([90, 150]), [], [run(200)])).toMatchObject({ position: 'worse', held: false });
    expect(verify(forecast([90, 150]), [], [run(60)])).toMatchObject({ position: 'better', held: false });
  });

  it('does not hold when the interval would hold nearly anything', () => {
    const v = verify(forecast([30, 150]), [], [run(110)]);
    expect(v).toMatchObject({ position: 'inside', held: false });
    expect(v.widthFactor).toBe(5);
  });

  it('judges several runs a side as a gate does', () => {
    const before = [410, 402, 395, 420, 405].map((p99, i) => run(p99, 2 * i));
    const after = [118, 112, 121, 109, 115].map((p99, i) => run(p99, 2 * i + 1));
    const v = verify(forecast([90, 150]), before, after);
    expect(v.runs).toEqual({ before: 5, after: 5 });
    expect(v.comparison?.better).toBe(true);
  });

  it('needs a run after the fix', () => {
    expect(() => verify(forecast([90, 150]), [run(400)], [])).toThrow(RangeError);
  });

  it('keeps a record of how forecasts held', () => {
    const entries = [110, 130, 220].map((p99) => trackEntry(verify(forecast([90, 150]), [], [run(p99)])));
    const track = trackRecord(entries);
    expect(track).toMatchObject({ forecasts: 3, held: 2 });
    expect(track.medianAbsError).toBeGreaterThan(0.07);
  });
});
