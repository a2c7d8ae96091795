import {
  attributeMap,
  count,
  number,
  object,
  plainValue,
  resourceOf,
  scopeOf,
  text,
} from './otlp-attributes.js';
import {
  type Exemplar,
  type ExponentialHistogramPoint,
  type Metric,
  type Point,
  type Resource,
  type Scope,
  SPAN_KINDS,
  STATUS_CODES,
  type Temporality,
} from './records.js';
import { arrayOf, isObject, type JsonObject } from './sample.js';
import type { Sink } from './sink.js';

/** The three signals, by the name of the list in an export request. */
export const SIGNALS = ['resourceSpans', 'resourceMetrics', 'resourceLogs'] as const;
export type Signal = (typeof SIGNALS)[number];

/**
 * Writes one element of `resourceSpans`, `resourceMetrics` or `resourceLogs` as the OTLP JSON encoding has it
 * (OpenTelemetry protocol 1.x, JSON Protobuf Encoding). Decoded protobuf comes in the same shape, with bigint times.
 */
export function writeOtlp(signal: Signal, element: unknown, line: number, sink: Sink): void {
  const group = object(element);
  const resource: Resource = { ...resourceOf(group.resource, sink), schemaUrl: text(group.schemaUrl) };
  const [scopes, write] = WRITERS[signal];
  // `instrumentationLibrary…` is what these lists were called before OTLP 0.16.
  for (const raw of arrayOf(group[scopes] ?? group[scopes.replace('scope', 'instrumentationLibrary')])) {
    const part = object(raw);
    const scope = scopeOf(part.scope ?? part.instrumentationLibrary, text(part.schemaUrl), sink);
    write(part, resource, scope, line, sink);
  }
}

type Writer = (part: JsonObject, resource: Resource, scope: Scope, line: number, sink: Sink) => void;
const WRITERS: Readonly<Record<Signal, readonly [string, Writer]>> = {
  resourceSpans: ['scopeSpans', writeSpans],
  resourceMetrics: ['scopeMetrics', writeMetrics],
  resourceLogs: ['scopeLogs', writeLogs],
};

function writeSpans(part: JsonObject, resource: Resource, scope: Scope, line: number, sink: Sink): void {
  for (const raw of arrayOf(part.spans)) {
    const span = object(raw);
    const status = object(span.status);
    const startNs = timeNs(span.startTimeUnixNano, line, sink);
    sink.span(
      {
        resource,
        scope,
        traceId: id(span.traceId, 32),
        spanId: id(span.spanId, 16),
        parentSpanId: id(span.parentSpanId, 16),
        traceState: text(span.traceState),
        name: text(span.name),
        kind: SPAN_KINDS[enumeration(span.kind, SPAN_KINDS, 'SPAN_KIND_')] ?? 'Unspecified',
        startNs,
        endNs: span.endTimeUnixNano === undefined ? startNs : timeNs(span.endTimeUnixNano, line, sink),
        attributes: attributeMap(arrayOf(span.attributes), sink),
        status: STATUS_CODES[enumeration(status.code, STATUS_CODES, 'STATUS_CODE_')] ?? 'Unset',
        statusMessage: text(status.message),
        events: arrayOf(span.events)
          .map(object)
          .map((e) => ({
            timeNs: timeNs(e.timeUnixNano, line, sink),
            name: text(e.name),
            attributes: attributeMap(arrayOf(e.attributes), sink),
          })),
        links: arrayOf(span.links)
          .map(object)
          .map((l) => ({
            traceId: id(l.traceId, 32),
            spanId: id(l.spanId, 16),
            traceState: text(l.traceState),
            attributes: attributeMap(arrayOf(l.attributes), sink),
          })),
      },
      line,
    );
  }
}

function writeLogs(part: JsonObject, resource: Resource, scope: Scope, line: number, sink: Sink): void {
  for (const raw of arrayOf(part.logRecords ?? part.logs)) {
    const log = object(raw);
    const own = timeNs(log.timeUnixNano, line, sink);
    const severityNumber = enumeration(log.severityNumber, [], '');
    sink.log(
      {
        resource,
        scope,
        // A record without its own time has the time at which it was observed.
        timeNs: own === 0n ? timeNs(log.observedTimeUnixNano, line, sink) : own,
        traceId: id(log.traceId, 32),
        spanId: id(log.spanId, 16),
        traceFlags: count(log.flags),
        severityText: text(log.severityText),
        severityNumber,
        body: bodyText(log.body),
        attributes: attributeMap(arrayOf(log.attributes), sink),
        eventName: text(log.eventName),
      },
      line,
    );
  }
}

function bodyText(body: unknown): string {
  const value = object(body);
  if (typeof value.stringValue === 'string') return value.stringValue;
  return body === undefined || body === null ? '' : text(plainValue(value));
}

