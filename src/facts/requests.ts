import type { Store } from '../evidence/store/index.js';
import type { Phases } from './phases.js';

/** The requests that came in from outside, one row each, as a sub-query: which spans start one. */
export interface Requests {
  /** Sub-query with TraceId, SpanId, ServiceName, SpanName, Duration, Timestamp, KpSource, StatusCode. */
  sql: string;
  traces: number;
  /** Traces of which the first span is missing. */
  rootless: number;
}

/** Share of the roots that must serve a call from outside for all others to be left out. */
const SERVED_SHARE = 0.2;
/** Below this share of traces with a root the earliest span of each trace stands for it. */
const ROOTED_SHARE = 0.5;

/**
 * Where requests start: roots that serve a call or consume a message; all roots when those are few; the earliest
 * span of a trace when most traces lack their root (a gateway in front that is not traced here).
 */
export async function findRequests(store: Store): Promise<Requests | undefined> {
  const [row] = await store.query<{
    spans: number;
    traces: number;
    rooted: number;
    roots: number;
    served: number;
  }>(
    `SELECT count() AS spans, uniqExact(cityHash64(TraceId)) AS traces,
            uniqExactIf(cityHash64(TraceId), ParentSpanId = '') AS rooted,
            countIf(ParentSpanId = '') AS roots,
            countIf(ParentSpanId = '' AND SpanKind IN ('Server', 'Consumer')) AS served
     FROM otel_traces WHERE TraceId != ''`,
  );
  if (!row || row.spans === 0) return undefined;
  const rootless = row.traces - row.rooted;
  const columns = 'TraceId, SpanId, ServiceName, SpanName, Duration, Timestamp, KpSource, StatusCode';
  if (row.rooted < ROOTED_SHARE * row.traces)
    return {
      sql: `(SELECT TraceId, tupleElement(first, 1) AS SpanId, tupleElement(first, 2) AS ServiceName,
               tupleElement(first, 3) AS SpanName, tupleElement(first, 4) AS Duration, at AS Timestamp,
               tupleElement(first, 5) AS KpSource, tupleElement(first, 6) AS StatusCode
        FROM (SELECT TraceId, min(Timestamp) AS at,
                argMin((SpanId, ServiceName, SpanName, Duration, KpSource, StatusCode),
                       (ParentSpanId != '', Timestamp, -toInt64(Duration), SpanId)) AS first
              FROM otel_traces WHERE TraceId != '' GROUP BY TraceId))`,
      traces: row.traces,
      rootless,
    };
  const served = row.served >= SERVED_SHARE * row.roots ? "AND SpanKind IN ('Server', 'Consumer')" : '';
  return {
    sql: `(SELECT ${columns} FROM otel_traces WHERE ParentSpanId = '' AND TraceId != '' ${served})`,
    traces: row.traces,
    rootless,
  };
}

/** The shares of requests at which durations are read, ascending. */
export const LEVELS = [
  0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.98, 0.99, 0.995, 0.999,
] as const;

/** How long the requests of an operation take in one phase. Durations in nanoseconds. */
export interface OperationTimes {
  service: string;
  operation: string;
  phase: 'baseline' | 'incident';
  requests: number;
  quantilesNs: number[];
}

/** Durations of requests by entry operation and phase, in the order of service, operation and phase. */
export const operationTimes = (store: Store, requests: Requests, phases: Phases): Promise<OperationTimes[]> =>
  store.query<OperationTimes>(
    `SELECT ServiceName AS service, SpanName AS operation, ${phases.sql('Timestamp')} AS phase, count() AS requests,
            quantilesExact(${LEVELS.join(', ')})(Duration) AS quantilesNs
     FROM ${requests.sql} GROUP BY service, operation, phase
     ORDER BY requests DESC, service, operation, phase LIMIT 5000`,
    phases.params,
  );

/** The quantile of all requests of a phase at `level`, in nanoseconds. */
export async function overallQuantile(
  store: Store,
  requests: Requests,
  phases: Phases,
  level: number,
): Promise<number> {
  const [row] = await store.query<{ ns: number }>(
    `SELECT quantileExact({level:Float64})(Duration) AS ns FROM ${requests.sql}
     WHERE ${phases.sql('Timestamp')} = 'incident'`.replace('{level:Float64}', String(level)),
    phases.params,
  );
  return row?.ns ?? 0;
}
