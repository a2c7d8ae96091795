import type { Quantity } from './quantity.js';

/** One metric of one node (a service, host, queue …), in order of time. Times in ms since the epoch. */
export interface MetricSeries {
  node: string;
  metric: string;
  quantity: Quantity;
  timesMs: Float64Array;
  /** `NaN` where there was no value. */
  values: Float64Array;
}

export interface Span {
  fromMs: number;
  toMs: number;
}

/** The values within [from, to). */
export function within(series: MetricSeries, { fromMs, toMs }: Span): Float64Array {
  const from = lowerBound(series.timesMs, fromMs);
  return series.values.slice(from, lowerBound(series.timesMs, toMs));
}

/** Means of the values in `rows` rows of `rowMs` from `fromMs`; `NaN` for a row without values. */
export function rowsOf(
  series: MetricSeries | undefined,
  fromMs: number,
  rowMs: number,
  rows: number,
): Float64Array {
  const sum = new Float64Array(rows);
  const count = new Float64Array(rows);
  if (series) {
    for (let i = lowerBound(series.timesMs, fromMs); i < series.timesMs.length; i++) {
      const row = Math.floor(((series.timesMs[i] as number) - fromMs) / rowMs);
      const value = series.values[i] as number;
      if (row >= rows) break;
      if (Number.isNaN(value)) continue;
      sum[row] = (sum[row] as number) + value;
      count[row] = (count[row] as number) + 1;
    }
  }
  return sum.map((s, i) => (count[i] === 0 ? Number.NaN : s / (count[i] as number)));
}

/** The usual distance of two points: the median; `NaN` for fewer than two. */
export function spacingMs(timesMs: Float64Array): number {
  const gaps = Float64Array.from(
    { length: Math.max(0, timesMs.length - 1) },
    (_, i) => (timesMs[i + 1] as number) - (timesMs[i] as number),
  ).sort();
  return gaps.length === 0 ? Number.NaN : (gaps[Math.floor(gaps.length / 2)] as number);
}

export function lowerBound(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const mid = (low + high) >>> 1;
    if ((ascending[mid] as number) < value) low = mid + 1;
    else high = mid;
  }
  return low;
}
