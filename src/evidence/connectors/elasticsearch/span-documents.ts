import jaegerJson from '../../readers/jaeger-json.js';
import { flatFields, NO_SCOPE } from '../../readers/json-map.js';
import { type Resource, SPAN_KINDS, type Span } from '../../readers/records.js';
import { isObject, type JsonObject } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { parseTimeNs } from '../../readers/time.js';
import { readAs } from '../live/read-as.js';

/** How spans lie in an index. */
export interface SpanLayout {
  id: 'elastic-apm' | 'otel' | 'data-prepper' | 'jaeger';
  /** The index pattern that its writer uses. */
  indexes: RegExp;
  time: string;
  traceId: string;
  /** Fits the first span of a trace. */
  root: JsonObject;
  service: string;
  write(
    documents: readonly JsonObject[],
    resource: (service: string) => Resource,
    sink: Sink,
  ): Promise<void> | void;
}

const missing = (field: string): JsonObject => ({ bool: { must_not: [{ exists: { field } }] } });

/** The value at a dotted name, whether the document nests its objects or has dots in its names. */
export function at(document: JsonObject, path: string): unknown {
  if (Object.hasOwn(document, path)) return document[path];
  const dot = path.split('.');
  for (let i = 1; i < dot.length; i++) {
    const inner = document[dot.slice(0, i).join('.')];
    if (isObject(inner)) {
      const found = at(inner, dot.slice(i).join('.'));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
const text = (document: JsonObject, ...paths: string[]): string => {
  const value = paths.map((p) => at(document, p)).find((v) => v !== undefined && v !== null);
  return value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
};
const number = (document: JsonObject, path: string): number => Number(at(document, path));

const kindOf = (word: string): Span['kind'] => {
  const plain = word.replace(/^SPAN_KIND_/i, '').toLowerCase();
  return SPAN_KINDS.find((k) => k.toLowerCase() === plain) ?? 'Unspecified';
};

/** Spans of Elastic's span types, as OpenTelemetry names their kinds. */
const APM_EXIT = new Set(['db', 'external', 'messaging', 'cache', 'storage']);

function elasticApm(d: JsonObject, resource: (service: string) => Resource, sink: Sink): void {
  const isTransaction =
    at(d, 'transaction.duration.us') !== undefined && at(d, 'span.duration.us') === undefined;
  const startNs =
    at(d, 'timestamp.us') === undefined
      ? parseTimeNs(at(d, '@timestamp'))
      : BigInt(Math.round(number(d, 'timestamp.us'))) * 1000n;
  const us = number(d, isTransaction ? 'transaction.duration.us' : 'span.duration.us');
  if (startNs === undefined || !Number.isFinite(us)) {
    sink.flaw('record-incomplete', 0);
    return;
  }
  const type = text(d, isTransaction ? 'transaction.type' : 'span.type');
  const statement = text(d, 'span.db.statement');
  const kind: Span['kind'] = isTransaction
    ? type === 'messaging'
      ? 'Consumer'
      : 'Server'
    : APM_EXIT.has(type)
      ? 'Client'
      : 'Internal';
  const own = [
    ['http.request.method', text(d, 'http.request.method')],
    ['http.response.status_code', text(d, 'http.response.status_code')],
    ['http.route', isTransaction ? text(d, 'transaction.name').replace(/^[A-Z]+ /, '') : ''],
    ['url.full', text(d, 'url.original', 'url.full')],
    ['db.system', text(d, 'span.db.type') === 'sql' ? text(d, 'span.subtype') : text(d, 'span.db.type')],
    ['db.statement', statement],
    ['peer.service', text(d, 'span.destination.service.resource', 'service.target.name')],
    ['span.type', type],
  ].filter(([, v]) => v !== '') as [string, string][];
  const labels = at(d, 'labels');
  sink.span(
    {
      resource: resource(text(d, 'service.name')),
      scope: NO_SCOPE,
      traceId: text(d, 'trace.id'),
      spanId: text(d, isTransaction ? 'transaction.id' : 'span.id'),
      parentSpanId: text(d, 'parent.id'),
      traceState: '',
      name: text(d, isTransaction ? 'transaction.name' : 'span.name'),
      kind,
      startNs,
      endNs: startNs + BigInt(Math.round(us * 1000)),
      attributes: sink.map([...own, ...(isObject(labels) ? flatFields(labels, new Set()) : [])]),
      status: text(d, 'event.outcome') === 'failure' ? 'Error' : 'Unset',
      statusMessage: '',
      events: [],
      links: [],
    },
    0,
  );
}

/** OpenTelemetry's own mapping (`traces-*.otel-*`), and Data Prepper's, which differ in names alone. */
const otelLike =
  (names: {
    trace: string;
    span: string;
    parent: string;
    start: string;
    durationNs: string;
    service: string[];
    status: string;
    message: string;
  }) =>
  (d: JsonObject, resource: (service: string) => Resource, sink: Sink): void => {
    const startNs = parseTimeNs(at(d, names.start));
    const durationNs = number(d, names.durationNs);
    if (startNs === undefined || !Number.isFinite(durationNs)) {
      sink.flaw('record-incomplete', 0);
      return;
    }
    const attributes: [string, string | number | boolean][] = [];
    const inner = at(d, 'attributes');
    if (isObject(inner)) attributes.push(...(flatFields(inner, new Set()) as Iterable<[string, string]>));
    // Data Prepper: `span.attributes.http@method`, because dots mean objects there.
    for (const [key, value] of Object.entries(d)) {
      const name = /^span\.attributes\.(.+)$/.exec(key)?.[1];
      if (name !== undefined)
        attributes.push([
          name.replaceAll('@', '.'),
          typeof value === 'object' ? JSON.stringify(value) : String(value),
        ]);
    }
    const status = text(d, names.status);
    sink.span(
      {
        resource: resource(text(d, ...names.service)),
        scope: NO_SCOPE,
        traceId: text(d, names.trace),
        spanId: text(d, names.span),
        parentSpanId: text(d, names.parent),
        traceState: '',
        name: text(d, 'name'),
        kind: kindOf(text(d, 'kind')),
        startNs,
        endNs: startNs + BigInt(Math.round(durationNs)),
        attributes: sink.map(attributes),
        status: /^(?:2|error)$/i.test(status) ? 'Error' : /^(?:1|ok)$/i.test(status) ? 'Ok' : 'Unset',
        statusMessage: text(d, names.message),
        events: [],
        links: [],
      },
      0,
    );
  };

type WriteOne = (d: JsonObject, resource: (service: string) => Resource, sink: Sink) => void;
const each =
  (one: WriteOne): SpanLayout['write'] =>
  (documents, resource, sink) => {
    for (const d of documents) one(d, resource, sink);
  };

export const SPAN_LAYOUTS: readonly SpanLayout[] = [
  {
    id: 'otel',
    indexes: /^(?:\.ds-)?traces-.*\.otel-/,
    time: '@timestamp',
    traceId: 'trace_id',
    root: missing('parent_span_id'),
    service: 'resource.attributes.service.name',
    write: each(
      otelLike({
        trace: 'trace_id',
        span: 'span_id',
        parent: 'parent_span_id',
        start: '@timestamp',
        durationNs: 'duration',
        service: ['resource.attributes.service.name', 'service.name'],
        status: 'status.code',
        message: 'status.message',
      }),
    ),
  },
  {
    id: 'elastic-apm',
    indexes: /^(?:\.ds-)?traces-apm|^apm-.*-(?:transaction|span)/,
    time: '@timestamp',
    traceId: 'trace.id',
    root: {
      bool: {
        must: [{ exists: { field: 'transaction.id' } }],
        must_not: [{ exists: { field: 'parent.id' } }],
      },
    },
    service: 'service.name',
    write: each(elasticApm),
  },
  {
    id: 'data-prepper',
    indexes: /^otel-v\d+-apm-span/,
    time: 'startTime',
    traceId: 'traceId',
    root: { term: { parentSpanId: '' } },
    service: 'serviceName',
    write: each(
      otelLike({
        trace: 'traceId',
        span: 'spanId',
        parent: 'parentSpanId',
        start: 'startTime',
        durationNs: 'durationInNanos',
        service: ['serviceName'],
        status: 'status.code',
        message: 'status.message',
      }),
    ),
  },
  {
    id: 'jaeger',
    indexes: /jaeger-span-/,
    time: 'startTimeMillis',
    traceId: 'traceID',
    root: {
      bool: { must_not: [{ nested: { path: 'references', query: { exists: { field: 'references' } } } }] },
    },
    service: 'process.serviceName',
    async write(documents, _resource, sink) {
      // Written for Elasticsearch, a span carries its process, and tags as a list or as an object named `tag`.
      const spans = documents.map((d) => ({ ...d, tags: d.tags ?? d.tag }));
      if (spans.length > 0)
        await readAs(jaegerJson, Buffer.from(JSON.stringify({ data: [{ spans, processes: {} }] })), sink);
    },
  },
];
