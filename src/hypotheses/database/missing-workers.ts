import { type Hypothesis, name, num, say, shortName } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, planOf, sessions } from '../commands/sql.js';
import { now } from '../evidence.js';
import { decide, level } from '../outcomes.js';
import { storeOf } from '../statements.js';
import { MISSING_WORKERS } from '../thresholds.js';
import { claimsShare, statementGotSlow, worstStatements } from '../told-statements.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'missing-workers',
  layer: 'database',
  title: 'A plan counts on parallel workers that do not come',
  mechanism:
    'A parallel plan is chosen for the workers it may have; when all of them are busy it runs on with fewer, and does alone what was planned for several.',
  startedBy: ['traffic-change', 'config-change', 'batch-change', 'infrastructure-change', 'query-change'],
  explains: ['slow-statement', 'tail-latency', 'latency', 'cpu-saturation'],
  prior: 0.02,
  subjects: (context) => worstStatements(context, 'workers.missing.ratio', MISSING_WORKERS),
  predictions: [
    {
      id: 'workers-did-not-come',
      necessary: true,
      whenSeen: 3.4,
      whenAbsent: -2.6,
      test: decide(
        (_, s) =>
          say`${num(MISSING_WORKERS)} or more of the planned workers of ${name(shortName(s))} missing`,
        level({ fact: 'workers.missing.ratio', at: MISSING_WORKERS, what: 'planned workers missing' }),
      ),
      measure: (context, s) =>
        ask('database', planOf(engineOf(context, storeOf(context, s))), {
          question: say`How many workers does ${name(shortName(s))} plan with, and how many does it get in the slow minutes?`,
          signal: say`workers planned and launched in its plan`,
          window: aroundTrouble(context),
          decides: say`Fewer launched than planned: it holds. As many: ruled out.`,
        }),
    },
    statementGotSlow((context, s) =>
      ask('database', sessions(engineOf(context, storeOf(context, s))), {
        question: say`What are the parallel workers busy with while ${name(shortName(s))} is slow?`,
        signal: say`sessions by kind and what they run, parallel workers among them`,
        window: aroundTrouble(context),
        decides: say`All workers busy with other statements: it holds, and those are what to look at. Workers free: look at the limits of one statement.`,
      }),
    ),
  ],
  describe(context, subject) {
    const missing = now(context, 'workers.missing.ratio', subject);
    const statement = name(shortName(subject));
    return {
      title: say`${statement} runs without the workers it was planned for${missing ? say` (${num(missing)} of them missing)` : ''}`,
      statement: say`The plan of ${statement} was chosen for workers that it does not get${missing ? say`: ${num(missing)} of them are missing` : ''}. All statements share one number of workers, so this shows when several run at once, and not when one is tried alone.`,
      refutedIf: say`${statement} gets all its workers and is as slow.`,
    };
  },
  claims: (context, subject) => claimsShare(context, subject, 'workers.missing.share'),
  remedies: ['fit-planner-settings', 'add-index'],
} satisfies Hypothesis;
