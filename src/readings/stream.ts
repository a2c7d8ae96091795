import type { Component, Context, Fact, Subject } from '../domain/index.js';
import { calc, inSeconds } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';
import { requestSubject } from './percentiles.js';

/** The figures of one backlog: what waits, what comes in, what is finished. */
export interface Stream {
  subject: Subject;
  depth?: Fact;
  delay?: Fact;
  arrival?: Fact;
  /** Arrivals when it is calm, where both were said: it drains then. */
  calmArrival?: Fact;
  service?: Fact;
  partitions?: Fact;
  workers?: Fact;
  /** Time one worker spends on one message. */
  perMessage?: Fact;
}

const FLOWS: readonly Subject['kind'][] = ['queue', 'service', 'operation', 'system'];

/**
 * The backlog of the case, put together from what was said of the queue, its consumers and the whole: prose gives
 * the depth of the broker, the workers of the consumer and the rate of the system. One queue: all belong together.
 * Several: each takes only its own figures.
 */
export function streams(context: Context): Stream[] {
  const queues = context.components.filter((c) => c.subject.kind === 'queue');
  const own = queues.filter((c) => hasOwn(context, c));
  if (own.length > 1) return own.map((c) => gather(context, c.subject, true));
  const anchor = context.facts.find({
    name: ['queue.depth', 'queue.delay', 'queue.arrivalRate', 'queue.serviceRate', 'partitions'],
    phase: [...NOW, 'baseline'],
  });
  const subject = own[0]?.subject ?? queues[0]?.subject ?? anchor?.subject;
  return subject && (anchor || queues.length > 0) ? [gather(context, subject, false)] : [];
}

const hasOwn = (context: Context, c: Component): boolean =>
  context.facts.find({ name: ['queue.depth', 'queue.delay', 'queue.arrivalRate'], subject: c.subject }) !==
  undefined;

/** The queue of a thread pool has a limit of its own; it is not the backlog of a broker. */
const bounded = (context: Context, f: Fact): boolean =>
  f.name === 'queue.depth' &&
  context.facts
    .every({ name: 'queue.limit', subject: f.subject })
    .some((l) => l.value >= f.value && l.value < 50 * f.value);

/** A log of shards (Kinesis) is read like one of partitions: one reader a shard. */
const shardsOf = (context: Context, subject: Subject): Fact | undefined =>
  subject.kind === 'queue' ? context.facts.find({ name: 'shards', subject }) : undefined;

/** Time of one message where messages are handled in batches. */
function ofBatch(context: Context, subject: Subject): Fact | undefined {
  const time = context.facts
    .every({ name: 'batch.duration', phase: [...NOW, 'any'] })
    .find((f) => f.value > 0 && f.value < 900);
  const size = context.facts.every({ name: 'batch.size' }).find((f) => f.value > 1);
  return time && size
    ? calc(
        'message.time',
        subject,
        [(inSeconds(time) * 1000) / size.value, 'ms'],
        'time of a batch ÷ messages in it',
        [time, size],
      )
    : undefined;
}

/** "consumer throughput 900 msg/s per pod": what one handler takes, times the handlers there are. */
function ofEach(context: Context, subject: Subject, workers: Fact | undefined): Fact | undefined {
  const each = context.facts
    .every({ name: 'rate.stated' })
    .find(
      (f) =>
        f.value > 0 &&
        /\b(?:consum|throughput|process|handl)\w*.* per (?:pod|instance|worker|consumer|task|replica)$/.test(
          f.condition ?? '',
        ),
    );
  return each && workers
    ? calc(
        'queue.serviceRateDerived',
        subject,
        [each.value * workers.value, '1/s'],
        'what each takes × how many there are',
        [each, workers],
      )
    : undefined;
}

function gather(context: Context, subject: Subject, strict: boolean): Stream {
  const positive = (facts: readonly Fact[]): Fact | undefined =>
    facts.find((f) => f.value > 0 && !bounded(context, f));
  const pick = (name: string): Fact | undefined =>
    positive(context.facts.every({ name, subject, phase: NOW })) ??
    (strict ? undefined : positive(context.facts.every({ name, phase: NOW, subjectKind: FLOWS })));
  const consumers = context.components.filter((c) => c.roles.some((r) => r === 'worker' || r === 'consumer'));
  const ofConsumers = (name: string): Fact | undefined =>
    consumers
      .map((c) => context.facts.find({ name, subject: c.subject, phase: NOW }))
      .find((f) => f !== undefined);
  const depth = pick('queue.depth');
  const delay = pick('queue.delay');
  const partitions = pick('partitions') ?? shardsOf(context, subject);
  const finisher = pick('queue.serviceRate')?.subject;
  const workers =
    (finisher && context.facts.find({ name: 'workers', subject: finisher, phase: NOW })) ??
    ofConsumers('workers') ??
    ofConsumers('instances') ??
    pick('workers');
  const perMessage =
    ofConsumers('latency.mean') ??
    ofConsumers('latency.p50') ??
    context.facts.find({ name: 'latency.mean', subject, phase: NOW }) ??
    ofBatch(context, subject);
  const arrival =
    pick('queue.arrivalRate') ??
    context.facts.find({ name: 'throughput', subject, phase: NOW }) ??
    // Where requests are answered, their rate is not that of the messages they leave behind.
    (strict || requestSubject(context) ? undefined : topLoad(loadPoints(context))?.rate);
  const service =
    pick('queue.serviceRate') ??
    ofEach(context, subject, workers) ??
    ofConsumers('throughput') ??
    (workers && perMessage
      ? calc(
          'queue.serviceRateDerived',
          subject,
          [workers.value / inSeconds(perMessage), '1/s'],
          'workers ÷ time of a message',
          [workers, perMessage],
        )
      : undefined);
  const calm =
    context.facts.find({ name: 'queue.arrivalRate', subject, phase: ['steady', 'baseline'] }) ??
    (strict
      ? undefined
      : context.facts.find({ name: 'queue.arrivalRate', phase: ['steady', 'baseline'], subjectKind: FLOWS }));
  return {
    subject,
    ...(calm && arrival && calm.value < arrival.value ? { calmArrival: calm } : {}),
    ...(depth && depth.value > 0 ? { depth } : {}),
    ...(delay && delay.value > 0 ? { delay } : {}),
    ...(arrival && arrival.value > 0 ? { arrival } : {}),
    ...(service && service.value > 0 && service !== arrival ? { service } : {}),
    ...(partitions && partitions.value > 0 ? { partitions } : {}),
    ...(workers && workers.value > 0 ? { workers } : {}),
    ...(perMessage && perMessage.value > 0 ? { perMessage } : {}),
  };
}
