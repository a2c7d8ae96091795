import { type Component, constant, type Fact, name, type Recorded, say } from '../../domain/index.js';
import { RETRY_SHARE } from '../../hypotheses/thresholds.js';
import { deadline } from '../../remedies/design/arithmetic.js';
import { sceneOf } from '../../remedies/design/scene.js';
import { alertName, label, type Parts } from '../parts.js';
import { type Choice, choose } from './choice.js';
import type { Signal, Watch } from './signal.js';

const CALLEE_P99 = constant(
  'alert.callee',
  500,
  'ms',
  'Kneepoint: until a latency target is stated; half a second is felt by a person',
);
const DRAIN = constant(
  'alert.drain',
  600,
  's',
  'Kneepoint: ten minutes of work waiting, until the case says how old a message may get',
);
/** Remote services with an alert of their own; suspects first. */
const MOST = 4;

/** The time that the latency target leaves a callee. */
export function deadlineOf(p: Parts, callee: Component): Fact | undefined {
  const scene = sceneOf(p.context, {
    finding: '',
    hypothesis: 'slow-dependency',
    subject: callee.subject,
    supported: false,
  });
  return deadline(scene, callee);
}

/** Callees, those of findings first. */
export function suspectsFirst(p: Parts): Component[] {
  const rank = (c: Component): number => {
    const at = p.findings.findIndex((f) => f.subject.id === c.subject.id);
    return at < 0 ? p.findings.length : at;
  };
  return [...p.callees].sort((a, b) => rank(a) - rank(b));
}

/** Callees that the case names, and those that only telemetry knows. */
function allCallees(p: Parts): Component[] {
  const named = suspectsFirst(p);
  const called = callsOf(p).filter((c) => !named.some((n) => isSame(p, n, c)));
  const traced = called.flatMap(
    (call) =>
      p.context.components.find(
        (c) => c.subject.id === call.callee.id && ['service', 'dependency'].includes(c.kind),
      ) ?? [],
  );
  return [...named, ...traced];
}

const callsOf = (p: Parts): Recorded['callees'] =>
  (p.context.recorded?.callees ?? []).filter((c) => label(c.caller) === p.job);

/** A callee as the case calls it, and as telemetry does: one name, or the one call that shares its telling word. */
function isSame(p: Parts, stated: Component, call: Recorded['callees'][number]): boolean {
  const own = label(stated.subject.name);
  const calls = callsOf(p);
  if (calls.some((c) => label(c.callee.name) === own)) return label(call.callee.name) === own;
  const words = tellingWords(own);
  const alike = calls.filter((c) => tellingWords(label(c.callee.name)).some((w) => words.includes(w)));
  return alike.length === 1 && alike[0] === call;
}

const tellingWords = (name: string): string[] =>
  name.split(/[^\p{L}\p{N}]+/u).filter((w) => w.length > 2 && !SAYS_NOTHING.has(w));
const SAYS_NOTHING = new Set([
  'api',
  'service',
  'server',
  'app',
  'internal',
  'external',
  'third',
  'party',
  'the',
]);

const HTTP_CLIENT = 'http_client_request_duration_seconds_bucket';

/** Calls to one callee: by the addresses at which its caller was seen to reach it, else by its name. */
function callChoices(p: Parts, callee: Component): readonly [Choice, ...Choice[]] {
  const p99 = (select: string, labels: readonly string[]): Choice => ({
    uses: [[HTTP_CLIENT, ...labels]],
    own: true,
    query: say`histogram_quantile(0.99, sum by (le) (rate(${HTTP_CLIENT}{job="${p.promJob}",${select}}[5m])))`,
    from: 'the OpenTelemetry instrumentation of the HTTP client',
  });
  const named = p99(`server_address=~"${label(callee.subject.name)}.*"`, ['server_address']);
  const by = selectionsOf(p, callee).map(({ select, labels }) => p99(select, labels));
  const [first, ...others] = by;
  if (first) return [first, ...others];
  return [p.context.recorded ? { ...named, uses: [[NEVER_CALLED]] } : named];
}

