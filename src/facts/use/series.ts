import type { Params, Store } from '../../evidence/store/index.js';
import type { Phases } from '../phases.js';

/** One series of a metric in one phase, summed up. */
export interface Series {
  service: string;
  metric: string;
  /** The name in lower case, anything but letters and digits as one underscore: `process_cpu_utilization`. */
  name: string;
  unit: string;
  attributes: Readonly<Record<string, string>>;
  /** `baseline` or `incident`; or the number of a part of the time, where it was cut into more. */
  phase: string;
  points: number;
  /** How many instances (resources) report it. */
  instances: number;
  /** Of levels: over the points of all instances. */
  mean: number;
  p95: number;
  max: number;
  /** Of counters: increase over the phase, all instances together, and a second. */
  increase: number;
  rate: number;
  /** Of counters: increase over the last third of the phase. */
  lateIncrease: number;
  seconds: number;
  /** Of histograms: what came in during the phase. */
  count: number;
  sum: number;
  buckets: number[];
  bounds: number[];
  kind: 'level' | 'counter' | 'histogram';
}

/** Resource attributes that make two series of one name two instances. */
const INSTANCE = `cityHash64(toString(mapFilter((k, v) -> k != 'service.name', ResourceAttributes)))`;
/** Series beyond this many a table are left out, those with fewest points first. */
const MOST_SERIES = 20_000;

/** How the time of the series is cut. */
export type Cut = Pick<Phases, 'sql' | 'params'>;

const common = (phases: Cut): string =>
  `ServiceName AS service, MetricName AS metric, any(MetricUnit) AS unit, Attributes AS attributes, ${phases.sql('TimeUnix')} AS phase, count() AS points`;
const LAST = `GROUP BY service, metric, attributes, phase ORDER BY points DESC, service, metric, toString(attributes), phase LIMIT ${MOST_SERIES}`;

/**
 * All series of levels, counters and histograms, by phase; of the metrics whose names match `only` (RE2, on the name in lower
 * case with underscores), where it is given. Sums over instances use one thread: the order is fixed.
 */
