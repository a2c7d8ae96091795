import {
  type Component,
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, rate, reading, whole } from './compose.js';
import { NOW } from './load.js';
import { ofKind } from './parts.js';

/** What a managed log takes in: its shards × the documented rate of one, against what arrives. */
function read(context: Context): Reading[] {
  return ofKind(context, 'queue').flatMap((c) => ofQueue(context, c));
}

function ofQueue(context: Context, queue: Component): Reading[] {
  const each =
    queue.product === undefined
      ? undefined
      : context.knowledge.fact(queue.product, 'partition.writeLimit', queue.version);
  const shards = context.facts.find({ name: ['shards', 'partitions'], subject: queue.subject });
  const arriving = arrivals(context, queue);
  if (!each || !shards || !arriving) return [];
  const all = calc(
    'shards.quota',
    queue.subject,
    [each.value * shards.value, '1/s'],
    'shards × documented rate of one',
    [shards, each],
  );
  const use = calc(
    'shards.use',
    queue.subject,
    [arriving.value / all.value, 'ratio'],
    'arriving ÷ what the shards take',
    [arriving, all],
    arriving.phase,
  );
  const needed = calc(
    'shards.needed',
    queue.subject,
    [Math.ceil(arriving.value / each.value), 'count'],
    'arriving ÷ rate of one shard, rounded up',
    [arriving, each],
    arriving.phase,
  );
  if (use.value < 0.6) return [];
  const over = use.value > 1;
  return reading('shard-quota', {
    id: queue.subject.id,
    topic: over ? 'contradiction' : 'queue',
    layer: 'dependency',
    subject: queue.subject,
    headline: over
      ? say`${num(shards)} shards of ${name(queue.subject.name)} take ${rate(all)} by their documented quota, and ${num(arriving)} are said to arrive: writers are throttled or send several records as one; ${whole(needed)} shards are needed even if the keys spread evenly.`
      : say`${num(arriving)} use ${num(use, { digits: 2 })} of the ${rate(all)} that ${num(shards)} shards of ${name(queue.subject.name)} take, if the keys spread evenly: an uneven key fills its shard first.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Shards`, say`${num(shards)}`],
          [say`Each takes`, say`${rate(each)}`],
          [say`All take`, say`${rate(all)}`],
          [say`Arriving`, say`${num(arriving)}`],
          [say`Shards needed`, say`${whole(needed)}`],
        ],
      ),
    ],
    assumptions: [
      say`One record a call and keys spread evenly over ${name(queue.subject.name)}; records packed together count once.`,
    ],
    bearings: over
      ? [bearing(context, 'rate-limited', queue.subject, 1.4, say`${num(arriving)} against ${rate(all)}`)]
      : [],
    weight: over ? 0.95 : 0.6,
  });
}

/** What arrives at the queue: its own rate, else the records a second of a system that is fed by it alone. */
function arrivals(context: Context, queue: Component): Fact | undefined {
  return (
    context.facts.find({ name: ['queue.arrivalRate', 'throughput'], subject: queue.subject, phase: NOW }) ??
    (ofKind(context, 'queue').length === 1
      ? context.facts
          .every({ name: 'throughput', phase: NOW })
          .find(
            (f) =>
              f.subject.id === context.app.id &&
              f.from.some((p) => p.kind === 'input' && /record|message|msg|event/i.test(p.text)),
          )
      : undefined)
  );
}

export default {
  id: 'shard-quota',
  about: 'What the shards of a managed log take by quota against what arrives.',
  read,
} satisfies ReadingEntry;
