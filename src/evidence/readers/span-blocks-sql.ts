import { fileURLToPath } from 'node:url';
import { MAX_TIME_NS } from './rows.js';

/*
 * Statements that take blocks of OTLP spans apart, in three tables in memory. Their fields have the names of OTLP
 * JSON there. Attributes, resources and scopes stay as they are written in the file.
 */

export const SPAN_TYPE = `Tuple(traceId String, spanId String, parentSpanId String, traceState String, name String,
  kind String, startTimeUnixNano UInt64, endTimeUnixNano UInt64, attributes Array(String),
  status Tuple(code String, message String), events String, links String)`;
export const GROUPS_TYPE = `Array(Tuple(resource String, scopeSpans Array(Tuple(scope String, spans Array(${SPAN_TYPE})))))`;

const TABLES = {
  kp_attributes: '(raw String, said Tuple(String, String)) ENGINE = Join(ANY, LEFT, raw)',
  kp_resources: '(raw String, service String, attributes Map(String, String)) ENGINE = Join(ANY, LEFT, raw)',
  kp_scopes: '(raw String, name String, version String) ENGINE = Join(ANY, LEFT, raw)',
  kp_texts: '(raw String, said String) ENGINE = Join(ANY, LEFT, raw)',
};
/** One for the block that is being written, one for the block that is being taken apart. */
export const UNITS = ['kp_units_a', 'kp_units_b'] as const;
export type Units = (typeof UNITS)[number];
const WORD_TABLES = Object.keys(TABLES);
export const CREATE = [
  ...UNITS.map(
    (name) =>
      `CREATE OR REPLACE TABLE ${name} (unit UInt64, groups ${GROUPS_TYPE}, plain Bool) ENGINE = Memory`,
  ),
  ...Object.entries(TABLES).map(([name, is]) => `CREATE OR REPLACE TABLE ${name} ${is}`),
];
/** Empties the tables of words: they are of one block. */
export const CLEAR_WORDS = WORD_TABLES.map((name) => `TRUNCATE TABLE ${name}`);
export const clearUnits = (units: Units): string => `TRUNCATE TABLE ${units}`;
export const DROP = [...UNITS, ...WORD_TABLES].map((name) => `DROP TABLE IF EXISTS ${name}`);

