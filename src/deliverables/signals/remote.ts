import { type Component, constant, type Fact, name, say } from '../../domain/index.js';
import { RETRY_SHARE } from '../../hypotheses/thresholds.js';
import { deadline } from '../../remedies/design/arithmetic.js';
import { sceneOf } from '../../remedies/design/scene.js';
import { alertName, label, type Parts } from '../parts.js';
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

const callees: Signal = (p) =>
  suspectsFirst(p)
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
        title: say`Calls to ${name(c.subject.name)}, p99 as ${name(p.app)} sees it`,
        unit: 's',
        threshold: deadlineOf(p, c) ?? CALLEE_P99,
        scale: 0.001,
        above: true,
        means: say`requests that make this call take at least as long as it does, and hold what they hold meanwhile`,
        prometheus: say`histogram_quantile(0.99, sum by (le) (rate(http_client_request_duration_seconds_bucket{job="${p.job}",server_address=~"${at}.*"}[5m])))`,
        datadog: {
          query: say`p99:trace.http.request{service:${p.job},span.kind:client,peer.service:${at}}`,
          scale: 0.001,
        },
        newrelic: {
          query: say`SELECT percentile(duration.ms, 99) FROM Span WHERE span.kind = 'client' AND service.name = '${p.job}' AND server.address LIKE '${at}%'`,
          scale: 1,
        },
        dynatrace: { selector: say`builtin:service.response.client:percentile(99)`, scale: 1000 },
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
          means: say`repeats add load where it hurts most, and hide failures until they no longer can`,
          prometheus: say`sum(rate(http_client_request_duration_seconds_count{job="${p.job}",http_request_resend_count!=""}[5m])) / sum(rate(http_client_request_duration_seconds_count{job="${p.job}"}[5m]))`,
        },
      ];

/** Age of a backlog: as the broker says it, else what waits ÷ what is finished a second. */
const backlog: Signal = (p) =>
  p.queues.map((q, i): Watch => {
    const limit =
      p.context.facts.find({ name: 'queue.delay', subject: q.subject, phase: ['target', 'planned'] }) ??
      p.context.facts.find({ name: 'queue.delay', phase: ['target', 'planned'] }) ??
      DRAIN;
    const [query, cloud] = backlogQuery(q.product);
    return {
      id: `Backlog${alertName(q.subject.name) || `Queue${i}`}`,
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
      threshold: limit,
      scale: 1,
      above: true,
      means: say`more comes in than is finished; alert on age, because a burst makes many young messages and means nothing`,
      prometheus: say`${query}`,
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
      ...cloud,
    };
  });

/** The drain time of each broker in PromQL. */
function backlogQuery(product: string | undefined): [string, Pick<Watch, 'azure'>] {
  switch (product) {
    case 'rabbitmq':
      return [
        'max(sum by (queue) (rabbitmq_detailed_queue_messages_ready) / (sum by (queue) (rate(rabbitmq_detailed_queue_messages_acked_total[5m])) > 0))',
        {},
      ];
    case 'nats':
      return [
        'max(sum by (consumer_name) (nats_consumer_num_pending) / (sum by (consumer_name) (rate(nats_consumer_ack_floor_consumer_seq[5m])) > 0))',
        {},
      ];
    case 'service-bus':
      return ['max(azure_servicebus_active_messages / (azure_servicebus_complete_message / 60 > 0))', {}];
    case 'sqs':
      return ['max(aws_sqs_approximate_age_of_oldest_message_maximum)', {}];
    default:
      return [
        'max(sum by (consumergroup, topic) (kafka_consumergroup_lag) / (sum by (consumergroup, topic) (rate(kafka_consumergroup_current_offset[5m])) > 0))',
        {},
      ];
  }
}

export const REMOTE_SIGNALS: readonly Signal[] = [callees, retries, backlog];
