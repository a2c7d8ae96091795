import { type Fact, say, type Text } from '../../domain/index.js';
import { digits } from '../text.js';
import { boundOf, bucketBound } from './bucket.js';
import type { RequestMetrics } from './metrics.js';

/** Labels and a window of a query of requests. `by`: labels that its series keep. */
interface Asked {
  labels: string;
  window: string;
  by?: string;
}

const sumBy = (by: string | undefined, le = false): string => {
  const labels = [...(le ? ['le'] : []), ...(by ? [by] : [])];
  return labels.length > 0 ? `sum by (${labels.join(', ')}) ` : 'sum';
};
const summed = (m: RequestMetrics, series: string, a: Asked, le = false): string =>
  `${sumBy(a.by, le)}(rate(${series}{${m.select}${a.labels}}[${a.window}]))`;

/** Requests a second: by the counter beside a classic histogram, out of a native one by its count. */
export const requestRate = (m: RequestMetrics, a: Asked): string =>
  m.native ? `histogram_count(${summed(m, m.duration, a)})` : summed(m, m.count, a);

/**
 * Requests a second that took up to the limit: by the bucket at it, or by the part of a native histogram below it. Where
 * nothing came in that part is no number, and is left out.
 */
export function rateUpTo(m: RequestMetrics, limit: Fact, a: Asked): Text {
  if (!m.native)
    return say`${sumBy(a.by)}(rate(${m.duration}_bucket{${m.select}${a.labels},${bucketBound(m, limit)}}[${a.window}]))`;
  const all = summed(m, m.duration, a);
  return say`(histogram_fraction(0, ${digits(boundOf(m, limit), 1, 6)}, ${all}) >= 0) * histogram_count(${all})`;
}

/** A percentile of the duration, in seconds. */
export const durationQuantile = (m: RequestMetrics, q: string, a: Asked): string =>
  m.native
    ? `histogram_quantile(${q}, ${summed(m, m.duration, a)})`
    : `histogram_quantile(${q}, ${summed(m, `${m.duration}_bucket`, a, true)})`;
