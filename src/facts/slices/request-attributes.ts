import type { Store } from '../../evidence/store/index.js';
import type { Entry } from '../entry.js';
import type { Phases } from '../phases.js';
import type { Requests } from '../requests.js';
import type { AttributeRow } from './what-differs.js';

/** Requests of one kind that are compared, at most; chosen by a hash of the trace id, the same each time. */
const EACH = 3000;
/** Longer values are texts, not marks that requests share. */
const LONGEST_VALUE = 120;

export interface RequestAttributes {
  phase: 'baseline' | 'incident';
  slow: boolean;
  attributes: AttributeRow;
}

/** The statement that was asked, for provenance. */
export const requestAttributesSql = (requests: Requests, phases: Phases, entry: Entry): string => {
  const mine = `(SELECT TraceId, SpanId, Duration, ${phases.sql('Timestamp')} AS phase FROM ${requests.sql}
    WHERE ServiceName = {service:String} AND SpanName = {operation:String})`;
  return `WITH bounds AS (SELECT phase, quantileExact(${1 - entry.slowShare})(Duration) AS bound FROM ${mine} GROUP BY phase),
  chosen AS (SELECT traceId, spanId, phase, slow FROM (
    SELECT r.TraceId AS traceId, r.SpanId AS spanId, r.phase AS phase, r.Duration >= b.bound AS slow,
      row_number() OVER (PARTITION BY phase, slow ORDER BY sipHash64(r.TraceId, r.SpanId), r.TraceId) AS place
    FROM ${mine} AS r INNER JOIN bounds AS b ON r.phase = b.phase) WHERE place <= ${EACH}),
  spans AS (SELECT TraceId, SpanId, ServiceName, SpanAttributes, ResourceAttributes FROM otel_traces
    WHERE TraceId IN (SELECT traceId FROM chosen))
SELECT c.traceId AS traceId, c.phase AS phase, c.slow AS slow,
  groupUniqArray(500)((if(s.SpanId = c.spanId, '', s.ServiceName), kv.1, kv.2)) AS marks
FROM chosen AS c INNER JOIN spans AS s ON s.TraceId = c.traceId
ARRAY JOIN arrayFilter(kv -> length(kv.2) BETWEEN 1 AND ${LONGEST_VALUE},
  arrayZip(mapKeys(mapUpdate(s.ResourceAttributes, s.SpanAttributes)), mapValues(mapUpdate(s.ResourceAttributes, s.SpanAttributes)))) AS kv
GROUP BY traceId, phase, slow ORDER BY phase, slow, traceId`;
};

/**
 * What the spans of slow and other requests of the entry operation say of them: attributes of the request's own span
 * by their name, those of other spans with the service in front. A key that takes several values in one request is
 * left out, since it marks calls, not the request.
 */
export async function requestAttributes(
  store: Store,
  requests: Requests,
  phases: Phases,
  entry: Entry,
): Promise<RequestAttributes[]> {
  const rows = await store.query<{
    phase: 'baseline' | 'incident';
    slow: boolean | number;
    marks: [service: string, key: string, value: string][];
  }>(requestAttributesSql(requests, phases, entry), {
    ...phases.params,
    service: entry.service,
    operation: entry.operation,
  });
  const read = rows.map((r) => ({
    phase: r.phase,
    slow: Boolean(r.slow),
    attributes: single(r.marks),
  }));
  return withoutConstants(read);
}

const OF_SERVICE = ': ';
const CALLED = 'called';

/** The service of a mark that says no more than that a service was called. */
export const calledService = (mark: string): string | undefined =>
  mark.endsWith(OF_SERVICE + CALLED) ? mark.slice(0, -(OF_SERVICE + CALLED).length) : undefined;

/** What every span of another service carries tells no more than that the service was called. */
function withoutConstants(rows: readonly RequestAttributes[]): RequestAttributes[] {
  const values = new Map<string, Set<string>>();
  for (const r of rows)
    for (const [key, value] of Object.entries(r.attributes)) {
      const seen = values.get(key);
      if (seen) seen.add(value);
      else values.set(key, new Set([value]));
    }
  const tells = (key: string): boolean =>
    !key.includes(OF_SERVICE) || key.endsWith(OF_SERVICE + CALLED) || (values.get(key)?.size ?? 0) > 1;
  return rows.map((r) => ({
    ...r,
    attributes: Object.fromEntries(Object.entries(r.attributes).filter(([key]) => tells(key))),
  }));
}

function single(marks: readonly (readonly [string, string, string])[]): AttributeRow {
  const values = new Map<string, string | undefined>();
  for (const [service, key, value] of marks) {
    const mark = service === '' ? key : service + OF_SERVICE + key;
    if (service !== '') values.set(service + OF_SERVICE + CALLED, 'yes');
    values.set(mark, values.has(mark) && values.get(mark) !== value ? undefined : value);
  }
  return Object.fromEntries([...values].filter((e): e is [string, string] => e[1] !== undefined));
}
