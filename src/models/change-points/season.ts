import { mean, median } from '../spread.js';

/** Periods that people's calendars make: quarters of a year, days of a week, months of a year, hours of a day. */
const PERIODS = [4, 7, 12, 24] as const;
/** Whole periods that must be there, and the share of the variation around a running mean that the season explains. */
const REPEATS = 4;
const SHARE = 0.6;

/**
 * The series without a season, when one explains most of what varies around its running mean; else as it is.
 * (Classical decomposition: running mean over one period, then the median of each phase; R. J. Hyndman and
 * G. Athanasopoulos, Forecasting, 3rd ed. 2021, §3.4. Medians, so that a step moves no phase.)
 */
export function withoutSeason(values: Float64Array): Float64Array {
  let best: { share: number; season: number[] } | undefined;
  for (const period of PERIODS) {
    if (values.length < period * REPEATS) continue;
    const found = seasonOf(values, period);
    if (found.share > (best?.share ?? SHARE)) best = found;
  }
  const season = best?.season;
  return season ? values.map((v, i) => v - (season[i % season.length] as number)) : values;
}

function seasonOf(values: Float64Array, period: number): { share: number; season: number[] } {
  const half = Math.floor(period / 2);
  const off: number[] = [];
  for (let i = half; i < values.length - half; i++) {
    // An even period counts both ends half.
    let sum = 0;
    for (let k = -half; k <= half; k++)
      sum += (values[i + k] as number) * (period % 2 === 0 && Math.abs(k) === half ? 0.5 : 1);
    off.push((values[i] as number) - sum / period);
  }
  const phases = Array.from({ length: period }, (_, p) =>
    median(off.filter((_, i) => (i + half) % period === p)),
  );
  const centre = mean(phases);
  const season = phases.map((p) => p - centre);
  let all = 0;
  let left = 0;
  for (const [i, v] of off.entries()) {
    all += v * v;
    left += (v - (season[(i + half) % period] as number)) ** 2;
  }
  return { share: all > 0 ? 1 - left / all : 0, season };
}
