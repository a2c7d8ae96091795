import { LoadFault } from './load/reader.js';
import { cell, positive, readTable } from './table.js';

/** Requests a second, one value a minute, from a time on. Minutes without a row are filled with the one before. */
export interface LoadSeries {
  ratePerSecond: number[];
  /** Minute of the day (UTC) and day of the week (0 = Sunday) of the first value. */
  startMinute: number;
  startWeekday: number;
  /** Unix time of the first minute, in minutes. */
  startAt: number;
  filled: number;
}

const TIMES = ['minute', 'time', 'timestamp', 'ts', 'date', 'datetime'];
const COUNTS = ['requests', 'count', 'hits', 'value'];
const RATES = ['rate', 'rps', 'qps', 'requestspersecond', 'throughput', 'ratepersecond'];
const MINUTE_MS = 60_000;
/** Ten years of minutes: a longer gap is a wrong clock. */
const LONGEST_MINUTES = 5_300_000;

/**
 * A recorded load from a table with a time and a rate (`rps`) or a count (`requests`, of the time until the next row).
 * Rows are put into minutes; several rows of one minute add up as counts, and are averaged as rates. Throws a
 * `LoadFault` on a time that cannot be read or goes back.
 */
export function readLoadSeries(text: string, file: string): LoadSeries {
  const rows = readTable(text, file).map((row) => {
    const time = cell(row, TIMES);
    const at = time === undefined ? Number.NaN : timeMs(time);
    if (!Number.isFinite(at))
      throw new LoadFault(
        time === undefined ? 'The row says no time' : `“${time.slice(0, 40)}” is no time`,
        row.where,
        `Name a column ${TIMES.slice(0, 3).join(', ')} with 2026-01-31 09:45:00 or Unix seconds.`,
      );
    const rate = positive(row, RATES);
    const count = rate === undefined ? positive(row, COUNTS) : undefined;
    if (rate === undefined && count === undefined)
      throw new LoadFault(
        'The row says no load',
        row.where,
        'Name a column requests (a count until the next row) or rps (a second).',
      );
    return { at, rate, count, where: row.where };
  });
  const [first, second] = rows;
  if (!first || !second)
    throw new LoadFault('There are fewer than two rows', file, 'Record the load for some hours at least.');
  const start = Math.floor(first.at / MINUTE_MS);
  const stepMs = gapOf(rows.map((r) => r.at));
  const sums = new Map<number, { sum: number; n: number }>();
  let before = first.at;
  for (const row of rows) {
    if (row.at < before)
      throw new LoadFault('The time goes back', row.where, 'Sort the rows by time; give one series.');
    before = row.at;
    const minute = Math.floor(row.at / MINUTE_MS) - start;
    if (minute > LONGEST_MINUTES)
      throw new LoadFault('The row is years after the first', row.where, 'Check the unit of the time.');
    const entry = sums.get(minute) ?? { sum: 0, n: 0 };
    entry.sum += row.rate ?? ((row.count ?? 0) * 1000) / Math.max(stepMs, MINUTE_MS);
    entry.n += row.rate === undefined ? 0 : 1;
    sums.set(minute, entry);
  }
  const last = Math.max(...sums.keys());
  let filled = 0;
  let value = 0;
  const ratePerSecond = Array.from({ length: last + 1 }, (_, m) => {
    const entry = sums.get(m);
    if (entry) value = entry.sum / Math.max(1, entry.n);
    else filled++;
    return value;
  });
  const date = new Date(start * MINUTE_MS);
  return {
    ratePerSecond,
    startMinute: date.getUTCHours() * 60 + date.getUTCMinutes(),
    startWeekday: date.getUTCDay(),
    startAt: start,
    filled,
  };
}

/** The usual distance of rows: the smallest that is not zero among the first thousand. */
function gapOf(times: readonly number[]): number {
  const gaps = times
    .slice(1, 1000)
    .map((t, i) => t - (times[i] ?? t))
    .filter((g) => g > 0);
  return gaps.length === 0 ? MINUTE_MS : Math.min(...gaps);
}

/** Unix time in seconds or milliseconds, or a date; without a zone it is UTC. */
function timeMs(text: string): number {
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const iso = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:?\d{2})?$/.exec(text);
  return iso
    ? Date.parse(`${iso[1]}T${iso[2]}${iso[3] ?? ':00'}${iso[4] ?? ''}${iso[5] ?? 'Z'}`)
    : Number.NaN;
}
