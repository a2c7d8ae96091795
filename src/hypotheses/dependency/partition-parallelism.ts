import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { consumerGroup } from '../commands/platform.js';
import { borne, now, uniqueById } from '../evidence.js';
import { absent, decideAlways, seen, uneven } from '../outcomes.js';
import { has, queues } from '../subjects.js';
import { UNEVEN } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'partition-parallelism',
  layer: 'dependency',
  title: 'Fewer partitions than consumers',
  mechanism:
    'A partition is read by one consumer of a group at a time; consumers beyond their number idle, and a slow partition cannot be helped.',
  startedBy: ['scaling-change', 'concurrency-change', 'traffic-change', 'config-change', 'data-growth'],
  explains: ['queue-backlog', 'throughput-drop', 'hot-key'],
  prior: 0.05,
  subjects: (context) =>
    uniqueById([
      ...queues(context)
        .filter((c) => has(context, c, 'partitioned'))
        .map((c) => c.subject)
        .filter((s) => now(context, 'partitions', s) !== undefined),
      ...borne(
        context,
        'partition-parallelism',
        queues(context).map((c) => c.subject),
      ),
    ]),
  predictions: [
    {
      id: 'consumers-idle',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -2.4,
      test: decideAlways(
        (_, s) => say`as many consumers as ${name(s.name)} has partitions, or more`,
        (context, s) => {
          const [parts, workers] = [now(context, 'partitions', s), now(context, 'workers', s)];
          if (!parts || !workers) return undefined;
          const says = say`${name(s.name)} has ${num(parts)} partitions for ${num(workers)} consumers`;
          return workers.value >= parts.value ? seen(says, [parts, workers]) : absent(says, [parts, workers]);
        },
      ),
      measure: (context, s) =>
        ask('dependency', consumerGroup(context, s), {
          question: say`How many consumers of ${name(s.name)} have a partition, and how many have none?`,
          signal: say`members of the group with the partitions of each, and its lag`,
          window: aroundTrouble(context),
          decides: say`Members without a partition while there is a backlog: it holds. Members with several partitions each: more consumers help first.`,
        }),
    },
    {
      id: 'lag-uneven',
      whenSeen: 1,
      whenAbsent: -0.8,
      test: decideAlways(
        (_, s) => say`one partition of ${name(s.name)} with ${num(UNEVEN)} of the others’ lag or more`,
        uneven(
          ['queue.depth', 'queue.arrivalRate'],
          'backlog',
          (f, s) => f.subject.kind === 'keyspace' && f.subject.service === s.name,
        ),
      ),
      measure: (context, s) =>
        ask('dependency', consumerGroup(context, s), {
          question: say`Is the backlog of ${name(s.name)} even over its partitions?`,
          signal: say`lag and arrivals by partition`,
          window: aroundTrouble(context),
          decides: say`A few partitions far ahead: the key is hot and more partitions move little. Even: more partitions help.`,
        }),
    },
  ],
  describe(context, subject) {
    const [parts, workers] = [now(context, 'partitions', subject), now(context, 'workers', subject)];
    return {
      title: say`${parts ? say`${num(parts)} partitions` : 'The partitions'} bound the consumers of ${name(subject.name)}`,
      statement: say`At most ${parts ? num(parts) : 'as many'} consumers ${parts ? '' : 'as it has partitions '}read ${name(subject.name)} at once${workers ? say`, and there are ${num(workers)}` : ''}; each message is handled by the one that owns its partition.`,
      refutedIf: say`Every consumer of ${name(subject.name)} has several partitions, or its partitions are idle.`,
    };
  },
  remedies: ['add-partitions', 'add-consumers', 'spread-hot-partition'],
} satisfies Hypothesis;
