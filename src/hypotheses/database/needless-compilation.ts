import { type Hypothesis, name, num, say, shortName } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, planOf, topStatements } from '../commands/sql.js';
import { now } from '../evidence.js';
import { decide, level } from '../outcomes.js';
import { storeOf } from '../statements.js';
import { COMPILE_SHARE } from '../thresholds.js';
import { claimsShare, statementGotSlow, worstStatements } from '../told-statements.js';
import { aroundTrouble, twoReadings } from '../window.js';

export default {
  id: 'needless-compilation',
  layer: 'database',
  title: 'A statement is compiled for longer than that saves',
  mechanism:
    'A planner that takes a statement for dear compiles its expressions first; when it reads few rows after all, compiling is most of the time, in every call.',
  startedBy: ['infrastructure-change', 'config-change', 'data-growth', 'schema-change', 'query-change'],
  explains: ['slow-statement', 'latency', 'tail-latency', 'cpu-saturation'],
  prior: 0.02,
  subjects: (context) => worstStatements(context, 'compile.share', COMPILE_SHARE),
  predictions: [
    {
      id: 'compiles-long',
      necessary: true,
      whenSeen: 3.4,
      whenAbsent: -2.8,
      test: decide(
        (_, s) => say`${num(COMPILE_SHARE)} or more of the time of ${name(shortName(s))} spent compiling it`,
        level({ fact: 'compile.share', at: COMPILE_SHARE, what: 'time in compiling' }),
      ),
      measure: (context, s) =>
        ask('database', planOf(engineOf(context, storeOf(context, s))), {
          question: say`How long does ${name(shortName(s))} compile, of how long it takes?`,
          signal: say`the JIT part of the plan: functions, and time by stage, beside the execution time`,
          window: aroundTrouble(context),
          decides: say`Compiling takes ${num(COMPILE_SHARE)} of it or more: it holds, and switching it off in a session shows the gain. No JIT part: ruled out.`,
        }),
    },
    statementGotSlow((context, s) =>
      ask('database', topStatements(engineOf(context, storeOf(context, s))), {
        question: say`How long does ${name(shortName(s))} take over all its calls, and how much of it is compiling?`,
        signal: say`mean time and time of compiling by statement`,
        window: twoReadings(context),
        decides: say`Compiling in every call: it holds. Compiled rarely: look elsewhere.`,
      }),
    ),
  ],
  describe(context, subject) {
    const share = now(context, 'compile.share', subject);
    const statement = name(shortName(subject));
    return {
      title: say`${statement} is compiled before it runs${share ? say` (${num(share)} of its time)` : ''}`,
      statement: say`The planner takes ${statement} for dear enough to compile it${share ? say`, which is ${num(share)} of its time` : ''}. Estimates that are too high, or a cost that passed the threshold as tables grew, make it so; it then burns processors in every call.`,
      refutedIf: say`${statement} takes as long with compiling switched off in its session.`,
    };
  },
  claims: (context, subject) => claimsShare(context, subject, 'compile.share'),
  remedies: ['fit-planner-settings', 'refresh-statistics'],
} satisfies Hypothesis;
