import type { Store } from '../../evidence/store/index.js';
import type { ObservedRequest } from './observe.js';

/** Entry requests that were traced: spans of servers without a parent, by their URL where it is known. */
export async function tracedRequests(store: Store): Promise<ObservedRequest[]> {
  const rows = await store.query<{ at: string; method: string; path: string; name: string; bytes: string }>(`
    SELECT toString(toUnixTimestamp64Milli(Timestamp)) AS at,
      coalesce(nullIf(SpanAttributes['http.request.method'], ''), SpanAttributes['http.method']) AS method,
      coalesce(nullIf(SpanAttributes['url.path'], ''), nullIf(SpanAttributes['http.target'], ''), SpanAttributes['http.route']) AS path,
      SpanName AS name,
      SpanAttributes['http.request.body.size'] AS bytes
    FROM otel_traces
    WHERE SpanKind IN ('Server', 'SERVER', 'SPAN_KIND_SERVER') AND ParentSpanId = ''
    ORDER BY Timestamp, SpanId`);
  return rows.flatMap((r): ObservedRequest[] => {
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
  });
}
