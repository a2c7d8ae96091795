import { csvFields, separatorOf } from '../../evidence/readers/csv.js';

/** Arrivals by step of equal length. */
export interface Arrivals {
  ratePerSecond: number[];
  stepSeconds: number;
  /** Squared coefficient of variation of the gaps within steps: 1 for Poisson; absent when only counts are known. */
  gapVariation?: number;
  /** Seconds from the first arrival to each, where each was told. */
  arrivalsSeconds?: Float64Array;
}

/** Why a text is no record of arrivals: what, in which line, what to do. */
export class ArrivalsError extends Error {
  override readonly name = 'ArrivalsError';
  constructor(
    readonly what: string,
    readonly line: number,
    readonly todo: string,
  ) {
    super(`${what} (line ${line}) ${todo}`);
  }
}

const TODO = 'Give CSV with a header: a time and a count (timestamp,count), or one time of arrival a line.';
const COUNT = /^(count|requests|messages|arrivals|n|value|total|hits)$/i;
const RATE = /^(rate|rps|per_?second|qps)$/i;
const MOST_STEPS = 1_000_000;

/**
 * Reads arrivals: rows of a time and a count (or a rate), or one time of arrival a line. Times are ISO 8601, or numbers
 * in seconds, milliseconds, microseconds or nanoseconds since 1970, told by their size.
 */
export function readArrivals(text: string): Arrivals {
  const lines = text.split(/\r?\n/);
  const rows = lines
    .map((line, i) => ({ line: line.trim(), number: i + 1 }))
    .filter((r) => r.line !== '' && !r.line.startsWith('#'));
  const first = rows[0];
  if (!first) throw new ArrivalsError('The file is empty.', 1, TODO);
  const separator = separatorOf(first.line) ?? ',';
  const header = csvFields(first.line, separator) ?? [];
  const named = timeOf(header[0] ?? '') === undefined;
  const body = named ? rows.slice(1) : rows;
  const at = header.findIndex((n) => COUNT.test(n) || RATE.test(n));
  const column = named ? at : header.length > 1 ? 1 : -1;
  if (named && header.length > 1 && column < 0)
    throw new ArrivalsError('No column counts arrivals.', first.number, TODO);
  const read = body.map(({ line, number }) => {
    const fields = csvFields(line, separator) ?? [];
    const time = timeOf(fields[0] ?? '');
    const value = column < 0 ? 1 : Number(fields[column]);
    if (time === undefined || !(value >= 0))
      throw new ArrivalsError(`“${line.slice(0, 60)}” holds no time and count.`, number, TODO);
    return { time, value, number };
  });
  if (read.length < 2)
    throw new ArrivalsError('Two rows are the least that tell a rate.', first.number, TODO);
  read.forEach((r, i) => {
    const before = read[i - 1];
    if (before && r.time < before.time)
      throw new ArrivalsError(
        'Time goes back.',
        r.number,
        'Sort the rows by time; give all times in one time zone.',
      );
  });
  return column < 0
    ? fromEvents(read.map((r) => r.time))
    : fromCounts(read, named && RATE.test(header[column] ?? ''));
}

/** Seconds since 1970 of a time in any of the forms. */
function timeOf(text: string): number | undefined {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number))
    return number >= 1e17
      ? number / 1e9
      : number >= 1e14
        ? number / 1e6
        : number >= 1e11
          ? number / 1e3
          : number;
  const parsed = Date.parse(
    /\d$/.test(text) && /\d{4}-\d\d-\d\d \d/.test(text) ? `${text.replace(' ', 'T')}Z` : text,
  );
  return Number.isFinite(parsed) ? parsed / 1000 : undefined;
}

function fromCounts(
  rows: readonly { time: number; value: number; number: number }[],
  isRate: boolean,
): Arrivals {
  const gaps = rows.slice(1).map((r, i) => r.time - (rows[i]?.time ?? 0));
  const step = [...gaps].sort((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)] ?? 1;
  if (!(step > 0))
    throw new ArrivalsError('Rows share one time.', rows[0]?.number ?? 1, 'Give one row a step of time.');
  const start = rows[0]?.time ?? 0;
  const steps = Math.round(((rows[rows.length - 1]?.time ?? 0) - start) / step) + 1;
  if (steps > MOST_STEPS)
    throw new ArrivalsError(
      `The rows span ${steps} steps.`,
      rows[0]?.number ?? 1,
      'Give a shorter stretch, or wider steps.',
    );
  // Steps without a row had no arrivals.
  const rate = new Array<number>(steps).fill(0);
  for (const r of rows) {
    const i = Math.round((r.time - start) / step);
    rate[i] = (rate[i] ?? 0) + (isRate ? r.value : r.value / step);
  }
  return { ratePerSecond: rate, stepSeconds: step };
}

/** Arrivals that a step holds: enough that a rate means something, and more where there are many to spare. */
const A_STEP = { fewest: 30, most: 1000, steps: 1000 };

function fromEvents(times: readonly number[]): Arrivals {
  const start = times[0] ?? 0;
  const span = Math.max(1e-3, (times[times.length - 1] ?? 0) - start);
  const held = Math.min(A_STEP.most, Math.max(A_STEP.fewest, times.length / A_STEP.steps));
  const step = Math.max(span / MOST_STEPS, (held * span) / times.length);
  const rate = new Array<number>(Math.floor(span / step) + 1).fill(0);
  for (const t of times) {
    const i = Math.floor((t - start) / step);
    rate[i] = (rate[i] ?? 0) + 1 / step;
  }
  return {
    ratePerSecond: rate,
    stepSeconds: step,
    gapVariation: variationWithin(times, start, step),
    arrivalsSeconds: Float64Array.from(times, (t) => t - start),
  };
}

/** Mean over steps of the squared coefficient of variation of gaps: what is left when the rate's own changes are out. */
function variationWithin(times: readonly number[], start: number, step: number): number {
  let [sum, weight] = [0, 0];
  for (let i = 0; i < times.length; ) {
    const slot = Math.floor(((times[i] ?? 0) - start) / step);
    const gaps: number[] = [];
    for (i++; i < times.length && Math.floor(((times[i] ?? 0) - start) / step) === slot; i++)
      gaps.push((times[i] ?? 0) - (times[i - 1] ?? 0));
    if (gaps.length < 10) continue;
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const variance = gaps.reduce((a, g) => a + (g - mean) ** 2, 0) / (gaps.length - 1);
    if (mean <= 0) continue;
    sum += (variance / (mean * mean)) * gaps.length;
    weight += gaps.length;
  }
  return weight === 0 ? 1 : sum / weight;
}
