import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, planOf, statisticsAge } from '../commands/sql.js';
import { changed, concerns, now } from '../evidence.js';
import { decide, rise } from '../outcomes.js';
import { claimsOf } from '../patterns.js';
import { slowPatterns } from '../statements.js';
import { isReplica, relational } from '../subjects.js';
import { ESTIMATE_OFF, RISE, STRONG_RISE } from '../thresholds.js';
import { levelOfStatements, statementsBeyond, toldOfStatements } from '../told-statements.js';
import { aroundTrouble, twoReadings } from '../window.js';

const STARTERS = ['data-growth', 'batch-change', 'schema-change', 'index-dropped'] as const;

export default {
  id: 'stale-statistics',
  layer: 'database',
  title: 'A plan changed because statistics no longer fit the data',
  mechanism:
    'The planner chooses by what it believes of the data; after growth, a load or an upgrade it may believe wrong, and the same statement reads far more.',
  startedBy: [...STARTERS, 'infrastructure-change', 'library-upgrade'],
  explains: ['slow-statement', 'latency', 'tail-latency', 'cpu-saturation', 'disk-io'],
  prior: 0.03,
  subjects: (context) =>
    relational(context)
      .filter((c) => !isReplica(c))
      .slice(0, 1)
      .map((c) => c.subject)
      .filter(
        (s) =>
          concerns(context, s, ['estimate.factor', 'statistics.age']) ||
          statementsBeyond(context, 'estimate.factor', ESTIMATE_OFF).length > 0 ||
          (changed(context, ...STARTERS) && concerns(context, s, ['latency.mean'], ['slow-statement'])),
      ),
  predictions: [
    {
      id: 'estimates-off',
      necessary: true,
      whenSeen: 2.6,
      whenAbsent: -2.4,
      test: decide(
        (_, s) => say`row estimates of ${name(s.name)} that miss by ${num(ESTIMATE_OFF)} or more`,
        levelOfStatements({
          fact: 'estimate.factor',
          at: ESTIMATE_OFF,
          what: 'rows found over rows expected',
        }),
      ),
      measure: (context, s) =>
        ask('database', planOf(engineOf(context, s)), {
          question: say`By how much do the planner’s row estimates of ${name(s.name)} miss, and at which step?`,
          signal: say`estimated against actual rows of each step of the plan`,
          window: aroundTrouble(context),
          decides: say`A step that misses by ${num(ESTIMATE_OFF)} or more: it holds. Estimates within a small factor: ruled out.`,
        }),
    },
    {
      id: 'reads-more-for-the-same',
      whenSeen: 1.2,
      whenAbsent: -1.2,
      test: decide(
        say`the same statement reads more rows than before`,
        rise({ fact: 'rows.perCall', what: 'rows for one call', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('database', statisticsAge(engineOf(context, s)), {
          question: say`When were the statistics of the large tables of ${name(s.name)} taken, and how much has changed since?`,
          signal: say`time of the last analysis, rows changed since, by table`,
          window: twoReadings(context),
          decides: say`Much changed since, on a table of the slow statement: refresh and compare the plan. Fresh statistics: ruled out.`,
        }),
    },
    {
      id: 'data-grew',
      whenSeen: 0.6,
      whenAbsent: -0.3,
      test: decide(
        say`more data than when the plan was good`,
        rise({ fact: ['rows.count', 'storage.size'], what: 'data held', by: RISE }),
      ),
      measure: (context, s) =>
        ask('database', statisticsAge(engineOf(context, s)), {
          question: say`Did a load, a deletion or an upgrade on ${name(s.name)} come before the slowdown?`,
          signal: say`rows by table over time, beside the time of the statement`,
          window: aroundTrouble(context),
          decides: say`A step in rows, then a step in time: it holds. A slow climb of both: the statement itself does not scale.`,
        }),
    },
  ],
  describe(context, subject) {
    const off = now(context, 'estimate.factor', subject) ?? toldOfStatements(context, 'estimate.factor')[0];
    const rows = now(context, 'rows.count', subject);
    return {
      title: say`A plan of ${name(subject.name)} chosen from old statistics${off ? say` (off by ${num(off)})` : ''}`,
      statement: say`${off ? say`Row estimates of ${name(subject.name)} miss by ${num(off)}. ` : ''}After growth or a load${rows ? say` (${num(rows)} rows by now)` : ''}, ${name(subject.name)} may join in the wrong order or scan where it used an index, with the code of ${name(context.app.name)} unchanged.`,
      refutedIf: say`Estimated and actual rows in the slow plans of ${name(subject.name)} agree within a small factor.`,
    };
  },
  claims: (context, subject) =>
    levelOfStatements({ fact: 'estimate.factor', at: ESTIMATE_OFF, what: '' })(context, subject)?.outcome ===
    'seen'
      ? claimsOf(context, slowPatterns(context))
      : [],
  remedies: ['refresh-statistics', 'add-index'],
} satisfies Hypothesis;
