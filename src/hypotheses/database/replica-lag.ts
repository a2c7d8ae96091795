import {
  type Context,
  type Hypothesis,
  name,
  num,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, replicaUse, writeWaits } from '../commands/sql.js';
import { borne, now } from '../evidence.js';
import { decideAlways, level, rise } from '../outcomes.js';
import { databases, isReplica } from '../subjects.js';
import { LAG, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

/** The replica in words: its own name, or that of what it copies. */
const replicaOf = (context: Context, s: Subject): Text => {
  const own = databases(context).find((c) => c.subject.id === s.id);
  return own && isReplica(own) ? say`${name(s.name)}` : say`the replica of ${name(s.name)}`;
};
const upper = (text: Text): Text => {
  const [first, ...rest] = text;
  return typeof first === 'string' ? [first.charAt(0).toUpperCase() + first.slice(1), ...rest] : text;
};

export default {
  id: 'replica-lag',
  layer: 'database',
  title: 'Replicas fall behind their primary',
  mechanism:
    'A replica that applies changes slower than they come serves old data; readers repeat, or are sent back to the primary.',
  startedBy: [
    'batch-change',
    'traffic-change',
    'schema-change',
    'data-growth',
    'query-change',
    'infrastructure-change',
  ],
  explains: ['queue-backlog', 'errors', 'latency', 'disk-io'],
  prior: 0.05,
  subjects(context) {
    const own = databases(context)
      .map((c) => c.subject)
      .filter((s) => context.facts.find({ name: 'replication.lag', subject: s }) !== undefined);
    const said = borne(
      context,
      'replica-lag',
      [...databases(context)]
        .sort((a, b) => Number(isReplica(b)) - Number(isReplica(a)))
        .map((c) => c.subject),
    );
    const some = context.facts.find({ name: 'replication.lag' });
    const replica = databases(context).find(isReplica)?.subject;
    if (own.length > 0) return own;
    if (said.length > 0) return said;
    return some && replica ? [replica] : [];
  },
  predictions: [
    {
      id: 'behind',
      necessary: true,
      whenSeen: 3,
      whenAbsent: -3,
      test: decideAlways(
        (_, s) => say`${name(s.name)} behind by ${num(LAG)} or more`,
        level({ fact: 'replication.lag', at: LAG, what: 'lag' }),
      ),
      measure: (context, s) =>
        ask('database', replicaUse(engineOf(context, s)), {
          question: say`How far is ${name(s.name)} behind, and when does it catch up?`,
          signal: say`lag in seconds and in bytes of log, every few seconds`,
          window: aroundTrouble(context),
          decides: say`${num(LAG)} or more for minutes: it holds. Below a second: ruled out.`,
        }),
    },
    {
      id: 'writes-rose',
      whenSeen: 0.9,
      whenAbsent: -0.6,
      test: decideAlways(
        say`more writes, or a longer lag than before`,
        rise({ fact: ['writes.rate', 'replication.lag'], what: 'lag or writes', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('database', writeWaits(engineOf(context, s)), {
          question: say`Which writes does ${name(s.name)} apply when the lag grows: many small ones, one large one, or a schema change?`,
          signal: say`log volume a second, longest transaction, statements on the replica that block applying`,
          window: aroundTrouble(context),
          decides: say`One large transaction or job: split it. A long query on the replica: it blocks applying. Even growth: one applier is too slow.`,
        }),
    },
  ],
  describe(context, subject) {
    const lag = now(context, 'replication.lag', subject) ?? context.facts.find({ name: 'replication.lag' });
    return {
      title: say`${upper(replicaOf(context, subject))} falls behind${lag ? say` (${num(lag)})` : ''}`,
      statement: say`${lag ? say`${upper(replicaOf(context, subject))} is ${num(lag)} behind. ` : ''}What ${name(context.app.name)} reads there is that old: users miss what they have just written and try again, and reads that may not be old go to the primary.`,
      refutedIf: say`${name(subject.name)} stays within a second of its primary during the trouble.`,
    };
  },
  remedies: ['catch-up-replica', 'batch-writes', 'route-reads-to-replica'],
} satisfies Hypothesis;
