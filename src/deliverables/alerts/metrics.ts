import type { Context } from '../../domain/index.js';
import { runtimeOf } from '../../remedies/design/language.js';
import type { Parts } from '../parts.js';

/** Names of the request metrics a Prometheus stack has, by how the service is instrumented. */
export interface RequestMetrics {
  /** Counter of requests and the label that holds the status. */
  count: string;
  status: string;
  /** Regular expression of the statuses that count as failed. */
  failed: string;
  /** One status that failed and one that did not, for tests. */
  examples: { good: string; bad: string };
  /** Histogram without `_bucket`; bounds in seconds. */
  duration: string;
  /** Matcher that selects the service. */
  select: string;
  /** Label of the route or method. */
  route: string;
  source: string;
}

/** OpenTelemetry's stable metrics as the Prometheus exporter names them; Micrometer's where the case names it. */
export function requestMetrics(parts: Parts): RequestMetrics {
  const { context, job } = parts;
  if (isGrpc(context))
    return {
      count: 'rpc_server_duration_seconds_count',
      status: 'rpc_grpc_status_code',
      failed: '2|4|8|13|14|15',
      examples: { good: '0', bad: '14' },
      duration: 'rpc_server_duration_seconds',
      select: `job="${job}"`,
      route: 'rpc_method',
      source:
        'OpenTelemetry semantic conventions for RPC; codes of unknown, deadline, exhausted, internal, unavailable, data loss',
    };
  if (context.tools.some((t) => t.product === 'micrometer') && runtimeOf(parts.service) === 'jvm')
    return {
      count: 'http_server_requests_seconds_count',
      status: 'status',
      failed: '5..',
      examples: { good: '200', bad: '503' },
      duration: 'http_server_requests_seconds',
      select: `job="${job}"`,
      route: 'uri',
      source: 'Micrometer (Spring Boot Actuator)',
    };
  return {
    count: 'http_server_request_duration_seconds_count',
    status: 'http_response_status_code',
    failed: '5..',
    examples: { good: '200', bad: '503' },
    duration: 'http_server_request_duration_seconds',
    select: `job="${job}"`,
    route: 'http_route',
    source: 'OpenTelemetry semantic conventions for HTTP',
  };
}

const isGrpc = (context: Context): boolean =>
  /\bgrpc\b/i.test(context.case.inputs.architecture ?? '') &&
  !/\b(?:https?|rest)\b/i.test(context.case.inputs.architecture ?? '');