export async function loadSeries(store: Store, phases: Cut, only?: string): Promise<Series[]> {
  const wanted =
    only === undefined ? '1' : `match(replaceRegexpAll(lower(MetricName), '[^a-z0-9]+', '_'), {only:String})`;
  const params: Params = { ...phases.params, ...(only === undefined ? {} : { only }) };
  const run = <T>(sql: string): Promise<T[]> => store.query<T>(`${sql} SETTINGS max_threads = 1`, params);
  const levels = await run<Partial<Series>>(
    `SELECT ${common(phases)}, uniqExact(${INSTANCE}) AS instances, avg(Value) AS mean,
            quantileExact(0.95)(Value) AS p95, max(Value) AS max
     FROM (SELECT ServiceName, MetricName, MetricUnit, Attributes, ResourceAttributes, KpSource, TimeUnix, Value FROM otel_metrics_gauge
           UNION ALL
           SELECT ServiceName, MetricName, MetricUnit, Attributes, ResourceAttributes, KpSource, TimeUnix, Value FROM otel_metrics_sum WHERE NOT IsMonotonic)
     WHERE ${wanted}
     ${LAST}`,
  );
  const counters = await run<Partial<Series>>(
    `SELECT service, metric, any(unit) AS unit, attributes, phase, sum(points) AS points, count() AS instances,
            sum(grown) AS increase, sum(late) AS lateIncrease, max(length) AS seconds
     FROM (SELECT ServiceName AS service, MetricName AS metric, any(MetricUnit) AS unit, Attributes AS attributes,
             ${phases.sql('TimeUnix')} AS phase, count() AS points,
             arrayMap(x -> x.2, arraySort(groupArray((TimeUnix, Value)))) AS v,
             if(any(AggregationTemporality) = 1, arraySum(v), arraySum(arrayMap(d -> if(d > 0, d, 0), arrayDifference(v)))) AS grown,
             arraySlice(if(any(AggregationTemporality) = 1, v, arrayMap(d -> if(d > 0, d, 0), arrayDifference(v))), toInt64(length(v) - intDiv(length(v), 3) + 1)) AS lates,
             arraySum(lates) AS late,
             dateDiff('millisecond', if(any(AggregationTemporality) = 1, least(min(StartTimeUnix), min(TimeUnix)), min(TimeUnix)), max(TimeUnix)) / 1000 AS length
           FROM otel_metrics_sum WHERE IsMonotonic AND ${wanted}
           GROUP BY KpSource, service, metric, attributes, phase, ${INSTANCE})
     ${LAST}`,
  );
  const histograms = await run<Partial<Series>>(
    `SELECT service, metric, any(unit) AS unit, attributes, phase, sum(points) AS points, count() AS instances,
            sum(c) AS count, sum(s) AS sum, sumForEach(b) AS buckets, any(bounds) AS bounds, max(length) AS seconds
     FROM (SELECT ServiceName AS service, MetricName AS metric, any(MetricUnit) AS unit, Attributes AS attributes,
             ${phases.sql('TimeUnix')} AS phase, count() AS points, any(AggregationTemporality) = 1 OR points = 1 AS whole,
             if(whole, sum(Count), toUInt64(greatest(0, toInt64(argMax(Count, TimeUnix)) - toInt64(argMin(Count, TimeUnix))))) AS c,
             if(whole, sum(Sum), argMax(Sum, TimeUnix) - argMin(Sum, TimeUnix)) AS s,
             if(whole, sumForEach(BucketCounts), arrayMap((x, y) -> toUInt64(greatest(0, toInt64(x) - toInt64(y))), argMax(BucketCounts, TimeUnix), argMin(BucketCounts, TimeUnix))) AS b,
             any(ExplicitBounds) AS bounds,
             dateDiff('millisecond', min(TimeUnix), max(TimeUnix)) / 1000 AS length
           FROM otel_metrics_histogram WHERE ${wanted}
           GROUP BY KpSource, service, metric, attributes, phase, ${INSTANCE})
     ${LAST}`,
  );
  return [
    ...levels.map((s) => complete(s, 'level')),
    ...counters.map((s) => complete(s, 'counter')),
    ...histograms.map((s) => complete(s, 'histogram')),
  ].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

const orderOf = (s: Series): string =>
  [s.service, s.name, s.phase, JSON.stringify(s.attributes), s.kind].join('\n');

function complete(s: Partial<Series>, kind: Series['kind']): Series {
  const seconds = s.seconds ?? 0;
  return {
    service: s.service ?? '',
    metric: s.metric ?? '',
    name: (s.metric ?? '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, ''),
    unit: s.unit ?? '',
    attributes: s.attributes ?? {},
    phase: s.phase ?? 'incident',
    points: s.points ?? 0,
    instances: Math.max(1, s.instances ?? 1),
    mean: s.mean ?? 0,
    p95: s.p95 ?? 0,
    max: s.max ?? 0,
    increase: s.increase ?? 0,
    lateIncrease: Number(s.lateIncrease ?? 0),
    rate: seconds > 0 ? (s.increase ?? 0) / seconds : 0,
    seconds,
    count: Math.max(0, Number(s.count ?? 0)),
    sum: s.sum ?? 0,
    buckets: (s.buckets ?? []).map((b) => Math.max(0, Number(b))),
    bounds: s.bounds ?? [],
    kind,
  };
}

/** What to multiply a recorded value with to get milliseconds: by the unit, else by the end of the name. */
export function toMs(s: Series): number {
  const unit = s.unit.toLowerCase();
  if (['s', 'sec', 'second', 'seconds'].includes(unit)) return 1000;
  if (['ms', 'msec', 'millisecond', 'milliseconds'].includes(unit)) return 1;
  if (['us', 'µs', 'microseconds'].includes(unit)) return 1e-3;
  if (['ns', 'nanoseconds'].includes(unit)) return 1e-6;
  if (/_(seconds|secs|s)(_|$)/.test(s.name)) return 1000;
  if (/_(us|microseconds|micros)(_|$)/.test(s.name)) return 1e-3;
  if (/_(ns|nanoseconds|nanos)(_|$)/.test(s.name)) return 1e-6;
  return 1;
}

/** The same for shares: per cent by the unit, by the name, or because no share is that large. */
export const toRatio = (s: Series): number =>
  s.unit === '%' || /percent|_pct(_|$)/.test(s.name) || s.max > 1.5 ? 0.01 : 1;

/** The same for bytes. */
export function toBytes(s: Series): number {
  const unit = s.unit.toLowerCase().replace(/^\{|\}$/g, '');
  if (/^ki?by?$|^kibibytes?$/.test(unit)) return unit.startsWith('ki') ? 1024 : 1000;
  if (/^mi?by?$|^mebibytes?$|^megabytes?$/.test(unit)) return unit.includes('i') ? 1024 ** 2 : 1e6;
  if (/^gi?by?$/.test(unit)) return unit.includes('i') ? 1024 ** 3 : 1e9;
  return 1;
}

/** A quantile of a histogram by interpolation in its bucket; the lower bound of the last, open one. */
export function histogramQuantile(s: Pick<Series, 'buckets' | 'bounds'>, p: number): number | undefined {
  const total = s.buckets.reduce((a, b) => a + b, 0);
  if (total === 0 || s.bounds.length === 0) return undefined;
  const rank = p * total;
  let below = 0;
  for (let i = 0; i < s.buckets.length; i++) {
    const here = s.buckets[i] as number;
    if (below + here >= rank && here > 0) {
      const low = i === 0 ? 0 : (s.bounds[i - 1] as number);
      const high = s.bounds[i];
      return high === undefined ? low : low + ((rank - below) / here) * (high - low);
    }
    below += here;
  }
  return s.bounds[s.bounds.length - 1];
}

/** Histograms of one kind added up; those with other bounds are left out. */
export function merged(all: readonly Series[]): Series | undefined {
  const [first] = all;
  if (!first) return undefined;
  const alike = all.filter((s) => s.bounds.join() === first.bounds.join());
  return {
    ...first,
    count: alike.reduce((a, s) => a + s.count, 0),
    sum: alike.reduce((a, s) => a + s.sum, 0),
    seconds: Math.max(...alike.map((s) => s.seconds)),
    instances: Math.max(...alike.map((s) => s.instances)),
    buckets: first.buckets.map((_, i) => alike.reduce((a, s) => a + (s.buckets[i] ?? 0), 0)),
  };
}
