/** A table as `system.columns` has it. */
export interface Table {
  database: string;
  table: string;
  columns: readonly string[];
}

const has = (table: Table, ...columns: string[]): boolean => columns.every((c) => table.columns.includes(c));

/** A name that goes into the text of a statement: quoted, so that it stays a name. */
export const identifier = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&')}\``;
export const tableName = (t: Table): string => `${identifier(t.database)}.${identifier(t.table)}`;

export interface Recognised {
  kind: 'exporter-traces' | 'exporter-logs' | 'exporter-metrics' | 'signoz-traces' | 'signoz-logs';
  /** Who writes such tables. */
  by: string;
  table: Table;
}

/**
 * Tables whose columns say what they hold: those of the Collector's exporter (which HyperDX uses, with columns of its own
 * beside them), and SigNoz' index of spans and its logs.
 */
export function recognise(tables: readonly Table[]): Recognised[] {
  return tables.flatMap((table): Recognised[] => {
    if (has(table, 'TraceId', 'SpanId', 'SpanName', 'Duration', 'SpanAttributes', 'ServiceName'))
      return [{ kind: 'exporter-traces', by: byOf(table), table }];
    if (has(table, 'Body', 'SeverityText', 'LogAttributes', 'ServiceName'))
      return [{ kind: 'exporter-logs', by: byOf(table), table }];
    if (has(table, 'MetricName', 'TimeUnix', 'ServiceName', 'Attributes'))
      return [{ kind: 'exporter-metrics', by: byOf(table), table }];
    if (has(table, 'trace_id', 'span_id', 'duration_nano', 'attributes_string'))
      return [{ kind: 'signoz-traces', by: 'SigNoz', table }];
    if (has(table, 'timestamp', 'body', 'severity_text', 'attributes_string', 'resources_string'))
      return [{ kind: 'signoz-logs', by: 'SigNoz', table }];
    return [];
  });
}

/** HyperDX adds materialised columns to the exporter's tables. */
const byOf = (table: Table): string =>
  table.columns.some((c) => c.startsWith('__hdx_')) ? 'HyperDX' : 'OpenTelemetry exporter';
