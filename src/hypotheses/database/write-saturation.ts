import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { hostPressure } from '../commands/platform.js';
import { engineOf, writeWaits } from '../commands/sql.js';
import { borne, changed, concerns, now } from '../evidence.js';
import { besideTarget, decide, level, rise } from '../outcomes.js';
import { databases, isReplica } from '../subjects.js';
import { DISK_BUSY, RISE, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'write-saturation',
  layer: 'database',
  title: 'Writes wait for the log or the one node that takes them',
  mechanism:
    'Every commit waits until its log is written, and all writes go through one node; beyond its pace commits queue.',
  startedBy: [
    'traffic-change',
    'batch-change',
    'data-growth',
    'schema-change',
    'infrastructure-change',
    'code-change',
    'logging-change',
  ],
  explains: ['disk-io', 'latency', 'tail-latency', 'throughput-drop', 'queue-backlog', 'throttling'],
  prior: 0.04,
  subjects(context) {
    const own = databases(context)
      .filter((c) => !isReplica(c))
      .map((c) => c.subject);
    return own
      .filter(
        (s) =>
          concerns(context, s, ['log.wait.mean', 'writes.rate', 'disk.utilisation'], ['disk-io']) ||
          borne(context, 'write-saturation', own).some((b) => b.id === s.id) ||
          (changed(context, 'batch-change') && concerns(context, s, ['cpu.utilisation', 'replication.lag'])),
      )
      .slice(0, 2);
  },
  predictions: [
    {
      id: 'commits-wait-for-log',
      necessary: true,
      whenSeen: 2.4,
      whenAbsent: -2.2,
      test: decide(
        (_, s) => say`commits of ${name(s.name)} that wait for its log longer than before`,
        rise({ fact: 'log.wait.mean', what: 'wait for the log', by: STRONG_RISE }),
        besideTarget(['log.wait.mean'], 0.1, 'wait for the log'),
      ),
      measure: (context, s) =>
        ask('database', writeWaits(engineOf(context, s)), {
          question: say`Do commits of ${name(s.name)} wait for its log to be written or copied?`,
          signal: say`sessions by wait event; time and number of log writes`,
          window: aroundTrouble(context),
          decides: say`Waits for the log grow with the write rate and make up a material part of a write: it holds. Hardly any: ruled out.`,
        }),
    },
    {
      id: 'disk-busy-with-writes',
      whenSeen: 1.2,
      whenAbsent: -1,
      test: decide(
        (_, s) => say`the disk of ${name(s.name)} busy for ${num(DISK_BUSY)} of the time or more`,
        level({ fact: 'disk.utilisation', at: DISK_BUSY, what: 'disk busy' }),
      ),
      measure: (context, s) =>
        ask('infrastructure', hostPressure(), {
          question: say`Is the disk of ${name(s.name)} busy with writes, and how long does one take?`,
          signal: say`busy share, writes a second and time of one, by device`,
          window: aroundTrouble(context),
          decides: say`Beyond ${num(DISK_BUSY)} with writes: fewer commits or a faster disk. Idle: the wait is for a replica or a lock.`,
        }),
    },
    {
      id: 'more-writes',
      whenSeen: 0.7,
      whenAbsent: -0.6,
      test: decide(
        say`more writes than before`,
        rise({ fact: ['writes.rate', 'disk.iops'], what: 'writes a second', by: RISE }),
      ),
      measure: (context, s) =>
        ask('database', writeWaits(engineOf(context, s)), {
          question: say`Which tables of ${name(s.name)} take the writes, in how many commits?`,
          signal: say`rows written and commits a second, by table`,
          window: aroundTrouble(context),
          decides: say`Many commits of a row each: batch them. Few large ones: spread the job.`,
        }),
    },
  ],
  describe(context, subject) {
    const wait = now(context, 'log.wait.mean', subject);
    const writes = now(context, 'writes.rate', subject);
    return {
      title: say`Writes to ${name(subject.name)} wait for its log${wait ? say` (${num(wait)})` : ''}`,
      statement: say`${writes ? say`${num(writes)} writes arrive. ` : ''}A commit on ${name(subject.name)} ends when its log is safe${wait ? say`, which takes ${num(wait)}` : ''}; all writes of ${name(context.app.name)} share that one stream, and reading replicas do not relieve it.`,
      refutedIf: say`Commits of ${name(subject.name)} wait for neither log nor disk while requests are slow.`,
    };
  },
  remedies: ['batch-writes', 'make-work-asynchronous', 'relieve-disk'],
} satisfies Hypothesis;
