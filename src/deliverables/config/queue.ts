import {
  constant,
  type Deliverable,
  type DeliverableEntry,
  derived,
  type Fact,
  name,
  say,
  type Text,
} from '../../domain/index.js';
import { inSeconds } from '../../readings/compose.js';
import { type Stream, streams } from '../../readings/stream.js';
import { handlersNeeded, PLANNING } from '../../remedies/design/arithmetic.js';
import { DELIVERIES } from '../../remedies/design/chosen.js';
import { partsOf } from '../parts.js';
import { digits, plainName, whole } from '../text.js';

const SLOWEST = constant(
  'queue.slowest',
  7,
  'factor',
  'Exponential times: one message in a thousand takes ln(1000) = 6.9 times the mean',
);
const MARGIN = constant(
  'queue.visibilityMargin',
  3,
  'factor',
  'Kneepoint: hidden three times as long as the slowest takes, so that a pause of the worker hands no message out twice',
);
const LEAST_HIDDEN = constant(
  'queue.leastHidden',
  30,
  's',
  'Default visibility time-out of Amazon SQS (its Developer Guide); a restart of a worker fits into it',
);
const FETCH_WORK = constant(
  'queue.fetchWork',
  0.25,
  's',
  'Kneepoint: a quarter of a second of work a fetch hides the round trip and still shares evenly between workers',
);
const MOST_FETCHED = constant(
  'queue.mostFetched',
  10,
  'count',
  'Amazon SQS Developer Guide: a receive returns ten messages at most; more in one hand is shared unevenly',
);

const POLL_INTERVAL = constant(
  'kafka.maxPollInterval',
  300,
  's',
  'Kafka documentation, consumer configuration: default of max.poll.interval.ms; who does not poll for so long loses its partitions',
);
const MOST_POLLED = constant(
  'kafka.maxPollRecords',
  500,
  'count',
  'Kafka documentation, consumer configuration: default of max.poll.records',
);
const LONGEST_LOCK = constant(
  'serviceBus.longestLock',
  300,
  's',
  'Azure Service Bus documentation, quotas: five minutes is the longest lock',
);

/** What the settings follow from: the time of a message, the handlers, and the settings themselves. */
interface Plan {
  queue: string;
  perMessage: Fact;
  hidden: Fact;
  locked: Fact;
  fetched: Fact;
  polled: Fact;
  handlers?: Fact;
  stream: Stream;
}

/** Settings of the broker and its workers, each with what it follows from. */
export default {
  id: 'config/queue',
  about: 'settings of the broker and its workers: visibility, tries, dead letters, prefetch, handlers',
  make(result, context) {
    const parts = partsOf(result, context);
    return parts.queues
      .flatMap((queue): Deliverable[] => {
        const all = streams(context);
        const stream =
          all.find((s) => s.subject.id === queue.subject.id) ?? (all.length === 1 ? all[0] : undefined);
        const plan = stream && planOf(stream, queue.subject.name);
        if (!plan) return [];
        const made = writtenFor(queue.product, plan);
        return made
          ? [
              {
                id: 'config/queue',
                kind: 'config',
                title: say`Settings of ${name(queue.subject.name)} and its workers, each with what it follows from`,
                ...made,
              },
            ]
          : [];
      })
      .slice(0, 1);
  },
} satisfies DeliverableEntry;

function planOf(stream: Stream, queue: string): Plan | undefined {
  const { subject, workers, service } = stream;
  const perMessage =
    stream.perMessage ??
    (workers && service
      ? derived(
          {
            name: 'message.time',
            subject,
            value: workers.value / service.value,
            unit: 's',
            phase: service.phase,
          },
          'handlers ÷ messages finished a second, when all are busy',
          [workers, service],
        )
      : undefined);
  if (!perMessage) return undefined;
  const seconds = inSeconds(perMessage);
  const setting = (of: string, value: number, unit: Fact['unit'], formula: string, inputs: Fact[]): Fact =>
    derived({ name: of, subject, value, unit, phase: 'target' }, formula, inputs);
  const need = handlersNeeded(stream);
  const hidden = setting(
    'queue.hidden',
    Math.max(LEAST_HIDDEN.value, Math.ceil(seconds * SLOWEST.value * MARGIN.value)),
    's',
    'time of a message × slowest of a thousand × margin, at least the default',
    [perMessage, SLOWEST, MARGIN, LEAST_HIDDEN],
  );
  return {
    queue,
    perMessage,
    stream,
    hidden,
    locked: setting(
      'queue.locked',
      Math.min(LONGEST_LOCK.value, hidden.value),
      's',
      'time hidden, at most the longest lock',
      [hidden, LONGEST_LOCK],
    ),
    polled: setting(
      'queue.polled',
      Math.max(1, Math.min(MOST_POLLED.value, Math.floor(POLL_INTERVAL.value / MARGIN.value / seconds))),
      'count',
      'longest time between polls ÷ margin ÷ time of a message, at most the default',
      [POLL_INTERVAL, MARGIN, perMessage, MOST_POLLED],
    ),
    fetched: setting(
      'queue.fetched',
      Math.max(1, Math.min(MOST_FETCHED.value, Math.round(FETCH_WORK.value / seconds))),
      'count',
      'work of a fetch ÷ time of a message',
      [FETCH_WORK, perMessage, MOST_FETCHED],
    ),
    ...(need ? { handlers: need.needed } : {}),
  };
}

