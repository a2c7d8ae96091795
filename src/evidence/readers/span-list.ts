import { fieldOf, serviceField, textField, textOf, timeField } from './fields.js';
import { flatFields, NO_SCOPE, resources } from './json-map.js';
import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import type { Span } from './records.js';
import { isObject, type JsonObject, leadingObjects } from './sample.js';
import type { Sink } from './sink.js';

const SPAN = ['span_id', 'spanid'];
const TRACE = ['trace_id', 'traceid'];
const PARENT = ['parent_id', 'parent_span_id', 'parentspanid', 'parentid'];
const NAME = ['name', 'operation', 'operation_name', 'resource', 'span_name'];
const START = ['start', 'start_time', 'starttime', 'timestamp', 'time'];
const END = ['end', 'end_time', 'endtime'];
const KIND = ['kind', 'span_kind', 'span.kind'];
const STATUS = ['status', 'status_code'];
const MESSAGE = ['error', 'status_message', 'error_message'];
/** Durations say their unit in their name; without one they are not guessed. */
const DURATIONS: readonly [name: string, ns: number][] = [
  ['duration_ns', 1],
  ['duration_us', 1e3],
  ['duration_ms', 1e6],
  ['duration_s', 1e9],
  ['duration_nanos', 1],
  ['duration_micros', 1e3],
  ['duration_millis', 1e6],
  ['duration_seconds', 1e9],
  ['durationns', 1],
  ['durationms', 1e6],
  ['elapsed_ms', 1e6],
];
const DURATION_NAMES = DURATIONS.map(([name]) => name);
/** Written instead of repeating the trace id of the span before. */
const SAME = 'same';

const isSpan = (o: JsonObject): boolean =>
  fieldOf(o, SPAN) !== undefined &&
  fieldOf(o, TRACE) !== undefined &&
  fieldOf(o, START) !== undefined &&
  (fieldOf(o, DURATION_NAMES) !== undefined || fieldOf(o, END) !== undefined);

const spanList: EvidenceReader = {
  id: 'span-list',
  title: 'span list JSON',
  looksFor:
    'a list of spans with trace_id, span_id, start and duration_ms (or duration_us, duration_ns, end)',
  recognise(sample) {
    const objects = leadingObjects(sample);
    const spans = objects.filter(isSpan);
    if (spans.length === 0 || spans.length * 2 < objects.length) return undefined;
    return { confidence: 0.9, by: 'objects with trace id, span id, start and a duration with its unit' };
  },
  async read({ bytes, sink, name, problem }) {
    const resource = resources(sink);
    let traceId = '';
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, ['', 'spans'])) {
      if (!isObject(value)) continue;
      const own = textField(value, TRACE);
      if (own !== SAME && own !== '') traceId = own;
      writeSpan(value, traceId, line, resource(serviceField(value)), sink);
      await sink.drain();
    }
  },
};

function writeSpan(
  o: JsonObject,
  traceId: string,
  line: number,
  resource: Span['resource'],
  sink: Sink,
): void {
  const startNs = timeField(o, START);
  if (startNs === undefined) {
    sink.flaw('record-incomplete', line);
    return;
  }
  const used = [SPAN, TRACE, PARENT, NAME, START, END, KIND, STATUS, MESSAGE, DURATION_NAMES].flatMap(
    (names) => fieldOf(o, names) ?? [],
  );
  const own = isObject(o.attributes) ? o.attributes : {};
  const message = textField(o, MESSAGE);
  sink.span(
    {
      resource,
      scope: NO_SCOPE,
      traceId,
      spanId: textField(o, SPAN),
      parentSpanId: textField(o, PARENT),
      traceState: '',
      name: textField(o, NAME),
      kind: kindOf(textField(o, KIND)),
      startNs,
      endNs: endOf(o, startNs, line, sink),
      attributes: sink.map([
        ...flatFields(own, new Set()),
        ...flatFields(o, new Set([...used, 'attributes', 'service'])),
      ]),
      status: statusOf(textField(o, STATUS), message),
      statusMessage: message === 'true' || message === 'false' ? '' : message,
      events: [],
      links: [],
    },
    line,
  );
}

function endOf(o: JsonObject, startNs: bigint, line: number, sink: Sink): bigint {
  const name = fieldOf(o, DURATION_NAMES);
  const unit = DURATIONS.find(([n]) => n === name?.toLowerCase())?.[1];
  const value = name === undefined ? Number.NaN : Number(o[name]);
  if (unit !== undefined && Number.isFinite(value)) return startNs + BigInt(Math.round(value * unit));
  const end = timeField(o, END);
  if (end === undefined) sink.flaw('record-incomplete', line);
  return end ?? startNs;
}

function kindOf(text: string): Span['kind'] {
  const word = text.toLowerCase().replace('span_kind_', '');
  const kinds = ['Server', 'Client', 'Internal', 'Producer', 'Consumer'] as const;
  return kinds.find((k) => k.toLowerCase() === word) ?? 'Unspecified';
}

function statusOf(text: string, message: string): Span['status'] {
  const word = textOf(text).toLowerCase().replace('status_code_', '');
  if (word === 'error' || (word === '' && message !== '' && message !== 'false')) return 'Error';
  return word === 'ok' ? 'Ok' : 'Unset';
}

export default spanList;
