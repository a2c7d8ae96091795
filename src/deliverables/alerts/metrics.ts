import type { Context, RecordedMetric } from '../../domain/index.js';
import { runtimeOf } from '../../remedies/design/language.js';
import type { Parts } from '../parts.js';
import { prometheusLabel, prometheusName } from '../signals/prometheus-names.js';

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
  /** Bounds of the histogram in the telemetry given, in seconds; empty when it was not given. */
  bounds: readonly number[];
  /** True when the histogram is exponential, which Prometheus stores as a native one: a series without buckets. */
  native: boolean;
  source: string;
}

type Names = Omit<RequestMetrics, 'select' | 'bounds' | 'native'>;

const HTTP: Names = {
  count: 'http_server_request_duration_seconds_count',
  status: 'http_response_status_code',
  failed: '5..',
  examples: { good: '200', bad: '503' },
  duration: 'http_server_request_duration_seconds',
  route: 'http_route',
  source: 'OpenTelemetry semantic conventions for HTTP',
};
const RPC: Names = {
  count: 'rpc_server_duration_seconds_count',
  status: 'rpc_grpc_status_code',
  failed: '2|4|8|13|14|15',
  examples: { good: '0', bad: '14' },
  duration: 'rpc_server_duration_seconds',
  route: 'rpc_method',
  source:
    'OpenTelemetry semantic conventions for RPC; codes of unknown, deadline, exhausted, internal, unavailable, data loss',
};
const MICROMETER: Names = {
  ...HTTP,
  count: 'http_server_requests_seconds_count',
  status: 'status',
  duration: 'http_server_requests_seconds',
  route: 'uri',
  source: 'Micrometer (Spring Boot Actuator)',
};
const CLIENT_LIBRARY: Names = {
  ...HTTP,
  count: 'http_request_duration_seconds_count',
  status: 'code',
  duration: 'http_request_duration_seconds',
  route: 'handler',
  source: 'the service’s own histogram of requests',
};
/** Labels that own histograms of requests go by. */
const STATUS_LABELS = ['http_response_status_code', 'status_code', 'code', 'status', 'http_status_code'];
const ROUTE_LABELS = ['http_route', 'route', 'path', 'handler', 'uri', 'endpoint', 'operation'];

/**
 * The request metrics that the telemetry of the service has; where it has none, OpenTelemetry's stable ones as
 * Prometheus names them, or Micrometer's where the case names it.
 */
export function requestMetrics(parts: Parts): RequestMetrics {
  const select = `job="${parts.promJob}"`;
  const own = (parts.context.recorded?.metrics ?? []).filter(
    (m) => m.job === parts.promJob && HISTOGRAMS.has(m.kind),
  );
  for (const names of [HTTP, RPC, MICROMETER, CLIENT_LIBRARY]) {
    const found = own.find((m) => prometheusName(m) === names.duration);
    if (found)
      return {
        ...names,
        ...labelsOf(found, names),
        select,
        bounds: [...found.bounds].sort((a, b) => a - b),
        native: found.kind === 'exponential-histogram',
      };
  }
  return { ...usualNames(parts), select, bounds: [], native: false };
}
const HISTOGRAMS = new Set<RecordedMetric['kind']>(['histogram', 'exponential-histogram']);

/** The labels of status and route that the histogram has; the usual ones where it has none. */
function labelsOf(m: RecordedMetric, names: Names): Pick<Names, 'status' | 'route'> {
  const keys = m.keys.map(prometheusLabel);
  const first = (usual: string, others: readonly string[]): string =>
    [usual, ...others].find((l) => keys.includes(l)) ?? usual;
  return names === RPC
    ? { status: names.status, route: names.route }
    : { status: first(names.status, STATUS_LABELS), route: first(names.route, ROUTE_LABELS) };
}

function usualNames(parts: Parts): Names {
  const { context } = parts;
  if (isGrpc(context)) return RPC;
  const micrometer = context.tools.some((t) => t.product === 'micrometer');
  return micrometer && runtimeOf(parts.service) === 'jvm' ? MICROMETER : HTTP;
}

const isGrpc = (context: Context): boolean =>
  /\bgrpc\b/i.test(context.case.inputs.architecture ?? '') &&
  !/\b(?:https?|rest)\b/i.test(context.case.inputs.architecture ?? '');
