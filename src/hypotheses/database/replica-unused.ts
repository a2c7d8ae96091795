import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, replicaUse, topStatements } from '../commands/sql.js';
import { statementsLate } from '../common-growth.js';
import { limitClaims } from '../database-limit.js';
import { before, NOW, now, symptom } from '../evidence.js';
import { absent, decide, level, seen } from '../outcomes.js';
import { databases, isReplica, relational } from '../subjects.js';
import { CPU_KNEE, REPLICA_IDLE } from '../thresholds.js';
import { aroundTrouble, twoReadings } from '../window.js';

/** Read replicas: parts of their own, or a count said of the primary. */
const copies = (context: Context) => databases(context).filter((c) => c.roles.includes('replica'));
const counted = (context: Context, primary: Subject) =>
  context.facts.find({ name: 'replicas', subject: primary, phase: NOW });
const reads = (context: Context) =>
  context.facts.every({ name: 'throughput', subjectKind: 'database', phase: NOW, basis: 'measured' });

export default {
  id: 'replica-unused',
  layer: 'database',
  title: 'A read replica stands idle beside a loaded primary',
  mechanism:
    'Reads that could be served by a copy share connections, memory and processors with the writes on the primary.',
  startedBy: ['config-change', 'infrastructure-change', 'orm-upgrade', 'library-upgrade', 'code-change'],
  explains: ['connections-exhausted', 'cpu-saturation', 'slow-statement', 'latency'],
  prior: 0.06,
  subjects(context) {
    // Copies of a search engine serve queries by themselves.
    const primary = relational(context).find((c) => !isReplica(c))?.subject;
    if (!primary) return [];
    const exists = copies(context).length > 0 || (counted(context, primary)?.value ?? 0) > 0;
    const pressed =
      symptom(
        context,
        ['connections-exhausted', 'slow-statement', 'cpu-saturation', 'planned-load'],
        primary,
      ) !== undefined ||
      now(context, ['replica.share', 'cpu.utilisation', 'connections.used'], primary) !== undefined;
    return exists && pressed ? [primary] : [];
  },
  predictions: [
    {
      id: 'replica-serves-little',
      necessary: true,
      whenSeen: 2.4,
      whenAbsent: -2.6,
      test: decide(
        (_, s) => say`replicas of ${name(s.name)} that serve less than ${num(REPLICA_IDLE)} of the reads`,
        level({ fact: 'replica.share', at: REPLICA_IDLE, what: 'reads served by replicas', below: true }),
        (context, s) => {
          const rates = reads(context);
          const own = rates.find((f) => f.subject.id === s.id);
          const copy = rates.find((f) => copies(context).some((c) => c.subject.id === f.subject.id));
          if (!own || !copy) return undefined;
          const says = say`${name(copy.subject.name)} runs ${num(copy)} statements, ${name(s.name)} ${num(own)}`;
          return copy.value < REPLICA_IDLE.value * own.value
            ? seen(says, [copy, own, REPLICA_IDLE])
            : absent(says, [copy, own, REPLICA_IDLE]);
        },
      ),
      measure: (context, s) =>
        ask('database', replicaUse(engineOf(context, s)), {
          question: say`How many of the reads does the replica of ${name(s.name)} serve, and how far is it behind?`,
          signal: say`statements a second on primary and replica; lag`,
          window: twoReadings(context),
          decides: say`Less than ${num(REPLICA_IDLE)} of the reads at a small lag: it holds. A fair part, or a lag of seconds: ruled out.`,
        }),
    },
    {
      id: 'reads-left-the-replica',
      // Nothing but a change of routing takes reads away from a copy that is there.
      whenSeen: 2.8,
      whenAbsent: -0.4,
      test: decide(
        (_, s) => say`replicas of ${name(s.name)} that served more of the reads before`,
        (context, s) => {
          const is = now(context, 'replica.share', s);
          const was = is && before(context, 'replica.share', s, is);
          if (!is || !was) return undefined;
          const says = say`reads served by replicas of ${name(s.name)}: ${num(was)} → ${num(is)}`;
          return was.value >= REPLICA_IDLE.value && is.value <= was.value / 2
            ? seen(says, [is, was, REPLICA_IDLE])
            : absent(says, [is, was, REPLICA_IDLE]);
        },
      ),
      measure: (context, s) =>
        ask('database', replicaUse(engineOf(context, s)), {
          question: say`Did the replica of ${name(s.name)} serve more before, and since when does it not?`,
          signal: say`statements a second on primary and replica, before and during`,
          window: twoReadings(context),
          decides: say`It served a fair part and does no more: the routing of reads changed. It never did: not what changed.`,
        }),
    },
    {
      id: 'primary-loaded-by-reads',
      whenSeen: 1.6,
      whenAbsent: -1.2,
      test: decide(
        (_, s) => say`processors of ${name(s.name)} busy`,
        (context, s) => {
          const cpu = now(context, 'cpu.utilisation', s);
          return cpu?.subject.id === s.id
            ? level({ fact: 'cpu.utilisation', at: CPU_KNEE, what: 'processors' })(context, s)
            : undefined;
        },
        statementsLate,
      ),
      measure: (context, s) =>
        ask('database', topStatements(engineOf(context, s)), {
          question: say`What part of the time on the primary of ${name(s.name)} do reads take that may be a second old?`,
          signal: say`total time by statement, reads apart from writes and from reads inside a transaction`,
          window: aroundTrouble(context),
          decides: say`A material part: moving it frees that much. Mostly writes, or reads that must see their own write: a replica does not help.`,
        }),
    },
  ],
  // What all its statements take longer is the price of their sharing one server.
  claims: (context, subject) => limitClaims(context, subject),
  describe(context, subject) {
    const copy = copies(context)[0];
    const n = counted(context, subject);
    const share = now(context, 'replica.share', subject);
    return {
      title: share
        ? say`The replica of ${name(subject.name)} serves ${num(share)} of the reads`
        : say`The replica of ${name(subject.name)} may serve nothing`,
      statement: say`${copy ? say`${name(copy.subject.name)} holds` : n && n.value > 1 ? say`${num(n)} replicas of ${name(subject.name)} hold` : say`A replica of ${name(subject.name)} holds`} the same data${share ? say`; ${num(share)} of the reads go there` : ''}; each read of ${name(context.app.name)} that could go there takes a connection and processor time from writes.`,
      refutedIf: say`The replica of ${name(subject.name)} serves a fair part of the reads, or lags by seconds.`,
    };
  },
  remedies: ['route-reads-to-replica', 'cache-reads'],
} satisfies Hypothesis;
