import type { Context } from '../../domain/index.js';

/** Names of the request metrics a Prometheus stack has, by how the service is instrumented. */
export interface RequestMetrics {
  /** Counter of requests and the label that holds the status. */
  count: string;
  status: string;
  failed: string;
  /** Histogram without `_bucket`; bounds in seconds. */
  duration: string;
  job: string;
}

/** OpenTelemetry's stable HTTP metrics, as the Prometheus exporter names them. */
export function requestMetrics(context: Context): RequestMetrics {
  const service = context.telemetry?.entry.service ?? context.app.name;
  return {
    count: 'http_server_request_duration_seconds_count',
    status: 'http_response_status_code',
    failed: '5..',
    duration: 'http_server_request_duration_seconds',
    job: label(service),
  };
}

/** A label value: the user's name without what would end the quotes or the rule. */
export const label = (text: string): string =>
  text
    .replace(/[^\p{L}\p{N} ._/-]+/gu, '')
    .replace(/\s+/g, '-')
    .toLowerCase()
    .slice(0, 60);
