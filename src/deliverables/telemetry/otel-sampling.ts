import { type DeliverableEntry, type Fact, name, num, say, type Text } from '../../domain/index.js';
import { latencyTargets, type Parts, partsOf, usesTool } from '../parts.js';
import { digits, whole } from '../text.js';
import { KEPT, type Volumes, volumesOf, WAIT } from './volumes.js';

/** Tail sampling sized from the traffic: all failures, all requests beyond the target, a fixed rate of the rest. */
export default {
  id: 'telemetry/otel-sampling',
  about: 'an OpenTelemetry Collector pipeline: tail sampling sized from the traffic, personal data cut',
  make(result, context) {
    const parts = partsOf(result, context);
    const volumes = volumesOf(parts);
    const target = latencyTargets(context)[0];
    const traces = context.tools.some((t) => t.roles.includes('traces'));
    if (!volumes || !target || !(traces || context.tools.length === 0)) return [];
    return [
      {
        id: 'telemetry/otel-sampling',
        path: 'telemetry/otel-collector.yaml',
        kind: 'config',
        stack: 'OpenTelemetry Collector',
        language: 'yaml',
        title: say`Tail sampling of ${name(result.case.appName || context.app.name)}: every failure, every request beyond ${num(target)}, ${num(KEPT)} of the rest`,
        use: say`otelcol-contrib validate --config telemetry/otel-collector.yaml && otelcol-contrib --config telemetry/otel-collector.yaml`,
        text: collector(parts, volumes, target),
      },
    ];
  },
} satisfies DeliverableEntry;

function collector(p: Parts, { rate, held, spans }: Volumes, target: Fact): Text {
  return say`# Traces of ${p.app}: failures and slow requests whole, a few of the rest.
# At ${whole(rate)} requests a second ${whole(held)} traces wait for a decision. More than one collector: put a load-balancing
# exporter by trace id in front, or a trace is judged in pieces.
receivers:
  otlp:
    protocols:
      grpc: { endpoint: "0.0.0.0:4317" }
      http: { endpoint: "0.0.0.0:4318" }
processors:
  memory_limiter: { check_interval: 1s, limit_percentage: 80, spike_limit_percentage: 20 }
  # Personal data and secrets do not leave: values of headers, bodies, statements with literals.
  redaction:
    allow_all_keys: true
    blocked_values:
      - '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+'
      - '\\b(?:\\d[ -]?){13,19}\\b'
    summary: debug
  tail_sampling:
    decision_wait: ${digits(WAIT)}s
    num_traces: ${whole(held)}
    expected_new_traces_per_sec: ${whole(rate)}
    policies:
      - { name: failures, type: status_code, status_code: { status_codes: [ERROR] } }
      - { name: beyond-the-target, type: latency, latency: { threshold_ms: ${whole(target)} } }
      - { name: the-rest, type: rate_limiting, rate_limiting: { spans_per_second: ${whole(spans)} } }
  batch: {}
exporters:
  ${usesTool(p.context, 'datadog') ? say`datadog: { api: { key: "\${env:DD_API_KEY}", site: "\${env:DD_SITE}" } }` : say`otlp: { endpoint: "\${env:TRACES_ENDPOINT}" }`}
service:
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, redaction, tail_sampling, batch]
      exporters: [${usesTool(p.context, 'datadog') ? 'datadog' : 'otlp'}]
`;
}
