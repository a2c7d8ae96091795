import type { Redactor } from '../redact/index.js';
import { redactedMaps } from './attribute-map.js';
import {
  bytesOf,
  createDictionary,
  type Dictionary,
  lowCardinality,
  type NativeColumn,
  nativeBlock,
  textNumbers,
} from './native-columns.js';
import { attributeMap, object, resourceOf, scopeOf } from './otlp-attributes.js';
import { SPAN_KINDS, STATUS_CODES } from './records.js';
import { reused } from './reused-memory.js';
import {
  FIRST_OF_RESOURCE,
  FIRST_OF_SCOPE,
  SPAN_ID_BYTES,
  type SpanColumns,
  TRACE_ID_BYTES,
} from './span-columns.js';
import { createMapWords, type MapWords, mapColumn, setMap } from './span-maps.js';
import type { ReadWord, SpanScan } from './span-scan.js';
import { wordBytes } from './span-words.js';

const LOW = 2 ** 32;
const MAP = 'Map(LowCardinality(String), String)';

/** The columns that `spanRows` fills. */
export const ROW_COLUMNS =
  'Timestamp, TraceId, SpanId, ParentSpanId, TraceState, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName, ScopeVersion, SpanAttributes, Duration, StatusCode, StatusMessage, KpLine';

/**
 * The spans as a block of rows of `otel_traces`, all but `KpSource`, in Native format. Every distinct part is read and
 * redacted once, in the order in which a reading span by span meets it first.
 * Throws when an attribute has no key.
 */
export function spanRows(
  c: SpanColumns,
  { places, read }: Pick<SpanScan, 'places' | 'read'>,
  redactor: Redactor,
): Uint8Array[] {
  const said = sayWords(c, read, redactor);
  const rows = c.spans;
  return nativeBlock(rows, [
    plain('Timestamp', "DateTime64(9, 'UTC')", bytesOf(c.start.subarray(0, rows * 2))),
    plain('TraceId', 'String', c.traceId.bytes.subarray(0, rows * TRACE_ID_BYTES)),
    plain('SpanId', 'String', c.spanId.bytes.subarray(0, rows * SPAN_ID_BYTES)),
    plain('ParentSpanId', 'String', c.parentId.bytes.subarray(0, c.parentBytes)),
    word('TraceState', said.state, c.state, c),
    word('SpanName', said.name, c.name, c),
    enumeration('SpanKind', SPAN_KINDS, c.kind, rows),
    word('ServiceName', said.service, c.resource, c),
    plain(
      'ResourceAttributes',
      MAP,
      ...mapColumn(said.resource, c.resource.subarray(0, rows), c.memory, 'resource'),
    ),
    word('ScopeName', said.scope, c.scope, c),
    word('ScopeVersion', said.version, c.scope, c),
    plain(
      'SpanAttributes',
      MAP,
      ...mapColumn(
        said.attribute,
        c.attribute.subarray(0, c.attributes),
        c.memory,
        'attribute',
        c.attributesEnd.subarray(0, rows),
      ),
    ),
    plain('Duration', 'UInt64', wholeNumbers(c, c.durationNs, 'durations')),
    enumeration('StatusCode', STATUS_CODES, c.code, rows),
    word('StatusMessage', said.message, c.message, c),
    plain('KpLine', 'UInt64', wholeNumbers(c, placesOf(c, places), 'lines')),
  ]);
}

const plain = (name: string, type: string, ...bytes: Uint8Array[]): NativeColumn => ({ name, type, bytes });

function word(
  name: string,
  { texts, numbers }: TextWords,
  column: Uint32Array,
  { spans, memory }: SpanColumns,
): NativeColumn {
  const all = texts.all();
  const out = textNumbers(all, spans, memory, name);
  fillNumbers(out, column, numbers, spans);
  return { name, type: 'LowCardinality(String)', bytes: lowCardinality(all, out) };
}

function fillNumbers(
  out: Uint8Array | Uint32Array,
  words: Uint32Array,
  numbers: Uint32Array,
  rows: number,
): void {
  for (let i = 0; i < rows; i++) out[i] = numbers[words[i] as number] as number;
}

const enumeration = (
  name: string,
  names: readonly string[],
  column: Uint8Array,
  rows: number,
): NativeColumn => plain(name, 'LowCardinality(String)', ...lowCardinality(names, column.subarray(0, rows)));

/** By span: its place in the file. */
function placesOf({ unit, spans, memory }: SpanColumns, places: SpanScan['places']): Float64Array {
  const out = new Float64Array(reused(memory, 'places', spans * 8), 0, spans);
  if (typeof places === 'number') for (let i = 0; i < spans; i++) out[i] = places + (unit[i] as number);
  else for (let i = 0; i < spans; i++) out[i] = places[unit[i] as number] as number;
  return out;
}