function writeMetrics(part: JsonObject, resource: Resource, scope: Scope, line: number, sink: Sink): void {
  for (const raw of arrayOf(part.metrics)) {
    const m = object(raw);
    const metric: Metric = {
      resource,
      scope,
      name: text(m.name),
      description: text(m.description),
      unit: text(m.unit),
    };
    const points = (kind: string): { data: JsonObject; list: JsonObject[] } => {
      const data = object(m[kind]);
      return { data, list: arrayOf(data.dataPoints).map(object) };
    };
    for (const p of points('gauge').list)
      sink.gauge(metric, { ...point(p, line, sink), value: numberValue(p) }, line);
    const sum = points('sum');
    for (const p of sum.list)
      sink.sum(
        metric,
        { ...point(p, line, sink), value: numberValue(p) },
        temporality(sum.data),
        sum.data.isMonotonic === true,
        line,
      );
    const histogram = points('histogram');
    for (const p of histogram.list)
      sink.histogram(
        metric,
        {
          ...point(p, line, sink),
          ...totals(p),
          ...extremes(p),
          bucketCounts: arrayOf(p.bucketCounts).map(count),
          explicitBounds: arrayOf(p.explicitBounds).map(number),
          temporality: temporality(histogram.data),
        },
        line,
      );
    const exponential = points('exponentialHistogram');
    for (const p of exponential.list)
      sink.exponentialHistogram(metric, exponentialPoint(p, exponential.data, line, sink), line);
    for (const p of points('summary').list)
      sink.summary(
        metric,
        {
          ...point(p, line, sink),
          ...totals(p),
          quantiles: arrayOf(p.quantileValues)
            .map(object)
            .map((q) => ({ quantile: number(q.quantile ?? 0), value: number(q.value ?? 0) })),
        },
        line,
      );
  }
}

function exponentialPoint(
  p: JsonObject,
  data: JsonObject,
  line: number,
  sink: Sink,
): ExponentialHistogramPoint {
  const buckets = (side: unknown) => ({
    offset: number(object(side).offset ?? 0),
    bucketCounts: arrayOf(object(side).bucketCounts).map(count),
  });
  return {
    ...point(p, line, sink),
    ...totals(p),
    ...extremes(p),
    scale: number(p.scale ?? 0),
    zeroCount: count(p.zeroCount),
    positive: buckets(p.positive),
    negative: buckets(p.negative),
    temporality: temporality(data),
  };
}

const totals = (p: JsonObject) => ({ count: count(p.count), sum: number(p.sum ?? 0) });
const extremes = (p: JsonObject) => ({ min: number(p.min ?? 0), max: number(p.max ?? 0) });

function point(p: JsonObject, line: number, sink: Sink): Point {
  return {
    attributes: attributeMap(arrayOf(p.attributes), sink),
    startNs: timeNs(p.startTimeUnixNano, line, sink),
    timeNs: timeNs(p.timeUnixNano, line, sink),
    flags: count(p.flags),
    exemplars: arrayOf(p.exemplars)
      .map(object)
      .map((e) => exemplar(e, line, sink))
      .filter((e) => Number.isFinite(e.value)),
  };
}

const exemplar = (e: JsonObject, line: number, sink: Sink): Exemplar => ({
  attributes: attributeMap(arrayOf(e.filteredAttributes), sink),
  timeNs: timeNs(e.timeUnixNano, line, sink),
  value: numberValue(e),
  spanId: id(e.spanId, 16),
  traceId: id(e.traceId, 32),
});

const numberValue = (p: JsonObject): number => number(p.asDouble ?? p.asInt ?? 0);

const temporality = (data: JsonObject): Temporality => {
  const found = enumeration(
    data.aggregationTemporality,
    ['unspecified', 'delta', 'cumulative'],
    'AGGREGATION_TEMPORALITY_',
  );
  return found === 1 || found === 2 ? found : 0;
};

/** An enumeration as number, or by name as some writers have it; 0 when unknown. */
function enumeration(value: unknown, names: readonly string[], prefix: string): number {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? value : 0;
  if (typeof value !== 'string') return 0;
  if (/^\d+$/.test(value)) return Number(value);
  const name = (value.startsWith(prefix) ? value.slice(prefix.length) : value).toLowerCase();
  return Math.max(
    0,
    names.findIndex((n) => n.toLowerCase() === name),
  );
}

/** Nanoseconds, written as a string of digits; some writers use numbers or pairs of 32-bit halves. */
function timeNs(value: unknown, line: number, sink: Sink): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') return /^\d{1,20}$/.test(value) ? BigInt(value) : badTime(value, line, sink);
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value < 0) return badTime(value, line, sink);
    // A JSON number of this size has lost its last digits when it was parsed.
    if (value > Number.MAX_SAFE_INTEGER) sink.flaw('time-as-number', line);
    return BigInt(Math.trunc(value));
  }
  if (isObject(value) && typeof value.high === 'number' && typeof value.low === 'number')
    return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
  return 0n;
}

function badTime(value: unknown, line: number, sink: Sink): bigint {
  if (value !== '') sink.flaw('time-unreadable', line);
  return 0n;
}

const HEX = /^[0-9a-f]+$/;
const ZEROS = /^0*$/;

/** An id as lower-case hex; ids that a writer put down as base64 are turned into hex. All zeros is none. */
function id(value: unknown, length: 16 | 32): string {
  if (typeof value !== 'string' || value === '') return '';
  if (value.length !== length) {
    const bytes = Buffer.from(value, 'base64');
    if (bytes.length * 2 === length && value.length % 4 === 0) return id(bytes.toString('hex'), length);
  }
  const lower = HEX.test(value) ? value : value.toLowerCase();
  return ZEROS.test(lower) ? '' : lower;
}
