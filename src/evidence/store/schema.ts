/**
 * Tables of the OpenTelemetry Collector's ClickHouse exporter (column names and types as it creates them), and our
 * own. `KpSource` is the id of the source a row came from, `KpLine` its line (or byte offset in a binary file).
 */
export type Column = readonly [name: string, type: string];
const text = 'String';
const word = 'LowCardinality(String)';
const time = 'DateTime64(9)';
const map = 'Map(LowCardinality(String), String)';

const ORIGIN: readonly Column[] = [
  ['KpSource', word],
  ['KpLine', 'UInt64'],
];

const METRIC: readonly Column[] = [
  ['ResourceAttributes', map],
  ['ResourceSchemaUrl', text],
  ['ScopeName', text],
  ['ScopeVersion', text],
  ['ScopeAttributes', map],
  ['ScopeDroppedAttrCount', 'UInt32'],
  ['ScopeSchemaUrl', text],
  ['ServiceName', word],
  ['MetricName', word],
  ['MetricDescription', word],
  ['MetricUnit', word],
  ['Attributes', map],
  ['StartTimeUnix', time],
  ['TimeUnix', time],
  ['Flags', 'UInt32'],
];

const EXEMPLARS: readonly Column[] = [
  ['Exemplars.FilteredAttributes', `Array(${map})`],
  ['Exemplars.TimeUnix', `Array(${time})`],
  ['Exemplars.Value', 'Array(Float64)'],
  ['Exemplars.SpanId', 'Array(String)'],
  ['Exemplars.TraceId', 'Array(String)'],
];

const METRIC_ORDER = '(ServiceName, MetricName, TimeUnix)';

