export type Labels = Readonly<Record<string, string>>;

/** One series, append-only. `stale` marks where it ended: those samples have no value. */
export interface Series {
  labels: Labels;
  timesMs: number[];
  values: number[];
  stale: Set<number>;
  /** Sum of all values before a place, and of all falls of a counter: kept up with the samples on demand. */
  sums: number[];
  falls: number[];
}

/** Series by metric name, then by labels. */
export interface Storage {
  byName: Map<string, Map<string, Series>>;
}

export const newStorage = (): Storage => ({ byName: new Map() });

/** Labels as one string that is the same for the same labels. */
export const keyOf = (labels: Labels): string => {
  const names = Object.keys(labels).sort();
  let key = '';
  for (const n of names) key += `${n}\u0001${labels[n]}\u0002`;
  return key;
};

export function seriesFor(storage: Storage, labels: Labels): Series {
  const name = labels.__name__ ?? '';
  let of = storage.byName.get(name);
  if (!of) {
    of = new Map();
    storage.byName.set(name, of);
  }
  const key = keyOf(labels);
  let series = of.get(key);
  if (!series) {
    series = { labels, timesMs: [], values: [], stale: new Set(), sums: [], falls: [] };
    of.set(key, series);
  }
  return series;
}

/** Adds a sample; times must rise. `undefined` marks the end of the series. */
export function append(series: Series, timeMs: number, value: number | undefined): void {
  const last = series.timesMs.at(-1);
  if (last !== undefined && timeMs <= last) return;
  if (value === undefined) series.stale.add(series.timesMs.length);
  series.timesMs.push(timeMs);
  series.values.push(value ?? Number.NaN);
}

/** Number of samples at or before a time. */
export function countUntil(series: Series, timeMs: number): number {
  const t = series.timesMs;
  let low = 0;
  let high = t.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((t[mid] as number) <= timeMs) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Places of the samples of a range, both ends included as Prometheus 2 has it, or without its start as Prometheus 3. */
export function placesIn(series: Series, fromMs: number, toMs: number, leftOpen: boolean): [number, number] {
  return [countUntil(series, leftOpen ? fromMs : fromMs - 1e-6), countUntil(series, toMs)];
}

/** Sum of the falls of a counter before each place: what its resets took away. */
export function fallsOf(series: Series): number[] {
  const { falls, values, stale } = series;
  for (let i = falls.length; i < values.length; i++) {
    if (i === 0 || stale.has(i)) {
      falls.push(falls[i - 1] ?? 0);
      continue;
    }
    let before = i - 1;
    while (before >= 0 && stale.has(before)) before--;
    const was = before >= 0 ? (values[before] as number) : 0;
    falls.push((falls[i - 1] ?? 0) + ((values[i] as number) < was ? was : 0));
  }
  return falls;
}

/** Sum of the values before each place; samples without a value count nothing, NaN stays NaN to the end. */
export function sumsOf(series: Series): number[] {
  const { sums, values, stale } = series;
  if (sums.length === 0) sums.push(0);
  for (let i = sums.length - 1; i < values.length; i++)
    sums.push((sums[i] as number) + (stale.has(i) ? 0 : (values[i] as number)));
  return sums;
}
