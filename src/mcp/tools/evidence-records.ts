import type { Store } from '../../evidence/store/index.js';
import type { Cell, Part } from '../answer.js';
import { ToolFault } from '../fault.js';
import type { EvidenceQuery } from './evidence-query.js';

const MORE = 'narrow by name or subject, or offset=OFFSET';

/** A pattern with `*` as LIKE takes it; without one it is looked for anywhere in the text. */
const like = (pattern: string | undefined, anywhere = false): string => {
  if (pattern === undefined) return '%';
  const escaped = pattern.replace(/[\\%_]/g, (c) => `\\${c}`).replaceAll('*', '%');
  return anywhere && !pattern.includes('*') ? `%${escaped}%` : escaped;
};

const bounds = (q: EvidenceQuery, anywhere = false) => ({
  name: like(q.name, anywhere),
  service: like(q.subject?.replace(/^service:/, '')),
  offset: q.offset,
  limit: q.limit,
});

/** Runs a statement whose rows carry how many there are in all, as `total`. */
async function page(
  store: Store,
  columns: readonly string[],
  sql: string,
  query: EvidenceQuery,
  anywhere = false,
): Promise<Part[]> {
  const rows = await store.query<Record<string, Cell> & { total: number }>(
    `SELECT *, count() OVER () AS total FROM (${sql}) ORDER BY ALL LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    bounds(query, anywhere),
  );
  if (rows.length === 0) return [{ line: 'no record fits; only telemetry of the trouble is asked here' }];
  return [
    {
      table: columns,
      rows: rows.map((r) => columns.map((c) => r[c])),
      of: Number(rows[0]?.total ?? rows.length),
      from: query.offset,
      narrow: MORE,
    },
  ];
}

/** Spans by service and name, the ones with the most time first. */
export const operations = (store: Store, query: EvidenceQuery): Promise<Part[]> =>
  page(
    store,
    ['total s', 'service', 'operation', 'kind', 'spans', 'p50 ms', 'p99 ms', 'errors'],
    `SELECT -round(sum(Duration) / 1e9, 3) AS \`order\`, round(sum(Duration) / 1e9, 3) AS \`total s\`, ServiceName AS service,
       SpanName AS operation, SpanKind AS kind, count() AS spans, quantileExact(0.5)(Duration) / 1e6 AS \`p50 ms\`,
       quantileExact(0.99)(Duration) / 1e6 AS \`p99 ms\`, countIf(StatusCode IN ('Error', 'STATUS_CODE_ERROR')) AS errors
     FROM otel_traces WHERE SpanName ILIKE {name:String} AND ServiceName ILIKE {service:String}
     GROUP BY service, operation, kind`,
    query,
  );

/** The spans of one trace, in order of time. */
export async function spansOfTrace(store: Store, query: EvidenceQuery): Promise<Part[]> {
  const id = query.id?.toLowerCase() ?? '';
  if (!/^[0-9a-f]{6,32}$/.test(id))
    throw new ToolFault(
      'A trace is named by six or more hex digits of its id.',
      'id',
      'Take one from of=paths.',
    );
  const rows = await store.query<Record<string, Cell> & { total: number }>(
    `SELECT toUnixTimestamp64Nano(Timestamp) / 1e6 - min(toUnixTimestamp64Nano(Timestamp) / 1e6) OVER () AS \`at ms\`, SpanId AS span,
       ParentSpanId AS parent, ServiceName AS service, SpanName AS operation, Duration / 1e6 AS ms, StatusCode AS status,
       count() OVER () AS total
     FROM otel_traces WHERE TraceId = (SELECT min(TraceId) FROM otel_traces WHERE startsWith(TraceId, {id:String}))
     ORDER BY Timestamp, SpanId LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    { id, limit: query.limit, offset: query.offset },
  );
  if (rows.length === 0) throw new ToolFault('No trace has this id.', 'id', 'Take one from of=paths.');
  const columns = ['at ms', 'ms', 'span', 'parent', 'service', 'operation', 'status'];
  return [
    {
      table: columns,
      rows: rows.map((r) => columns.map((c) => r[c])),
      of: Number(rows[0]?.total ?? rows.length),
      from: query.offset,
      narrow: 'offset=OFFSET',
    },
  ];
}

/** Log records, equal texts counted together (digits do not tell them apart); the most frequent first. */
export const logRecords = (store: Store, query: EvidenceQuery): Promise<Part[]> =>
  page(
    store,
    ['records', 'service', 'severity', 'first', 'example'],
    `SELECT -count() AS \`order\`, count() AS records, ServiceName AS service, SeverityText AS severity,
       toString(min(Timestamp)) AS first, min(substring(Body, 1, 400)) AS example
     FROM otel_logs WHERE Body ILIKE {name:String} AND ServiceName ILIKE {service:String}
     GROUP BY service, severity, replaceRegexpAll(substring(Body, 1, 400), '[0-9]+', '0')`,
    query,
    true,
  );

const METRIC_TABLES = ['gauge', 'sum'] as const;

/** Metrics by service and name, with the spread of their points. */
export const metricSeries = (store: Store, query: EvidenceQuery): Promise<Part[]> =>
  page(
    store,
    ['metric', 'service', 'unit', 'kind', 'points', 'min', 'mean', 'max', 'last'],
    METRIC_TABLES.map(
      (
        kind,
      ) => `SELECT MetricName AS metric, ServiceName AS service, any(MetricUnit) AS unit, '${kind}' AS kind, count() AS points,
       min(Value) AS min, avg(Value) AS mean, max(Value) AS max, argMax(Value, TimeUnix) AS last
     FROM otel_metrics_${kind} WHERE MetricName ILIKE {name:String} AND ServiceName ILIKE {service:String}
     GROUP BY metric, service`,
    ).join(' UNION ALL '),
    query,
  );
