import { NO_SCOPE } from '../../readers/json-map.js';
import type { AttributeMap, Exemplar, Metric, Resource } from '../../readers/records.js';
import { arrayOf, isObject } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { AskFault } from '../live/fault.js';
import type { Family } from './families.js';
import { nativePoint } from './native-histogram.js';
import { numberOf } from './value.js';

type Labels = Readonly<Record<string, string>>;

/** One series of a range answer. */
export interface RangeSeries {
  labels: Labels;
  /** Unix seconds and the value as text: "NaN", "+Inf" and "-Inf" are values. */
  values: readonly (readonly [number, string])[];
  /** Native histograms, by time. */
  histograms: readonly (readonly [number, unknown])[];
}

/** The series of an answer of type matrix. */
export function seriesOf(data: unknown): RangeSeries[] {
  if (!isObject(data) || data.resultType !== 'matrix' || !Array.isArray(data.result))
    throw new AskFault('malformed', 'its answer to a range query is no matrix');
  return data.result.map((raw) => {
    const one = isObject(raw) ? raw : {};
    return {
      labels: isObject(one.metric)
        ? Object.fromEntries(Object.entries(one.metric).map(([k, v]) => [k, String(v)]))
        : {},
      values: arrayOf(one.values).flatMap((p) =>
        Array.isArray(p) && typeof p[0] === 'number' ? [[p[0], String(p[1])] as const] : [],
      ),
      histograms: arrayOf(one.histograms).flatMap((p) =>
        Array.isArray(p) && typeof p[0] === 'number' ? [[p[0], p[1]] as const] : [],
      ),
    };
  });
}

/** Labels that tell instances of one service apart, and where they run. */
const OF_THE_INSTANCE = new Set([
  'job',
  'instance',
  'pod',
  'pod_name',
  'node',
  'host',
  'hostname',
  'namespace',
  'cluster',
  'prometheus',
  'prometheus_replica',
  'replica',
  'endpoint',
  'id',
  'uid',
  'image',
  'container_id',
  'service_instance_id',
  'service_namespace',
  'service_version',
  'metrics_path',
  'exported_instance',
  'region',
  'zone',
  'env',
  'environment',
]);
const OF_THE_SERVICE = [
  'service_name',
  'service',
  'app_kubernetes_io_name',
  'app',
  'application',
  'exported_job',
];
/** Metrics of containers and pods, whose job is that of the kubelet. */
const OF_CONTAINERS = /^(?:container_|kube_pod_|kubelet_)/;
/** What a workload's controller puts behind the name of a pod. */
const POD_SUFFIX = /(?:-[a-f0-9]{6,10})?-[a-z0-9]{5}$|-\d+$/;

/** The service that a series is about. OpenTelemetry's job is `namespace/name`. */
export function serviceOf(labels: Labels): string {
  const name = labels.__name__ ?? '';
  if (OF_CONTAINERS.test(name)) {
    const pod = labels.pod ?? labels.pod_name;
    const container = labels.container ?? labels.container_name;
    if (container !== undefined && container !== '' && container !== 'POD') return container;
    if (pod !== undefined && pod !== '') return pod.replace(POD_SUFFIX, '');
  }
  const said = OF_THE_SERVICE.map((k) => labels[k]).find((v) => v !== undefined && v !== '');
  if (said !== undefined) return said;
  const job = labels.job ?? '';
  return job.includes('/') ? (job.split('/').at(-1) ?? job) : job;
}

/** Attributes of OpenTelemetry's conventions, whose dots became underscores on the way. */
const CONVENTIONS: ReadonlyMap<string, string> = new Map(
  [
    'http.route',
    'http.request.method',
    'http.response.status_code',
    'http.method',
    'http.status_code',
    'url.scheme',
    'network.protocol.name',
    'network.protocol.version',
    'server.address',
    'server.port',
    'error.type',
    'rpc.method',
    'rpc.service',
    'rpc.system',
    'rpc.grpc.status_code',
    'db.system',
    'db.system.name',
    'db.operation.name',
    'db.collection.name',
    'db.namespace',
    'db.client.connection.pool.name',
    'db.client.connection.state',
    'db.client.connections.pool.name',
    'pool.name',
    'state',
    'cpu.mode',
    'process.cpu.state',
    'system.cpu.state',
    'system.memory.state',
    'jvm.memory.type',
    'jvm.memory.pool.name',
    'jvm.gc.name',
    'jvm.gc.action',
    'jvm.thread.state',
    'v8js.gc.type',
    'v8js.heap.space.name',
    'nodejs.eventloop.state',
    'messaging.system',
    'messaging.destination.name',
    'messaging.consumer.group.name',
    'cache.name',
    'go.memory.type',
    'system.device',
    'disk.io.direction',
    'network.io.direction',
    'signalr.connection.status',
  ].map((name) => [name.replaceAll('.', '_'), name]),
);

