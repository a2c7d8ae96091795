import { type Context, type Hypothesis, name, num, quote, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, sessions, topStatements } from '../commands/sql.js';
import { loadIs, now } from '../evidence.js';
import { absent, decide, rise, seen } from '../outcomes.js';
import { databases, isReplica, mainDatabase } from '../subjects.js';
import { SEVERAL, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, twoReadings } from '../window.js';

const jobs = (context: Context) => context.changes.filter((c) => c.mechanisms.includes('batch-change'));
const ran = (context: Context, s: Subject) =>
  now(context, 'batch.duration', s) ?? context.facts.find({ name: 'batch.duration' });

export default {
  id: 'batch-contention',
  layer: 'database',
  title: 'A job runs on the same database as the requests',
  mechanism:
    'A report, export or import reads and writes without pause; it takes disk, memory, locks and connections from requests in the same minutes.',
  startedBy: ['batch-change', 'data-growth', 'query-change', 'config-change'],
  explains: [
    'slow-statement',
    'latency',
    'tail-latency',
    'disk-io',
    'lock-contention',
    'connections-exhausted',
  ],
  prior: 0.05,
  subjects(context) {
    const store = databases(context).find((c) => !isReplica(c))?.subject ?? mainDatabase(context)?.subject;
    const batch = jobs(context).length > 0 || ran(context, context.app) !== undefined;
    return store && (batch || (loadIs(context, 'batch') && context.symptoms.length > 0)) ? [store] : [];
  },
  predictions: [
    {
      id: 'job-in-the-slow-minutes',
      necessary: true,
      whenSeen: 2,
      whenAbsent: -2.2,
      test: decide(
        (_, s) => say`statements of a job on ${name(s.name)} in the slow minutes`,
        (context, s) => {
          const at = context.facts.find({ name: 'batch.overlap', subject: s });
          if (!at) return undefined;
          const says = say`a job runs for ${num(at)} of the slow time on ${name(s.name)}`;
          return at.value >= 0.5 ? seen(says, [at]) : absent(says, [at]);
        },
      ),
      measure: (context, s) =>
        ask('database', sessions(engineOf(context, s)), {
          question: say`Do sessions of a job work on ${name(s.name)} while requests are slow?`,
          signal: say`sessions by program and state, with the age of their transactions`,
          window: aroundTrouble(context),
          decides: say`A job’s sessions active from the first slow minute to the last: it holds. None: ruled out.`,
        }),
    },
    {
      id: 'job-takes-the-time',
      whenSeen: 1.6,
      whenAbsent: -1.2,
      test: decide(
        say`more rows read or written than the requests account for`,
        rise({
          fact: ['rows.perCall', 'disk.iops', 'writes.rate'],
          what: 'rows or disk operations',
          by: STRONG_RISE,
        }),
      ),
      measure: (context, s) =>
        ask('database', topStatements(engineOf(context, s)), {
          question: say`What part of the time and blocks of ${name(s.name)} do statements of jobs take?`,
          signal: say`total time and blocks by statement, difference over the slow minutes`,
          window: twoReadings(context),
          decides: say`One of the ${num(SEVERAL)} heaviest statements belongs to a job: move it, slice it or send it to a replica. None: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const job = jobs(context)[0];
    const time = ran(context, subject);
    return {
      title: say`A job shares ${name(subject.name)} with the requests${time ? say` (${num(time)})` : ''}`,
      statement: say`${job ? say`${quote(job.place?.text ?? job.summary)}: while` : say`While`} a job works on ${name(subject.name)}${time ? say`, for ${num(time)}` : ''}, requests of ${name(context.app.name)} get what it leaves of disk, memory and locks.`,
      refutedIf: say`No job works on ${name(subject.name)} in the slow minutes, or requests are as slow without it.`,
    };
  },
  remedies: ['isolate-workload', 'route-reads-to-replica', 'batch-writes'],
} satisfies Hypothesis;
