import { jsonRecords } from './json-records.js';
import { SIGNALS, type Signal, writeOtlp } from './otlp-map.js';
import type { EvidenceReader } from './reader.js';
import { arrayOf, isObject, type JsonObject, leadingObjects, type Sample } from './sample.js';

const SCOPES: Readonly<Record<Signal, readonly string[]>> = {
  resourceSpans: ['scopeSpans', 'instrumentationLibrarySpans'],
  resourceMetrics: ['scopeMetrics', 'instrumentationLibraryMetrics'],
  resourceLogs: ['scopeLogs', 'instrumentationLibraryLogs'],
};

/** Paths at which the lists of an export request stand; Jaeger's API v3 wraps them in `result`. */
const ARRAYS = SIGNALS.flatMap((s) => [s, `result.${s}`]);

const unwrapped = (value: JsonObject): JsonObject => (isObject(value.result) ? value.result : value);

function signalOf(sample: Sample): { signal: Signal; scoped: boolean } | undefined {
  for (const value of leadingObjects(sample).map(unwrapped)) {
    const signal = SIGNALS.find((s) => Array.isArray(value[s]));
    if (!signal) continue;
    const first = arrayOf(value[signal])[0];
    return { signal, scoped: isObject(first) && SCOPES[signal].some((s) => Array.isArray(first[s])) };
  }
  return undefined;
}

const otlpJson: EvidenceReader = {
  id: 'otlp-json',
  title: 'OTLP JSON',
  looksFor: 'objects with resourceSpans, resourceMetrics or resourceLogs (OpenTelemetry export requests)',
  recognise(sample) {
    const found = signalOf(sample);
    if (!found) return undefined;
    return {
      confidence: found.scoped ? 1 : 0.9,
      by: `a list named ${found.signal}${found.scoped ? ' whose elements have scopes' : ''}`,
    };
  },
  async read(input) {
    for await (const { value, line, path } of jsonRecords(input, ARRAYS)) {
      const signal = SIGNALS.find((s) => path === s || path === `result.${s}`);
      if (signal) writeOtlp(signal, value, line, input.sink);
      else if (isObject(value)) {
        const request = unwrapped(value);
        for (const s of SIGNALS)
          for (const element of arrayOf(request[s])) writeOtlp(s, element, line, input.sink);
      }
      await input.sink.drain();
    }
  },
};

export default otlpJson;