/** `UInt64` of numbers up to 2^53. */
function wholeNumbers({ spans, memory }: SpanColumns, column: Float64Array, use: string): Uint8Array {
  const halves = new Uint32Array(reused(memory, use, spans * 8), 0, spans * 2);
  fillHalves(halves, column, spans);
  return bytesOf(halves);
}

function fillHalves(halves: Uint32Array, column: Float64Array, rows: number): void {
  for (let i = 0; i < rows; i++) {
    const value = column[i] as number;
    halves[i * 2] = value;
    halves[i * 2 + 1] = value < LOW ? 0 : value / LOW;
  }
}

/** What words of one kind say: by word the number of a text. */
interface TextWords {
  texts: Dictionary;
  numbers: Uint32Array;
}

interface Said {
  service: TextWords;
  scope: TextWords;
  version: TextWords;
  name: TextWords;
  message: TextWords;
  state: TextWords;
  resource: MapWords;
  attribute: MapWords;
}

type Kind = 'resource' | 'scope' | 'attribute' | 'name' | 'message';

function sayWords(c: SpanColumns, read: ReadWord, redactor: Redactor): Said {
  const textsOf = (kind: keyof SpanColumns['words']): TextWords => ({
    texts: createDictionary(['']),
    numbers: new Uint32Array(c.words[kind].count),
  });
  const said: Said = {
    service: textsOf('resource'),
    scope: textsOf('scope'),
    version: textsOf('scope'),
    name: textsOf('name'),
    message: textsOf('message'),
    state: textsOf('state'),
    resource: createMapWords(c.words.resource.count),
    attribute: createMapWords(c.words.attribute.count),
  };
  const set = ({ texts, numbers }: TextWords, word: number, text: string): void => {
    numbers[word] = texts.of(text);
  };
  const map = redactedMaps(redactor);
  const say: Readonly<Record<Kind, (word: number, value: unknown) => void>> = {
    resource(word, value) {
      const { service, attributes } = resourceOf(value, { map });
      set(said.service, word, service);
      setMap(said.resource, word, attributes);
    },
    scope(word, value) {
      const { name, version } = scopeOf(value, '', { map });
      set(said.scope, word, name);
      set(said.version, word, version);
    },
    attribute(word, value) {
      setMap(said.attribute, word, attributeMap([value], { map }));
    },
    name: (word, value) => set(said.name, word, redactor.redact(text(value))),
    message: (word, value) => set(said.message, word, redactor.redact(text(value))),
  };
  // All is read before the first is redacted: a block that cannot be read must not count as cut.
  const uses = usesInOrder(c);
  const values = uses.map(({ kind, word }) => read(kind, wordBytes(c.words[kind], word)));
  if (uses.some(({ kind }, i) => kind === 'attribute' && typeof object(values[i]).key !== 'string'))
    throw new Error('an attribute without a key');
  uses.forEach(({ kind, word, times }, i) => {
    redactor.repeated(times, () => say[kind](word, values[i]));
  });
  for (let word = 1; word < c.words.state.count; word++)
    set(said.state, word, text(read('state', wordBytes(c.words.state, word))));
  return said;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

interface WordUse {
  kind: Kind;
  word: number;
  times: number;
}

interface FirstUse {
  kind: Kind;
  word: number;
}

function use(first: FirstUse[], kind: Kind, counts: Uint32Array, word: number): void {
  if (counts[word] === 0) first.push({ kind, word });
  counts[word] = (counts[word] as number) + 1;
}

/** Every word that a span uses, by where it is met first. */
function usesInOrder(c: SpanColumns): WordUse[] {
  const none = (kind: Kind): Uint32Array => new Uint32Array(c.words[kind].count);
  const times = {
    resource: none('resource'),
    scope: none('scope'),
    attribute: none('attribute'),
    name: none('name'),
    message: none('message'),
  };
  const first: FirstUse[] = [];
  for (let span = 0; span < c.spans; span++) useWords(c, span, times, first);
  return first.map(({ kind, word }) => ({ kind, word, times: times[kind][word] as number }));
}

function useWords(
  c: SpanColumns,
  span: number,
  times: Readonly<Record<Kind, Uint32Array>>,
  first: FirstUse[],
): void {
  const mark = c.marks[span] as number;
  if (mark & FIRST_OF_RESOURCE) use(first, 'resource', times.resource, c.resource[span] as number);
  if (mark & FIRST_OF_SCOPE) use(first, 'scope', times.scope, c.scope[span] as number);
  const end = c.attributesEnd[span] as number;
  for (let i = span === 0 ? 0 : (c.attributesEnd[span - 1] as number); i < end; i++)
    use(first, 'attribute', times.attribute, c.attribute[i] as number);
  use(first, 'name', times.name, c.name[span] as number);
  use(first, 'message', times.message, c.message[span] as number);
}
