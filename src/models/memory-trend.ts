import { normalQuantile } from './distribution.js';
import { median } from './spread.js';

/** How memory that is kept behaves over time. */
export interface MemoryTrend {
  verdict: 'climbs' | 'levels-off' | 'level' | 'falls' | 'too-short';
  /** Bytes a second of the floor, with its 95 % interval. */
  slope: number;
  interval: [number, number];
  /** The floor at the end, by the line through all of it. */
  floorNow: number;
  floorFirst: number;
  /** Points that the slope rests on: one low for each stretch of time. */
  lows: number;
  /** Falls between two readings: collections, where memory is collected. */
  falls: number;
  seconds: number;
}

/** Fewer lows than this place no slope. */
const FEWEST_LOWS = 8;
const MOST_LOWS = 30;
/** Each stretch holds at least this many collections, so that its lowest reading is of what is kept. */
const FALLS_A_STRETCH = 2;
/** Less growth than this share of the floor is no climb, however sure. */
const LEAST_GROWTH = 0.1;
/**
 * Climbing goes on when the last quarter lies above the second one by this share of what it lies above the first: two
 * thirds on a straight line, next to nothing when it has levelled off.
 */
const LASTING = 0.4;

/**
 * Trend of the floor of a saw-tooth: the lowest reading of each stretch of time, with the median of the slopes between
 * all pairs of them (P. K. Sen, Estimates of the Regression Coefficient Based on Kendall's Tau, JASA 63, 1968) and its
 * interval, widened where lows that follow one another are alike (K. H. Hamed and A. R. Rao, Journal of Hydrology 204,
 * 1998, here by the first lag alone). `timesS` ascend; equal times are allowed.
 */
export function memoryTrend(timesS: ArrayLike<number>, bytes: ArrayLike<number>): MemoryTrend {
  const n = Math.min(timesS.length, bytes.length);
  const seconds = n > 1 ? (timesS[n - 1] as number) - (timesS[0] as number) : 0;
  let falls = 0;
  for (let i = 1; i < n; i++) if ((bytes[i] as number) < (bytes[i - 1] as number)) falls++;
  const rises = n - 1 - falls;
  // A line that falls as often as it rises is noise on a level, or short teeth: fewer, longer stretches.
  const stretches = Math.min(
    MOST_LOWS,
    falls * 4 < rises ? Math.max(falls, n >> 1) : falls / FALLS_A_STRETCH,
  );
  const { x, y } = lowest(timesS, bytes, n, Math.max(2, Math.floor(stretches)), seconds);
  const nothing = {
    slope: 0,
    interval: [0, 0] as [number, number],
    floorNow: y.at(-1) ?? 0,
    floorFirst: y[0] ?? 0,
  };
  if (x.length < FEWEST_LOWS || seconds <= 0)
    return { verdict: 'too-short', ...nothing, lows: x.length, falls, seconds };
  const { slope, interval, at } = senSlope(x, y);
  const start = x[0] as number;
  const end = x[x.length - 1] as number;
  const fitted = { floorNow: at(timesS[n - 1] as number), floorFirst: at(timesS[0] as number) };
  const growth = slope * (end - start);
  const scale = Math.max(1, Math.abs(median(y)));
  const quarter = (q: number): number =>
    median(y.slice(Math.floor((q * y.length) / 4), Math.ceil(((q + 1) * y.length) / 4)));
  const goesOn = quarter(3) - quarter(1) >= LASTING * (quarter(3) - quarter(0));
  const verdict =
    interval[0] > 0 && growth >= LEAST_GROWTH * scale
      ? goesOn
        ? 'climbs'
        : 'levels-off'
      : interval[1] < 0 && -growth >= LEAST_GROWTH * scale
        ? 'falls'
        : 'level';
  return { verdict, slope, interval, ...fitted, lows: x.length, falls, seconds };
}

/** The lowest reading of each of `stretches` equal stretches of time that has one. */
function lowest(
  timesS: ArrayLike<number>,
  bytes: ArrayLike<number>,
  n: number,
  stretches: number,
  seconds: number,
): { x: number[]; y: number[] } {
  const first = timesS[0] ?? 0;
  const x: number[] = [];
  const y: number[] = [];
  let current = -1;
  for (let i = 0; i < n; i++) {
    const t = timesS[i] as number;
    const stretch =
      seconds > 0 ? Math.min(stretches - 1, Math.floor(((t - first) / seconds) * stretches)) : 0;
    const low = bytes[i] as number;
    if (stretch !== current) {
      x.push(t);
      y.push(low);
      current = stretch;
    } else if (low < (y[y.length - 1] as number)) {
      x[x.length - 1] = t;
      y[y.length - 1] = low;
    }
  }
  return { x, y };
}

function senSlope(
  x: readonly number[],
  y: readonly number[],
): { slope: number; interval: [number, number]; at(t: number): number } {
  const slopes: number[] = [];
  for (let i = 0; i < x.length; i++)
    for (let j = i + 1; j < x.length; j++) {
      const dt = (x[j] as number) - (x[i] as number);
      if (dt > 0) slopes.push(((y[j] as number) - (y[i] as number)) / dt);
    }
  slopes.sort((a, b) => a - b);
  const slope = slopes.length === 0 ? 0 : median(slopes);
  const offset = median(x.map((t, i) => (y[i] as number) - slope * t));
  const n = x.length;
  const residuals = x.map((t, i) => (y[i] as number) - slope * t - offset);
  // Kendall's variance of the number of pairs that rise, times n ÷ n that are independent.
  const deviation = Math.sqrt(((n * (n - 1) * (2 * n + 5)) / 18) * inflation(residuals));
  const half = (normalQuantile(0.975) * deviation) / 2;
  const pick = (at: number): number =>
    slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(at)))] ?? slope;
  return {
    slope,
    interval: [pick(slopes.length / 2 - half - 0.5), pick(slopes.length / 2 + half - 0.5)],
    at: (t) => offset + slope * t,
  };
}

/** (1 + r) ÷ (1 − r) of the first autocorrelation, never below one. */
function inflation(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  let own = 0;
  let next = 0;
  for (let i = 0; i < values.length; i++) {
    const v = (values[i] as number) - mean;
    own += v * v;
    if (i > 0) next += v * ((values[i - 1] as number) - mean);
  }
  const r = own > 0 ? Math.min(0.9, Math.max(0, next / own)) : 0;
  return (1 + r) / (1 - r);
}

/**
 * Seconds until the floor meets `limit`, going on as it does. The upper end is infinite when the interval of the slope
 * reaches zero; `undefined` when the floor does not climb. Collections get long well before.
 */
export function timeToLimit(
  trend: MemoryTrend,
  limit: number,
): { seconds: number; interval: [number, number] } | undefined {
  if (trend.verdict !== 'climbs') return undefined;
  const left = Math.max(0, limit - trend.floorNow);
  const [low, high] = trend.interval;
  return {
    seconds: left / trend.slope,
    interval: [left / high, low > 0 ? left / low : Number.POSITIVE_INFINITY],
  };
}
