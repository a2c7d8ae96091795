import {
  type Advice,
  bullets,
  type Context,
  code,
  type Fact,
  num,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { PLANNING } from '../design/arithmetic.js';
import { inS } from '../design/call-snippets.js';
import { raw, whole } from '../design/code-text.js';
import { queueSceneOf } from '../design/queue-parts.js';
import { figure, type Scene, sceneOf } from '../design/scene.js';

function blocked(context: Context, about: Subject): Text | undefined {
  const q = queueSceneOf(context, about);
  return q.queue && !q.partitioned
    ? say`${q.queueName} does not assign partitions to consumers; it has no rebalances.`
    : undefined;
}

/** Records a poll may return so that a batch at one handler's rate takes half of the poll interval at most. */
function pollSize(scene: Scene, interval: Fact | undefined, perMessage: Fact | undefined): Fact | undefined {
  if (!interval || !perMessage || perMessage.value <= 0) return undefined;
  const each = inS(perMessage);
  return figure(
    scene,
    'design.pollRecords',
    [Math.max(1, Math.floor((interval.value * PLANNING.value) / each.value)), 'count'],
    'poll interval × planning utilisation ÷ time of a message',
    [interval, PLANNING, each],
  );
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const q = queueSceneOf(context, target.subject);
  const product = q.queue?.product ?? '';
  const known = (key: string): Fact | undefined => context.knowledge.fact(product, key, q.queue?.version);
  const interval = known('consumer.pollInterval');
  const session = known('consumer.sessionTimeout');
  const records = known('consumer.pollRecords');
  const stream = q.stream;
  const perMessage =
    stream?.perMessage ??
    (stream?.service && stream.workers
      ? figure(
          scene,
          'queue.timePerMessage',
          [stream.workers.value / stream.service.value, 's'],
          'handlers ÷ messages finished a second',
          [stream.workers, stream.service],
          stream.subject,
        )
      : undefined);
  const size = pollSize(scene, interval, perMessage);
  return {
    title: say`Keep the group of ${q.consumerName} together on ${q.queueName}`,
    description: say`A consumer of ${q.queueName} that does not poll within ${interval ? num(interval) : say`its poll interval`} is taken for dead and its partitions move. ${q.consumerName} gets a batch that fits the interval, an assignment that moves only what must move, and members that keep their place through a restart.`,
    benefit: say`Work of ${q.consumerName} no longer stops for the whole group at every slow batch, deploy or pause of a collector; batches are not handled twice.`,
    riskText: say`The change of assignment needs two rolling restarts of ${q.consumerName}, first with both strategies listed. A member that really died is noticed later, after its session time-out${session ? say` (${num(session)} by default)` : ''}.`,
    effortText: say`Hours: configuration of ${q.consumerName} and two rolling restarts outside its busy hours.`,
    verification: say`Rebalances of the group on ${q.queueName} happen only at deploys; its rebalance-rate metric is flat through the busy hours and the lag falls without steps.`,
    design: [
      code(
        'properties',
        say`# one batch has to fit the poll interval with room to spare
max.poll.records=${size ? whole(size) : { name: '<poll interval × share ÷ time of a message>' }}
${interval ? say`max.poll.interval.ms=${raw(figure(scene, 'design.pollIntervalMs', [interval.value * 1000, 'ms'], 'the same in milliseconds', [interval]))}\n` : ''}# move only what must move
partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor
# the same member after a restart, within the session time-out
group.instance.id=\${HOSTNAME}
${session ? say`session.timeout.ms=${raw(figure(scene, 'design.sessionMs', [session.value * 1000, 'ms'], 'the same in milliseconds', [session]))}` : ''}`,
        say`${q.consumerName} on ${q.queueName}`,
      ),
      bullets([
        size && perMessage && interval
          ? say`At ${num(perMessage)} a message, ${num(size)} of them take ${num(PLANNING)} of the interval of ${num(interval)}; a batch twice as large would leave no room for one slow write.`
          : say`Measure the time of one message in ${q.consumerName}; records of a poll × that time must stay below the poll interval${records ? say` (the default of ${num(records)} records fits only when a message is short)` : ''}.`,
        say`Long work of ${q.consumerName} pauses its partitions and keeps polling, instead of holding the poll loop.`,
        say`Collector pauses and processor throttling of ${q.consumerName} miss heartbeats; rule them out before lengthening the session.`,
      ]),
    ],
  };
}

export default {
  id: 'calm-rebalancing',
  layer: 'dependency',
  title: 'Fewer rebalances',
  effort: 'hours',
  risk: 'low',
  section: 'caching',
  blocked,
  advise,
} satisfies Remedy;
