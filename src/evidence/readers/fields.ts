import type { JsonObject } from './sample.js';
import { parseTimeNs } from './time.js';

/** Names under which common tools write the same thing, most usual first; compared in lower case. */
export const TIME_FIELDS = [
  'timestamp',
  '@timestamp',
  'time',
  'ts',
  'datetime',
  'date',
  'eventtime',
  'event_time',
  'asctime',
  '@t',
  't',
];
export const SERVICE_FIELDS = [
  'service',
  'service.name',
  'service_name',
  'servicename',
  'app',
  'application',
  'component',
  'job',
];
export const SEVERITY_FIELDS = [
  'severity_text',
  'severity',
  'level',
  'loglevel',
  'log.level',
  'log_level',
  'levelname',
  'lvl',
  '@l',
];
export const MESSAGE_FIELDS = [
  'message',
  'msg',
  'body',
  'log',
  'text',
  'event',
  '@m',
  '@mt',
  'short_message',
];
export const TRACE_FIELDS = ['trace_id', 'traceid', 'trace.id', 'dd.trace_id', 'otelTraceID', '@tr'];
export const SPAN_FIELDS = ['span_id', 'spanid', 'span.id', 'dd.span_id', 'otelSpanID', '@sp'];

/** The first of these fields that the object has, by its own name. */
export function fieldOf(object: JsonObject, names: readonly string[]): string | undefined {
  const own = Object.keys(object);
  for (const name of names) {
    if (Object.hasOwn(object, name)) return name;
    const found = own.find((k) => k.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The value of the first of these fields as text; empty when there is none. */
export function textField(object: JsonObject, names: readonly string[]): string {
  const name = fieldOf(object, names);
  return name === undefined ? '' : textOf(object[name]);
}

export const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);

/** The time of a record, or `undefined` when it has none that can be read. */
export function timeField(object: JsonObject, names: readonly string[] = TIME_FIELDS): bigint | undefined {
  const name = fieldOf(object, names);
  return name === undefined ? undefined : parseTimeNs(object[name]);
}

/** The service: a plain field, or Elastic's `service: {name}`, or Kubernetes' labels. */
export function serviceField(object: JsonObject): string {
  const name = fieldOf(object, SERVICE_FIELDS);
  const value = name === undefined ? undefined : object[name];
  if (typeof value === 'object' && value !== null && 'name' in value) return textOf(value.name);
  return textOf(value);
}
