/** Keys and values in turns: a map of strings, redacted. Made by `sink.map` alone. */
export type AttributeMap = readonly string[] & { readonly redacted: unique symbol };

/** What sent the telemetry. */
export interface Resource {
  service: string;
  attributes: AttributeMap;
  schemaUrl: string;
}
export interface Scope {
  name: string;
  version: string;
  attributes: AttributeMap;
  schemaUrl: string;
  droppedAttributes: number;
}

export const SPAN_KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'] as const;
export const STATUS_CODES = ['Unset', 'Ok', 'Error'] as const;

/** All times in nanoseconds since 1970. */
export interface Span {
  resource: Resource;
  scope: Scope;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: (typeof SPAN_KINDS)[number];
  startNs: bigint;
  endNs: bigint;
  attributes: AttributeMap;
  status: (typeof STATUS_CODES)[number];
  statusMessage: string;
  events: readonly { timeNs: bigint; name: string; attributes: AttributeMap }[];
  links: readonly { traceId: string; spanId: string; traceState: string; attributes: AttributeMap }[];
}

export interface LogRecord {
  resource: Resource;
  scope: Scope;
  timeNs: bigint;
  traceId: string;
  spanId: string;
  traceFlags: number;
  severityText: string;
  severityNumber: number;
  body: string;
  attributes: AttributeMap;
  eventName: string;
}

export interface Metric {
  resource: Resource;
  scope: Scope;
  name: string;
  description: string;
  unit: string;
}
export interface Point {
  attributes: AttributeMap;
  startNs: bigint;
  timeNs: bigint;
  flags: number;
  exemplars: readonly Exemplar[];
}
export interface Exemplar {
  attributes: AttributeMap;
  timeNs: bigint;
  value: number;
  spanId: string;
  traceId: string;
}
export interface NumberPoint extends Point {
  value: number;
}
/** 1 delta, 2 cumulative, as in OTLP; 0 unspecified. */
export type Temporality = 0 | 1 | 2;

export interface HistogramPoint extends Point {
  count: number;
  sum: number;
  bucketCounts: readonly number[];
  explicitBounds: readonly number[];
  min: number;
  max: number;
  temporality: Temporality;
}
export interface ExponentialHistogramPoint extends Point {
  count: number;
  sum: number;
  scale: number;
  zeroCount: number;
  positive: { offset: number; bucketCounts: readonly number[] };
  negative: { offset: number; bucketCounts: readonly number[] };
  min: number;
  max: number;
  temporality: Temporality;
}
export interface SummaryPoint extends Point {
  count: number;
  sum: number;
  quantiles: readonly { quantile: number; value: number }[];
}

export interface ChangeEvent {
  /** `undefined` when the file gives no time. */
  timeNs: bigint | undefined;
  /** `ci`: what tests said of a revision. It changes nothing itself. */
  kind: 'deploy' | 'flag' | 'commit' | 'ci' | 'other';
  service: string;
  name: string;
  summary: string;
  revision: string;
  version: string;
  author: string;
  files: readonly string[];
  diff: string;
}

export interface AlertEvent {
  timeNs: bigint;
  service: string;
  name: string;
  metric: string;
  threshold: number | null;
  observed: number | null;
  severity: string;
  summary: string;
}
