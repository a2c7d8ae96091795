import type { Result } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { findRequests } from '../../facts/requests.js';
import { type Edit, touched } from '../../facts/trace-study/edits.js';
import { loadStudy, type TraceStudy } from '../../facts/trace-study/load.js';
import { reTimed } from '../../facts/trace-study/re-timed.js';
import { type BurnQuestion, burnOf } from './burn.js';
import { recordsOf } from './records.js';

/** What is asked of the telemetry of an investigation. Answers are plain data, bounded. */
export type Question =
  | { ask: 'operations' }
  | { ask: 'traces'; service?: string; operation?: string; slowest: boolean; limit: number; offset: number }
  | { ask: 'trace'; traceId: string; limit: number; offset: number }
  | { ask: 'path'; traceId: string }
  | { ask: 'what-if'; request?: string; edits: Edit[] }
  | { ask: 'rows'; fact: string; limit: number }
  | ({ ask: 'burn' } & BurnQuestion)
  | { ask: 'map' };

/** The question cannot be answered: what to tell who asked. */
export class NoAnswer extends Error {}

export interface Studied {
  store: Store;
  /** The same with the requests of the trouble alone. */
  now: Store;
  result: Result;
  /** Walked requests are kept: sliders ask again and again. */
  study(request: string | undefined): Promise<TraceStudy | undefined>;
}

export async function answerTo(question: Question, of: Studied): Promise<unknown> {
  switch (question.ask) {
    case 'operations':
      return loadOperations(of.now);
    case 'traces':
      return traces(question, of.store);
    case 'trace':
      return spans(question, of.store);
    case 'path':
      return path(question.traceId, of.store);
    case 'what-if':
      return whatIf(question, of);
    case 'rows':
      return rows(question, of);
    case 'burn':
      return burnOf(question, of.store, of.result.sources);
    case 'map':
      return serviceMap(of.now);
  }
}

async function loadOperations(store: Store): Promise<unknown[]> {
  const requests = await findRequests(store);
  if (!requests) return [];
  return store.query(
    `SELECT ServiceName AS service, SpanName AS operation, count() AS requests, quantileExact(0.5)(Duration) / 1e6 AS p50Ms,
       quantileExact(0.99)(Duration) / 1e6 AS p99Ms, countIf(StatusCode = 'Error') AS errors
     FROM ${requests.sql} GROUP BY service, operation ORDER BY sum(Duration) DESC, service, operation LIMIT 500`,
  );
}

async function traces(q: Extract<Question, { ask: 'traces' }>, store: Store): Promise<unknown> {
  const requests = await findRequests(store);
  if (!requests) return { total: 0, traces: [] };
  const where = `WHERE ({service:String} = '' OR ServiceName = {service:String}) AND ({operation:String} = '' OR SpanName = {operation:String})`;
  const params = {
    service: q.service ?? '',
    operation: q.operation ?? '',
    limit: q.limit,
    offset: q.offset,
  };
  const [count] = await store.query<{ n: number }>(
    `SELECT count() AS n FROM ${requests.sql} ${where}`,
    params,
  );
  const found = await store.query(
    `SELECT TraceId AS traceId, ServiceName AS service, SpanName AS operation, Duration / 1e6 AS durationMs,
       toString(toUnixTimestamp64Nano(Timestamp)) AS startNs, StatusCode AS status, KpSource AS source
     FROM ${requests.sql} ${where}
     ORDER BY ${q.slowest ? 'Duration DESC' : 'Timestamp'}, TraceId LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    params,
  );
  return { total: Number(count?.n ?? 0), traces: found };
}

/** Spans in order of time, in columns: a trace of 50 000 is a few megabytes. */
async function spans(q: Extract<Question, { ask: 'trace' }>, store: Store): Promise<unknown> {
  const params = { id: q.traceId, limit: q.limit, offset: q.offset };
  const [count] = await store.query<{ n: number; startNs: string }>(
    'SELECT count() AS n, toString(toUnixTimestamp64Nano(min(Timestamp))) AS startNs FROM otel_traces WHERE TraceId = {id:String}',
    params,
  );
  if (!count || Number(count.n) === 0) throw new NoAnswer('There is no such trace in this investigation.');
  const found = await store.query<Record<string, unknown>>(
    `SELECT SpanId AS id, ParentSpanId AS parent, ServiceName AS service, SpanName AS name, SpanKind AS kind,
       (toUnixTimestamp64Nano(Timestamp) - toInt64({start:String})) / 1e6 AS startMs, Duration / 1e6 AS durationMs, StatusCode AS status,
       SpanAttributes AS attributes
     FROM otel_traces WHERE TraceId = {id:String} ORDER BY Timestamp, SpanId LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    { ...params, start: count.startNs },
  );
  return { traceId: q.traceId, startNs: count.startNs, total: Number(count.n), spans: found };
}

