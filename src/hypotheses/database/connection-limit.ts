import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, sessions } from '../commands/sql.js';
import { concerns, now } from '../evidence.js';
import { absent, complaint, decide, level, seen } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { componentOf, isReplica, relational } from '../subjects.js';
import { LIMIT_NEAR } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const FACTS = ['connections.utilisation', 'connections.used', 'connections.limit'];

/** The limit that was said or measured. A product’s default is for the readings, not for a verdict. */
const limitOf = (context: Context, s: Subject) => now(context, 'connections.limit', s);

export default {
  id: 'connection-limit',
  layer: 'database',
  title: 'The server’s connection limit is reached',
  mechanism:
    'Instances × pool size, or connections held long, reach the server’s limit; new connections are refused or wait.',
  startedBy: [
    'scaling-change',
    'pool-change',
    'call-added',
    'orm-upgrade',
    'infrastructure-change',
    'traffic-change',
    'concurrency-change',
  ],
  explains: ['connections-exhausted', 'errors', 'timeouts', 'tail-latency'],
  prior: 0.07,
  subjects: (context) =>
    relational(context)
      .filter((c) => !isReplica(c))
      .map((c) => c.subject)
      .filter((s) => concerns(context, s, FACTS, ['connections-exhausted'])),
  predictions: [
    {
      id: 'at-limit',
      necessary: true,
      whenSeen: 2.5,
      whenAbsent: -3,
      test: decide(
        (_, s) => say`connections of ${name(s.name)} at ${num(LIMIT_NEAR)} of its limit or more`,
        level({ fact: 'connections.utilisation', at: LIMIT_NEAR, what: 'connections in use' }),
        (context, s) => {
          const [used, limit] = [now(context, 'connections.used', s), limitOf(context, s)];
          if (!used || !limit || limit.value <= 0) return undefined;
          const says = say`${num(used)} of ${num(limit)} connections of ${name(s.name)} in use`;
          return used.value >= LIMIT_NEAR.value * limit.value
            ? seen(says, [used, limit, LIMIT_NEAR])
            : absent(says, [used, limit, LIMIT_NEAR]);
        },
        complaint('connections-exhausted'),
      ),
      measure: (context, s) =>
        ask('database', sessions(engineOf(context, s)), {
          question: say`How many connections of ${name(s.name)} are taken of those it allows, and by whom?`,
          signal: say`sessions by client and state, against the limit`,
          window: aroundTrouble(context),
          decides: say`${num(LIMIT_NEAR)} of the limit or more in the trouble: it holds; the state says whether they work or are held. Well below: ruled out, and the pool in the application is the narrower one.`,
        }),
    },
    {
      id: 'connecting-fails',
      whenSeen: 1.2,
      whenAbsent: -0.6,
      test: decide(
        (_, s) => say`refused or slow connects to ${name(s.name)} while its statements that run are fast`,
        (context, s) => {
          const connect = cellsOf(context, ['connect'], s)[0];
          if (!connect) return undefined;
          const says = say`connecting to ${name(s.name)}: ${num(connect.baseline)} → ${num(connect.incident)} of slow requests`;
          return connect.excess.value > connect.baseline.value
            ? seen(says, [connect.incident, connect.baseline])
            : absent(says, [connect.incident, connect.baseline]);
        },
      ),
      measure: (context, s) =>
        ask('database', sessions(engineOf(context, s)), {
          question: say`Does ${name(s.name)} refuse connections?`,
          signal: say`refused connections in the server’s counters and in the application’s log`,
          window: aroundTrouble(context),
          decides: say`Refusals in step with the errors: it holds. None: requests wait in the application’s pool instead.`,
        }),
    },
  ],
  describe(context, subject) {
    const [used, limit, share] = [
      now(context, 'connections.used', subject),
      limitOf(context, subject),
      now(context, 'connections.utilisation', subject),
    ];
    const product = componentOf(context, subject)?.product;
    const byDefault =
      limit || !product
        ? undefined
        : context.knowledge.fact(product, 'connections.limit', componentOf(context, subject)?.version);
    const figure =
      used && limit ? say` (${num(used)} of ${num(limit)})` : share ? say` (${num(share)})` : say``;
    return {
      title: say`Connections of ${name(subject.name)} at their limit${figure}`,
      statement: say`All clients of ${name(subject.name)} share its connections${limit ? say`, ${num(limit)} in all` : byDefault && byDefault.value > 0 ? say` (${num(byDefault)} unless set)` : ''}; when every instance fills its pool, or each connection is held longer, the next one is refused. More instances make it worse.`,
      refutedIf: say`Connections of ${name(subject.name)} stay well below its limit while requests are slow.`,
    };
  },
  claims: (context, subject) => claimCells(cellsOf(context, ['connect'], subject)),
  remedies: ['connection-pooler', 'shorten-transaction', 'size-pool', 'admission-control'],
} satisfies Hypothesis;