const KINDS = ['', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const KIND_NAMES = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const CODES = ['UNSET', 'OK', 'ERROR'];
const CODE_NAMES = ['Unset', 'Ok', 'Error'];
const list = (items: readonly string[]): string => `[${items.map((i) => `'${i}'`).join(', ')}]`;

/** The number or name of an enumeration as the store has it; `''` when it is none of them. */
const named = (column: string, prefix: string, words: readonly string[], out: readonly string[]): string => {
  const from = [
    '',
    ...words.map((_, i) => String(i)),
    ...words.map((w) => (w === '' ? `${prefix}UNSPECIFIED` : prefix + w)),
  ];
  const to = [out[0] ?? '', ...out, ...out];
  return `transform(${column}, ${list(from)}, ${list(to)}, '')`;
};
const kind = (column: string): string => named(column, 'SPAN_KIND_', KINDS, KIND_NAMES);
const code = (column: string): string => named(column, 'STATUS_CODE_', CODES, CODE_NAMES);

/** True for a span that is as it should be, and has nothing that only the ordinary way reads. */
const isPlain = (idLength: { trace: number; span: number; zero: string }): string => `(s ->
  length(s.traceId) = ${idLength.trace} AND s.traceId != repeat('${idLength.zero}', ${idLength.trace})
  AND length(s.spanId) = ${idLength.span} AND s.spanId != repeat('${idLength.zero}', ${idLength.span})
  AND length(s.parentSpanId) IN (0, ${idLength.span}) AND s.parentSpanId != repeat('${idLength.zero}', ${idLength.span}) AND isValidUTF8(s.traceState)
  AND s.startTimeUnixNano > 0 AND s.endTimeUnixNano BETWEEN s.startTimeUnixNano AND ${MAX_TIME_NS}
  AND ${kind('s.kind')} != '' AND ${code('s.status.code')} != ''
  AND s.events IN ('', '[]') AND s.links IN ('', '[]'))`;

/**
 * The messages of opentelemetry-proto as far as columns need them. The engine reads them from a file: what it is given
 * as text it would write down in the folder the command was started in.
 */
const MESSAGES = fileURLToPath(new URL('./resource-spans.proto', import.meta.url));
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** Messages `ResourceSpans`, each a field 1, after the length of them all. */
export const fillProtobuf = (units: Units): string => `INSERT INTO ${units}
  SELECT unit, groups,
    arrayAll(${isPlain({ trace: 16, span: 8, zero: '\\0' })}, arrayFlatten(groups.scopeSpans.spans))
  FROM (SELECT rowNumberInAllBlocks() AS unit, [tuple(resource, scopeSpans)]::${GROUPS_TYPE} AS groups
    FROM file({path:String}, 'ProtobufList', 'resource String, scopeSpans Array(Tuple(scope String, spans Array(${SPAN_TYPE})))'))
  SETTINGS parallelize_output_from_storages = 0, format_schema = ${quoted(`${MESSAGES}:ResourceSpans`)}`;

/** Every distinct part that is read or redacted outside of the engine, in an order that is always the same. */
export const words = (units: Units): string => `SELECT kind, hex(raw) AS hex, count() AS times FROM (
    SELECT unit, 'resource' AS kind, arrayJoin(groups.resource) AS raw FROM ${units} WHERE plain
    UNION ALL SELECT unit, 'scope', arrayJoin(arrayFlatten(groups.scopeSpans.scope)) FROM ${units} WHERE plain
    UNION ALL SELECT unit, 'attribute', arrayJoin(arrayFlatten(groups.scopeSpans.spans.attributes)) FROM ${units} WHERE plain
    UNION ALL SELECT unit, 'text', arrayJoin(arrayFlatten(groups.scopeSpans.spans.name)) FROM ${units} WHERE plain
    UNION ALL SELECT unit, 'text', arrayJoin(arrayFlatten(groups.scopeSpans.spans.status.message)) FROM ${units} WHERE plain)
  GROUP BY kind, raw ORDER BY min(unit), kind, raw`;

const fillWords = (table: string, kind: string, columns: string): string =>
  `INSERT INTO ${table} SELECT unhex(hex), ${columns}
   FROM file({path:String}, 'RowBinary', 'kind String, hex String, first String, second String, pairs Map(String, String)')
   WHERE kind = '${kind}'`;

/** Statements that take back what the parts say. */
export const FILL_WORDS: readonly string[] = [
  fillWords('kp_attributes', 'attribute', '(first, second)'),
  fillWords('kp_resources', 'resource', 'first, pairs'),
  fillWords('kp_scopes', 'scope', 'first, second'),
  fillWords('kp_texts', 'text', 'first'),
];

/** Writes all spans of plain units. `id` makes an id column lower-case hex. */
export const insertSpans = (units: Units, id: (column: string) => string): string => `INSERT INTO otel_traces
  (Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName,
   ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage, KpSource, KpLine)
  SELECT fromUnixTimestamp64Nano(toInt64(s.startTimeUnixNano), 'UTC'), ${id('s.traceId')}, ${id('s.spanId')}, ${id('s.parentSpanId')},
    s.traceState, joinGet('kp_texts', 'said', s.name), ${kind('s.kind')}, service, resource, scope, version,
    CAST(arrayMap(a -> joinGet('kp_attributes', 'said', a), s.attributes), 'Map(LowCardinality(String), String)'),
    s.endTimeUnixNano - s.startTimeUnixNano, ${code('s.status.code')},
    joinGet('kp_texts', 'said', s.status.message), {source:String}, {origins:Array(UInt64)}[unit + 1]
  FROM (SELECT unit, service, resource, joinGet('kp_scopes', 'name', c.scope) AS scope,
      joinGet('kp_scopes', 'version', c.scope) AS version, arrayJoin(c.spans) AS s
    FROM (SELECT unit, joinGet('kp_resources', 'service', g.resource) AS service,
        joinGet('kp_resources', 'attributes', g.resource) AS resource, arrayJoin(g.scopeSpans) AS c
      FROM (SELECT unit, arrayJoin(groups) AS g FROM ${units} WHERE plain)))
`;

/** What was written, and the numbers of the units that were not. */
export const tally = (
  units: Units,
): string => `SELECT sum(length(starts)) AS spans, toString(min(arrayMin(starts))) AS fromNs, toString(max(arrayMax(starts))) AS toNs,
    (SELECT arraySort(groupArray(unit)) FROM ${units} WHERE NOT plain) AS left
  FROM (SELECT arrayFlatten(groups.scopeSpans.spans.startTimeUnixNano) AS starts FROM ${units} WHERE plain AND notEmpty(starts))`;