type Written = Pick<Deliverable, 'path' | 'stack' | 'language' | 'use' | 'text'>;

function writtenFor(product: string | undefined, plan: Plan): Written | undefined {
  switch (product) {
    case 'sqs':
      return {
        path: 'config/queue.sh',
        stack: 'Amazon SQS',
        language: 'bash',
        use: say`QUEUE_URL=https://sqs… DEAD_ARN=arn:aws:sqs:… sh config/queue.sh`,
        text: say`#!/bin/sh
${head(plan)}set -eu
# ${hiddenBecause(plan)}
HIDDEN=${whole(plan.hidden)}
# Tries before a message goes to the dead-letter queue, which has an alert on its first message.
TRIES=${whole(DELIVERIES)}
aws sqs set-queue-attributes --queue-url "$QUEUE_URL" --attributes "$(printf '{"VisibilityTimeout":"%s","ReceiveMessageWaitTimeSeconds":"20","RedrivePolicy":"{\\\\"deadLetterTargetArn\\\\":\\\\"%s\\\\",\\\\"maxReceiveCount\\\\":%s}"}' "$HIDDEN" "$DEAD_ARN" "$TRIES")"
# Workers: MaxNumberOfMessages ${whole(plan.fetched)} a receive${fetchedBecause}; ChangeMessageVisibility for what takes longer.
`,
      };
    case 'rabbitmq':
      return {
        path: 'config/queue.sh',
        stack: 'RabbitMQ',
        language: 'bash',
        use: say`QUEUE='^orders$' DEAD_EXCHANGE=dead sh config/queue.sh    # makes quorum queues`,
        text: say`#!/bin/sh
${head(plan)}set -eu
# Deliveries before a message goes to the dead-letter exchange, which has an alert on its first message.
TRIES=${whole(DELIVERIES)}
rabbitmqctl set_policy worked-off "$QUEUE" "$(printf '{"delivery-limit":%s,"dead-letter-exchange":"%s","dead-letter-strategy":"at-least-once","overflow":"reject-publish"}' "$TRIES" "$DEAD_EXCHANGE")" --apply-to quorum_queues
# ${hiddenBecause(plan)} RabbitMQ waits consumer_timeout for an acknowledgement (half an hour by default): keep it above that.
# Workers: basic.qos with a prefetch of ${whole(plan.fetched)} each${fetchedBecause}; acknowledge after the work, not before.
`,
      };
    case 'service-bus':
      return {
        path: 'config/queue.sh',
        stack: 'Azure Service Bus',
        language: 'bash',
        use: say`GROUP=prod SPACE=shop QUEUE=orders sh config/queue.sh`,
        text: say`#!/bin/sh
${head(plan)}set -eu
# ${hiddenBecause(plan)} Service Bus locks for ${whole(LONGEST_LOCK)} s at most; workers renew it for longer ones.
LOCKED=${whole(plan.locked)}
# Deliveries before a message goes to the dead-letter queue, which has an alert on its first message.
TRIES=${whole(DELIVERIES)}
az servicebus queue update -g "$GROUP" --namespace-name "$SPACE" -n "$QUEUE" --lock-duration "PT\${LOCKED}S" --max-delivery-count "$TRIES" --enable-dead-lettering-on-message-expiration true
# Workers: PrefetchCount ${whole(plan.fetched)}${fetchedBecause}.
`,
      };
    case 'kafka':
      return {
        path: 'config/queue.properties',
        stack: 'Kafka',
        language: 'properties',
        use: say`cat config/queue.properties >> consumer.properties    # restart one consumer at a time, the cooperative way`,
        text: say`${head(plan)}# So many records take at most ${whole(POLL_INTERVAL)} s ÷ ${whole(MARGIN)}: who polls later than max.poll.interval.ms loses its partitions.
max.poll.records=${whole(plan.polled)}
max.poll.interval.ms=${whole(POLL_INTERVAL, 1000)}
enable.auto.commit=false
partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor
# After ${whole(DELIVERIES)} tries with doubling pauses a record goes to a topic of its own (….dead), with an alert on its first record:
# a record that always fails must not stop its partition.
`,
      };
    default:
      return undefined;
  }
}

const head = ({
  queue,
  perMessage,
  handlers,
  stream,
}: Plan): Text => say`# ${plainName(queue)}: a message takes ${digits(perMessage)} ${perMessage.unit === 'ms' ? 'ms' : 's'} of a worker.
${
  handlers && stream.arrival
    ? say`# Handlers over all instances: ${whole(handlers)} for ${digits(stream.arrival)} arrivals a second at ${digits(PLANNING, 100)} % use${stream.partitions ? say`; no more than the ${whole(stream.partitions)} partitions` : ''}.
# With arrivals by minute: kneepoint queue arrivals.csv --service … tells the wait, and the workers that nine of ten such days need.
`
    : say`# How many handlers: kneepoint queue arrivals.csv --service … from arrivals by minute.
`
}# Delivery is at least once: give every message an id, and write it under a unique key together with the work.
`;

const hiddenBecause = ({ hidden }: Plan): Text =>
  say`Hidden from other workers for ${whole(hidden)} s: ${whole(SLOWEST)} times the mean for the slowest of a thousand, times ${whole(MARGIN)} (at least ${whole(LEAST_HIDDEN)} s).`;

const fetchedBecause: Text = say`, a quarter of a second of work but at least one`;