/** Matchers of one callee's calls, the narrowest first; none where its address is not known or shared with others. */
function selectionsOf(p: Parts, callee: Component): { select: string; labels: string[] }[] {
  const found = callsOf(p).find((c) => c.callee.id === callee.subject.id || isSame(p, callee, c));
  if (!found) return [];
  const ports = portsOf(found.addresses);
  const hosts = [...new Set(found.addresses.map((a) => a.replace(PORT, '')))];
  const byPort = `server_port=~"${ports.join('|')}"`;
  const byHost = `server_address=~"${hosts.map(inPattern).join('|')}"`;
  const known = hosts.length > 0 && hosts.every((h) => SAFE_HOST.test(h));
  const elsewhere = new Set(callsOf(p).flatMap((c) => (c === found ? [] : portsOf(c.addresses))));
  // An address may have been cut as personal data; then a port of its own still tells the callee.
  const ownPort = ports.length > 0 && ports.every((port) => !elsewhere.has(port));
  return [
    ...(known && ports.length > 0
      ? [{ select: `${byHost},${byPort}`, labels: ['server_address', 'server_port'] }]
      : []),
    ...(known && ports.length === 0 ? [{ select: byHost, labels: ['server_address'] }] : []),
    ...(!known && ownPort ? [{ select: byPort, labels: ['server_port'] }] : []),
  ];
}

const portsOf = (addresses: readonly string[]): string[] => [
  ...new Set(addresses.flatMap((a) => PORT.exec(a)?.[1] ?? [])),
];

const PORT = /:(\d{1,5})$/;
/** Stands for the series of a callee that no span of the service leads to. */
const NEVER_CALLED = 'no such call';
const SAFE_HOST = /^[A-Za-z0-9._-]{1,120}$/;
const inPattern = (host: string): string => host.replace(/\./g, '[.]');

const callees: Signal = (p) =>
  allCallees(p)
    .slice(0, MOST)
    .map((c): Watch => {
      const at = label(c.subject.name);
      return {
        id: `SlowCall${alertName(c.subject.name) || 'Callee'}`,
        layer: 'dependency',
        subject: c.subject,
        hypotheses: [
          'slow-dependency',
          'new-dependency-call',
          'serial-calls',
          'chatty-service',
          'long-transaction',
        ],
        decides: ['slow-dependency', 'new-dependency-call'],
        title: say`Calls to ${name(c.subject.name)}, p99 as ${name(p.app)} sees it`,
        unit: 's',
        threshold: deadlineOf(p, c) ?? CALLEE_P99,
        scale: 0.001,
        above: true,
        means: say`requests that make this call take at least as long as it does, and hold what they hold meanwhile`,
        ...choose(p, callChoices(p, c)),
        datadog: {
          query: say`p99:trace.http.request{service:${p.job},span.kind:client,peer.service:${at}}`,
          scale: 0.001,
        },
        newrelic: {
          query: say`SELECT percentile(duration.ms, 99) FROM Span WHERE span.kind = 'client' AND service.name = '${p.job}' AND server.address LIKE '${at}%'`,
          scale: 1,
        },
        dynatrace: {
          // The client's side of a call, of the service that is called; inside a selector's quotes a quote is `~"`.
          selector: say`builtin:service.response.client:filter(in("dt.entity.service",entitySelector("type(service),entityName.contains(~"${at}~")"))):percentile(99)`,
          // Spans count in nanoseconds, the selector in microseconds.
          dql: say`fetch spans
| filter span.kind == "client" and service.name == "${p.job}" and contains(server.address, "${at}")
| fieldsAdd us = toLong(duration) / 1000
| makeTimeseries p99 = percentile(us, 99)`,
          scale: 1000,
        },
      };
    });

const retries: Signal = (p) =>
  p.callees.length === 0
    ? []
    : [
        {
          id: 'RetriesAddLoad',
          layer: 'client',
          subject: p.service?.subject ?? p.context.app,
          hypotheses: ['client-retries', 'retry-storm'],
          title: say`Share of the calls of ${name(p.app)} that are repeats`,
          unit: 'percentunit',
          threshold: RETRY_SHARE,
          scale: 1,
          above: true,
          events: say`sum(rate(traces_span_metrics_calls_total{service_name="${p.job}",span_kind="SPAN_KIND_CLIENT",http_request_resend_count!=""}[5m]))`,
          means: say`repeats add load where it hurts most, and hide failures until they no longer can`,
          ...choose(p, [
            {
              uses: [['traces_span_metrics_calls_total', 'http_request_resend_count']],
              query: say`sum(rate(traces_span_metrics_calls_total{service_name="${p.job}",span_kind="SPAN_KIND_CLIENT",http_request_resend_count!=""}[5m])) / sum(rate(traces_span_metrics_calls_total{service_name="${p.job}",span_kind="SPAN_KIND_CLIENT"}[5m]))`,
              from: 'the Collector’s spanmetrics connector with the dimension http.request.resend_count',
            },
          ]),
        },
      ];

