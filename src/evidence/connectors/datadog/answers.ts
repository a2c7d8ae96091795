import { flatFields } from '../../readers/json-map.js';
import { type Resource, SPAN_KINDS, type Span } from '../../readers/records.js';
import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { parseTimeNs } from '../../readers/time.js';
import { AskFault } from '../live/fault.js';
import type { GaugeSeries } from '../live/gauges.js';
import { wordsOf } from '../live/http.js';
import { scaleOf } from './units.js';

/** `service:web,host:a` as pairs. */
const tagsOf = (tags: readonly unknown[]): [string, string][] =>
  tags.map(String).flatMap((t): [string, string][] => {
    const at = t.indexOf(':');
    return at > 0 ? [[t.slice(0, at), t.slice(at + 1)]] : [];
  });
const serviceIn = (tags: readonly (readonly [string, string])[]): string =>
  tags.find(([k]) => k === 'service')?.[1] ?? tags.find(([k]) => k === 'host')?.[1] ?? '';

/** `data.attributes` of an answer of API v2. */
function attributesOf(value: unknown): JsonObject {
  const data = isObject(value) ? value.data : undefined;
  if (!isObject(data) || !isObject(data.attributes))
    throw new AskFault(
      'malformed',
      `its answer holds no data: ${wordsOf(JSON.stringify(value).slice(0, 500))}`,
    );
  return data.attributes;
}

/** API v1 `query`: points are pairs of milliseconds and a value or null. An error comes with a 200, too. */
export function seriesOfV1(value: unknown, named?: string): GaugeSeries[] {
  if (!isObject(value) || value.status === 'error' || !Array.isArray(value.series))
    throw new AskFault(
      'bad-request',
      `its query failed: ${isObject(value) ? String(value.error ?? 'no series').slice(0, 200) : 'no object'}`,
    );
  return value.series.filter(isObject).map((s) => {
    const { factor, unit } = scaleOf(s.unit);
    const listed = tagsOf(arrayOf(s.tag_set));
    const tags = listed.length > 0 ? listed : tagsOf(String(s.scope ?? '').split(','));
    return {
      service: serviceIn(tags),
      name: named ?? String(s.metric ?? s.expression ?? ''),
      unit,
      attributes: tags.filter(([k]) => k !== 'service'),
      points: arrayOf(s.pointlist).flatMap((p) =>
        Array.isArray(p) && typeof p[0] === 'number' && typeof p[1] === 'number'
          ? [[p[0], p[1] * factor] as const]
          : [],
      ),
    };
  });
}

/** API v2 `timeseries`: one list of times for all series, nulls where a series has no point. */
export function seriesOfV2(value: unknown, named: readonly string[]): GaugeSeries[] {
  const { series, times, values } = attributesOf(value);
  const at = arrayOf(times).map(Number);
  return arrayOf(series).flatMap((s, i): GaugeSeries[] => {
    if (!isObject(s)) return [];
    const { factor, unit } = scaleOf(s.unit);
    const tags = tagsOf(arrayOf(s.group_tags));
    return [
      {
        service: serviceIn(tags),
        name: named[Number(s.query_index ?? 0)] ?? named[0] ?? '',
        unit,
        attributes: tags.filter(([k]) => k !== 'service'),
        points: arrayOf(arrayOf(values)[i]).flatMap((v, k) =>
          typeof v === 'number' ? [[at[k] ?? Number.NaN, v * factor] as const] : [],
        ),
      },
    ];
  });
}

/** API v2 `scalar`: columns of groups and columns of numbers; empty columns are an answer. */
export function scalarsOf(
  value: unknown,
): { groups: [string, string][]; name: string; value: number; unit: string }[] {
  const columns = arrayOf(attributesOf(value).columns).filter(isObject);
  const groups = columns.filter((c) => c.type === 'group');
  return columns
    .filter((c) => c.type === 'number')
    .flatMap((c) => {
      const { factor, unit } = scaleOf(isObject(c.meta) ? c.meta.unit : undefined);
      return arrayOf(c.values).flatMap((v, row) =>
        typeof v === 'number'
          ? [
              {
                groups: groups.map((g): [string, string] => [
                  String(g.name),
                  arrayOf(arrayOf(g.values)[row]).map(String).join(','),
                ]),
                name: String(c.name),
                value: v * factor,
                unit,
              },
            ]
          : [],
      );
    });
}

