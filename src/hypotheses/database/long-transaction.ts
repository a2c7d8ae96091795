import {
  type Context,
  type Hypothesis,
  name,
  num,
  type PredictionOutcome,
  type Subject,
  say,
} from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, openTransactions } from '../commands/sql.js';
import { slowTraces } from '../commands/traces.js';
import { before, changed, concerns, now } from '../evidence.js';
import { absent, complaint, decide, rise, seen, spent } from '../outcomes.js';
import { cellsOf, isMaterial, patternsOf } from '../patterns.js';
import { has, isReplica, mainService, relational } from '../subjects.js';
import { LONG_LOCK_WAIT, reaches, SEVERAL, STRONG_RISE, same } from '../thresholds.js';
import { aroundTrouble, slowRequests } from '../window.js';

const HELD = ['lock.hold.mean', 'pool.hold.mean', 'transaction.open.mean'];
const waited = (context: Context) => cellsOf(context, ['pool-wait', 'lock-wait']);
const held = (context: Context, s: Subject) =>
  patternsOf(context, ['pool-wait'], s).find((p) => p.facts.hold !== undefined)?.facts;

/** One transaction that lies idle for long is enough, where sessions wait for locks meanwhile. */
function longIdle(context: Context, s: Subject): PredictionOutcome | undefined {
  const idle = now(context, 'transaction.idle.max', s);
  const waiting = now(context, 'lock.waiting', s);
  if (idle?.subject.id !== s.id || waiting?.subject.id !== s.id) return undefined;
  const was = before(context, 'transaction.idle.max', s, idle);
  const risen = was === undefined || same(idle) >= STRONG_RISE.value * same(was);
  return reaches(idle, LONG_LOCK_WAIT) && reaches(waiting, SEVERAL) && risen
    ? seen(
        say`a transaction of ${name(s.name)} lay idle for ${num(idle)} while ${num(waiting)} sessions waited for locks at a time`,
        [idle, waiting, LONG_LOCK_WAIT, SEVERAL],
      )
    : undefined;
}

