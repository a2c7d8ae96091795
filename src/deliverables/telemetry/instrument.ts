import {
  type Component,
  type DeliverableEntry,
  type Finding,
  join,
  name,
  num,
  quote,
  say,
  type Text,
} from '../../domain/index.js';
import { boundOf } from '../alerts/bucket.js';
import { requestMetrics } from '../alerts/metrics.js';
import { latencyTargets, type Parts, partsOf, usesTool } from '../parts.js';
import { cell, comment, digits, markdown, safe } from '../text.js';
import { LOG_FIELDS, RECORDINGS, type Recording, SETUP } from './conventions.js';
import { GIBIBYTES, KEPT, type Volumes, volumesOf, WAIT } from './volumes.js';

/** What to record, where, under which names, and what it costs: from the open causes of the case. */
export default {
  id: 'telemetry/instrument',
  about:
    'what to instrument where: spans, metrics and log fields by OpenTelemetry’s names, exemplars, sampling, cost',
  make(result, context) {
    const parts = partsOf(result, context);
    if (!parts.service || result.findings.length === 0) return [];
    return [
      {
        id: 'telemetry/instrument',
        path: 'telemetry/instrument.md',
        kind: 'config',
        stack: 'OpenTelemetry',
        language: 'markdown',
        title: say`What to instrument in ${name(result.case.appName || context.app.name)}: where, under which names, and what it costs`,
        use: say`less telemetry/instrument.md    # the first rows of its table decide the likeliest open causes`,
        text: page(parts),
      },
    ];
  },
} satisfies DeliverableEntry;

/** A recording at the parts of this case, with the open causes that it decides, the likeliest first. */
export interface Planned {
  recording: Recording;
  at: readonly Component[];
  decides: Finding[];
  /** What the telemetry given says: it is there, it is not, or nothing was given. */
  state: 'there' | 'missing' | 'unknown';
}

/** What fits the case: first what decides the likeliest causes, last what the telemetry already has. */
export function plannedRecordings(p: Parts): Planned[] {
  const rank = (x: Planned): number => {
    const first = x.decides[0];
    const at = first ? p.findings.indexOf(first) : p.findings.length;
    return at + (x.state === 'there' ? p.findings.length + 1 : 0);
  };
  return RECORDINGS.map(
    (recording): Planned => ({
      recording,
      at: recording.at(p),
      decides: p.findings.filter((f) => recording.decides.includes(f.hypothesis)),
      state: stateOf(recording, p),
    }),
  )
    .filter((x) => x.at.length > 0)
    .map((x, i) => ({ x, i }))
    .sort((a, b) => rank(a.x) - rank(b.x) || a.i - b.i)
    .map(({ x }) => x);
}

function stateOf(r: Recording, p: Parts): Planned['state'] {
  const { recorded } = p.context;
  if (!recorded) return 'unknown';
  if (r.names.length === 0 || r.kind === 'log record') return 'unknown';
  return r.names.some((n) => recorded.metrics.some((m) => m.name === n)) ? 'there' : 'missing';
}

const STATES = {
  there: 'there',
  missing: 'not in the telemetry given',
  unknown: 'not known',
} as const;

function page(p: Parts): Text {
  const plan = plannedRecordings(p);
  const volumes = volumesOf(p);
  return say`# What to instrument in ${p.app}

Names are those of OpenTelemetry’s semantic conventions; a key below \`app.\` is one of your own, where the conventions have none.
Rows stand in the order of the causes they decide, the likeliest first; what is already there stands last.${
    p.context.recorded ? '' : ' No telemetry was given, so that what is there is not known.'
  }

## What, where, and what it decides

| What | Where | Metrics and events | Attributes | Decides | State |
| --- | --- | --- | --- | --- | --- |
${join(plan.map(row), '\n')}

${join(
  plan.map((x) => say`- ${x.recording.what}: ${x.recording.mind}.`),
  '\n',
)}

## Switch it on

${setup(p)}
## Exemplars: from a slow point to its trace

${exemplars(p)}
## Log records

One record a request, written when it ends, as JSON with these fields:

| Field | Why |
| --- | --- |
${join(
  LOG_FIELDS.map((f) => say`| \`${f.key}\` | ${f.why} |`),
  '\n',
)}

${logs(p)}
## Sampling

${sampling(p, volumes)}
## What it costs

${cost(volumes)}`;
}

const code = (names: readonly string[]): string =>
  names.length === 0 ? '' : names.map((n) => `\`${n}\``).join(', ');

/** Parts named in a row; the rest are like them. */
const MOST_PARTS = 4;

function row(x: Planned): Text {
  const { recording: r } = x;
  const [first, second] = x.decides;
  const more = x.decides.length > 2 ? say`, and others` : say``;
  return say`| ${r.what} (${r.kind}) | ${cell(
    join(
      x.at.slice(0, MOST_PARTS).map((c) => say`${name(c.subject.name)}`),
      ', ',
    ),
  )} | ${code(r.names)} | ${code([...r.keys, ...(r.own ?? [])])} | ${
    first
      ? cell(say`${first.title}${second ? say`; ${second.title}` : ''}${more}`)
      : say`no cause of today; it is what everything else is read beside`
  } | ${STATES[x.state]} |`;
}

