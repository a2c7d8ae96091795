/**
 * The messages of OTLP 1.x and of its development profiles, by what may be kept of them: one table for protobuf and JSON.
 * Fields that are not in it are dropped, since nobody can tell what they hold (opentelemetry-proto, `*.proto`).
 */
export type Kind =
  /** A number, an enumeration or a truth value; lists of them when packed. */
  | 'number'
  /** Bytes of an id, of the size given. */
  | 'id'
  /** A name of the instrumentation: kept. */
  | 'name'
  /** Words of the system under study: redacted. */
  | 'text'
  | 'attribute'
  /** A value without a key: the body of a log record. */
  | 'value'
  | 'message'
  /** A message that is counted, and rejected alone when it lacks what it needs. */
  | 'item'
  /** Text of a profile's dictionary, and its attributes, whose keys stand in that text. */
  | 'dictionary-text'
  | 'dictionary-attribute';

export interface Field {
  number: number;
  name: string;
  kind: Kind;
  of?: Message;
  /** Of an id: its size in bytes. */
  bytes?: number;
  /** Of an id: without it the item is rejected. */
  needed?: boolean;
  /** In JSON this is a list. */
  list?: boolean;
}

export interface Message {
  /** By field number. */
  fields: readonly (Field | undefined)[];
  byName: ReadonlyMap<string, Field>;
  /** How many needed ids it has. */
  needs: number;
}

type Row = Omit<Field, 'number'>;

/** `alone` and `others` are names that only the JSON of some versions has: of numbers, and of anything. */
function message(
  rows: Readonly<Record<number, Row>>,
  alone: readonly string[] = [],
  others: readonly Row[] = [],
): Message {
  const fields: (Field | undefined)[] = [];
  const byName = new Map<string, Field>();
  for (const [key, row] of Object.entries(rows)) {
    const field = { ...row, number: Number(key) };
    fields[field.number] = field;
    byName.set(row.name, field);
  }
  for (const row of [...alone.map(numbers), ...others]) byName.set(row.name, { ...row, number: 0 });
  return { fields, byName, needs: [...byName.values()].filter((f) => f.needed).length };
}

const number = (name: string): Row => ({ name, kind: 'number' });
function numbers(name: string): Row {
  return { name, kind: 'number', list: true };
}
const name = (name: string): Row => ({ name, kind: 'name' });
const text = (name: string): Row => ({ name, kind: 'text' });
const id = (name: string, bytes: number, needed = false): Row => ({ name, kind: 'id', bytes, needed });
const attributes: Row = { name: 'attributes', kind: 'attribute', list: true };
const one = (name: string, of: Message): Row => ({ name, kind: 'message', of });
const many = (name: string, of: Message): Row => ({ name, kind: 'message', of, list: true });
const items = (name: string, of: Message): Row => ({ name, kind: 'item', of, list: true });

const RESOURCE = message({ 1: attributes, 2: number('droppedAttributesCount') });
const SCOPE = message({
  1: name('name'),
  2: name('version'),
  3: attributes,
  4: number('droppedAttributesCount'),
});

const EVENT = message({
  1: number('timeUnixNano'),
  2: text('name'),
  3: attributes,
  4: number('droppedAttributesCount'),
});
const LINK = message({
  1: id('traceId', 16),
  2: id('spanId', 8),
  3: text('traceState'),
  4: attributes,
  5: number('droppedAttributesCount'),
  6: number('flags'),
});
const SPAN = message({
  1: id('traceId', 16, true),
  2: id('spanId', 8, true),
  3: text('traceState'),
  4: id('parentSpanId', 8),
  5: text('name'),
  6: number('kind'),
  7: number('startTimeUnixNano'),
  8: number('endTimeUnixNano'),
  9: attributes,
  10: number('droppedAttributesCount'),
  11: many('events', EVENT),
  12: number('droppedEventsCount'),
  13: many('links', LINK),
  14: number('droppedLinksCount'),
  15: one('status', message({ 2: text('message'), 3: number('code') })),
  16: number('flags'),
});

const LOG_RECORD = message({
  1: number('timeUnixNano'),
  2: number('severityNumber'),
  3: name('severityText'),
  5: { name: 'body', kind: 'value' },
  6: attributes,
  7: number('droppedAttributesCount'),
  8: number('flags'),
  9: id('traceId', 16),
  10: id('spanId', 8),
  11: number('observedTimeUnixNano'),
  12: text('eventName'),
});

