import { quantile, sorted } from '../quantile.js';
import type { Estimate } from './fit.js';

const DAY = 1440;

/** Daily peaks split into a trend and a shape of the week. */
export interface DailyPeaks {
  /** Peak of each whole day, requests a second, oldest first. */
  peaks: number[];
  /** Day of the week of the first peak, 0 = Sunday. */
  firstWeekday: number;
  /** Growth a day, as a relative change, and the slopes between which it lies nine times in ten. */
  growth: number;
  growthInterval: [number, number];
  /** Factor of each day of the week; 1 where there are fewer than two weeks. */
  weekday: number[];
  /** Peak of a mean day at the last day, by the trend. */
  level: number;
  /** Relative residuals of trend and week, ascending. */
  residuals: Float64Array;
}

/**
 * Trend and week of the daily peaks: the median of all slopes of the logarithm (P. K. Sen, J. Am. Stat. Assoc. 63, 1968),
 * which a few events do not move, then medians by day of the week. `undefined` with fewer than seven whole days.
 */
export function dailyPeaks(
  ratePerSecond: readonly number[],
  startMinute: number,
  startWeekday: number,
): DailyPeaks | undefined {
  const offset = (DAY - startMinute) % DAY;
  const peaks: number[] = [];
  for (let m = offset; m + DAY <= ratePerSecond.length; m += DAY)
    peaks.push(ratePerSecond.slice(m, m + DAY).reduce((a, b) => Math.max(a, b), 0));
  if (peaks.length < 7 || peaks.some((p) => p <= 0)) return undefined;
  const firstWeekday = (startWeekday + (offset > 0 ? 1 : 0)) % 7;
  const logs = peaks.map(Math.log);
  const slopes: number[] = [];
  for (let i = 0; i < logs.length; i++)
    for (let k = i + 1; k < logs.length; k++) slopes.push(((logs[k] ?? 0) - (logs[i] ?? 0)) / (k - i));
  const slope = median(slopes);
  const ascending = sorted(slopes);
  const n = logs.length;
  const spread = (1.645 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / slopes.length / 2;
  const start = median(logs.map((l, i) => l - slope * i));
  const detrended = logs.map((l, i) => l - start - slope * i);
  const weekday = Array.from({ length: 7 }, (_, d) => {
    const own = detrended.filter((_, i) => (firstWeekday + i) % 7 === d);
    return peaks.length >= 14 && own.length > 0 ? Math.exp(median(own)) : 1;
  });
  const residuals = sorted(detrended.map((v, i) => Math.exp(v) / (weekday[(firstWeekday + i) % 7] ?? 1)));
  return {
    peaks,
    firstWeekday,
    growth: Math.expm1(slope),
    growthInterval: [
      Math.expm1(quantile(ascending, Math.max(0, 0.5 - spread))),
      Math.expm1(quantile(ascending, Math.min(1, 0.5 + spread))),
    ],
    weekday,
    level: Math.exp(start + slope * (peaks.length - 1)),
    residuals,
  };
}

/**
 * The peak so many days after the last: trend × week × event. The trend is damped so that it adds up to no more than was
 * seen of it (E. S. Gardner and E. McKenzie, Management Science 31, 1985); the interval holds nine tenths of the
 * residuals and of the slopes (Sen 1968, eq. 2.6).
 */
export function forecastPeak(d: DailyPeaks, daysAhead: number, event = 1): Estimate {
  const week = d.weekday[(d.firstWeekday + d.peaks.length - 1 + daysAhead) % 7] ?? 1;
  const damping = 1 - 1 / d.peaks.length;
  const days = (damping * (1 - damping ** daysAhead)) / (1 - damping);
  const by = (growth: number): number => d.level * (1 + growth) ** days * week * event;
  return {
    value: by(d.growth),
    low: by(d.growthInterval[0]) * Math.min(1, quantile(d.residuals, 0.05)),
    high: by(d.growthInterval[1]) * Math.max(1, quantile(d.residuals, 0.95)),
  };
}

const median = (values: readonly number[]): number => quantile(sorted(values), 0.5);
