import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  table,
} from '../../domain/index.js';
import { handlersNeeded, PLANNING } from '../design/arithmetic.js';
import { BACKOFF_FIRST, BACKOFF_MOST, DELIVERIES, JITTER } from '../design/chosen.js';
import { whole } from '../design/code-text.js';
import { type QueueScene, queueSceneOf } from '../design/queue-parts.js';
import { figure, sceneOf } from '../design/scene.js';
import { shippingNote, staffingNote } from '../design/wording.js';

/** The setting that holds the number of handlers, in the product's own words. */
function setting(q: QueueScene, needed: Parameters<typeof whole>[0]): Block[] {
  const product = q.queue?.product ?? '';
  switch (product) {
    case 'kafka':
      return [
        code(
          'properties',
          say`# handlers over all instances of the group; no more than there are partitions
spring.kafka.listener.concurrency=${whole(needed)}
# or, without Spring: this many consumers in the group, one poll loop each`,
          say`${q.consumerName} on ${q.queueName}`,
        ),
      ];
    case 'rabbitmq':
      return [
        code(
          'bash',
          say`# handlers over all hosts, and messages each may hold unacknowledged
celery --app app worker --concurrency=$PER_HOST --prefetch-multiplier=$ONE   # Celery; ${whole(needed)} in total
# other clients: channel.basic_qos(prefetch_count=...), one channel per handler`,
          say`${q.consumerName} on ${q.queueName}`,
        ),
      ];
    case 'service-bus':
      return [
        code(
          'csharp',
          say`// over all instances: ${whole(needed)} messages in work at once
new ServiceBusProcessorOptions { MaxConcurrentCalls = perInstance, PrefetchCount = perInstance, AutoCompleteMessages = false };`,
          say`${q.consumerName} on ${q.queueName}`,
        ),
      ];
    default:
      return [];
  }
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const q = queueSceneOf(context, target.subject);
  const need = q.stream ? handlersNeeded(q.stream) : undefined;
  const { arrival, service, workers, depth, partitions } = q.stream ?? {};
  const spare =
    need && arrival && depth
      ? figure(
          scene,
          'queue.drainTime',
          [depth.value / (need.needed.value * need.perHandler.value - arrival.value), 's'],
          'backlog ÷ (handlers × rate of one − arrivals)',
          [depth, need.needed, need.perHandler, arrival],
          q.stream?.subject,
        )
      : undefined;
  const bounded = q.partitioned && need && partitions && need.needed.value > partitions.value;
  const numbers = need && arrival && service && workers;
  return {
    title: need
      ? say`Run ${num(need.needed)} handlers on ${q.queueName} instead of ${workers ? num(workers) : say`today’s`}`
      : say`Run as many handlers on ${q.queueName} as its arrivals need`,
    description: numbers
      ? say`${num(arrival)} arrive and ${num(service)} are finished by ${num(workers)} handlers: ${num(need.perHandler)} each, so ${q.consumerName} is at ${num(need.share)} of what comes in. ${num(need.needed)} handlers carry it at a planned use of ${num(PLANNING)}.${bounded ? say` ${q.queueName} has ${num(partitions)} partitions, so handlers beyond that idle until partitions are added or work within a partition runs in parallel by key.` : ''}`
      : say`Handlers of ${q.consumerName} = arrivals a second ÷ messages one handler finishes a second ÷ ${num(PLANNING)}. ${arrival ? say`Arrivals are ${num(arrival)}` : 'Arrivals were not said'}, ${service ? say`finished are ${num(service)}` : 'the finished rate was not'}; ${workers ? say`${num(workers)} handlers run` : 'the number of handlers is to be counted'}.`,
    benefit:
      spare && depth
        ? say`The backlog of ${num(depth)} is worked off in ${num(spare)} while new messages keep coming; after that the age of the oldest message of ${q.queueName} is a handler’s own time.`
        : say`The service rate of ${q.consumerName} rises above the arrival rate, so the backlog of ${q.queueName} shrinks instead of growing.`,
    riskText: say`What ${q.consumerName} calls gets that much more load: check the connections of its database and the quotas of its callees before doubling. Order within a key of ${q.queueName} has to hold with parallel handlers.`,
    effortText: say`Hours when ${q.consumerName} is stateless: a number in its configuration and a check of what stands behind it.${shippingNote(context)}${staffingNote(context)}`,
    verification: say`Finished a second exceeds arrivals a second on ${q.queueName} for a whole busy period, and the age of the oldest message falls to a handler’s time.`,
    design: [
      table(
        ['Figure', '> Value', 'From'],
        [
          [say`arrivals`, arrival ? say`${num(arrival)}` : say`measure`, say`rate into ${q.queueName}`],
          [
            say`finished`,
            service ? say`${num(service)}` : say`measure`,
            say`acknowledged by ${q.consumerName}`,
          ],
          [
            say`one handler`,
            need ? say`${num(need.perHandler)}` : say`finished ÷ handlers`,
            say`one ÷ its time`,
          ],
          [
            say`handlers for it`,
            need ? say`${num(need.needed)}` : say`arrivals ÷ one handler ÷ ${num(PLANNING)}`,
            say`Little’s law with head room`,
          ],
        ],
        say`Handlers of ${q.consumerName}`,
      ),
      ...(need ? setting(q, need.needed) : []),
      bullets([
        say`Bound what each handler of ${q.consumerName} holds: prefetch one or two messages when they are long, so that none waits behind a slow one.`,
        say`Fetch and write in batches where the handler of ${q.queueName} waits for a database: a batch shares one round trip.`,
        say`Failures: pause ${num(BACKOFF_FIRST)} and double up to ${num(BACKOFF_MOST)} (±${num(JITTER)}), dead letter after ${num(DELIVERIES)} deliveries; every message carries an id that makes its repeat harmless.`,
        say`Split kinds of work of ${q.consumerName} into queues of their own, so that a bulk job cannot stand in front of what a user waits for.`,
      ]),
    ],
  };
}

export default {
  id: 'add-consumers',
  layer: 'dependency',
  title: 'Handlers to match arrivals',
  effort: 'hours',
  risk: 'low',
  section: 'caching',
  advise,
} satisfies Remedy;
