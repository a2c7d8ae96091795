import {
  type Advice,
  bullets,
  type Context,
  code,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  steps,
  type Text,
} from '../../domain/index.js';
import { handlersNeeded } from '../design/arithmetic.js';
import { kebab, whole } from '../design/code-text.js';
import { queueSceneOf } from '../design/queue-parts.js';
import { constraintsOf, figure, sceneOf } from '../design/scene.js';

const ORDER = /\border(?:ing|ed)?\b/i;

function blocked(context: Context, about: Subject): Text | undefined {
  const q = queueSceneOf(context, about);
  if (q.queue && !q.partitioned)
    return say`${q.queueName} has no partitions; its parallelism is the number of its consumers.`;
  return undefined;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const q = queueSceneOf(context, target.subject);
  const need = q.stream ? handlersNeeded(q.stream) : undefined;
  const now = q.stream?.partitions;
  const most = need && now && need.needed.value > now.value ? need.needed : undefined;
  const then = now
    ? figure(
        scene,
        'design.partitions',
        [Math.ceil((most ?? now).value / now.value) * now.value * (most ? 1 : 2), 'count'],
        most ? 'next multiple of today’s partitions above the handlers needed' : 'twice today’s partitions',
        most ? [now, most] : [now],
        q.stream?.subject,
      )
    : undefined;
  const order = constraintsOf(context, 'consistency', 'component-fixed', 'other').find((c) =>
    ORDER.test(c.text),
  );
  const topic = kebab(q.stream?.subject.name ?? q.queue?.subject.name ?? 'topic', 'topic');
  return {
    title: then
      ? say`Widen ${q.queueName} to ${num(then)} partitions`
      : say`Widen ${q.queueName} so that partitions no longer bound ${q.consumerName}`,
    description: say`A partition has one consumer of ${q.consumerName} at a time. ${now ? say`${num(now)} partitions therefore bound the group at ${num(now)} handlers` : 'Their number, which was not said, bounds the group'}${need ? say`, where ${num(need.needed)} are needed` : ''}. ${then ? say`${num(then)} is a multiple of today’s number, so that each old partition splits evenly.` : ''}`,
    benefit: say`The ceiling of ${q.consumerName} moves up in proportion${now && then ? say`, from ${num(now)} to ${num(then)} handlers` : ''}; a hot key still has one handler, and no number of partitions changes that.`,
    riskText: order
      ? say`${quote(order.text)}: after the change a key of ${q.queueName} can land in another partition while its older messages still wait in the first. Drain before, or move to a new topic.`
      : say`Keys move between partitions of ${q.queueName} at the moment of the change; whatever counts on the order of a key has to be drained first. Partitions cannot be taken back.`,
    effortText: say`Hours to widen ${q.queueName}, a day with the drain and the producers’ restart; days when a new topic is filled beside the old one.`,
    verification: say`Lag per partition of ${q.queueName} within a few messages of the median, and the share of the busiest partition no higher than its keys explain.`,
    design: [
      steps([
        say`Stop or slow the producers of ${q.queueName}, or let ${q.consumerName} catch up in a quiet hour, until no lag is left.`,
        say`Widen ${q.queueName}, then restart producers so that they see the new number, then consumers.`,
        say`Watch the first busy period of ${q.queueName}: a partition that lags alone holds a hot key, which needs a key of finer grain instead.`,
      ]),
      ...(then && q.queue?.product === 'kafka'
        ? [
            code(
              'bash',
              say`kafka-topics.sh --bootstrap-server "$BROKERS" --alter --topic "${topic}" --partitions ${whole(then)}
kafka-consumer-groups.sh --bootstrap-server "$BROKERS" --describe --group "$GROUP"   # lag by partition`,
              say`Widen ${q.queueName}`,
            ),
          ]
        : []),
      bullets([
        say`Without widening: ${q.consumerName} may handle a polled batch in parallel by key (a queue per key inside the process) and commit in order; this lifts the rate per partition and keeps the order of each key.`,
        say`Records that replace each other for one key of ${q.queueName} can be folded before the work: only the newest of a polled batch is written.`,
      ]),
    ],
  };
}

export default {
  id: 'add-partitions',
  layer: 'dependency',
  title: 'More partitions',
  effort: 'days',
  risk: 'medium',
  section: 'caching',
  blocked,
  advise,
} satisfies Remedy;
