import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, planOf, sessions, topStatements } from '../commands/sql.js';
import { standsOut, standsOutOf } from '../common-growth.js';
import { databaseAtLimit } from '../database-limit.js';
import { now } from '../evidence.js';
import { locksAreMost, statementsWait } from '../lock-signs.js';
import { absent, complaint, decide, level, rise, seen, spent, traced } from '../outcomes.js';
import { cellsOf, claimsOf, isMaterial, patternMs, patternsOf } from '../patterns.js';
import { slowPatterns, statementTimes, storeOf, suspectStatements } from '../statements.js';
import { DISCARDED, MANY_ROWS, SLOW_LOOKUP, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, twoReadings } from '../window.js';

export default {
  id: 'slow-statement',
  layer: 'database',
  title: 'A statement reads far more than it returns',
  mechanism:
    'Without an index that fits, or with a wrong plan, each call reads many rows; it holds a connection and processors meanwhile.',
  startedBy: ['orm-upgrade', 'query-change', 'index-dropped', 'schema-change', 'data-growth', 'code-change'],
  explains: ['slow-statement', 'latency', 'tail-latency', 'connections-exhausted', 'cpu-saturation'],
  prior: 0.12,
  subjects: suspectStatements,
  predictions: [
    {
      id: 'time-in-statement',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -2.5,
      test: decide(
        (_, s) => say`a material part of slow requests is spent in ${name(s.name)}, more of it than before`,
        traced({
          kinds: ['slow-statement'],
          visible: ['database'],
          what: 'single statement that got slower',
        }),
        spent({ kinds: ['database'], what: 'time in statements', as: 'database' }),
        rise({
          fact: ['latency.mean', 'latency.p50', 'latency.p99'],
          what: 'time',
          by: STRONG_RISE,
          onPath: true,
        }),
        level({ fact: ['latency.mean', 'latency.p50'], at: SLOW_LOOKUP, what: 'time' }),
        complaint('slow-statement'),
      ),
      measure: (context, s) =>
        ask('database', topStatements(engineOf(context, storeOf(context, s))), {
          question: say`Is ${name(s.name)} slow for all its calls, or only in the log of slow ones?`,
          signal: say`calls, mean time and rows of each statement`,
          window: twoReadings(context),
          decides: say`Mean of ${name(s.name)} beyond ${num(SLOW_LOOKUP)} over all calls, at many rows or blocks a call: it holds. A mean of a few milliseconds: only some calls of ${name(s.name)} wait, so look at locks and pools.`,
        }),
    },
    {
      id: 'reads-many-rows',
      // What separates a plan from a wait: waits read nothing.
      whenSeen: 2,
      whenAbsent: -1.8,
      test: decide(
        (_, s) => say`many more rows or blocks read by ${name(s.name)} than returned`,
        rise({ fact: 'rows.perCall', what: 'rows for one call', by: STRONG_RISE }),
        level({ fact: 'rows.discarded.ratio', at: DISCARDED, what: 'rows read and thrown away' }),
        level({ fact: 'rows.perCall', at: MANY_ROWS, what: 'rows for one call' }),
      ),
      measure: (context, s) =>
        ask('database', planOf(engineOf(context, storeOf(context, s))), {
          question: say`What does the plan of ${name(s.name)} read for the rows it returns?`,
          signal: say`rows and blocks read by each step of the plan against rows returned`,
          window: aroundTrouble(context),
          decides: say`A scan, or a step that discards most of what it reads: an index or another form of the statement is due. An index look-up of a few blocks: the plan is not the cause.`,
        }),
    },
    {
      id: 'works-not-waits',
      whenSeen: 0.5,
      whenAbsent: -2.8,
      test: decide(say`sessions that work in their statements, and do not wait for locks`, (context) => {
        const waits = statementsWait(context);
        if (!waits) return undefined;
        return locksAreMost(context) ? absent(waits.says, waits.facts) : seen(waits.says, waits.facts);
      }),
      measure: (context, s) =>
        ask('database', sessions(engineOf(context, storeOf(context, s))), {
          question: say`Do sessions that run ${name(s.name)} work, or wait for locks of others?`,
          signal: say`sessions by state and kind of wait`,
          window: aroundTrouble(context),
          decides: say`Calls of ${name(s.name)} waiting for locks: whoever holds them is the cause. Active without a wait: ${name(s.name)} itself works.`,
        }),
    },
    {
      id: 'runs-alone',
      // Eight equal loads on two processors take four times as long each; the first of them would have done.
      whenSeen: 0.1,
      whenAbsent: -1.8,
      test: decide(
        say`calls of it that do not crowd behind the miss of one entry of a cache`,
        (context, s) => {
          const own = new Set(slowPatterns(context, s)[0]?.cells ?? []);
          const crowd = patternsOf(context, ['stampede']).find((p) =>
            claimsOf(context, [p]).some((c) => own.has(c.cell)),
          );
          const many = crowd?.facts.concurrent;
          return crowd && many && isMaterial(context, patternMs(context, crowd))
            ? absent(
                say`up to ${num(many)} equal calls of it run at once after a miss in ${name(crowd.subject.name)}`,
                [many, crowd.saving],
              )
            : undefined;
        },
      ),
      measure: (context, s) =>
        ask('database', topStatements(engineOf(context, storeOf(context, s))), {
          question: say`Does ${name(s.name)} take as long when one call runs as when several equal ones do?`,
          signal: say`duration of its calls by how many equal ones run at that moment`,
          window: aroundTrouble(context),
          decides: say`As long alone: the statement itself is slow. Quick alone: the crowd makes it slow.`,
        }),
    },
    {
      id: 'stands-out',
      // A process that is late times every call of it too long, the shortest ones as well.
      whenSeen: 0.4,
      whenAbsent: -2.4,
      test: decide(say`this statement slower than before by far more than other calls`, (context, s) => {
        const cell = cellsOf(context, ['database']).find((c) =>
          slowPatterns(context, s)[0]?.cells.includes(c.id),
        );
        const limit = databaseAtLimit(context);
        return cell && ((limit && standsOutOf(context, cell, limit.database)) ?? standsOut(context, cell));
      }),
      measure: (context, s) =>
        ask('database', topStatements(engineOf(context, storeOf(context, s))), {
          question: say`Is ${name(s.name)} slower on the server too, and are other statements not?`,
          signal: say`mean time by statement on the server, before and during`,
          window: twoReadings(context),
          decides: say`Slower alone: it holds. All alike, or none on the server: the caller or the way to it is late.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = slowPatterns(context, subject)[0];
    const time = statementTimes(context).find((f) => f.subject.id === subject.id);
    const rows = now(context, 'rows.perCall', subject);
    const store = storeOf(context, subject);
    const where = store && store.id !== subject.id ? say` in ${name(store.name)}` : say``;
    return {
      title: say`Slow statement${where}: ${name(subject.name)}${time ? say` (${num(time)})` : ''}`,
      statement: p
        ? say`${p.detail}.${rows ? say` A call reads ${num(rows)} rows.` : ''} Slow requests spend ${num(p.saving)} in it.`
        : time
          ? say`${name(subject.name)} takes ${num(time)}${rows ? say` and reads ${num(rows)} rows a call` : ''}; a look-up by an index that fits takes a few milliseconds. Until it ends, its connection${where} is taken.`
          : say`A statement of ${name(subject.name)} that reads more than it returns holds a connection and a processor meanwhile; which one it is, the statement statistics of ${name(subject.name)} say.`,
      refutedIf: say`${name(subject.name)} is fast over all its calls, or its plan reads little more than it returns.`,
    };
  },
  claims: (context, subject) => claimsOf(context, slowPatterns(context, subject)),
  remedies: ['add-index', 'tune-search-query', 'cache-reads', 'refresh-statistics', 'roll-back-change'],
} satisfies Hypothesis;
