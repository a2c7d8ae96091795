import {
  type Context,
  type Hypothesis,
  name,
  num,
  type PredictionOutcome,
  say,
  shortName,
} from '../../domain/index.js';
import { ask } from '../ask.js';
import { blockers, engineOf } from '../commands/sql.js';
import { slowTraces } from '../commands/traces.js';
import { concerns, isBorne, NOW, now } from '../evidence.js';
import { lockClaims, statementsWait } from '../lock-signs.js';
import { besideTarget, complaint, decide, level, rise, seen, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { isReplica, mainService, relational } from '../subjects.js';
import { LONG_LOCK_WAIT, ONE, reaches, SEVERAL, STRONG_RISE } from '../thresholds.js';
import { toldOfStatements } from '../told-statements.js';
import { aroundTrouble, slowRequests, trouble } from '../window.js';

const WAITS = ['lock.wait.p99', 'lock.wait.mean'];
const FACTS = [...WAITS, 'lock.hold.mean', 'lock.waiting', 'deadlocks'];
const waited = (context: Context) => cellsOf(context, ['lock-wait']);

/** A statement that the logs of the database show waiting long, and not once or twice. */
function loggedWaits(context: Context): PredictionOutcome | undefined {
  for (const longest of toldOfStatements(context, 'lock.wait.longest')) {
    const times = context.facts.find({ name: 'lock.wait.times', subject: longest.subject });
    if (!times || !reaches(times, SEVERAL) || !reaches(longest, LONG_LOCK_WAIT)) continue;
    return seen(
      say`by the log ${name(shortName(longest.subject))} waited for a lock ${num(times)} times beyond the limit that is logged, at the longest ${num(longest)}`,
      [longest, times, SEVERAL, LONG_LOCK_WAIT],
    );
  }
  return undefined;
}

/** Deadlocks that the logs of the database hold. */
function loggedDeadlocks(context: Context): PredictionOutcome | undefined {
  const logged = context.facts.find({ name: 'deadlocks.logged', phase: NOW });
  return logged && logged.value >= ONE.value
    ? seen(say`deadlocks that the logs hold: ${num(logged)}`, [logged, ONE])
    : undefined;
}

export default {
  id: 'lock-wait',
  layer: 'database',
  title: 'Writers wait for each other’s row locks',
  mechanism:
    'Transactions that change the same row run one after the other; each waits as long as the one before keeps the lock.',
  startedBy: [
    'call-added',
    'traffic-change',
    'schema-change',
    'code-change',
    'batch-change',
    'orm-upgrade',
    'feature-flag',
  ],
  explains: ['lock-contention', 'tail-latency', 'timeouts', 'connections-exhausted', 'throughput-drop'],
  prior: 0.06,
  subjects: (context) =>
    relational(context)
      .filter((c) => !isReplica(c))
      .slice(0, 1)
      .map((c) => c.subject)
      .filter(
        (s) =>
          waited(context).length > 0 ||
          loggedWaits(context) !== undefined ||
          loggedDeadlocks(context) !== undefined ||
          concerns(context, s, FACTS, ['lock-contention']) ||
          isBorne(context, 'lock-wait'),
      ),
  predictions: [
    {
      id: 'waits-for-locks',
      necessary: true,
      whenSeen: 2.8,
      whenAbsent: -2.6,
      test: decide(
        (_, s) => say`a material part of slow requests spent waiting for locks of ${name(s.name)}`,
        spent({ kinds: ['lock-wait'], what: 'waiting for locks', as: 'lock', anywhere: true }),
        statementsWait,
        rise({ fact: WAITS, what: 'wait for a lock', by: STRONG_RISE, onPath: true }),
        besideTarget(WAITS, 0.25, 'wait for a lock'),
        level({ fact: 'lock.waiting', at: SEVERAL, what: 'sessions waiting for a lock' }),
        loggedWaits,
        complaint('lock-contention'),
      ),
      measure: (context, s) =>
        ask('database', blockers(engineOf(context, s)), {
          question: say`Who waits for whose lock in ${name(s.name)} during ${trouble(context)}, and on which row or table?`,
          signal: say`pairs of waiting and holding sessions, how long, what each runs`,
          window: aroundTrouble(context),
          decides: say`${num(SEVERAL)} or more sessions of ${name(s.name)} waiting at a time, for the same few holders: it holds, and the holder’s last statement says why. Nobody waiting: ruled out.`,
        }),
    },
    {
      id: 'statements-wait',
      // Seen on the server itself, over the whole time: what separates waiting from work.
      whenSeen: 2.4,
      whenAbsent: -1.2,
      test: decide(
        say`most of what statements take longer spent waiting for locks, by the sessions of the server`,
        statementsWait,
      ),
      measure: (context, s) =>
        ask('database', blockers(engineOf(context, s)), {
          question: say`How many sessions of ${name(s.name)} wait for a lock at a time, of those in a statement?`,
          signal: say`sessions by state and kind of wait, sampled every second`,
          window: aroundTrouble(context),
          decides: say`Half or more of what is in statements waits for locks: it holds. Sessions work or wait for other things: look there.`,
        }),
    },
    {
      id: 'held-long',
      whenSeen: 1.2,
      whenAbsent: -0.8,
      test: decide(
        say`locks held longer than before`,
        rise({
          fact: ['lock.hold.mean', 'transaction.open.mean'],
          what: 'time a lock is held',
          by: STRONG_RISE,
        }),
      ),
      measure: (context, s) =>
        ask('database', slowTraces(context, mainService(context).subject, 'statements'), {
          question: say`What do transactions of ${name(mainService(context).subject.name)} do between their first write to ${name(s.name)} and their commit?`,
          signal: say`spans from the first write to the commit: which, how long`,
          window: slowRequests(context),
          decides: say`A remote call or many statements after the write: the lock is held for them. A commit right after: the row itself is hot.`,
        }),
    },
    {
      id: 'few-rows',
      whenSeen: 0.9,
      whenAbsent: -0.6,
      test: decide(
        say`deadlocks or time-outs of locks`,
        rise({ fact: 'deadlocks', what: 'deadlocks a second' }),
        loggedDeadlocks,
      ),
      measure: (context, s) =>
        ask('database', blockers(engineOf(context, s)), {
          question: say`Do the waits in ${name(s.name)} meet on a few rows, or on many?`,
          signal: say`table, index and key that is waited for, counted`,
          window: aroundTrouble(context),
          decides: say`A few keys: a hot row, to be shortened, split or moved last. Whole tables: a schema change or a scan that locks.`,
        }),
    },
  ],
  describe(context, subject) {
    const wait = now(context, WAITS, subject);
    const hold = now(context, 'lock.hold.mean', subject);
    return {
      title: say`Writers wait for row locks of ${name(subject.name)}${wait ? say` (${num(wait)})` : ''}`,
      statement: say`${hold ? say`A lock is held for ${num(hold)}. ` : ''}Writes of ${name(mainService(context).subject.name)} to the same row of ${name(subject.name)} (a stock count, a balance, a counter) run one after the other until commit, whatever is scaled out, and ${trouble(context)} brings many to the same few.`,
      refutedIf: say`No session of ${name(subject.name)} waits for a lock while requests are slow.`,
    };
  },
  claims: (context) => (waited(context).length > 0 ? claimCells(waited(context)) : lockClaims(context)),
  remedies: ['reduce-lock-hold', 'shorten-transaction', 'batch-writes'],
} satisfies Hypothesis;