export default {
  id: 'long-transaction',
  layer: 'database',
  title: 'Transactions stay open across remote calls or waits',
  mechanism:
    'A transaction that waits for something outside the database keeps its connection and its row locks meanwhile.',
  startedBy: ['call-added', 'code-change', 'orm-upgrade', 'batch-change', 'library-upgrade'],
  explains: ['connections-exhausted', 'lock-contention', 'tail-latency', 'timeouts'],
  // A remote call between begin and commit is what an added call becomes most often.
  prior: 0.08,
  subjects(context) {
    const store = relational(context).find(
      (c) =>
        !isReplica(c) &&
        (c.product === undefined || has(context, c, 'transactions') || has(context, c, 'sql')),
    );
    if (!store) return [];
    const s = store.subject;
    const pressed =
      waited(context).length > 0 ||
      concerns(
        context,
        s,
        [...HELD, 'pool.wait.mean', 'pool.wait.p99', 'lock.wait.mean', 'connections.utilisation'],
        ['connections-exhausted', 'lock-contention'],
      ) ||
      (changed(context, 'call-added') && !context.telemetry);
    return pressed ? [s] : [];
  },
  predictions: [
    {
      id: 'idle-in-transaction',
      // The state itself: a connection in a transaction that does nothing in the database.
      whenSeen: 3,
      whenAbsent: -2.5,
      test: decide(
        (_, s) => say`connections to ${name(s.name)} held much longer than their statements run`,
        (context, s) => {
          const roles = held(context, s) ?? held(context, mainService(context).subject);
          const hold = roles?.hold ?? now(context, HELD, s);
          const busy = roles?.busy ?? now(context, ['latency.mean', 'latency.p50'], s);
          const idle = now(context, 'sessions.idleInTransaction', s);
          const longest = longIdle(context, s);
          if (longest) return longest;
          if (idle?.subject.id === s.id) {
            const those = say`${num(idle)} sessions of ${name(s.name)} are idle inside an open transaction`;
            return idle.value >= SEVERAL.value
              ? seen(those, [idle, SEVERAL])
              : absent(those, [idle, SEVERAL]);
          }
          if (!hold || !busy || busy.subject.kind === 'service') return undefined;
          const says = say`a connection to ${name(s.name)} is held for ${num(hold)}, its statements take ${num(busy)}`;
          return same(hold) >= 3 * same(busy) ? seen(says, [hold, busy]) : absent(says, [hold, busy]);
        },
      ),
      measure: (context, s) =>
        ask('database', openTransactions(engineOf(context, s)), {
          question: say`Do sessions of ${name(s.name)} sit idle inside open transactions, and after which statement?`,
          signal: say`sessions idle in transaction: how many, how long, last statement`,
          window: aroundTrouble(context),
          decides: say`${num(SEVERAL)} or more sessions of ${name(s.name)} at a time, idle for as long as a remote call takes: it holds. Hardly any: ruled out, and the connections of ${name(s.name)} are busy with statements.`,
        }),
    },
    {
      id: 'hold-time-rose',
      whenSeen: 1.2,
      whenAbsent: -1,
      test: decide(
        say`connections or locks held longer than before`,
        rise({ fact: HELD, what: 'time held', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('api', slowTraces(context, mainService(context).subject, 'calls'), {
          question: say`Which calls of ${name(mainService(context).subject.name)} run between the begin and the commit of a transaction?`,
          signal: say`spans between BEGIN and COMMIT on ${name(s.name)} that are no statements`,
          window: slowRequests(context),
          decides: say`A remote call or a sleep in between: it holds, and that call is what to move. Statements alone: ruled out.`,
        }),
    },
    {
      id: 'others-wait',
      whenSeen: 0.8,
      whenAbsent: -1.2,
      test: decide(
        say`other requests wait for connections or row locks meanwhile`,
        spent({
          kinds: ['pool-wait', 'lock-wait'],
          what: 'waiting for connections and locks',
          as: 'held',
          anywhere: true,
        }),
        complaint('connections-exhausted', 'lock-contention'),
      ),
      measure: (context, s) =>
        ask('database', openTransactions(engineOf(context, s)), {
          question: say`What waits while those transactions of ${name(s.name)} are open?`,
          signal: say`sessions that wait for a lock or a connection, by cause`,
          window: aroundTrouble(context),
          decides: say`Waits come and go with the open transactions: they are the cause. Waits without them: look for a hot row or a small pool.`,
        }),
    },
  ],
  describe(context, subject) {
    const roles = held(context, subject) ?? held(context, mainService(context).subject);
    const hold = roles?.hold ?? now(context, HELD, subject);
    const call = context.changes.find((c) => c.mechanisms.includes('call-added'));
    const dependency = call?.touches
      .map((id) => context.components.find((c) => c.subject.id === id))
      .find((c) => c?.subject.kind === 'dependency');
    const service = mainService(context).subject.name;
    return {
      title: dependency
        ? say`Transactions on ${name(subject.name)} stay open during calls to ${name(dependency.subject.name)}`
        : say`Transactions on ${name(subject.name)} stay open during other work`,
      statement: say`${hold ? say`A connection is held for ${num(hold)}. ` : ''}If ${name(service)} waits for ${dependency ? name(dependency.subject.name) : 'a remote call'} between begin and commit, each waiting request keeps a connection of ${name(subject.name)} and its row locks; their number is the rate of such requests × that wait.`,
      refutedIf: say`Hardly any session of ${name(subject.name)} is idle inside a transaction during the trouble.`,
    };
  },
  /** The waits of others follow from the holding; without a measured hold nothing is claimed. */
  claims(context, subject) {
    const roles = held(context, subject) ?? held(context, mainService(context).subject);
    const [hold, busy] = [roles?.hold, roles?.busy];
    if (!hold || !busy || same(hold) < 3 * same(busy)) return [];
    const share = 1 - same(busy) / same(hold);
    return waited(context)
      .filter((c) => same(c.excess) > 0 && isMaterial(context, same(c.excess)))
      .map((c) => ({ cell: c.id, share }));
  },
  remedies: ['shorten-transaction', 'take-call-off-path', 'timeout-and-breaker'],
} satisfies Hypothesis;
