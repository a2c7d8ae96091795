import { NO_SCOPE } from '../../readers/json-map.js';
import { type Metric, type Resource, SPAN_KINDS, type Span, STATUS_CODES } from '../../readers/records.js';
import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { severityOf } from '../live/log-line.js';

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));
const pairs = (value: unknown): [string, string][] =>
  isObject(value) ? Object.entries(value).map(([k, v]) => [k, text(v)]) : [];
const numbers = (value: unknown): number[] => arrayOf(value).map(Number);
/** Nanoseconds since 1970 as digits: 64-bit integers come as text. */
const ns = (value: unknown): bigint => (/^-?\d+$/.test(text(value)) ? BigInt(text(value)) : 0n);

/** Resources by content, so that rows of one share it. */
export function resourcesOf(sink: Sink): (service: string, attributes: unknown) => Resource {
  const made = new Map<string, Resource>();
  return (service, attributes) => {
    const own = pairs(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([service, own]);
    const known = made.get(key);
    if (known) return known;
    const resource = {
      service,
      attributes: sink.map(own.length > 0 ? own : [['service.name', service]]),
      schemaUrl: '',
    };
    made.set(key, resource);
    return resource;
  };
}
type ResourceOf = ReturnType<typeof resourcesOf>;

const kindOf = (value: unknown): Span['kind'] => {
  const word = text(value)
    .replace(/^SPAN_KIND_/, '')
    .toLowerCase();
  return SPAN_KINDS.find((k) => k.toLowerCase() === word) ?? 'Unspecified';
};
const statusOf = (value: unknown): Span['status'] => {
  const word = text(value)
    .replace(/^STATUS_CODE_/, '')
    .toLowerCase();
  return STATUS_CODES.find((s) => s.toLowerCase() === word) ?? 'Unset';
};

export function writeSpan(row: JsonObject, resource: ResourceOf, sink: Sink): void {
  const startNs = ns(row.startNs);
  sink.span(
    {
      resource: resource(text(row.service), row.resource),
      scope: NO_SCOPE,
      traceId: text(row.trace),
      spanId: text(row.span),
      parentSpanId: text(row.parent),
      traceState: '',
      name: text(row.name),
      kind: kindOf(row.kind),
      startNs,
      endNs: startNs + ns(row.durationNs),
      attributes: sink.map(pairs(row.attributes)),
      status: statusOf(row.status),
      statusMessage: text(row.message),
      events: [],
      links: [],
    },
    0,
  );
}

export function writeLog(row: JsonObject, resource: ResourceOf, sink: Sink): void {
  const severityText = text(row.severity);
  sink.log(
    {
      resource: resource(text(row.service), row.resource),
      scope: NO_SCOPE,
      timeNs: ns(row.timeNs),
      traceId: text(row.trace),
      spanId: text(row.span),
      traceFlags: 0,
      severityText,
      severityNumber: Number(row.severityNumber) || severityOf(severityText),
      body: text(row.body),
      attributes: sink.map(pairs(row.attributes)),
      eventName: '',
    },
    0,
  );
}

/** Metrics and attributes by content: consecutive points of a series then share a line of the evidence file. */
export function metricWriter(resource: ResourceOf, sink: Sink): (row: JsonObject) => void {
  const metrics = new Map<string, Metric>();
  const maps = new Map<string, ReturnType<Sink['map']>>();
  return (row) => {
    const of = resource(text(row.service), row.resource);
    const key = JSON.stringify([text(row.service), row.resource, row.name]);
    const metric = metrics.get(key) ?? {
      resource: of,
      scope: NO_SCOPE,
      name: text(row.name),
      description: '',
      unit: text(row.unit),
    };
    metrics.set(key, metric);
    const own = JSON.stringify(row.attributes);
    const attributes = maps.get(own) ?? sink.map(pairs(row.attributes));
    maps.set(own, attributes);
    const point = { attributes, startNs: ns(row.startNs), timeNs: ns(row.timeNs), flags: 0, exemplars: [] };
    const temporality = Number(row.temporality) === 1 ? 1 : Number(row.temporality) === 2 ? 2 : 0;
    switch (row.of) {
      case 'gauge':
        return sink.gauge(metric, { ...point, value: Number(row.value) }, 0);
      case 'sum':
        return sink.sum(
          metric,
          { ...point, value: Number(row.value) },
          temporality,
          row.monotonic === true || row.monotonic === 1,
          0,
        );
      case 'histogram':
        return sink.histogram(
          metric,
          {
            ...point,
            count: Number(row.count),
            sum: Number(row.sum),
            bucketCounts: numbers(row.buckets),
            explicitBounds: numbers(row.bounds),
            min: Number(row.min) || 0,
            max: Number(row.max) || 0,
            temporality,
          },
          0,
        );
      default:
        return sink.summary(
          metric,
          {
            ...point,
            count: Number(row.count),
            sum: Number(row.sum),
            quantiles: numbers(row.quantiles).map((quantile, i) => ({
              quantile,
              value: Number(arrayOf(row.values)[i]),
            })),
          },
          0,
        );
    }
  };
}
