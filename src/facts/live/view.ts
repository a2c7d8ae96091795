import type { Store } from '../../evidence/store/index.js';
import { findRequests, type Requests } from '../requests.js';
import { type Suspicion, suspicionOf, type Turn } from './suspicion.js';

/** What arrives now, beside what arrived in the minutes before. Times are in milliseconds. */
export interface LiveView {
  services: LiveService[];
  calls: { from: string; to: string }[];
  suspicion?: Suspicion;
}
export interface LiveService {
  name: string;
  p95Ms: number;
  /** p95 of the time before, once there was enough of it. */
  beforeMs?: number;
  ratePerSecond: number;
  errorRatio: number;
}

/** What counts as now: long enough for some requests, short enough to be told within a minute. */
const NOW_SECONDS = 30;
/** Spans that are still on their way when the latest are here already. */
const LATE_SECONDS = 3;
const FEWEST_BEFORE = 30;

/** The last half minute of a store against all before it. Nothing when no spans are there. */
export async function liveView(store: Store): Promise<LiveView | undefined> {
  const [end] = await store.query<{ ns: string; n: number }>(
    'SELECT toString(max(toUnixTimestamp64Nano(Timestamp))) AS ns, count() AS n FROM otel_traces',
  );
  if (!end || Number(end.n) === 0) return undefined;
  const ns = BigInt(end.ns);
  const params = {
    now: String(ns - BigInt(NOW_SECONDS + LATE_SECONDS) * 1_000_000_000n),
    end: String(ns - BigInt(LATE_SECONDS) * 1_000_000_000n),
  };
  const services = await store.query<LiveService & { before: number }>(
    `SELECT ServiceName AS name, quantileExactIf(0.95)(Duration, isNow) / 1e6 AS p95Ms,
       if(countIf(isBefore) >= {fewest:UInt32}, quantileExactIf(0.95)(Duration, isBefore) / 1e6, NULL) AS beforeMs,
       countIf(isNow) / {seconds:UInt32} AS ratePerSecond,
       countIf(isNow AND StatusCode = 'Error') / greatest(countIf(isNow), 1) AS errorRatio
     FROM (SELECT ServiceName, Duration, StatusCode, ${WHEN} FROM otel_traces
           WHERE SpanKind IN ('Server', 'Consumer') OR ParentSpanId = '')
     GROUP BY name HAVING countIf(isNow) > 0 ORDER BY name LIMIT 200`,
    { ...params, fewest: FEWEST_BEFORE, seconds: NOW_SECONDS },
  );
  const calls = await store.query<{ from: string; to: string }>(
    `SELECT DISTINCT p.ServiceName AS from, c.ServiceName AS to
     FROM otel_traces AS c INNER JOIN otel_traces AS p ON c.TraceId = p.TraceId AND c.ParentSpanId = p.SpanId
     WHERE c.ServiceName != p.ServiceName ORDER BY from, to LIMIT 1000`,
  );
  const requests = await findRequests(store);
  const suspicion = requests ? suspicionOf(await turns(store, requests, params)) : undefined;
  return {
    services: services.map(({ beforeMs, ...s }) => ({
      ...s,
      ...(typeof beforeMs === 'number' ? { beforeMs } : {}),
    })),
    calls,
    ...(suspicion ? { suspicion: { ...suspicion, ...(await partOf(store, suspicion, params)) } } : {}),
  };
}

const AT = 'toUnixTimestamp64Nano(Timestamp)';
/** Whether a span began in the last half minute, or before it. */
const WHEN = `${AT} >= toInt64({now:String}) AND ${AT} < toInt64({end:String}) AS isNow, ${AT} < toInt64({now:String}) AS isBefore`;

/** How the requests of each operation turned: now, and before. */
const turns = (store: Store, requests: Requests, params: Record<string, string>): Promise<Turn[]> =>
  store.query<Turn>(
    `SELECT service, operation, before, now, failedBefore, failedNow, p95Before / 1e6 AS p95BeforeMs, p95Now / 1e6 AS p95NowMs,
       slower
     FROM (
       SELECT ServiceName AS service, SpanName AS operation, countIf(isBefore) AS before, countIf(isNow) AS now,
         countIf(isBefore AND StatusCode = 'Error') AS failedBefore, countIf(isNow AND StatusCode = 'Error') AS failedNow,
         quantileExactIf(0.95)(Duration, isBefore) AS p95Before,
         quantileExactIf(0.95)(Duration, isNow) AS p95Now,
         arrayCount(d -> d > p95Before, groupArrayIf(Duration, isNow)) AS slower
       FROM (SELECT ServiceName, SpanName, Duration, StatusCode, ${WHEN} FROM ${requests.sql})
       GROUP BY service, operation)
     ORDER BY service, operation LIMIT 2000`,
    params,
  );

/** Where the time of the suspected requests grew most: mean own time of each service and operation below them, a request. */
async function partOf(
  store: Store,
  { service, operation }: Suspicion,
  params: Record<string, string>,
): Promise<{ part?: Suspicion['part'] }> {
  const [grew] = await store.query<{ service: string; operation: string; more: number }>(
    `WITH asked AS (
       SELECT TraceId, ${WHEN} FROM otel_traces WHERE ServiceName = {service:String} AND SpanName = {operation:String}),
     inside AS (
       SELECT TraceId, ParentSpanId, sum(Duration) AS below FROM otel_traces
       WHERE TraceId IN (SELECT TraceId FROM asked) GROUP BY TraceId, ParentSpanId),
     own AS (
       SELECT s.ServiceName AS service, s.SpanName AS operation, a.isNow AS isNow,
         greatest(0, toInt64(s.Duration) - toInt64(ifNull(i.below, 0))) AS ns
       FROM otel_traces AS s INNER JOIN asked AS a ON s.TraceId = a.TraceId
       LEFT JOIN inside AS i ON s.TraceId = i.TraceId AND s.SpanId = i.ParentSpanId
       WHERE a.isNow OR a.isBefore)
     SELECT service, operation,
       sumIf(ns, isNow) / 1e6 / (SELECT greatest(countIf(isNow), 1) FROM asked)
         - sumIf(ns, NOT isNow) / 1e6 / (SELECT greatest(countIf(isBefore), 1) FROM asked) AS more
     FROM own GROUP BY service, operation ORDER BY more DESC, service, operation LIMIT 1`,
    { ...params, service, operation },
  );
  return grew && grew.more > 0
    ? { part: { service: grew.service, operation: grew.operation, moreMs: grew.more } }
    : {};
}
