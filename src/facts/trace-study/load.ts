import type { Problem } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { learnPeers } from '../peers.js';
import { traceProblems } from '../problems.js';
import { findRequests, type Requests } from '../requests.js';
import { type WalkedTrace, walk } from '../sections.js';
import type { SampledRequest } from '../slow-requests.js';
import { loadTraces } from '../traces.js';

/** Requests of one operation, walked, in the order of their trace ids. */
export interface TraceStudy {
  service: string;
  operation: string;
  /** Requests of the operation in the files; a sample of them is walked. */
  requests: number;
  traces: WalkedTrace[];
  /** All entry operations, the one with the most time first. */
  operations: { service: string; operation: string; requests: number }[];
  problems: Problem[];
}

/** Requests walked at most, fewer of large ones; chosen by a hash of the trace id, so that the choice is the same each time. */
const MOST = 1500;
const MOST_SPANS = 150_000;
const FEWEST = 100;

/**
 * Loads the requests of the operation that `wanted` names (`service/operation`, or either alone), or of the one that
 * most time is spent in; with `traceId` only those whose trace id starts with it. Nothing when no request starts in
 * the store; without traces when none is so named.
 */
export async function loadStudy(
  store: Store,
  wanted?: string,
  traceId?: string,
): Promise<TraceStudy | undefined> {
  const requests = await findRequests(store);
  if (!requests) return undefined;
  const only = { prefix: traceId?.toLowerCase() ?? '' };
  const operations = await store.query<{ service: string; operation: string; requests: number }>(
    `SELECT ServiceName AS service, SpanName AS operation, count() AS requests FROM ${requests.sql}
     WHERE startsWith(TraceId, {prefix:String}) GROUP BY service, operation ORDER BY sum(Duration) DESC, service, operation LIMIT 1000`,
    only,
  );
  const chosen = operations.find((o) => wanted === undefined || isNamed(o, wanted));
  if (!chosen) return { service: '', operation: '', requests: 0, traces: [], operations, problems: [] };
  const [all] = await store.query<{ spans: number }>('SELECT count() AS spans FROM otel_traces');
  const each = (all?.spans ?? 0) / Math.max(1, requests.traces);
  const most = Math.round(Math.min(MOST, Math.max(FEWEST, MOST_SPANS / Math.max(1, each))));
  const sampled = await sample(store, requests, chosen, only, most);
  const loaded = await loadTraces(store, sampled);
  const peers = learnPeers(loaded.traces);
  return {
    ...chosen,
    traces: loaded.traces.map((t) => walk(t, peers.of)),
    operations,
    problems: traceProblems(requests, loaded.traces, undefined),
  };
}

const isNamed = (o: { service: string; operation: string }, wanted: string): boolean =>
  [`${o.service}/${o.operation}`, `${o.service} ${o.operation}`, o.operation, o.service].some(
    (n) => n.toLowerCase() === wanted.toLowerCase(),
  );

const sample = async (
  store: Store,
  requests: Requests,
  of: { service: string; operation: string },
  only: { prefix: string },
  most: number,
): Promise<SampledRequest[]> =>
  (
    await store.query<{ traceId: string; spanId: string; durationNs: number }>(
      `SELECT TraceId AS traceId, SpanId AS spanId, Duration AS durationNs FROM ${requests.sql}
       WHERE ServiceName = {service:String} AND SpanName = {operation:String} AND startsWith(TraceId, {prefix:String})
       ORDER BY sipHash64(TraceId, SpanId), TraceId LIMIT ${most}`,
      { service: of.service, operation: of.operation, ...only },
    )
  ).map((r) => ({ ...r, phase: 'incident' as const, slow: false }));
