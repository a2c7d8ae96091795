/**
 * Tables of the OpenTelemetry Collector's ClickHouse exporter (column names and types as it creates them), and our
 * own. `KpSource` is the id of the source a row came from, `KpLine` its line (or byte offset in one long document).
 */
const ORIGIN = 'KpSource LowCardinality(String), KpLine UInt64';
const ATTRIBUTES = 'Map(LowCardinality(String), String)';

const TRACES = `
  Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
  SpanName LowCardinality(String), SpanKind LowCardinality(String), ServiceName LowCardinality(String),
  ResourceAttributes ${ATTRIBUTES}, ScopeName String, ScopeVersion String, SpanAttributes ${ATTRIBUTES},
  Duration UInt64, StatusCode LowCardinality(String), StatusMessage String,
  Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes ${ATTRIBUTES}),
  Links Nested (TraceId String, SpanId String, TraceState String, Attributes ${ATTRIBUTES}), ${ORIGIN}`;

const LOGS = `
  Timestamp DateTime64(9), TraceId String, SpanId String, TraceFlags UInt8,
  SeverityText LowCardinality(String), SeverityNumber UInt8, ServiceName LowCardinality(String), Body String,
  ResourceSchemaUrl LowCardinality(String), ResourceAttributes ${ATTRIBUTES},
  ScopeSchemaUrl LowCardinality(String), ScopeName String, ScopeVersion LowCardinality(String),
  ScopeAttributes ${ATTRIBUTES}, LogAttributes ${ATTRIBUTES}, EventName String, ${ORIGIN}`;

const METRIC = `
  ResourceAttributes ${ATTRIBUTES}, ResourceSchemaUrl String, ScopeName String, ScopeVersion String,
  ScopeAttributes ${ATTRIBUTES}, ScopeDroppedAttrCount UInt32, ScopeSchemaUrl String,
  ServiceName LowCardinality(String), MetricName LowCardinality(String), MetricDescription LowCardinality(String),
  MetricUnit LowCardinality(String), Attributes ${ATTRIBUTES}, StartTimeUnix DateTime64(9), TimeUnix DateTime64(9),
  Flags UInt32`;

const EXEMPLARS = `
  Exemplars Nested (FilteredAttributes ${ATTRIBUTES}, TimeUnix DateTime64(9), Value Float64, SpanId String,
    TraceId String)`;

const METRIC_ORDER = '(ServiceName, MetricName, TimeUnix)';

/** Column definitions and sort key of each table. */
export const TABLES = {
  otel_traces: { columns: TRACES, order: '(ServiceName, SpanName, Timestamp)' },
  otel_logs: { columns: LOGS, order: '(ServiceName, Timestamp)' },
  otel_metrics_gauge: { columns: `${METRIC}, Value Float64, ${EXEMPLARS}, ${ORIGIN}`, order: METRIC_ORDER },
  otel_metrics_sum: {
    columns: `${METRIC}, Value Float64, ${EXEMPLARS}, AggregationTemporality Int32, IsMonotonic Boolean, ${ORIGIN}`,
    order: METRIC_ORDER,
  },
  otel_metrics_histogram: {
    columns: `${METRIC}, Count UInt64, Sum Float64, BucketCounts Array(UInt64), ExplicitBounds Array(Float64),
      ${EXEMPLARS}, Min Float64, Max Float64, AggregationTemporality Int32, ${ORIGIN}`,
    order: METRIC_ORDER,
  },
  otel_metrics_exponential_histogram: {
    columns: `${METRIC}, Count UInt64, Sum Float64, Scale Int32, ZeroCount UInt64, PositiveOffset Int32,
      PositiveBucketCounts Array(UInt64), NegativeOffset Int32, NegativeBucketCounts Array(UInt64), ${EXEMPLARS},
      Min Float64, Max Float64, AggregationTemporality Int32, ${ORIGIN}`,
    order: METRIC_ORDER,
  },
  otel_metrics_summary: {
    columns: `${METRIC}, Count UInt64, Sum Float64,
      ValueAtQuantiles Nested (Quantile Float64, Value Float64), ${ORIGIN}`,
    order: METRIC_ORDER,
  },
  /** Deploys, flags, commits and other events that change the system. `Kind` is deploy, flag, commit or other. */
  changes: {
    columns: `Timestamp DateTime64(9), HasTime Bool, Kind LowCardinality(String), ServiceName LowCardinality(String),
      Name String, Summary String, Revision String, Version String, Author String, Files Array(String), Diff String,
      ${ORIGIN}`,
    order: '(Timestamp, Kind, Name)',
  },
  /** Alerts that fired: what was watched, its threshold and what was observed. */
  alerts: {
    columns: `Timestamp DateTime64(9), ServiceName LowCardinality(String), Name String, MetricName String,
      Threshold Nullable(Float64), Observed Nullable(Float64), Severity String, Summary String, ${ORIGIN}`,
    order: '(Timestamp, Name)',
  },
} as const;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** The statement that creates a table when it is not there. */
export const createTable = (name: TableName): string =>
  `CREATE TABLE IF NOT EXISTS ${name} (${TABLES[name].columns}) ENGINE = MergeTree ORDER BY ${TABLES[name].order}`;
