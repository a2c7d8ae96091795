import { harrellDavis, sorted } from '../../models/quantile.js';
import { compareRuns, DEFAULT_COMPARE, type MetricComparison } from '../compare/compare.js';
import type { Run } from '../compare/run.js';
import type { StoredForecast } from './forecast-of.js';

/** An interval wider than this factor forecasts nothing. */
export const WIDEST = 4;
const P99 = 'latency.p99';

export interface Verified {
  forecast: StoredForecast;
  /** Median over the runs of the p99 before and after, ms. */
  beforeMs: number;
  afterMs: number;
  runs: { before: number; after: number };
  /** Beginning of the first run after the change, ms since 1970; 0 where no run says its time. */
  measuredAtMs: number;
  /** Where the measured p99 lies in respect of the interval. */
  position: 'inside' | 'better' | 'worse';
  /** The interval, high ÷ low; beyond `WIDEST` it holds nothing. */
  widthFactor: number;
  held: boolean;
  /** (forecast − measured) ÷ measured. */
  error: number;
  /** Run against run, as gates judge: nothing with a single run a side. */
  comparison?: MetricComparison;
}

/**
 * Holds a forecast against runs measured before and after the change. Without runs of before, the p99 that the
 * forecast began from stands for them. Every run holds its p99 in ms under `latency.p99`.
 * Throws a RangeError when there is no run after the change.
 */
export function verify(forecast: StoredForecast, before: readonly Run[], after: readonly Run[]): Verified {
  const of = (runs: readonly Run[]): number[] =>
    runs.map((r) => r.metrics[P99]).filter((v): v is number => v !== undefined);
  const measured = of(after);
  if (measured.length === 0) throw new RangeError('no run after the change tells a p99');
  const middle = (values: readonly number[]): number => harrellDavis(sorted([...values]), 0.5);
  const afterMs = middle(measured);
  const earlier = of(before);
  const [low, high] = forecast.intervalMs;
  const position = afterMs < low ? 'better' : afterMs > high ? 'worse' : 'inside';
  const widthFactor = high / Math.max(1e-9, low);
  return {
    forecast,
    beforeMs: earlier.length > 0 ? middle(earlier) : forecast.nowMs,
    afterMs,
    runs: { before: earlier.length, after: measured.length },
    measuredAtMs: Math.min(...after.map((r) => r.startedAtMs ?? 0)),
    position,
    widthFactor,
    held: position === 'inside' && widthFactor <= WIDEST,
    error: (forecast.valueMs - afterMs) / afterMs,
    ...(earlier.length > 1 && measured.length > 1
      ? { comparison: compareRuns(before, after, { ...DEFAULT_COMPARE, metrics: [P99] }).metrics[0] }
      : {}),
  } as Verified;
}

/** One forecast that was held against a measurement. */
export interface TrackEntry {
  recommendation: string;
  operation: string;
  forecastMs: number;
  intervalMs: [number, number];
  measuredMs: number;
  held: boolean;
  /** p99 before the change, ms. Records of earlier versions lack this and what follows. */
  beforeMs?: number;
  runs?: { before: number; after: number };
  /** Beginning of the first run after the change, ISO 8601. */
  measuredAt?: string;
}

export const trackEntry = (v: Verified): TrackEntry => ({
  recommendation: v.forecast.recommendation,
  operation: `${v.forecast.operation.service} ${v.forecast.operation.name}`.trim(),
  forecastMs: v.forecast.valueMs,
  intervalMs: v.forecast.intervalMs,
  measuredMs: v.afterMs,
  held: v.held,
  beforeMs: v.beforeMs,
  runs: v.runs,
  ...(v.measuredAtMs > 0 ? { measuredAt: new Date(v.measuredAtMs).toISOString() } : {}),
});

/** How forecasts held so far: how many, the share inside their intervals, and the median size of their errors. */
export function trackRecord(entries: readonly TrackEntry[]): {
  forecasts: number;
  held: number;
  medianAbsError: number;
} {
  const errors = entries.map((e) => Math.abs(e.forecastMs - e.measuredMs) / e.measuredMs);
  return {
    forecasts: entries.length,
    held: entries.filter((e) => e.held).length,
    medianAbsError: errors.length === 0 ? Number.NaN : harrellDavis(sorted(errors), 0.5),
  };
}
