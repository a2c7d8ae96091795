import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, inSeconds, rate, reading, whole } from './compose.js';
import { aimedLoad, loadPoints } from './load.js';
import { streams } from './stream.js';

/** Consumers beyond the number of partitions do nothing: the partitions bound how far a group can grow. */
function read(context: Context): Reading[] {
  return streams(context).flatMap((s) => {
    const { subject, partitions, workers, arrival, service, perMessage } = s;
    if (!partitions || partitions.value < 1) return [];
    const busy = workers ? Math.min(workers.value, partitions.value) : undefined;
    const idle =
      workers && workers.value > partitions.value
        ? calc(
            'consumers.idle',
            subject,
            [workers.value - partitions.value, 'count'],
            'consumers − partitions',
            [workers, partitions],
          )
        : undefined;
    const aim = aimedLoad(loadPoints(context));
    const isLoad = arrival !== undefined && loadPoints(context).some((p) => p.rate.id === arrival.id);
    const goal = isLoad && aim && aim.rate.value > arrival.value ? aim.rate : arrival;
    const each = goal
      ? calc(
          'partition.rate',
          subject,
          [goal.value / partitions.value, '1/s'],
          'arriving ÷ partitions',
          [goal, partitions],
          goal.phase,
        )
      : undefined;
    const speed =
      service && busy && workers
        ? calc('consumer.rate', subject, [service.value / busy, '1/s'], 'finished ÷ busy consumers', [
            service,
            workers,
            partitions,
          ])
        : undefined;
    const need =
      speed && goal
        ? calc(
            'consumers.needed',
            subject,
            [goal.value / speed.value, 'count'],
            'arriving ÷ rate of one consumer',
            [goal, speed],
            goal.phase,
          )
        : undefined;
    const bound = need !== undefined && need.value > partitions.value;
    const most = speed
      ? calc(
          'partitions.mostRate',
          subject,
          [speed.value * partitions.value, '1/s'],
          'partitions × rate of one consumer',
          [partitions, speed],
        )
      : undefined;
    const budget = each
      ? calc(
          'partition.messageTime',
          subject,
          [1000 / each.value, 'ms'],
          'one ÷ rate of a partition',
          [each],
          each.phase,
        )
      : undefined;
    // What one handler a partition can finish at the stated time of a message, whatever the count of consumers.
    const ceiling = perMessage
      ? calc(
          'partitions.ceiling',
          subject,
          [partitions.value / inSeconds(perMessage), '1/s'],
          'partitions ÷ time of a message',
          [partitions, perMessage],
        )
      : undefined;
    const short = ceiling && goal && ceiling.value < goal.value ? ceiling : undefined;
    if (!each && !idle) return [];
    const because = say`${num(partitions)} partitions${workers ? say`, ${num(workers)} consumers` : []}${need ? say`, ${whole(need)} needed` : []}`;
    const rows = [
      [say`Partitions`, say`${num(partitions)}`],
      ...(workers ? [[say`Consumers`, say`${num(workers)}`]] : []),
      ...(each ? [[say`Messages on one partition, if even`, say`${rate(each)}`]] : []),
      ...(budget ? [[say`Time it leaves for one message`, say`${num(budget, { digits: 2 })}`]] : []),
      ...(speed ? [[say`Messages one consumer finishes`, say`${rate(speed)}`]] : []),
      ...(most ? [[say`Most that one consumer a partition would finish`, say`${rate(most)}`]] : []),
      ...(need ? [[say`Consumers needed`, say`${whole(need)}`]] : []),
    ];
    const headline =
      idle && workers
        ? say`${num(idle)} of ${num(workers)} consumers of ${name(subject.name)} have nothing to do: ${num(partitions)} partitions feed at most ${num(partitions)}, so more consumers change nothing${short && perMessage && goal && budget ? say`; at ${num(perMessage)} a message they finish at most ${rate(short)}, and ${num(goal)} leave ${num(budget, { digits: 2 })} for each, so handle several at once within a partition or make each cheaper` : bound && need ? say` and ${whole(need)} would be needed` : []}.`
        : !idle && short && perMessage && goal && budget
          ? say`One handler for each of the ${num(partitions)} partitions of ${name(subject.name)} finishes at most ${rate(short)} at ${num(perMessage)} a message, and ${num(goal)} arrive: each message may take ${num(budget, { digits: 2 })}; handle several batches of a partition at once, or make each cheaper, before adding partitions.`
          : bound && need && most && speed
            ? say`At ${rate(speed)} a consumer, ${num(goal as Fact)} needs ${whole(need)} consumers, and ${name(subject.name)} has ${num(partitions)} partitions: even a consumer on each finishes only ${rate(most)}; faster handling or more partitions, not more consumers.`
            : need && workers && need.value > workers.value
              ? say`${name(subject.name)} can take ${num(partitions)} consumers and has ${num(workers)}; ${whole(need)} are needed for ${num(goal as Fact)}: adding consumers works here.`
              : each && budget
                ? say`Each of the ${num(partitions)} partitions of ${name(subject.name)} carries ${rate(each)} if the keys are even, which leaves one consumer ${num(budget, { digits: 2 })} for a message; anything slower builds lag.`
                : undefined;
    if (!headline) return [];
    return reading('partition-parallelism', {
      id: subject.id,
      topic: 'queue',
      layer: 'dependency',
      subject,
      headline,
      arithmetic: [table(['Quantity', '> Value'], rows)],
      assumptions: [
        say`One consumer a partition at a time, as brokers with ordered partitions have it, and keys spread evenly; handling many messages at once lifts the bound.`,
      ],
      bearings:
        idle || bound || short
          ? [bearing(context, 'partition-parallelism', subject, idle ? 1.8 : 1.6, because)]
          : need && workers && need.value <= partitions.value
            ? [bearing(context, 'partition-parallelism', subject, -0.8, because)]
            : [],
      weight: short ? 0.96 : idle || bound ? 0.9 : 0.6,
    });
  });
}

export default {
  id: 'partition-parallelism',
  about:
    'Whether the partitions bound the consumers, how many are needed, and the time each message may take.',
  read,
} satisfies ReadingEntry;
