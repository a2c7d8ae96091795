import type { Subject } from './subject.js';

/** A metric that the telemetry given has, under the name it was exported with. */
export interface RecordedMetric {
  name: string;
  /** As exported (UCUM in OpenTelemetry); empty when it was not said. */
  unit: string;
  kind: 'gauge' | 'up-down-counter' | 'counter' | 'histogram' | 'exponential-histogram' | 'summary';
  service: string;
  /** The service as OpenTelemetry and Prometheus agree to name it in the label `job`: `namespace/name`. */
  job: string;
  /** Keys of its attributes, sorted. */
  keys: readonly string[];
  /** Upper bounds of a histogram, in its unit. */
  bounds: readonly number[];
}

/** What the telemetry of a case holds by name: queries are written against it. */
export interface Recorded {
  metrics: readonly RecordedMetric[];
  /** Addresses (`host:port`) at which a service was seen to call another part. */
  callees: readonly { caller: string; callee: Subject; addresses: readonly string[] }[];
}
