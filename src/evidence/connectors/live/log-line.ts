import {
  fieldOf,
  MESSAGE_FIELDS,
  SERVICE_FIELDS,
  SEVERITY_FIELDS,
  SPAN_FIELDS,
  TIME_FIELDS,
  TRACE_FIELDS,
  textField,
} from '../../readers/fields.js';
import { flatFields, NO_SCOPE } from '../../readers/json-map.js';
import type { LogRecord, Resource } from '../../readers/records.js';
import { isObject, type JsonObject } from '../../readers/sample.js';
import type { AttributeValue, Sink } from '../../readers/sink.js';

/** OpenTelemetry's severity numbers by the first letters of a level's name. */
const SEVERITIES: readonly (readonly [RegExp, number])[] = [
  [/^trace|^verbose/, 1],
  [/^debug/, 5],
  [/^info|^notice/, 9],
  [/^warn/, 13],
  [/^err/, 17],
  [/^crit|^alert/, 18],
  [/^fatal|^emerg|^panic/, 21],
];

export const severityOf = (level: string): number =>
  SEVERITIES.find(([pattern]) => pattern.test(level.toLowerCase()))?.[1] ?? 0;

/** Level at the beginning of a plain line, or as logfmt writes it. */
const LEVEL = /(?:^|[\s[|"])(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b|\blevel=(\w+)/i;
const HEAD_LENGTH = 200;

interface LogLine {
  timeNs: bigint;
  text: string;
  /** What the store knows of it: a level, a trace. */
  known: JsonObject;
  attributes: Iterable<readonly [string, AttributeValue]>;
}

/** Writes one line of a log: JSON is taken apart, anything else is its own message. */
export function writeLogLine(line: LogLine, resource: Resource, sink: Sink): void {
  const parsed = line.text.startsWith('{') ? objectOf(line.text) : undefined;
  const head = LEVEL.exec(line.text.slice(0, HEAD_LENGTH));
  const level =
    textField(line.known, ['detected_level', ...SEVERITY_FIELDS]) ||
    (parsed ? textField(parsed, SEVERITY_FIELDS) : (head?.[1] ?? head?.[2] ?? ''));
  const of = (names: readonly string[]): string =>
    textField(line.known, names) || (parsed ? textField(parsed, names) : '');
  const message = parsed ? textField(parsed, MESSAGE_FIELDS) : '';
  const used = new Set(
    parsed
      ? [TIME_FIELDS, SERVICE_FIELDS, SEVERITY_FIELDS, MESSAGE_FIELDS, TRACE_FIELDS, SPAN_FIELDS].flatMap(
          (names) => fieldOf(parsed, names) ?? [],
        )
      : [],
  );
  const record: LogRecord = {
    resource,
    scope: NO_SCOPE,
    timeNs: line.timeNs,
    traceId: of(TRACE_FIELDS),
    spanId: of(SPAN_FIELDS),
    traceFlags: 0,
    severityText: level,
    severityNumber: severityOf(level),
    body: message || line.text,
    attributes: sink.map([...line.attributes, ...(parsed && message !== '' ? flatFields(parsed, used) : [])]),
    eventName: '',
  };
  sink.log(record, 0);
}

function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