function setup(p: Parts): Text {
  const own = SETUP[p.runtime ?? ''];
  const k8s = p.kubernetes ? ',k8s.pod.name=$POD_NAME' : '';
  return say`\`\`\`bash
${own ? own.start : '# the instrumentation of your runtime: opentelemetry.io, zero-code instrumentation'}
export OTEL_SERVICE_NAME=${comment(p.job)}
export OTEL_RESOURCE_ATTRIBUTES="service.version=$VERSION,deployment.environment.name=$ENVIRONMENT${k8s}"
export OTEL_SEMCONV_STABILITY_OPT_IN=http,database
export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317
export OTEL_TRACES_SAMPLER=parentbased_always_on    # the Collector decides, when it has seen how a request ended
export OTEL_METRICS_EXEMPLAR_FILTER=trace_based
\`\`\`
${
  usesTool(p.context, 'datadog')
    ? say`
The Datadog agent takes OTLP: \`DD_OTLP_CONFIG_RECEIVER_PROTOCOLS_GRPC_ENDPOINT=0.0.0.0:4317\`; its own libraries read \`OTEL_\` variables too.
`
    : ''
}
`;
}

function exemplars(p: Parts): Text {
  const limit = latencyTargets(p.context)[0];
  const m = requestMetrics(p);
  return say`- Let each histogram carry ids of traces: \`OTEL_METRICS_EXEMPLAR_FILTER=trace_based\` above.
- In the Collector: \`exporters: { prometheus: { enable_open_metrics: true } }\`; Prometheus stores them with \`--enable-feature=exemplar-storage\`.
- In Grafana, at the data source: \`exemplarTraceIdDestinations: [{ name: trace_id, datasourceUid: … }]\`, and the switch “Exemplars” of the latency panel.
${
  limit
    ? say`- The target has to be a bound of \`${m.duration}\`: add ${digits(limit, 0.001, 6)} to its boundaries${m.bounds.length > 0 && boundOf(m, limit).value === limit.value / 1000 ? say` (it is there)` : say``}. Exponential (native) histograms need no bounds: \`OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=base2_exponential_bucket_histogram\`; then every service that answers the alerts has to export them.
`
    : ''
}
`;
}

function logs(p: Parts): Text {
  const own = SETUP[p.runtime ?? ''];
  const kept = p.context.constraints.filter((c) => c.kind === 'compliance').slice(0, 3);
  return say`- ${own ? own.logs : 'let the logging library of your runtime take the ids from the active span'}.
- The message is a constant; what varies is a field. A value in the message makes a new message of every request.
- Not in a record: headers, bodies, values of statements, names, addresses, card numbers, tokens. An id that leads to a person is hashed.
${join(
  kept.map(
    (c) => say`- Holds for records too: ${markdown(safe(say`${quote(c.text)}`))}.
`,
  ),
  '',
)}- Failures and slow requests whole; of the rest as many as of traces, by the same decision: a record without its trace, and a trace without its record, help half.

`;
}

const sampling = (p: Parts, v: Volumes | undefined): Text =>
  v
    ? say`- By how a request ended: every failure, every request beyond the target, and ${num(KEPT)} of the rest. The pipeline is \`telemetry/otel-collector.yaml\`, where the case states a latency target.
- At ${num(v.rate)} it holds ${num(v.held)} traces for ${num(WAIT)} until it decides, about ${digits(v.memory, GIBIBYTES, 2)} GiB of memory in the Collector${p.kubernetes ? ', as a deployment of its own and not as a sidecar' : ''}.
- Of ${num(v.usual)} it keeps about ${num(v.kept)} while the promises hold, ${num(v.keptShare)}; more while they do not, which is when they are wanted.
- Metrics are counted before sampling: a histogram made from sampled spans is wrong by just the share that was dropped.

`
    : say`- untested: nobody stated the traffic. Count it (\`sum(rate(http_server_request_duration_seconds_count[5m]))\`), state it in the case, and the pipeline is sized from it.

`;

const cost = (v: Volumes | undefined): Text =>
  v
    ? say`| What | A day |
| --- | --- |
| Traces, sampled as above | ${digits(v.tracesADay, GIBIBYTES, 1)} GiB |
| Traces, if all were kept | ${digits(v.allTracesADay, GIBIBYTES, 1)} GiB |
| Log records, one a request | ${digits(v.logsADay, GIBIBYTES, 1)} GiB |
| Series of the request histogram, an instance | ${num(v.series)} at once |

At ${num(v.usual)} all day; times the price of a GiB in your contract. A number of bytes of yours in place of the constants changes each line in proportion.
Processor time: measure it, before and after on one instance: \`kneepoint compare before.json after.json\`.
`
    : say`untested: it follows from the traffic, which nobody stated.
`;
