import { type Fact, type Subject, subject } from '../../domain/index.js';
import {
  factOf,
  type Gathered,
  grouped,
  labelOf,
  matching,
  type ResourceFacts,
  serviceOf,
} from './gather.js';
import { histogramQuantile, merged, type Series, toMs, toRatio } from './series.js';

export const SERVED_REQUESTS =
  /^(?:http_server_(?:request_)?duration|http_server_requests|http_requests?_duration|http_request_duration|rpc_server_(?:call_)?duration|grpc_server_handling)(?:_(?:seconds|milliseconds|ms))?$/;
const ROUTE = ['http.route', 'route', 'uri', 'path', 'handler', 'rpc.method', 'grpc_method'];
const METHOD = ['http.request.method', 'http.method', 'method'];
const STATUS = [
  'http.response.status_code',
  'http.status_code',
  'status_code',
  'status',
  'code',
  'rpc.grpc.status_code',
  'grpc_code',
];

/** Rate, errors and durations that services count themselves: of every request, sampled traces or not. */
export const servedRequests: ResourceFacts = (g) => {
  const all = matching(g, SERVED_REQUESTS, 'histogram');
  return [
    ...[...grouped(all, (s) => s.service).values()].flatMap((of) =>
      of[0] ? red(g, serviceOf(of[0]), of) : [],
    ),
    ...[
      ...grouped(
        all.filter((s) => labelOf(s, ...ROUTE) !== undefined),
        (s) => operationOf(s).id,
      ).values(),
    ].flatMap((of) => (of[0] ? red(g, operationOf(of[0]), of) : [])),
    ...plain(g),
  ];
};

function operationOf(s: Series): Subject {
  const name = [labelOf(s, ...METHOD), labelOf(s, ...ROUTE)].filter((x) => x !== undefined).join(' ');
  return subject('operation', name, s.service);
}

const failed = (s: Series): boolean => {
  const status = labelOf(s, ...STATUS) ?? '';
  return /^5\d\d$/.test(status) || /^(?:error|unavailable|internal|deadlineexceeded|unknown)$/i.test(status);
};

function red(g: Gathered, about: Subject, of: readonly Series[]): Fact[] {
  const whole = merged(of);
  if (!whole || whole.count === 0) return [];
  const scale = toMs(whole);
  const levels = [0.5, 0.95, 0.99].flatMap((p) => {
    const value = histogramQuantile(whole, p);
    return value === undefined ? [] : factOf(g, `latency.p${p * 100}`, about, value * scale, 'ms', of);
  });
  const bad = of.filter(failed).reduce((a, s) => a + s.count, 0);
  return [
    ...levels,
    ...factOf(g, 'latency.mean', about, (whole.sum * scale) / whole.count, 'ms', of),
    ...(whole.seconds > 0 ? factOf(g, 'throughput', about, whole.count / whole.seconds, '1/s', of) : []),
    ...factOf(g, 'errors.ratio', about, bad / whole.count, 'ratio', of),
  ];
}

/** Names as monitoring exports and hand-made tables have them. */
const PLAIN: readonly { name: string; unit: 'ms' | '1/s' | 'ratio'; pattern: RegExp }[] = [
  {
    name: 'latency.p50',
    unit: 'ms',
    pattern:
      /^(?:\w+_)?(?:latency|response_time|duration|lat)_?(?:ms_)?(?:p50|50|median)(?:_ms|_seconds)?$|^p50(?:_\w+)?$/,
  },
  {
    name: 'latency.p95',
    unit: 'ms',
    pattern:
      /^(?:\w+_)?(?:latency|response_time|duration|lat)_?(?:ms_)?(?:p95|95)(?:_ms|_seconds)?$|^p95(?:_\w+)?$/,
  },
  {
    name: 'latency.p99',
    unit: 'ms',
    pattern:
      /^(?:\w+_)?(?:latency|response_time|duration|lat)_?(?:ms_)?(?:p99|99)(?:_ms|_seconds)?$|^p99(?:_\w+)?$/,
  },
  {
    name: 'latency.mean',
    unit: 'ms',
    pattern: /^(?:\w+_)?(?:latency|response_time)(?:_(?:avg|mean|average))?(?:_ms|_seconds)?$/,
  },
  { name: 'throughput', unit: '1/s', pattern: /^(?:rps|qps|request_rate|requests_per_second|throughput)$/ },
  {
    name: 'errors.ratio',
    unit: 'ratio',
    pattern: /^(?:error_(?:rate|ratio|percent)|errors_ratio|http_5xx_ratio)$/,
  },
];

function plain(g: Gathered): Fact[] {
  return PLAIN.flatMap(({ name, unit, pattern }) =>
    [...grouped(matching(g, pattern, 'level'), (s) => s.service).values()].flatMap((all) => {
      const [first] = all;
      if (!first) return [];
      const scale = unit === 'ms' ? toMs(first) : unit === 'ratio' ? toRatio(first) : 1;
      const value = all.reduce((a, s) => a + s.mean, 0) / all.length;
      return factOf(g, name, serviceOf(first), value * scale, unit, all);
    }),
  );
}