/** API v2 `spans/analytics/aggregate`: buckets with a number or a series for each computation. */
export function bucketsOf(
  value: unknown,
): { by: [string, string][]; computes: Map<string, readonly (readonly [number, number])[]> }[] {
  const data = isObject(value) ? value.data : undefined;
  if (!Array.isArray(data)) throw new AskFault('malformed', 'its answer holds no buckets');
  return data.filter(isObject).map((b) => {
    const own = isObject(b.attributes) ? b.attributes : {};
    const computes = isObject(own.compute) ? own.compute : isObject(own.computes) ? own.computes : {};
    return {
      by: Object.entries(isObject(own.by) ? own.by : {}).map(([k, v]): [string, string] => [k, String(v)]),
      computes: new Map(
        Object.entries(computes).map(([k, v]) => [
          k,
          arrayOf(v).flatMap((p) => {
            const ns = isObject(p) ? parseTimeNs(p.time) : undefined;
            return isObject(p) && ns !== undefined && typeof p.value === 'number'
              ? [[Number(ns / 1_000_000n), p.value] as const]
              : [];
          }),
        ]),
      ),
    };
  });
}

/** What the history of an objective says, and why it may say nothing. */
export function historyOf(value: unknown): {
  name: string;
  sli: number | null;
  target: number | null;
  errors: string[];
  toMs: number;
} {
  const data = isObject(value) && isObject(value.data) ? value.data : undefined;
  if (!data) throw new AskFault('malformed', 'its answer holds no history');
  const overall = isObject(data.overall) ? data.overall : {};
  const slo = isObject(data.slo) ? data.slo : {};
  const number = (v: unknown): number | null => (typeof v === 'number' ? v : null);
  return {
    name: String(slo.name ?? ''),
    sli: number(overall.sli_value),
    target: number(slo.target_threshold),
    errors: arrayOf(overall.errors).map((e) =>
      isObject(e) ? String(e.error_message ?? e.error_type) : String(e),
    ),
    toMs: Number(data.to_ts) * 1000,
  };
}

/** Datadog's ids are decimal numbers of 64 bits; newer ones hex of 128. */
export const idOf = (value: unknown, digits: 16 | 32): string => {
  const text = String(value ?? '');
  if (/^\d{1,20}$/.test(text)) return text === '0' ? '' : BigInt(text).toString(16).padStart(digits, '0');
  return /^[0-9a-f]{16,32}$/i.test(text) ? text.toLowerCase().padStart(digits, '0') : '';
};

/** Kinds by what Datadog calls types of spans, when the span has no kind. */
const KIND_OF_TYPE: Readonly<Record<string, Span['kind']>> = {
  web: 'Server',
  http: 'Client',
  db: 'Client',
  sql: 'Client',
  cache: 'Client',
  redis: 'Client',
  memcached: 'Client',
  mongodb: 'Client',
  cassandra: 'Client',
  elasticsearch: 'Client',
  queue: 'Consumer',
};

/** Writes one span of `spans/events`. Its duration is in nanoseconds, its times end at milliseconds. */
export function writeSpan(event: unknown, resource: (service: string) => Resource, sink: Sink): void {
  const a = isObject(event) && isObject(event.attributes) ? event.attributes : {};
  const custom = isObject(a.custom) ? a.custom : {};
  const startNs = parseTimeNs(a.start_timestamp);
  const endNs = parseTimeNs(a.end_timestamp);
  if (startNs === undefined) {
    sink.flaw('record-incomplete', 0);
    return;
  }
  const duration = Number(custom.duration ?? a.duration);
  const said = isObject(custom.span) ? String(custom.span.kind ?? '') : '';
  const kind =
    SPAN_KINDS.find((k) => k.toLowerCase() === said.toLowerCase()) ??
    KIND_OF_TYPE[String(a.type ?? '')] ??
    'Internal';
  const isError =
    custom.error !== undefined && custom.error !== null && custom.error !== false && custom.error !== 0;
  sink.span(
    {
      resource: resource(String(a.service ?? '')),
      scope: { name: '', version: '', attributes: sink.map([]), schemaUrl: '', droppedAttributes: 0 },
      traceId: idOf(a.trace_id, 32),
      spanId: idOf(a.span_id, 16),
      parentSpanId: idOf(a.parent_id, 16),
      traceState: '',
      name: String(a.resource_name ?? a.operation_name ?? ''),
      kind,
      startNs,
      endNs: Number.isFinite(duration) ? startNs + BigInt(Math.round(duration)) : (endNs ?? startNs),
      attributes: sink.map([
        ...(['env', 'host', 'type', 'operation_name'] as const).flatMap((k) =>
          typeof a[k] === 'string' ? [[k, String(a[k])] as const] : [],
        ),
        ...flatFields(custom, new Set(['duration'])),
      ]),
      status: isError || a.status === 'error' ? 'Error' : 'Unset',
      statusMessage: '',
      events: [],
      links: [],
    },
    0,
  );
}
