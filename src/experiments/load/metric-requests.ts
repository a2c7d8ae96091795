import type { Store } from '../../evidence/store/index.js';
import type { CountedRequests } from './counted-load.js';

/** Counts of served requests by service, as metrics have them. */
export interface ServedCounts {
  service: string;
  metric: string;
  rows: CountedRequests[];
}

/** Names of counters of served requests, in lower case with one underscore for what is no letter or digit. */
const HISTOGRAMS =
  '^(http_server_(request_)?duration|http_server_requests|http_requests?_duration)(_(seconds|milliseconds|ms))?$';
const COUNTERS = '^(http_server_)?(http_)?requests?(_served)?(_(total|count))?$';
const PLAIN_NAME = "replaceRegexpAll(lower(MetricName), '[^a-z0-9]+', '_')";
/** Points beyond these are not read: a longer history is cut at its end, which a plan says by its length. */
const MOST_POINTS = 2_000_000;
const DELTA = 1;

interface Point {
  service: string;
  metric: string;
  series: string;
  atMs: number;
  startMs: number;
  value: number;
  temporality: number;
  method: string;
  path: string;
}

const first = (...names: string[]): string =>
  `coalesce(${names.map((n) => `nullIf(Attributes['${n}'], '')`).join(', ')}, '')`;

/** What services counted of the requests that they served, each service by the metric that counted most. */
export async function metricRequests(store: Store): Promise<ServedCounts[]> {
  const columns = (value: string): string => `
    SELECT ServiceName AS service, MetricName AS metric,
      toString(cityHash64(ServiceName, MetricName, toString(ResourceAttributes), toString(Attributes))) AS series,
      toFloat64(toUnixTimestamp64Milli(TimeUnix)) AS atMs, toFloat64(toUnixTimestamp64Milli(StartTimeUnix)) AS startMs,
      toFloat64(${value}) AS value, AggregationTemporality AS temporality,
      upper(${first('http.request.method', 'http.method', 'method')}) AS method,
      ${first('http.route', 'route', 'uri', 'path', 'handler')} AS path`;
  const points = await store.query<Point>(
    `SELECT * FROM (
       ${columns('Count')} FROM otel_metrics_histogram WHERE match(${PLAIN_NAME}, '${HISTOGRAMS}')
       UNION ALL
       ${columns('Value')} FROM otel_metrics_sum WHERE IsMonotonic AND match(${PLAIN_NAME}, '${COUNTERS}')
     ) ORDER BY service, metric, series, atMs LIMIT ${MOST_POINTS}`,
  );
  const byMetric = new Map<string, ServedCounts>();
  for (const [i, point] of points.entries()) {
    const counted = grown(point, points[i - 1]);
    if (!counted) continue;
    const key = `${point.service}\n${point.metric}`;
    const entry = byMetric.get(key) ?? { service: point.service, metric: point.metric, rows: [] };
    byMetric.set(key, entry);
    entry.rows.push({ ...counted, method: point.method || 'GET', path: point.path || '/' });
  }
  const best = new Map<string, ServedCounts>();
  for (const found of byMetric.values()) {
    const other = best.get(found.service);
    if (!other || total(found) > total(other)) best.set(found.service, found);
  }
  return [...best.values()];
}

const total = (s: ServedCounts): number => s.rows.reduce((sum, r) => sum + r.count, 0);

/** What a point adds to the one before it: all of a delta; of a running sum the rise, or the whole after a restart. */
function grown(
  point: Point,
  before: Point | undefined,
): Pick<CountedRequests, 'fromMs' | 'toMs' | 'count'> | undefined {
  const same = before?.series === point.series ? before : undefined;
  if (point.temporality === DELTA) {
    const fromMs = point.startMs > 0 ? point.startMs : same?.atMs;
    return fromMs === undefined ? undefined : { fromMs, toMs: point.atMs, count: point.value };
  }
  if (!same) return undefined;
  const count = point.value >= same.value ? point.value - same.value : point.value;
  return { fromMs: same.atMs, toMs: point.atMs, count };
}
