import {
  fieldOf,
  MESSAGE_FIELDS,
  SERVICE_FIELDS,
  SEVERITY_FIELDS,
  SPAN_FIELDS,
  serviceField,
  TIME_FIELDS,
  TRACE_FIELDS,
  textField,
  timeField,
} from './fields.js';
import { flatFields, NO_SCOPE, resources } from './json-map.js';
import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import { isObject, type JsonObject, leadingObjects } from './sample.js';
import type { Sink } from './sink.js';

const USED = [TIME_FIELDS, SERVICE_FIELDS, SEVERITY_FIELDS, MESSAGE_FIELDS, TRACE_FIELDS, SPAN_FIELDS];
/** Names, and the numbers of pino and bunyan, to OpenTelemetry's severity numbers. */
const SEVERITIES: Readonly<Record<string, number>> = {
  trace: 1,
  verbose: 1,
  debug: 5,
  information: 9,
  info: 9,
  notice: 10,
  warn: 13,
  warning: 13,
  error: 17,
  err: 17,
  critical: 18,
  crit: 18,
  alert: 19,
  emergency: 21,
  emerg: 21,
  panic: 21,
  fatal: 21,
  10: 1,
  20: 5,
  30: 9,
  40: 13,
  50: 17,
  60: 21,
};

const hasTime = (o: JsonObject): boolean => fieldOf(o, TIME_FIELDS) !== undefined;
const hasMessage = (o: JsonObject): boolean => fieldOf(o, MESSAGE_FIELDS) !== undefined;
const hasSeverity = (o: JsonObject): boolean => fieldOf(o, SEVERITY_FIELDS) !== undefined;

const logLines: EvidenceReader = {
  id: 'log-lines',
  title: 'JSON logs',
  looksFor: 'JSON log lines with a time, a level and a message',
  recognise(sample) {
    const objects = leadingObjects(sample);
    if (objects.length === 0) return undefined;
    const share = (test: (o: JsonObject) => boolean): number => objects.filter(test).length / objects.length;
    if (share(hasTime) < 0.9 || share(hasMessage) < 0.9) return undefined;
    const levels = share(hasSeverity) >= 0.5;
    return {
      confidence: levels ? 0.85 : 0.6,
      by: `objects with a time and a message${levels ? ' and a level' : ''}`,
    };
  },
  async read({ bytes, sink, name, problem }) {
    const resource = resources(sink);
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, ['', 'logs', 'hits.hits'])) {
      const record = isObject(value) && isObject(value._source) ? value._source : value;
      if (isObject(record)) writeLog(record, resource(serviceField(record)), line, sink);
      else sink.flaw('record-incomplete', line);
      await sink.drain();
    }
  },
};

function writeLog(
  o: JsonObject,
  resource: ReturnType<ReturnType<typeof resources>>,
  line: number,
  sink: Sink,
): void {
  const timeNs = timeField(o);
  if (timeNs === undefined) {
    sink.flaw('record-incomplete', line);
    return;
  }
  const severityText = textField(o, SEVERITY_FIELDS);
  const used = new Set(USED.flatMap((names) => fieldOf(o, names) ?? []));
  sink.log(
    {
      resource,
      scope: NO_SCOPE,
      timeNs,
      traceId: textField(o, TRACE_FIELDS),
      spanId: textField(o, SPAN_FIELDS),
      traceFlags: 0,
      severityText,
      severityNumber: SEVERITIES[severityText.toLowerCase()] ?? 0,
      body: textField(o, MESSAGE_FIELDS),
      attributes: sink.map(flatFields(o, used)),
      eventName: '',
    },
    line,
  );
}

export default logLines;
