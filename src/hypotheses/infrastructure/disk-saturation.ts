import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { hostPressure } from '../commands/platform.js';
import { engineOf, topStatements } from '../commands/sql.js';
import { borne, concerns, now, uniqueById } from '../evidence.js';
import { complaint, decide, level, rise } from '../outcomes.js';
import { databases, queues } from '../subjects.js';
import { DISK_BUSY, SLOW_DISK, STRONG_RISE, WAITS_FOR_DISK } from '../thresholds.js';
import { aroundTrouble, twoReadings } from '../window.js';

const FACTS = ['disk.utilisation', 'disk.latency', 'io.pressure'];

export default {
  id: 'disk-saturation',
  layer: 'infrastructure',
  title: 'The disk is at its limit',
  mechanism:
    'Operations queue at a disk that is busy all the time or has used its credits; every read that misses memory and every commit waits.',
  startedBy: [
    'data-growth',
    'batch-change',
    'infrastructure-change',
    'traffic-change',
    'logging-change',
    'index-dropped',
    'query-change',
  ],
  explains: ['disk-io', 'latency', 'tail-latency', 'throughput-drop', 'slow-statement'],
  prior: 0.04,
  subjects: (context) =>
    uniqueById([
      ...[...databases(context), ...queues(context)]
        .map((c) => c.subject)
        .filter((s) =>
          concerns(context, s, FACTS, databases(context)[0]?.subject.id === s.id ? ['disk-io'] : []),
        ),
      ...borne(
        context,
        'disk-saturation',
        [...databases(context), ...queues(context)].map((c) => c.subject),
      ),
    ]),
  predictions: [
    {
      id: 'disk-busy',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -2.8,
      test: decide(
        (_, s) =>
          say`the disk of ${name(s.name)} busy for ${num(DISK_BUSY)} of the time, or slow in each operation`,
        level({ fact: 'disk.utilisation', at: DISK_BUSY, what: 'disk busy' }),
        level({ fact: 'disk.latency', at: SLOW_DISK, what: 'time of a disk operation' }),
        level({ fact: 'io.pressure', at: WAITS_FOR_DISK, what: 'time waiting for the disk' }),
        complaint('disk-io'),
      ),
      measure: (context, s) =>
        ask('infrastructure', hostPressure(), {
          question: say`Does the disk of ${name(s.name)} queue, and does one operation take longer than at quiet times?`,
          signal: say`busy share, queue length, time of one operation; operations allowed and credits left`,
          window: aroundTrouble(context),
          decides: say`Beyond ${num(DISK_BUSY)} busy with ${num(SLOW_DISK)} or more an operation: it holds. Quick operations: ruled out.`,
        }),
    },
    {
      id: 'operations-slower',
      whenSeen: 1.4,
      whenAbsent: -1,
      test: decide(
        say`each disk operation slower, or more of them, than before`,
        rise({ fact: ['disk.latency', 'disk.iops'], what: 'disk operations', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('database', topStatements(engineOf(context, s)), {
          question: say`Which statements of ${name(s.name)} read from disk instead of memory?`,
          signal: say`blocks read from disk by statement; share of reads served from memory`,
          window: twoReadings(context),
          decides: say`One statement or job reads most of it: mend that first. Spread over all: the working set no longer fits the memory.`,
        }),
    },
  ],
  describe(context, subject) {
    const busy = now(context, 'disk.utilisation', subject);
    const one = now(context, 'disk.latency', subject);
    const size = now(context, 'storage.size', subject);
    return {
      title: say`The disk of ${name(subject.name)} is at its limit${busy ? say` (${num(busy)} busy)` : one ? say` (${num(one)} an operation)` : ''}`,
      statement: say`${busy ? say`At ${num(busy)} busy, ` : ''}operations of ${name(subject.name)} queue at its disk${one ? say` and take ${num(one)} each` : ''}; reads that miss memory${size ? say` (of ${num(size)} held)` : ''} and commits wait for it first.`,
      refutedIf: say`Disk operations of ${name(subject.name)} are as quick as at quiet times.`,
    };
  },
  remedies: ['relieve-disk', 'add-index', 'batch-writes', 'cache-reads'],
} satisfies Hypothesis;
