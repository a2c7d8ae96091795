import { type Component, type Context, name, type Subject, say, type Text } from '../../domain/index.js';
import { type Stream, streams } from '../../readings/stream.js';

export interface QueueScene {
  stream: Stream | undefined;
  queue: Component | undefined;
  queueName: Text;
  consumerName: Text;
  /** True for Kafka and its like: parallelism is bounded by partitions. */
  partitioned: boolean;
}

/** The backlog that a target is about, with the names of its broker and consumer. */
export function queueSceneOf(context: Context, about: Subject): QueueScene {
  const all = streams(context);
  const stream = all.find((s) => s.subject.id === about.id) ?? all[0];
  const queues = context.components.filter((c) => c.kind === 'queue');
  const queue =
    queues.find((c) => c.subject.id === about.id) ??
    queues.find((c) => c.subject.id === stream?.subject.id) ??
    queues.find((c) => context.links.some((l) => l.asynchronous && l.to === c.subject.id)) ??
    queues[0];
  const consumer =
    context.components.find((c) => c.subject.id === about.id && c.kind === 'service') ??
    context.components.find(
      (c) => c.kind === 'service' && c.roles.some((r) => r === 'consumer' || r === 'worker'),
    );
  return {
    stream,
    queue,
    queueName: say`${name(queue?.subject.name ?? stream?.subject.name ?? `the queue of ${context.case.appName}`)}`,
    consumerName: say`${name(consumer?.subject.name ?? `the consumers of ${context.case.appName}`)}`,
    partitioned:
      queue?.product !== undefined &&
      (context.knowledge.product(queue.product)?.traits.includes('partitioned') ?? false),
  };
}
