import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Reply, Seen } from '../../evidence/connectors/fake.js';

interface Span {
  traceId: string;
  startTimeUnixNano: string;
}
interface Group {
  resource: { attributes: { key: string; value: { stringValue?: string } }[] };
  scopeSpans: { scope?: unknown; spans: Span[] }[];
}
interface Trace {
  startMs: number;
  services: Set<string>;
  groups: Group[];
}

/** Traces of OTLP files, answered as Jaeger's API v3 does: by service and time, the newest first, up to the depth. */
export function jaegerOf(files: readonly string[]): (request: Seen) => Reply {
  const traces = new Map<string, Trace>();
  for (const file of files)
    for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n'))
      if (line !== '')
        for (const group of (JSON.parse(line) as { resourceSpans: Group[] }).resourceSpans)
          add(group, traces);
  const all = [...traces.values()].sort((a, b) => b.startMs - a.startMs);
  const services = [...new Set(all.flatMap((t) => [...t.services]))].sort();
  return (request) => {
    if (request.path === '/api/v3/services') return { body: { services } };
    if (request.path !== '/api/v3/traces') return { status: 404, body: '404 page not found' };
    const of = (name: string): string => request.parameters.get(`query.${name}`) ?? '';
    const [min, max] = [Date.parse(of('startTimeMin')), Date.parse(of('startTimeMax'))];
    if (Number.isNaN(min) || Number.isNaN(max))
      return { status: 400, body: { error: { message: 'malformed parameter query.startTimeMin' } } };
    const found = all
      .filter((t) => t.services.has(of('serviceName')) && t.startMs >= min && t.startMs < max)
      .slice(0, Number(of('searchDepth')) || 100);
    return found.length === 0
      ? { status: 404, body: { error: { httpCode: 404, message: 'No traces found' } } }
      : { body: { result: { resourceSpans: found.flatMap((t) => t.groups) } } };
  };
}

function add(group: Group, traces: Map<string, Trace>): void {
  const service = group.resource.attributes.find((a) => a.key === 'service.name')?.value.stringValue ?? '';
  for (const { scope, spans } of group.scopeSpans)
    for (const span of spans) {
      const startMs = Number(BigInt(span.startTimeUnixNano) / 1_000_000n);
      const trace = traces.get(span.traceId) ?? { startMs, services: new Set<string>(), groups: [] };
      traces.set(span.traceId, trace);
      trace.startMs = Math.min(trace.startMs, startMs);
      trace.services.add(service);
      trace.groups.push({ resource: group.resource, scopeSpans: [{ scope, spans: [span] }] });
    }
}
