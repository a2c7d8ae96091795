import type { TableName } from '../store/index.js';
import type {
  AlertEvent,
  ChangeEvent,
  Exemplar,
  ExponentialHistogramPoint,
  HistogramPoint,
  LogRecord,
  Metric,
  NumberPoint,
  Point,
  Span,
  SummaryPoint,
  Temporality,
} from './records.js';

/** Last nanosecond that a 64-bit time holds: 11 April 2262. */
export const MAX_TIME_NS = 9_223_372_036_854_775_807n;

/** A JSON string that ClickHouse takes: lone surrogates are replaced. */
export const quoted = (text: string): string => {
  const json = JSON.stringify(text);
  return json.includes('\\ud') ? JSON.stringify(Buffer.from(text).toString()) : json;
};

/** Seconds with nine decimals, as ClickHouse reads a DateTime64(9) from text. Out of range is clamped. */
export function timeText(ns: bigint): string {
  const clamped = ns < 0n ? 0n : ns > MAX_TIME_NS ? MAX_TIME_NS : ns;
  const digits = clamped.toString().padStart(19, '0');
  return `"${digits.slice(0, -9)}.${digits.slice(-9)}"`;
}

const list = <T>(items: readonly T[], text: (item: T) => string): string =>
  items.length === 0 ? '[]' : `[${items.map(text).join(',')}]`;

const EXEMPLAR_COLUMNS = [
  'Exemplars.FilteredAttributes',
  'Exemplars.TimeUnix',
  'Exemplars.Value',
  'Exemplars.SpanId',
  'Exemplars.TraceId',
];
const METRIC_COLUMNS = [
  'ResourceAttributes',
  'ResourceSchemaUrl',
  'ScopeName',
  'ScopeVersion',
  'ScopeAttributes',
  'ScopeDroppedAttrCount',
  'ScopeSchemaUrl',
  'ServiceName',
  'MetricName',
  'MetricDescription',
  'MetricUnit',
  'Attributes',
  'StartTimeUnix',
  'TimeUnix',
  'Flags',
];
const ORIGIN_COLUMNS = ['KpLine', 'KpSource'];

/** The columns that the row functions below fill, in their order. `KpSource` comes last and is added by the writer. */
export const COLUMNS: Readonly<Record<TableName, readonly string[]>> = {
  otel_traces: [
    'Timestamp',
    'TraceId',
    'SpanId',
    'ParentSpanId',
    'TraceState',
    'SpanName',
    'SpanKind',
    'ServiceName',
    'ResourceAttributes',
    'ScopeName',
    'ScopeVersion',
    'SpanAttributes',
    'Duration',
    'StatusCode',
    'StatusMessage',
    'Events.Timestamp',
    'Events.Name',
    'Events.Attributes',
    'Links.TraceId',
    'Links.SpanId',
    'Links.TraceState',
    'Links.Attributes',
    ...ORIGIN_COLUMNS,
  ],
  otel_logs: [
    'Timestamp',
    'TraceId',
    'SpanId',
    'TraceFlags',
    'SeverityText',
    'SeverityNumber',
    'ServiceName',
    'Body',
    'ResourceSchemaUrl',
    'ResourceAttributes',
    'ScopeSchemaUrl',
    'ScopeName',
    'ScopeVersion',
    'ScopeAttributes',
    'LogAttributes',
    'EventName',
    ...ORIGIN_COLUMNS,
  ],
  otel_metrics_gauge: [...METRIC_COLUMNS, ...EXEMPLAR_COLUMNS, 'Value', ...ORIGIN_COLUMNS],
  otel_metrics_sum: [
    ...METRIC_COLUMNS,
    ...EXEMPLAR_COLUMNS,
    'Value',
    'AggregationTemporality',
    'IsMonotonic',
    ...ORIGIN_COLUMNS,
  ],
  otel_metrics_histogram: [
    ...METRIC_COLUMNS,
    ...EXEMPLAR_COLUMNS,
    'Count',
    'Sum',
    'BucketCounts',
    'ExplicitBounds',
    'Min',
    'Max',
    'AggregationTemporality',
    ...ORIGIN_COLUMNS,
  ],
  otel_metrics_exponential_histogram: [
    ...METRIC_COLUMNS,
    ...EXEMPLAR_COLUMNS,
    'Count',
    'Sum',
    'Scale',
    'ZeroCount',
    'PositiveOffset',
    'PositiveBucketCounts',
    'NegativeOffset',
    'NegativeBucketCounts',
    'Min',
    'Max',
    'AggregationTemporality',
    ...ORIGIN_COLUMNS,
  ],
  otel_metrics_summary: [
    ...METRIC_COLUMNS,
    'Count',
    'Sum',
    'ValueAtQuantiles.Quantile',
    'ValueAtQuantiles.Value',
    ...ORIGIN_COLUMNS,
  ],
  changes: [
    'Timestamp',
    'HasTime',
    'Kind',
    'ServiceName',
    'Name',
    'Summary',
    'Revision',
    'Version',
    'Author',
    'Files',
    'Diff',
    ...ORIGIN_COLUMNS,
  ],
  alerts: [
    'Timestamp',
    'ServiceName',
    'Name',
    'MetricName',
    'Threshold',
    'Observed',
    'Severity',
    'Summary',
    ...ORIGIN_COLUMNS,
  ],
};

