import { derived, type Fact, subject } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { type MemoryTrend, memoryTrend, timeToLimit } from '../../models/memory-trend.js';
import { fromQuery } from '../query-fact.js';

/** Heaps of managed runtimes: what is left after a collection is what the program keeps. */
const HEAP =
  '^(v8js_memory_heap_used|jvm_memory_used(_bytes)?|nodejs_heap_size_used_bytes|process_runtime_jvm_memory_usage|go_memstats_heap_(inuse|alloc)_bytes|process_runtime_dotnet_gc_heap_size|dotnet_gc_last_collection_heap_size)$';
const NAME = `replaceRegexpAll(lower(MetricName), '[^a-z0-9]+', '_')`;
const INSTANCE = `cityHash64(toString(mapFilter((k, v) -> k != 'service.name', ResourceAttributes)))`;
const OFF_HEAP = `arrayExists(k -> lower(Attributes[k]) IN ('non_heap', 'nonheap'), ['jvm.memory.type', 'type', 'area'])`;
const MOST_INSTANCES = 200;
const MOST_POINTS = 5000;

interface Row {
  service: string;
  metric: string;
  unit: string;
  timesMs: (number | string)[];
  values: number[];
}

/**
 * Services with a heap whose floor climbs: bytes a second, growth over the readings, and when it meets the heap's
 * limit. A floor that does not climb gives no facts: restarts may hide a leak. One process a service, the one that
 * climbs fastest.
 */
export async function memoryTrendFacts(
  store: Store,
  sources: readonly string[],
  limits: readonly Fact[],
): Promise<Fact[]> {
  const rows = await store.query<Row>(
    `SELECT service, metric, any(unit) AS unit, arrayMap(p -> p.1, points) AS timesMs, arrayMap(p -> p.2, points) AS values
     FROM (SELECT service, metric, unit, source, instance, arraySort(groupArray(${MOST_POINTS})((t, v))) AS points
           FROM (SELECT ServiceName AS service, MetricName AS metric, any(MetricUnit) AS unit, KpSource AS source, ${INSTANCE} AS instance,
                        toUnixTimestamp64Milli(TimeUnix) AS t, sum(Value) AS v
                 FROM (SELECT * FROM (SELECT ServiceName, MetricName, MetricUnit, Attributes, ResourceAttributes, KpSource, TimeUnix, Value FROM otel_metrics_gauge
                       UNION ALL
                       SELECT ServiceName, MetricName, MetricUnit, Attributes, ResourceAttributes, KpSource, TimeUnix, Value FROM otel_metrics_sum WHERE NOT IsMonotonic))
                 WHERE match(${NAME}, {heap:String}) AND NOT ${OFF_HEAP}
                 GROUP BY service, metric, source, instance, t ORDER BY service, metric, source, instance, t)
           GROUP BY service, metric, unit, source, instance ORDER BY service, metric, source, instance LIMIT ${MOST_INSTANCES})
     GROUP BY service, metric, points ORDER BY service, metric, points[1].1, points[1].2 SETTINGS max_threads = 1`,
    { heap: HEAP },
  );
  const steepest = new Map<string, { row: Row; trend: MemoryTrend; points: number }>();
  for (const row of rows) {
    const times = row.timesMs.map((t) => Number(t) / 1000);
    const trend = memoryTrend(times, row.values.map(Number));
    const known = steepest.get(row.service);
    if (trend.verdict === 'climbs' && (!known || trend.slope > known.trend.slope))
      steepest.set(row.service, { row, trend, points: times.length });
  }
  return [...steepest.values()].flatMap(({ row, trend, points }) => {
    const about = subject('service', row.service || 'unknown service');
    const origin = {
      query: `metric ${row.metric} of ${row.service}: lows of ${trend.lows} stretches of time of one process`,
      rows: points,
      sources,
    };
    const slope = fromQuery(
      {
        name: 'heap.floor.slope',
        subject: about,
        phase: 'incident',
        value: trend.slope,
        unit: 'bytes/s',
        interval: trend.interval,
        n: trend.lows,
      },
      origin,
    );
    const floor = fromQuery(
      {
        name: 'heap.floor',
        subject: about,
        phase: 'incident',
        value: trend.floorNow,
        unit: 'bytes',
        n: trend.lows,
      },
      origin,
    );
    const limit = limits.find((f) => f.name === 'heap.limit' && f.subject.id === about.id);
    const left = limit && timeToLimit(trend, limit.value);
    return [
      slope,
      floor,
      ...(limit && left && Number.isFinite(left.interval[1])
        ? [
            derived(
              {
                name: 'heap.timeToLimit',
                subject: about,
                phase: 'incident',
                value: left.seconds,
                unit: 's',
                interval: left.interval,
              },
              '(heap limit − floor) ÷ slope of the floor, going on as it does',
              [slope, floor, limit],
            ),
          ]
        : []),
    ];
  });
}
