import type { Store } from '../evidence/store/index.js';
import type { Entry } from './entry.js';
import type { Phases } from './phases.js';
import type { Requests } from './requests.js';

/** A request that is walked span by span. */
export interface SampledRequest {
  traceId: string;
  spanId: string;
  phase: 'baseline' | 'incident';
  slow: boolean;
  durationNs: number;
}

/** How many requests of each group are walked; chosen by a hash of the trace id, so that the choice is the same each time. */
const SLOW_EACH = 400;
const OTHERS_EACH = 200;

/**
 * For what share of all requests each sampled one of a phase stands: slow ones together for `slowShare`, the others
 * for the rest.
 */
export function sampleWeights(traces: readonly { request: SampledRequest }[], slowShare: number): number[] {
  const slow = traces.filter((t) => t.request.slow).length;
  return traces.map((t) =>
    t.request.slow ? slowShare / slow : (1 - slowShare) / Math.max(1, traces.length - slow),
  );
}

/** Slow requests of both phases and a sample of the others, in the order of phase, slowness and trace id. */
export async function sampleRequests(
  store: Store,
  requests: Requests,
  phases: Phases,
  entry: Entry,
): Promise<SampledRequest[]> {
  const params = { ...phases.params, service: entry.service, operation: entry.operation };
  const mine = `(SELECT TraceId, SpanId, Duration, ${phases.sql('Timestamp')} AS phase FROM ${requests.sql}
                 WHERE ServiceName = {service:String} AND SpanName = {operation:String})`;
  return store
    .query<SampledRequest>(
      `WITH bounds AS (SELECT phase, quantileExact(${1 - entry.slowShare})(Duration) AS bound FROM ${mine} GROUP BY phase)
     SELECT traceId, spanId, phase, slow, durationNs FROM (
       SELECT r.TraceId AS traceId, r.SpanId AS spanId, r.phase AS phase, r.Duration >= b.bound AS slow,
              r.Duration AS durationNs, row_number() OVER (PARTITION BY phase, slow ORDER BY sipHash64(r.TraceId, r.SpanId), r.TraceId) AS place
       FROM ${mine} AS r INNER JOIN bounds AS b ON r.phase = b.phase)
     WHERE place <= if(slow, ${SLOW_EACH}, ${OTHERS_EACH})
     ORDER BY phase, slow, traceId, spanId`,
      params,
    )
    .then((rows) => rows.map((r) => ({ ...r, slow: Boolean(r.slow) })));
}