/** Age of a backlog: as the broker says it, else what waits ÷ what is finished a second. */
const backlog: Signal = (p) =>
  p.queues.map((q, i): Watch => {
    const [series, query, from] = backlogQuery(q.product);
    return {
      id: `Backlog${alertName(q.subject.name) || `Queue${i}`}`,
      of: 'queue.delay',
      layer: 'dependency',
      subject: q.subject,
      hypotheses: [
        'consumer-lag',
        'queue-backlog',
        'consumers-too-few',
        'rebalance-storm',
        'head-of-line-queue',
      ],
      title: say`Work waiting in ${name(q.subject.name)}, as time to drain it`,
      unit: 's',
      threshold: DRAIN,
      scale: 1,
      above: true,
      means: say`more comes in than is finished; alert on age, because a burst makes many young messages and means nothing`,
      ...choose(p, [{ uses: series.map((s) => [s] as const), query: say`${query}`, from }]),
      ...(q.product === 'rabbitmq'
        ? {
            datadog: {
              query: say`max:rabbitmq.queue.messages_ready{*} / max:rabbitmq.queue.messages.ack.rate{*}`,
              scale: 1,
            },
          }
        : q.product === 'kafka'
          ? { datadog: { query: say`max:kafka.consumer_lag_seconds{*} by {consumer_group}`, scale: 1 } }
          : {}),
      ...(q.product === 'rabbitmq'
        ? {
            newrelic: {
              query: say`SELECT max(queue.messagesReady) / max(queue.messagesAcknowledgedPerSecond) FROM RabbitmqQueueSample`,
              scale: 1,
            },
          }
        : {}),
      ...(q.product === 'sqs'
        ? {
            cloudwatch: {
              namespace: 'AWS/SQS',
              metric: 'ApproximateAgeOfOldestMessage',
              dimension: 'QueueName',
              statistic: 'Maximum',
            },
          }
        : {}),
    };
  });

type Backlog = [series: string[], query: string, from: string];

/** The drain time of each broker in PromQL: what waits, over what is finished a second. */
function backlogQuery(product: string | undefined): Backlog {
  const drain = (waiting: string, done: string, by: string, from: string): Backlog => [
    [waiting, done],
    `max(sum by (${by}) (${waiting}) / (sum by (${by}) (rate(${done}[5m])) > 0))`,
    from,
  ];
  switch (product) {
    case 'rabbitmq':
      return drain(
        'rabbitmq_detailed_queue_messages_ready',
        'rabbitmq_detailed_queue_messages_acked_total',
        'queue',
        'RabbitMQ’s prometheus plugin, /metrics/detailed',
      );
    case 'nats':
      return drain(
        'nats_consumer_num_pending',
        'nats_consumer_ack_floor_consumer_seq',
        'consumer_name',
        'prometheus-nats-exporter',
      );
    case 'service-bus':
      return [
        ['azure_servicebus_active_messages', 'azure_servicebus_complete_message'],
        'max(azure_servicebus_active_messages / (azure_servicebus_complete_message / 60 > 0))',
        'an exporter of Azure Monitor',
      ];
    case 'sqs':
      return [
        ['aws_sqs_approximate_age_of_oldest_message_maximum'],
        'max(aws_sqs_approximate_age_of_oldest_message_maximum)',
        'an exporter of CloudWatch',
      ];
    default:
      return drain(
        'kafka_consumergroup_lag',
        'kafka_consumergroup_current_offset',
        'consumergroup, topic',
        'kafka_exporter',
      );
  }
}

export const REMOTE_SIGNALS: readonly Signal[] = [callees, retries, backlog];