/** The duration as it is stored: never negative, so that a broken clock cannot turn into a huge number. */
export const durationNs = (span: Pick<Span, 'startNs' | 'endNs'>): bigint =>
  span.endNs > span.startNs ? span.endNs - span.startNs : 0n;

export function spanRow(s: Span, line: number): string {
  const { resource, scope, events, links } = s;
  return `[${timeText(s.startNs)},${quoted(s.traceId)},${quoted(s.spanId)},${quoted(s.parentSpanId)},${quoted(s.traceState)},${quoted(s.name)},"${s.kind}",${quoted(resource.service)},${resource.attributes},${quoted(scope.name)},${quoted(scope.version)},${s.attributes},${durationNs(s)},"${s.status}",${quoted(s.statusMessage)},${list(events, (e) => timeText(e.timeNs))},${list(events, (e) => quoted(e.name))},${list(events, (e) => e.attributes)},${list(links, (l) => quoted(l.traceId))},${list(links, (l) => quoted(l.spanId))},${list(links, (l) => quoted(l.traceState))},${list(links, (l) => l.attributes)},${line}`;
}

export function logRow(l: LogRecord, line: number): string {
  const { resource, scope } = l;
  return `[${timeText(l.timeNs)},${quoted(l.traceId)},${quoted(l.spanId)},${l.traceFlags & 255},${quoted(l.severityText)},${l.severityNumber & 255},${quoted(resource.service)},${quoted(l.body)},${quoted(resource.schemaUrl)},${resource.attributes},${quoted(scope.schemaUrl)},${quoted(scope.name)},${quoted(scope.version)},${scope.attributes},${l.attributes},${quoted(l.eventName)},${line}`;
}

function metricPart({ resource, scope, name, description, unit }: Metric, p: Point): string {
  return `${resource.attributes},${quoted(resource.schemaUrl)},${quoted(scope.name)},${quoted(scope.version)},${scope.attributes},${scope.droppedAttributes},${quoted(scope.schemaUrl)},${quoted(resource.service)},${quoted(name)},${quoted(description)},${quoted(unit)},${p.attributes},${timeText(p.startNs)},${timeText(p.timeNs)},${p.flags}`;
}

const exemplarPart = (exemplars: readonly Exemplar[]): string =>
  [
    list(exemplars, (e) => e.attributes),
    list(exemplars, (e) => timeText(e.timeNs)),
    list(exemplars, (e) => String(e.value)),
    list(exemplars, (e) => quoted(e.spanId)),
    list(exemplars, (e) => quoted(e.traceId)),
  ].join(',');

const pointPart = (metric: Metric, p: Point): string =>
  `${metricPart(metric, p)},${exemplarPart(p.exemplars)}`;

export const gaugeRow = (metric: Metric, p: NumberPoint, line: number): string =>
  `[${pointPart(metric, p)},${p.value},${line}`;

export const sumRow = (
  metric: Metric,
  p: NumberPoint,
  temporality: Temporality,
  monotonic: boolean,
  line: number,
): string => `[${pointPart(metric, p)},${p.value},${temporality},${monotonic},${line}`;

export const histogramRow = (metric: Metric, p: HistogramPoint, line: number): string =>
  `[${pointPart(metric, p)},${p.count},${p.sum},[${p.bucketCounts.join(',')}],[${p.explicitBounds.join(',')}],${p.min},${p.max},${p.temporality},${line}`;

export const exponentialHistogramRow = (metric: Metric, p: ExponentialHistogramPoint, line: number): string =>
  `[${pointPart(metric, p)},${p.count},${p.sum},${p.scale},${p.zeroCount},${p.positive.offset},[${p.positive.bucketCounts.join(',')}],${p.negative.offset},[${p.negative.bucketCounts.join(',')}],${p.min},${p.max},${p.temporality},${line}`;

export const summaryRow = (metric: Metric, p: SummaryPoint, line: number): string =>
  `[${metricPart(metric, p)},${p.count},${p.sum},[${p.quantiles.map((q) => q.quantile).join(',')}],[${p.quantiles.map((q) => q.value).join(',')}],${line}`;

export const changeRow = (c: ChangeEvent, line: number): string =>
  `[${timeText(c.timeNs ?? 0n)},${c.timeNs !== undefined},"${c.kind}",${quoted(c.service)},${quoted(c.name)},${quoted(c.summary)},${quoted(c.revision)},${quoted(c.version)},${quoted(c.author)},${list(c.files, quoted)},${quoted(c.diff)},${line}`;

export const alertRow = (a: AlertEvent, line: number): string =>
  `[${timeText(a.timeNs)},${quoted(a.service)},${quoted(a.name)},${quoted(a.metric)},${a.threshold},${a.observed},${quoted(a.severity)},${quoted(a.summary)},${line}`;
