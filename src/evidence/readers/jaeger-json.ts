import { textOf } from './fields.js';
import { flatFields, NO_SCOPE } from './json-map.js';
import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import type { Resource, Span } from './records.js';
import { arrayOf, isObject, type JsonObject, leadingObjects, type Sample } from './sample.js';
import type { AttributeValue, Sink } from './sink.js';

const KINDS: Readonly<Record<string, Span['kind']>> = {
  client: 'Client',
  server: 'Server',
  producer: 'Producer',
  consumer: 'Consumer',
  internal: 'Internal',
};
/** Tags that OTLP keeps in fields of their own. */
const MOVED = new Set([
  'span.kind',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
  'otel.status_code',
  'otel.status_description',
  'error',
  'w3c.tracestate',
]);

const object = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** A trace of Jaeger's API, as far as the sample goes. */
function firstTrace(sample: Sample): JsonObject | undefined {
  for (const value of leadingObjects(sample)) {
    const candidates = [value, object(arrayOf(value.data)[0])];
    const found = candidates.find(
      (c) => Array.isArray(c.spans) && object(c.spans[0]).operationName !== undefined,
    );
    if (found) return found;
  }
  return undefined;
}

const jaegerJson: EvidenceReader = {
  id: 'jaeger-json',
  title: 'Jaeger JSON',
  looksFor: 'Jaeger traces (data with spans that have operationName and references)',
  recognise(sample) {
    const trace = firstTrace(sample);
    if (!trace) return undefined;
    const span = object(arrayOf(trace.spans)[0]);
    const sure = 'startTime' in span && 'processID' in span;
    return {
      confidence: sure ? 1 : 0.85,
      by: `spans with operationName${sure ? ', startTime (µs) and processID' : ''}`,
    };
  },
  async read({ bytes, sink, name, problem }) {
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, ['data', ''])) {
      const traces = isObject(value) && Array.isArray(value.data) ? value.data : [value];
      for (const trace of traces) {
        writeTrace(object(trace), line, sink);
        await sink.drain();
      }
    }
  },
};

function writeTrace(trace: JsonObject, line: number, sink: Sink): void {
  const processes = new Map<string, Resource>();
  for (const [id, raw] of Object.entries(object(trace.processes)))
    processes.set(id, resourceOf(object(raw), sink));
  for (const raw of arrayOf(trace.spans)) {
    const span = object(raw);
    const resource = processes.get(textOf(span.processID)) ?? resourceOf(object(span.process), sink);
    writeSpan(span, textOf(trace.traceID), resource, line, sink);
  }
}

function resourceOf(process: JsonObject, sink: Sink): Resource {
  const service = textOf(process.serviceName);
  return { service, attributes: sink.map([['service.name', service], ...tags(process.tags)]), schemaUrl: '' };
}

function writeSpan(span: JsonObject, traceId: string, resource: Resource, line: number, sink: Sink): void {
  const all = new Map(tags(span.tags));
  const tag = (...names: string[]): string =>
    textOf(names.map((n) => all.get(n)).find((v) => v !== undefined));
  const references = arrayOf(span.references).map(object);
  const own = textOf(span.traceID) || traceId;
  const parent = references.find(
    (r) => r.refType !== 'FOLLOWS_FROM' && (textOf(r.traceID) === '' || textOf(r.traceID) === own),
  );
  const parentSpanId = textOf(parent?.spanID ?? span.parentSpanID);
  const startNs = microseconds(span.startTime, line, sink);
  sink.span(
    {
      resource,
      scope: {
        ...NO_SCOPE,
        name: tag('otel.scope.name', 'otel.library.name'),
        version: tag('otel.scope.version', 'otel.library.version'),
      },
      traceId: own,
      spanId: textOf(span.spanID),
      parentSpanId: /^0*$/.test(parentSpanId) ? '' : parentSpanId,
      traceState: tag('w3c.tracestate'),
      name: textOf(span.operationName),
      kind: KINDS[tag('span.kind').toLowerCase()] ?? 'Unspecified',
      startNs,
      endNs: startNs + microseconds(span.duration, line, sink),
      attributes: sink.map([...all].filter(([key]) => !MOVED.has(key))),
      status: statusOf(tag('otel.status_code'), tag('error')),
      statusMessage: tag('otel.status_description'),
      events: arrayOf(span.logs).map((raw) => {
        const log = object(raw);
        const fields = tags(log.fields);
        return {
          timeNs: microseconds(log.timestamp, line, sink),
          name: textOf(fields.find(([key]) => key === 'event')?.[1]) || 'log',
          attributes: sink.map(fields.filter(([key]) => key !== 'event')),
        };
      }),
      links: references
        .filter((r) => r !== parent)
        .map((r) => ({
          traceId: textOf(r.traceID),
          spanId: textOf(r.spanID),
          traceState: '',
          attributes: sink.map([]),
        })),
    },
    line,
  );
}

function statusOf(code: string, error: string): Span['status'] {
  if (code.toUpperCase() === 'ERROR' || error === 'true') return 'Error';
  return code.toUpperCase() === 'OK' ? 'Ok' : 'Unset';
}

/** Tags come as a list of `{key, value}`; in files written for Elasticsearch as an object. */
function tags(value: unknown): (readonly [string, AttributeValue])[] {
  if (isObject(value)) return [...flatFields(value, new Set())];
  return arrayOf(value).map((raw) => {
    const { key, value: v } = object(raw);
    const kept = typeof v === 'number' || typeof v === 'boolean' || typeof v === 'string' ? v : textOf(v);
    return [textOf(key), kept] as const;
  });
}

/** Jaeger writes microseconds, whole or with decimals. */
function microseconds(value: unknown, line: number, sink: Sink): bigint {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    if (value !== undefined && value !== null) sink.flaw('time-unreadable', line);
    return 0n;
  }
  return Number.isInteger(number) ? BigInt(number) * 1000n : BigInt(Math.round(number * 1000));
}

export default jaegerJson;
