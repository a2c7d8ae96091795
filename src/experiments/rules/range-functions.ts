import { quantile } from '../../models/quantile.js';
import { fallsOf, placesIn, type Series, sumsOf } from './series.js';

/** A range of one series: places `from` (included) to `to` (excluded), over `startMs` to `endMs`. */
export interface Window {
  series: Series;
  from: number;
  to: number;
  startMs: number;
  endMs: number;
}

export const windowOf = (series: Series, startMs: number, endMs: number, leftOpen: boolean): Window => {
  const [from, to] = placesIn(series, startMs, endMs, leftOpen);
  return { series, from, to, startMs, endMs };
};

/** Places with a value. */
function places(w: Window): number[] {
  const out: number[] = [];
  for (let i = w.from; i < w.to; i++) if (!w.series.stale.has(i)) out.push(i);
  return out;
}
const valuesOf = (w: Window): number[] => places(w).map((i) => w.series.values[i] as number);

/** First and last place with a value, and how many there are. */
function ends(w: Window): { first: number; last: number; count: number } | undefined {
  const { stale } = w.series;
  let first = w.from;
  let last = w.to - 1;
  while (first < w.to && stale.has(first)) first++;
  while (last >= first && stale.has(last)) last--;
  if (last < first) return undefined;
  let gone = 0;
  if (stale.size > 0) for (let i = first; i <= last; i++) if (stale.has(i)) gone++;
  return { first, last, count: last - first + 1 - gone };
}

/** Room beyond the outermost samples that a rate may be carried into, in intervals between samples. */
const NEAR = 1.1;

/**
 * Rise over the range with resets added, carried to its ends as Prometheus does: to the end when it is near, else by half an
 * interval; a counter is not carried below zero. (Prometheus, promql/functions.go, extrapolatedRate, 2.42.)
 */
function extrapolated(w: Window, counter: boolean, perSecond: boolean): number | undefined {
  const e = ends(w);
  if (!e || e.count < 2) return undefined;
  const { timesMs, values } = w.series;
  const firstValue = values[e.first] as number;
  let rise = (values[e.last] as number) - firstValue;
  if (counter) {
    const falls = fallsOf(w.series);
    rise += (falls[e.last] as number) - (falls[e.first] as number);
  }
  const sampled = ((timesMs[e.last] as number) - (timesMs[e.first] as number)) / 1000;
  const interval = sampled / (e.count - 1);
  let before = ((timesMs[e.first] as number) - w.startMs) / 1000;
  const after = (w.endMs - (timesMs[e.last] as number)) / 1000;
  if (counter && rise > 0 && firstValue >= 0) before = Math.min(before, sampled * (firstValue / rise));
  const length =
    sampled +
    (before < interval * NEAR ? before : interval / 2) +
    (after < interval * NEAR ? after : interval / 2);
  const whole = rise * (length / sampled);
  return perSecond ? whole / ((w.endMs - w.startMs) / 1000) : whole;
}

function lastTwo(w: Window, of: (a: number, b: number, seconds: number) => number): number | undefined {
  const p = places(w).slice(-2);
  const [a, b] = p;
  if (a === undefined || b === undefined) return undefined;
  const { values, timesMs } = w.series;
  return of(
    values[a] as number,
    values[b] as number,
    ((timesMs[b] as number) - (timesMs[a] as number)) / 1000,
  );
}

function sum(w: Window): number | undefined {
  if (!ends(w)) return undefined;
  const sums = sumsOf(w.series);
  const total = (sums[w.to] as number) - (sums[w.from] as number);
  return Number.isFinite(total) ? total : valuesOf(w).reduce((a, b) => a + b, 0);
}

const over =
  (f: (values: number[]) => number) =>
  (w: Window): number | undefined => {
    const values = valuesOf(w);
    return values.length === 0 ? undefined : f(values);
  };

function deviation(values: number[]): number {
  const m = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((s, v) => s + (v - m) ** 2, 0) / values.length);
}

const risesAndFalls = (w: Window, counts: (before: number, now: number) => boolean): number | undefined => {
  const values = valuesOf(w);
  if (values.length === 0) return undefined;
  return values.filter((v, i) => i > 0 && counts(values[i - 1] as number, v)).length;
};

/** Functions of a range; `undefined` where Prometheus gives no sample. */
export const RANGE_FUNCTIONS: Readonly<Record<string, (w: Window, parameter: number) => number | undefined>> =
  {
    rate: (w) => extrapolated(w, true, true),
    increase: (w) => extrapolated(w, true, false),
    delta: (w) => extrapolated(w, false, false),
    irate: (w) => lastTwo(w, (a, b, s) => (b < a ? b : b - a) / s),
    idelta: (w) => lastTwo(w, (a, b) => b - a),
    sum_over_time: sum,
    count_over_time: (w) => ends(w)?.count,
    avg_over_time: (w) => {
      const n = ends(w)?.count;
      const s = sum(w);
      return n === undefined || s === undefined ? undefined : s / n;
    },
    min_over_time: over((v) => v.reduce((a, b) => Math.min(a, b))),
    max_over_time: over((v) => v.reduce((a, b) => Math.max(a, b))),
    last_over_time: over((v) => v.at(-1) as number),
    present_over_time: over(() => 1),
    stddev_over_time: over(deviation),
    stdvar_over_time: over((v) => deviation(v) ** 2),
    quantile_over_time: (w, q) => over((v) => quantile(Float64Array.from(v).sort(), q))(w),
    resets: (w) => risesAndFalls(w, (a, b) => b < a),
    changes: (w) => risesAndFalls(w, (a, b) => b !== a),
  };
