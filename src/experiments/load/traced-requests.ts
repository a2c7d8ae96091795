import type { Store } from '../../evidence/store/index.js';
import type { ObservedRequest } from './observe.js';

export interface TracedRequests {
  requests: ObservedRequest[];
  /** The service that served most of them. */
  service: string;
}

interface Row {
  service: string;
  at: string;
  method: string;
  path: string;
  name: string;
  bytes: string;
}

/** Entry requests that were traced: spans of servers without a parent, by their URL where it is known. */
export async function tracedRequests(store: Store): Promise<TracedRequests> {
  const rows = await store.query<Row>(`
    SELECT ServiceName AS service, toString(toUnixTimestamp64Milli(Timestamp)) AS at,
      coalesce(nullIf(SpanAttributes['http.request.method'], ''), SpanAttributes['http.method']) AS method,
      coalesce(nullIf(SpanAttributes['url.path'], ''), nullIf(SpanAttributes['http.target'], ''), SpanAttributes['http.route']) AS path,
      SpanName AS name,
      SpanAttributes['http.request.body.size'] AS bytes
    FROM otel_traces
    WHERE SpanKind IN ('Server', 'SERVER', 'SPAN_KIND_SERVER') AND ParentSpanId = ''
    ORDER BY Timestamp, SpanId`);
  const served = new Map<string, number>();
  for (const { service } of rows) served.set(service, (served.get(service) ?? 0) + 1);
  const [most] = [...served].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return { requests: rows.flatMap(requestOf), service: most?.[0] ?? '' };
}

function requestOf(r: Row): ObservedRequest[] {
  const named = /^([A-Z]+) (\/\S*)$/.exec(r.name);
  const path = r.path || named?.[2];
  if (!path) return [];
  const bytes = Number(r.bytes);
  return [
    {
      atMs: Number(r.at),
      method: r.method || (named?.[1] ?? 'GET'),
      path: path.split(/[?#]/)[0] || '/',
      ...(bytes > 0 ? { bodyBytes: bytes } : {}),
    },
  ];
}