export interface RangeExemplar {
  labels: Labels;
  timeMs: number;
  value: number;
  traceId: string;
  spanId: string;
}

/** Writes what a range query answered; families say what each name is. */
export function writeMatrix(
  all: readonly RangeSeries[],
  families: readonly Family[],
  exemplars: readonly RangeExemplar[],
  sink: Sink,
): void {
  const byMember = new Map(families.flatMap((f) => f.members.map((m) => [m, f] as const)));
  const resources = new Map<string, Resource>();
  const resourceOf = (labels: Labels): Resource => {
    const service = serviceOf(labels);
    const own = Object.entries(labels)
      .filter(([k]) => OF_THE_INSTANCE.has(k))
      .sort();
    const key = JSON.stringify([service, own]);
    const known = resources.get(key);
    if (known) return known;
    const attributes = sink.map([
      ['service.name', service],
      ...own.map(([k, v]) => [k === 'instance' ? 'service.instance.id' : k, v] as const),
    ]);
    const resource = { service, attributes, schemaUrl: '' };
    resources.set(key, resource);
    return resource;
  };
  const metricOf = (family: Family, labels: Labels): Metric => ({
    resource: resourceOf(labels),
    scope: NO_SCOPE,
    name: family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name,
    description: family.help,
    unit: family.unit,
  });
  const attributesOf = (labels: Labels): AttributeMap =>
    sink.map(
      Object.entries(labels)
        .filter(([k]) => !PARTS.has(k) && !OF_THE_INSTANCE.has(k) && !OF_THE_SERVICE.includes(k))
        .map(([k, v]) => [CONVENTIONS.get(k) ?? k, v] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const groups = new Map<string, RangeSeries[]>();
  for (const series of all) {
    const family = byMember.get(series.labels.__name__ ?? '');
    if (!family) continue;
    if (series.histograms.length > 0)
      writeNative(series, metricOf(family, series.labels), attributesOf(series.labels), sink);
    if (series.values.length === 0) continue;
    if (family.type === 'histogram' || family.type === 'summary') {
      const key = `${family.name}\n${groupKey(series.labels)}`;
      const group = groups.get(key);
      if (group) group.push(series);
      else groups.set(key, [series]);
      continue;
    }
    const metric = metricOf(family, series.labels);
    const attributes = attributesOf(series.labels);
    for (const [seconds, text] of series.values) {
      const value = finiteOf(text);
      if (value === undefined) continue;
      const point = { attributes, startNs: 0n, timeNs: nsOfSeconds(seconds), flags: 0, exemplars: [], value };
      if (family.type === 'counter') sink.sum(metric, point, 2, true, 0);
      else sink.gauge(metric, point, 0);
    }
  }
  for (const [key, group] of groups) {
    const family = byMember.get(group[0]?.labels.__name__ ?? '');
    const labels = group[0]?.labels;
    if (!family || !labels) continue;
    const of = exemplars.filter((e) => `${family.name}\n${groupKey(e.labels)}` === key);
    const write = family.type === 'histogram' ? writeHistogram : writeSummary;
    write(group, metricOf(family, labels), attributesOf(labels), of, sink);
  }
}

const PARTS = new Set(['__name__', 'le', 'quantile']);
const groupKey = (labels: Labels): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([k]) => !PARTS.has(k))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Milliseconds are exact in the seconds of an answer; more is not there. */
const nsOfSeconds = (seconds: number): bigint => BigInt(Math.round(seconds * 1000)) * 1_000_000n;

/** NaN is how Prometheus says "nothing here": a quantile of no request, a division by zero. It is no value. */
const finiteOf = (text: string): number | undefined => {
  const value = numberOf(text);
  return Number.isFinite(value) ? value : undefined;
};

interface At {
  sum?: number;
  count?: number;
  parts: Map<number, number>;
}

/** The values of a histogram's or summary's series, by time. */
function byTime(group: readonly RangeSeries[], part: 'le' | 'quantile'): Map<number, At> {
  const times = new Map<number, At>();
  for (const { labels, values } of group) {
    const name = labels.__name__ ?? '';
    const edge = labels[part];
    for (const [seconds, text] of values) {
      let at = times.get(seconds);
      if (!at) {
        at = { parts: new Map() };
        times.set(seconds, at);
      }
      const value = numberOf(text);
      if (edge !== undefined) at.parts.set(numberOf(edge), value);
      else if (name.endsWith('_sum')) at.sum = value;
      else if (name.endsWith('_count')) at.count = value;
    }
  }
  return new Map([...times].sort(([a], [b]) => a - b));
}

interface Reading {
  seconds: number;
  count: number;
  sum: number;
  bucketCounts: readonly number[];
  explicitBounds: readonly number[];
}

function writeHistogram(
  group: readonly RangeSeries[],
  metric: Metric,
  attributes: AttributeMap,
  exemplars: readonly RangeExemplar[],
  sink: Sink,
): void {
  const bounds = [
    ...new Set(group.flatMap(({ labels }) => (labels.le === undefined ? [] : [numberOf(labels.le)]))),
  ]
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const readings: Reading[] = [];
  for (const [seconds, { sum, count, parts }] of byTime(group, 'le')) {
    const total = count ?? parts.get(Number.POSITIVE_INFINITY);
    if (total === undefined || !Number.isFinite(total) || bounds.some((b) => !Number.isFinite(parts.get(b))))
      continue;
    // Buckets are cumulative here and apart in OTLP; the last, without a bound, holds the rest.
    const upTo = bounds.map((b) => parts.get(b) ?? 0);
    const counts = upTo.map((c, i) => Math.max(0, c - (upTo[i - 1] ?? 0)));
    readings.push({
      seconds,
      count: total,
      sum: sum !== undefined && Number.isFinite(sum) ? sum : 0,
      bucketCounts: [...counts, Math.max(0, total - (upTo.at(-1) ?? 0))],
      explicitBounds: bounds,
    });
  }
  writeIncreases(readings, metric, attributes, exemplars, sink);
}

/**
 * What came in between two readings. A count that fell means that the process began anew, and all it has came since. The
 * first reading only gives the start: a page begins one step before its window.
 */
function writeIncreases(
  readings: readonly Reading[],
  metric: Metric,
  attributes: AttributeMap,
  exemplars: readonly RangeExemplar[],
  sink: Sink,
): void {
  readings.forEach((now, i) => {
    const before = readings[i - 1];
    if (!before) return;
    const anew = now.count < before.count || now.explicitBounds.length !== before.explicitBounds.length;
    const since = (a: number, b: number | undefined): number => (anew ? a : Math.max(0, a - (b ?? 0)));
    const count = Math.round(since(now.count, before.count));
    sink.histogram(
      metric,
      {
        attributes,
        startNs: nsOfSeconds(before.seconds),
        timeNs: nsOfSeconds(now.seconds),
        flags: 0,
        exemplars: exemplars
          .filter((e) => e.timeMs > before.seconds * 1000 && e.timeMs <= now.seconds * 1000)
          .map(
            (e): Exemplar => ({
              attributes: sink.map([]),
              timeNs: BigInt(Math.round(e.timeMs)) * 1_000_000n,
              value: e.value,
              spanId: e.spanId,
              traceId: e.traceId,
            }),
          ),
        count,
        sum: anew ? now.sum : now.sum - before.sum,
        bucketCounts: now.bucketCounts.map((c, k) => Math.round(since(c, before.bucketCounts[k]))),
        explicitBounds: now.explicitBounds,
        min: 0,
        max: 0,
        temporality: 1,
      },
      0,
    );
  });
}

function writeSummary(
  group: readonly RangeSeries[],
  metric: Metric,
  attributes: AttributeMap,
  _exemplars: readonly RangeExemplar[],
  sink: Sink,
): void {
  for (const [seconds, { sum, count, parts }] of byTime(group, 'quantile'))
    sink.summary(
      metric,
      {
        attributes,
        startNs: 0n,
        timeNs: nsOfSeconds(seconds),
        flags: 0,
        exemplars: [],
        count: Math.round(count ?? 0) || 0,
        sum: Number.isFinite(sum) ? (sum ?? 0) : 0,
        quantiles: [...parts]
          .filter(([, v]) => Number.isFinite(v))
          .sort(([a], [b]) => a - b)
          .map(([quantile, value]) => ({ quantile, value })),
      },
      0,
    );
}

function writeNative(series: RangeSeries, metric: Metric, attributes: AttributeMap, sink: Sink): void {
  const readings = series.histograms.flatMap(([seconds, raw]): Reading[] => {
    const point = nativePoint(raw);
    if (!point) sink.flaw('record-incomplete', 0);
    return point ? [{ seconds, ...point }] : [];
  });
  writeIncreases(readings, metric, attributes, [], sink);
}
