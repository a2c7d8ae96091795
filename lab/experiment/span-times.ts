import type { Phase } from './session.js';

type Span = { name: string; kind: number; startTimeUnixNano: string; endTimeUnixNano: string };
type Sent = {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: Span[] }[];
  }[];
};

const SERVER = 2;

/** Durations in ms of the requests that a service answered to an operation, as its traces tell, in order of size. */
export function spanTimes(phase: Phase, service: string, operation: string): number[] {
  const found: number[] = [];
  for (const { signal, body } of phase.telemetry) {
    if (signal !== 'traces') continue;
    for (const { resource, scopeSpans } of (JSON.parse(body) as Sent).resourceSpans) {
      const name = resource.attributes.find((a) => a.key === 'service.name')?.value.stringValue;
      if (name !== service) continue;
      for (const span of scopeSpans.flatMap((s) => s.spans))
        if (span.kind === SERVER && span.name === operation)
          found.push(Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6);
    }
  }
  return found.sort((a, b) => a - b);
}
