import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { signalOr } from '../commands/runtime.js';
import { engineOf, sessions } from '../commands/sql.js';
import { slowTraces } from '../commands/traces.js';
import { databaseAtLimit } from '../database-limit.js';
import { before, changed, concerns, now } from '../evidence.js';
import { locksAreMost } from '../lock-signs.js';
import { absent, complaint, decide, level, rise, seen, spent, traced } from '../outcomes.js';
import { cellsOf, claimCells, claimsOf, isMaterial, patternMs, patternsOf } from '../patterns.js';
import { isReplica, mainService, relational } from '../subjects.js';
import { LIMIT_NEAR, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const waits = (context: Context, s?: Subject) => patternsOf(context, ['pool-wait'], s);

export default {
  id: 'pool-exhausted',
  layer: 'database',
  title: 'Requests wait for a pooled database connection',
  mechanism:
    'Connections of the application’s pool are held so long, or are so few, that requests queue for one before any statement runs.',
  startedBy: [
    'pool-change',
    'orm-upgrade',
    'call-added',
    'concurrency-change',
    'traffic-change',
    'library-upgrade',
  ],
  explains: ['tail-latency', 'latency', 'connections-exhausted', 'timeouts'],
  prior: 0.1,
  subjects(context) {
    const traced = waits(context).filter((p) => isMaterial(context, patternMs(context, p)));
    if (traced.length > 0) return traced.map((p) => p.subject);
    const store = relational(context).find((c) => !isReplica(c))?.subject;
    if (!store) return [];
    const names = [
      'pool.wait.p99',
      'pool.wait.mean',
      'pool.pending',
      'pool.used',
      'pool.limit',
      'connections.used',
    ];
    return cellsOf(context, ['pool-wait']).length > 0 ||
      concerns(context, store, names, ['connections-exhausted']) ||
      changed(context, 'pool-change')
      ? [store]
      : [];
  },
  predictions: [
    {
      id: 'waits-for-connection',
      necessary: true,
      whenSeen: 3,
      whenAbsent: -3,
      test: decide(
        (_, s) => say`a material part of slow requests is spent waiting for a connection to ${name(s.name)}`,
        traced({ kinds: ['pool-wait'], visible: ['pool-wait'], what: 'wait for a pooled connection' }),
        spent({
          kinds: ['pool-wait'],
          what: 'waiting for a pooled connection',
          as: 'poolWait',
          anywhere: true,
        }),
        rise({
          fact: ['pool.wait.p99', 'pool.wait.mean'],
          what: 'wait for a pooled connection',
          by: STRONG_RISE,
          onPath: true,
        }),
      ),
      measure: (context, s) => {
        const service = mainService(context).subject;
        return ask('database', signalOr(context, 'pool', service, slowTraces(context, service, 'waits')), {
          question: say`How long does ${name(s.service ?? service.name)} wait for a connection before a statement runs?`,
          signal: say`time to acquire a connection, p99, and requests pending for one`,
          window: aroundTrouble(context),
          decides: say`A wait that grows with ${name(context.app.name)}’s slow requests: it holds. A wait near nothing while requests are slow: ruled out.`,
        });
      },
    },
    {
      id: 'pool-in-use',
      whenSeen: 1.2,
      whenAbsent: -1.2,
      test: decide(
        (_, s) => say`all pooled connections to ${name(s.name)} in use, with requests pending`,
        (context, s) => {
          const [used, size] = [now(context, 'pool.used', s), now(context, 'pool.limit', s)];
          if (!used || !size || size.value <= 0) return undefined;
          const says = say`${num(used)} of ${num(size)} pooled connections in use`;
          return {
            outcome: used.value >= LIMIT_NEAR.value * size.value ? 'seen' : 'absent',
            says,
            facts: [used, size, LIMIT_NEAR],
          };
        },
        rise({ fact: 'pool.pending', what: 'requests pending for a connection', by: STRONG_RISE }),
        level({ fact: 'connections.utilisation', at: LIMIT_NEAR, what: 'connections in use' }),
        complaint('connections-exhausted'),
      ),
      measure: (context, s) =>
        ask('database', sessions(engineOf(context, s)), {
          question: say`Are the connections to ${name(s.name)} busy with statements, or held while something else goes on?`,
          signal: say`sessions by state and wait event`,
          window: aroundTrouble(context),
          decides: say`All sessions of ${name(s.name)} active: the pool is small for its statements. Most idle in transaction: the code around the statements of ${name(s.name)} holds them. Many idle: the pool to ${name(s.name)} is not the limit.`,
        }),
    },
    {
      id: 'held-no-longer',
      // A pool that waits for connections held up by locks is the victim; its size is not the matter.
      whenSeen: 0.5,
      whenAbsent: -2.4,
      test: decide(say`connections held for no longer than before`, (context, s) => {
        const hold = now(context, 'pool.hold.mean', s);
        const was = hold && before(context, 'pool.hold.mean', s, hold);
        if (!hold || !was) return undefined;
        const says = say`connections are held for ${num(hold)} (${num(was)} before)`;
        const longer = hold.value >= STRONG_RISE.value * was.value;
        if (!longer) return seen(says, [hold, was, STRONG_RISE]);
        const limit = databaseAtLimit(context);
        if (limit)
          return absent(say`${says}: ${limit.seen.says}`, [hold, was, STRONG_RISE, ...limit.seen.facts]);
        return locksAreMost(context)
          ? absent(say`${says}, and statements wait for locks meanwhile`, [hold, was, STRONG_RISE])
          : undefined;
      }),
      measure: (context, s) =>
        ask('database', sessions(engineOf(context, s)), {
          question: say`How long is a connection of ${name(s.name)} held, and what does it wait for meanwhile?`,
          signal: say`time from taking a connection to giving it back; sessions by wait`,
          window: aroundTrouble(context),
          decides: say`Held as long as before: the pool is small for its load. Held longer: what holds it is the cause.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = waits(context, subject)[0];
    const size = p?.facts.limit ?? now(context, 'pool.limit', subject);
    const service = p?.service ?? subject.service ?? mainService(context).subject.name;
    return {
      title: say`${name(service)} waits for connections of ${subject.kind === 'pool' ? 'pool' : 'its pool to'} ${name(subject.name)}`,
      statement: p
        ? say`${p.detail}${size ? say`; the pool holds ${num(size)}` : ''}. The wait comes before the statement, so the database itself looks fast.`
        : say`When all pooled connections${size ? say` (${num(size)})` : ''} to ${name(subject.name)} are held, requests of ${name(service)} queue for one; how long each is held decides, more than how many there are.`,
      refutedIf: say`${name(service)} gets a connection to ${name(subject.name)} at once while its requests are slow.`,
    };
  },
  claims(context, subject) {
    const own = waits(context, subject);
    return own.length > 0 ? claimsOf(context, own) : claimCells(cellsOf(context, ['pool-wait']));
  },
  remedies: ['shorten-transaction', 'size-pool', 'connection-pooler', 'admission-control'],
} satisfies Hypothesis;