/** Columns and sort key of each table. Rows are written in the order of the columns. */
export const TABLES = {
  otel_traces: {
    columns: [
      ['Timestamp', time],
      ['TraceId', text],
      ['SpanId', text],
      ['ParentSpanId', text],
      ['TraceState', text],
      ['SpanName', word],
      ['SpanKind', word],
      ['ServiceName', word],
      ['ResourceAttributes', map],
      ['ScopeName', text],
      ['ScopeVersion', text],
      ['SpanAttributes', map],
      ['Duration', 'UInt64'],
      ['StatusCode', word],
      ['StatusMessage', text],
      ['Events.Timestamp', `Array(${time})`],
      ['Events.Name', `Array(${word})`],
      ['Events.Attributes', `Array(${map})`],
      ['Links.TraceId', 'Array(String)'],
      ['Links.SpanId', 'Array(String)'],
      ['Links.TraceState', 'Array(String)'],
      ['Links.Attributes', `Array(${map})`],
      ...ORIGIN,
    ],
    order: '(ServiceName, SpanName, Timestamp)',
  },
  otel_logs: {
    columns: [
      ['Timestamp', time],
      ['TraceId', text],
      ['SpanId', text],
      ['TraceFlags', 'UInt8'],
      ['SeverityText', word],
      ['SeverityNumber', 'UInt8'],
      ['ServiceName', word],
      ['Body', text],
      ['ResourceSchemaUrl', word],
      ['ResourceAttributes', map],
      ['ScopeSchemaUrl', word],
      ['ScopeName', text],
      ['ScopeVersion', word],
      ['ScopeAttributes', map],
      ['LogAttributes', map],
      ['EventName', text],
      ...ORIGIN,
    ],
    order: '(ServiceName, Timestamp)',
  },
  otel_metrics_gauge: {
    columns: [...METRIC, ...EXEMPLARS, ['Value', 'Float64'], ...ORIGIN],
    order: METRIC_ORDER,
  },
  otel_metrics_sum: {
    columns: [
      ...METRIC,
      ...EXEMPLARS,
      ['Value', 'Float64'],
      ['AggregationTemporality', 'Int32'],
      ['IsMonotonic', 'Bool'],
      ...ORIGIN,
    ],
    order: METRIC_ORDER,
  },
  otel_metrics_histogram: {
    columns: [
      ...METRIC,
      ...EXEMPLARS,
      ['Count', 'UInt64'],
      ['Sum', 'Float64'],
      ['BucketCounts', 'Array(UInt64)'],
      ['ExplicitBounds', 'Array(Float64)'],
      ['Min', 'Float64'],
      ['Max', 'Float64'],
      ['AggregationTemporality', 'Int32'],
      ...ORIGIN,
    ],
    order: METRIC_ORDER,
  },
  otel_metrics_exponential_histogram: {
    columns: [
      ...METRIC,
      ...EXEMPLARS,
      ['Count', 'UInt64'],
      ['Sum', 'Float64'],
      ['Scale', 'Int32'],
      ['ZeroCount', 'UInt64'],
      ['PositiveOffset', 'Int32'],
      ['PositiveBucketCounts', 'Array(UInt64)'],
      ['NegativeOffset', 'Int32'],
      ['NegativeBucketCounts', 'Array(UInt64)'],
      ['Min', 'Float64'],
      ['Max', 'Float64'],
      ['AggregationTemporality', 'Int32'],
      ...ORIGIN,
    ],
    order: METRIC_ORDER,
  },
  otel_metrics_summary: {
    columns: [
      ...METRIC,
      ['Count', 'UInt64'],
      ['Sum', 'Float64'],
      ['ValueAtQuantiles.Quantile', 'Array(Float64)'],
      ['ValueAtQuantiles.Value', 'Array(Float64)'],
      ...ORIGIN,
    ],
    order: METRIC_ORDER,
  },
  /** Deploys, flags, commits and other events that change the system. `Kind` is deploy, flag, commit, ci or other. */
  /** Plans of statements as they were given, with personal data cut: read again when facts are computed. */
  query_plans: {
    columns: [['Plan', text], ...ORIGIN],
    order: '(KpSource, KpLine)',
  },
  /** What databases say of statements they ran: single runs of a slow log, counters, waits for locks, deadlocks. */
  query_stats: {
    columns: [
      ['Timestamp', time],
      ['Kind', word],
      ['Product', word],
      ['Statement', text],
      ['Other', text],
      ['StatementId', text],
      ['Calls', 'Float64'],
      ['TotalMs', 'Float64'],
      ['DeviationMs', 'Nullable(Float64)'],
      ['LockMs', 'Nullable(Float64)'],
      ['Rows', 'Nullable(Float64)'],
      ['RowsExamined', 'Nullable(Float64)'],
      ['Blocks', 'Nullable(Float64)'],
      ['TempBytes', 'Nullable(Float64)'],
      ['WalBytes', 'Nullable(Float64)'],
      ...ORIGIN,
    ],
    order: '(KpSource, KpLine)',
  },
  changes: {
    columns: [
      ['Timestamp', time],
      ['HasTime', 'Bool'],
      ['Kind', word],
      ['ServiceName', word],
      ['Name', text],
      ['Summary', text],
      ['Revision', text],
      ['Version', text],
      ['Author', text],
      ['Files', 'Array(String)'],
      ['Diff', text],
      ...ORIGIN,
    ],
    order: '(Timestamp, Kind, Name)',
  },
  /** Alerts that fired: what was watched, its threshold and what was observed. */
  alerts: {
    columns: [
      ['Timestamp', time],
      ['ServiceName', word],
      ['Name', text],
      ['MetricName', text],
      ['Threshold', 'Nullable(Float64)'],
      ['Observed', 'Nullable(Float64)'],
      ['Severity', text],
      ['Summary', text],
      ...ORIGIN,
    ],
    order: '(Timestamp, Name)',
  },
} as const satisfies Readonly<Record<string, { columns: readonly Column[]; order: string }>>;

export type TableName = keyof typeof TABLES;
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

export const columnsOf = (name: TableName): readonly Column[] => TABLES[name].columns;
export const orderOf = (name: TableName): string => TABLES[name].order;

/** The columns with their types, as `CREATE TABLE` and table functions take them. */
export const structureOf = (name: TableName): string =>
  (TABLES[name].columns as readonly Column[]).map(([column, type]) => `\`${column}\` ${type}`).join(', ');

/** The columns' names, as `INSERT` takes them. */
export const columnList = (name: TableName): string =>
  (TABLES[name].columns as readonly Column[]).map(([column]) => `\`${column}\``).join(', ');

/**
 * How the engine in this process keeps rows. A block of spans of 64 MiB stays one file instead of a hundred, and parts are
 * merged when some 25 of a size have come together, not five: what reads them does as well, and loading takes a third less
 * processor time of the engine.
 */
const KEPT = 'min_bytes_for_wide_part = 100000000, merge_selector_base = 40';

/** The statement that creates a table of the engine in this process when it is not there. */
export const createTable = (name: TableName): string =>
  `CREATE TABLE IF NOT EXISTS ${name} (${structureOf(name)}) ENGINE = MergeTree ORDER BY ${TABLES[name].order} SETTINGS ${KEPT}`;