const EXEMPLAR = message({
  2: number('timeUnixNano'),
  3: number('asDouble'),
  4: id('spanId', 8),
  5: id('traceId', 16),
  6: number('asInt'),
  7: { ...attributes, name: 'filteredAttributes' },
});
const times = { 2: number('startTimeUnixNano'), 3: number('timeUnixNano') };
const NUMBER_POINT = message({
  ...times,
  4: number('asDouble'),
  5: many('exemplars', EXEMPLAR),
  6: number('asInt'),
  7: attributes,
  8: number('flags'),
});
const HISTOGRAM_POINT = message({
  ...times,
  4: number('count'),
  5: number('sum'),
  6: numbers('bucketCounts'),
  7: numbers('explicitBounds'),
  8: many('exemplars', EXEMPLAR),
  9: attributes,
  10: number('flags'),
  11: number('min'),
  12: number('max'),
});
const BUCKETS = message({ 1: number('offset'), 2: numbers('bucketCounts') });
const EXPONENTIAL_POINT = message({
  1: attributes,
  ...times,
  4: number('count'),
  5: number('sum'),
  6: number('scale'),
  7: number('zeroCount'),
  8: one('positive', BUCKETS),
  9: one('negative', BUCKETS),
  10: number('flags'),
  11: many('exemplars', EXEMPLAR),
  12: number('min'),
  13: number('max'),
  14: number('zeroThreshold'),
});
const SUMMARY_POINT = message({
  ...times,
  4: number('count'),
  5: number('sum'),
  6: many('quantileValues', message({ 1: number('quantile'), 2: number('value') })),
  7: attributes,
  8: number('flags'),
});
const temporality = { 2: number('aggregationTemporality') };
const points = (of: Message): Row => items('dataPoints', of);
const METRIC = message({
  1: name('name'),
  2: text('description'),
  3: name('unit'),
  5: one('gauge', message({ 1: points(NUMBER_POINT) })),
  7: one('sum', message({ 1: points(NUMBER_POINT), ...temporality, 3: number('isMonotonic') })),
  9: one('histogram', message({ 1: points(HISTOGRAM_POINT), ...temporality })),
  10: one('exponentialHistogram', message({ 1: points(EXPONENTIAL_POINT), ...temporality })),
  11: one('summary', message({ 1: points(SUMMARY_POINT) })),
});

/**
 * Of the signal in development: the layouts of OTLP 1.7, 1.8 and 1.9 give the same numbers to different fields, all of
 * them numbers; a payload in a foreign format is dropped.
 */
const anyNumbers = (names: readonly string[], most: number): Record<number, Row> =>
  Object.fromEntries(Array.from({ length: most }, (_, i) => [i + 1, numbers(names[i] ?? `field${i + 1}`)]));
const VALUE_TYPE = message(anyNumbers(['typeStrindex', 'unitStrindex', 'aggregationTemporality'], 3));
const SAMPLE = message(
  anyNumbers(['stackIndex', 'attributeIndices', 'linkIndex', 'values', 'timestampsUnixNano'], 6),
  ['locationsStartIndex', 'locationsLength', 'value', 'link'],
);
const PROFILE = message(
  {
    1: many('sampleType', VALUE_TYPE),
    2: many('samples', SAMPLE),
    3: numbers('timeUnixNano'),
    4: numbers('durationNano'),
    5: numbers('field5'),
    6: numbers('period'),
    7: numbers('field7'),
    8: numbers('droppedAttributesCount'),
    11: numbers('attributeIndices'),
    14: numbers('field14'),
  },
  ['timeNanos', 'durationNanos', 'locationIndices', 'defaultSampleTypeIndex', 'commentStrindices'],
  [one('periodType', VALUE_TYPE), many('sample', SAMPLE), { name: 'profileId', kind: 'id', bytes: 16 }],
);
const LINE = message(anyNumbers(['functionIndex', 'line', 'column'], 3));
const DICTIONARY = message({
  1: many(
    'mappingTable',
    message(
      anyNumbers(['memoryStart', 'memoryLimit', 'fileOffset', 'filenameStrindex', 'attributeIndices'], 9),
    ),
  ),
  2: many(
    'locationTable',
    message(
      {
        ...anyNumbers(['mappingIndex', 'address', '', 'attributeIndices'], 5),
        3: many('lines', LINE),
      },
      ['isFolded'],
      [many('line', LINE)],
    ),
  ),
  3: many(
    'functionTable',
    message(anyNumbers(['nameStrindex', 'systemNameStrindex', 'filenameStrindex', 'startLine'], 4)),
  ),
  4: many('linkTable', message({ 1: id('traceId', 16), 2: id('spanId', 8) })),
  5: { name: 'stringTable', kind: 'dictionary-text', list: true },
  6: { name: 'attributeTable', kind: 'dictionary-attribute', list: true },
  7: many(
    'stackTable',
    message(anyNumbers(['locationIndices'], 2), ['attributeKeyStrindex', 'unitStrindex']),
  ),
});

export const SIGNALS = ['traces', 'metrics', 'logs', 'profiles'] as const;
export type Signal = (typeof SIGNALS)[number];

function group(scopes: string, inner: Row): Message {
  return message({
    1: one('resource', RESOURCE),
    2: many(scopes, message({ 1: one('scope', SCOPE), 2: inner, 3: name('schemaUrl') })),
    3: name('schemaUrl'),
  });
}

/** The export request of each signal. */
export const REQUESTS: Readonly<Record<Signal, Message>> = {
  traces: message({ 1: many('resourceSpans', group('scopeSpans', items('spans', SPAN))) }),
  metrics: message({ 1: many('resourceMetrics', group('scopeMetrics', many('metrics', METRIC))) }),
  logs: message({ 1: many('resourceLogs', group('scopeLogs', items('logRecords', LOG_RECORD))) }),
  profiles: message({
    1: many('resourceProfiles', group('scopeProfiles', items('profiles', PROFILE))),
    2: one('dictionary', DICTIONARY),
  }),
};

/** What the answer calls what it rejected. */
export const REJECTED: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
  profiles: 'rejectedProfiles',
};