/** The critical path of one request. */
async function path(traceId: string, store: Store): Promise<unknown> {
  const study = await loadStudy(store, undefined, traceId);
  const trace = study?.traces[0];
  if (!trace) throw new NoAnswer('There is no such trace in this investigation, or it has no request.');
  return {
    traceId: trace.request.traceId,
    pieces: trace.sections.map((s) => ({
      span: trace.spans[s.span]?.id,
      startMs: s.start,
      endMs: s.end,
      kind: s.key.kind,
      service: s.key.service,
      operation: s.key.operation,
    })),
  };
}

async function whatIf(q: Extract<Question, { ask: 'what-if' }>, of: Studied): Promise<unknown> {
  const study = await of.study(q.request);
  if (!study || study.traces.length === 0) throw new NoAnswer('No request comes in by this name.');
  const spansChanged = q.edits.map((edit) => ({
    ...edit,
    perRequest: study.traces.reduce((n, t) => n + touched(t, edit).length, 0) / study.traces.length,
  }));
  return {
    service: study.service,
    operation: study.operation,
    edits: spansChanged,
    ...reTimed(study, q.edits),
  };
}

/** Records behind a measured number: the query that was asked, bounded, and its first rows. */
async function rows(q: Extract<Question, { ask: 'rows' }>, { store, result }: Studied): Promise<unknown> {
  const fact = result.facts.find((f) => f.id === q.fact);
  if (!fact) throw new NoAnswer('There is no such fact.');
  const asked = fact.from.flatMap((p) => (p.kind === 'query' ? [p] : []))[0];
  if (!asked)
    throw new NoAnswer('This fact came from no query: its formula, document or input is in the fact.');
  const sources = result.sources.filter((s) => asked.sources.includes(s.id));
  const query = recordsOf(fact, asked.query, sources);
  if (!query) throw new NoAnswer('The records behind this fact are not kept in a table.');
  const [count] = await store
    .query<{ n: number }>(`SELECT count() AS n FROM (${query.sql})`, query.params)
    .catch(() => {
      throw new NoAnswer('The query behind this fact needs more than the tables that are kept.');
    });
  const found = await store.query(`${query.sql} LIMIT {limit:UInt32}`, { ...query.params, limit: q.limit });
  return {
    looksAt: asked.query,
    rows: asked.rows,
    query: query.sql,
    params: query.params,
    total: Number(count?.n ?? 0),
    records: found,
  };
}

/** Which service calls which: calls, errors and times of each pair. */
const serviceMap = (store: Store): Promise<unknown[]> =>
  store.query(
    `SELECT p.ServiceName AS caller, c.ServiceName AS callee, count() AS calls, countIf(c.StatusCode = 'Error') AS errors,
       quantileExact(0.5)(c.Duration) / 1e6 AS p50Ms, quantileExact(0.99)(c.Duration) / 1e6 AS p99Ms
     FROM otel_traces AS c INNER JOIN otel_traces AS p ON c.TraceId = p.TraceId AND c.ParentSpanId = p.SpanId
     WHERE c.ServiceName != p.ServiceName GROUP BY caller, callee ORDER BY calls DESC, caller, callee LIMIT 1000`,
  );
