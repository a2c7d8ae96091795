import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { consumerGroup } from '../commands/platform.js';
import { cpuProfile } from '../commands/runtime.js';
import { borne, concerns, now, uniqueById } from '../evidence.js';
import { absent, complaint, decideAlways, rise, seen } from '../outcomes.js';
import { isBackground, queues, services } from '../subjects.js';
import { STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, twoProfiles } from '../window.js';

const FACTS = ['queue.depth', 'queue.delay', 'queue.arrivalRate'];

export default {
  id: 'consumer-lag',
  layer: 'dependency',
  title: 'Consumers finish fewer messages than arrive',
  mechanism:
    'While arrivals exceed what is finished, the backlog grows by the difference; afterwards it drains by the difference only.',
  startedBy: [
    'traffic-change',
    'code-change',
    'concurrency-change',
    'batch-change',
    'config-change',
    'infrastructure-change',
    'data-growth',
  ],
  explains: ['queue-backlog', 'latency', 'throughput-drop', 'memory-growth'],
  prior: 0.08,
  subjects: (context) =>
    uniqueById([
      ...queues(context)
        .map((c) => c.subject)
        .filter((s) => concerns(context, s, FACTS, ['queue-backlog'])),
      ...borne(
        context,
        'consumer-lag',
        queues(context).map((c) => c.subject),
      ),
    ]),
  predictions: [
    {
      id: 'backlog-grows',
      necessary: true,
      whenSeen: 2,
      whenAbsent: -2.6,
      test: decideAlways(
        (_, s) => say`a backlog in ${name(s.name)} that grows`,
        rise({ fact: 'queue.depth', what: 'backlog', by: STRONG_RISE }),
        rise({ fact: 'queue.delay', what: 'age of the oldest message', by: STRONG_RISE }),
        complaint('queue-backlog'),
      ),
      measure: (context, s) =>
        ask('dependency', consumerGroup(context, s), {
          question: say`Does the backlog of ${name(s.name)} grow everywhere, or in some partitions only?`,
          signal: say`lag by partition or queue, consumers attached, arrivals and acknowledgements a second`,
          window: aroundTrouble(context),
          decides: say`All of ${name(s.name)} grows: its consumers are too slow or too few. A few partitions of ${name(s.name)} grow: a hot key or a stuck consumer. None: ruled out.`,
        }),
    },
    {
      id: 'arrivals-exceed-work',
      whenSeen: 2,
      whenAbsent: -2,
      test: decideAlways(
        (_, s) => say`more messages arriving in ${name(s.name)} than are finished`,
        (context, s) => {
          const [inRate, outRate] = [
            now(context, 'queue.arrivalRate', s),
            now(context, 'queue.serviceRate', s),
          ];
          if (!inRate || !outRate) return undefined;
          const says = say`${num(inRate)} arrive in ${name(s.name)}, ${num(outRate)} are finished`;
          return inRate.value > outRate.value
            ? seen(says, [inRate, outRate])
            : absent(says, [inRate, outRate]);
        },
      ),
      measure: (context, s) => {
        const worker = services(context).find(isBackground)?.subject ?? s;
        return ask('api', cpuProfile(context, worker), {
          question: say`What does one message of ${name(s.name)} cost its consumer: computing, or waiting for something else?`,
          signal: say`time by function and by call while a message is handled`,
          window: twoProfiles(context),
          decides: say`Mostly waiting: more handlers in parallel, or batches. Mostly computing: cheaper code or more machines.`,
        });
      },
    },
  ],
  describe(context, subject) {
    const [inRate, outRate] = [
      now(context, 'queue.arrivalRate', subject),
      now(context, 'queue.serviceRate', subject),
    ];
    const depth = now(context, ['queue.depth', 'queue.delay'], subject);
    return {
      title: say`${name(subject.name)} grows faster than it is worked off${depth ? say` (${num(depth)})` : ''}`,
      statement: say`${inRate && outRate ? say`${num(inRate)} arrive in ${name(subject.name)} and ${num(outRate)} are finished. ` : ''}As long as consumers of ${name(subject.name)} finish less than arrives, its backlog${depth ? say` of ${num(depth)}` : ''} grows by the difference, and what depends on it is that old.`,
      refutedIf: say`The backlog of ${name(subject.name)} is level, or as many messages are finished as arrive.`,
    };
  },
  remedies: ['add-consumers', 'batch-writes', 'add-partitions', 'isolate-workload'],
} satisfies Hypothesis;
