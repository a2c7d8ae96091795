import { type Hypothesis, name, num, say, shortName } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, planOf, topStatements } from '../commands/sql.js';
import { now } from '../evidence.js';
import { decide, level, rise } from '../outcomes.js';
import { storeOf } from '../statements.js';
import { STRONG_RISE, TEMPORARY_FILES } from '../thresholds.js';
import { claimsShare, statementGotSlow, worstStatements } from '../told-statements.js';
import { aroundTrouble, twoReadings } from '../window.js';

export default {
  id: 'work-memory',
  layer: 'database',
  title: 'Sorts and hashes of a statement go through files',
  mechanism:
    'A sort, hash or grouping that does not fit its working memory is written to temporary files and read back, for every call anew.',
  startedBy: ['data-growth', 'query-change', 'orm-upgrade', 'config-change', 'index-dropped', 'code-change'],
  explains: ['slow-statement', 'disk-io', 'latency', 'tail-latency'],
  prior: 0.04,
  subjects: (context) => worstStatements(context, 'temp.perCall', TEMPORARY_FILES),
  predictions: [
    {
      id: 'writes-temporary-files',
      necessary: true,
      whenSeen: 2.8,
      whenAbsent: -2.6,
      test: decide(
        (_, s) =>
          say`temporary files of ${num(TEMPORARY_FILES)} or more for one call of ${name(shortName(s))}`,
        rise({ fact: 'temp.perCall', what: 'temporary files', by: STRONG_RISE }),
        level({ fact: 'temp.perCall', at: TEMPORARY_FILES, what: 'temporary files' }),
      ),
      measure: (context, s) =>
        ask('database', planOf(engineOf(context, storeOf(context, s))), {
          question: say`Which step of ${name(shortName(s))} writes temporary files, and how much?`,
          signal: say`sort method and space, batches of hashes, temporary blocks in the plan`,
          window: aroundTrouble(context),
          decides: say`A sort on disk or a hash in several batches: it holds, and the plan tells the memory it would take. All in memory: ruled out.`,
        }),
    },
    statementGotSlow((context, s) =>
      ask('database', topStatements(engineOf(context, storeOf(context, s))), {
        question: say`How long does ${name(shortName(s))} take over all its calls, and how much does it write meanwhile?`,
        signal: say`mean time and temporary blocks written by statement`,
        window: twoReadings(context),
        decides: say`Slow and writing in every call: it holds. Writing rarely, or fast all the same: look elsewhere.`,
      }),
    ),
  ],
  describe(context, subject) {
    const written = now(context, 'temp.perCall', subject);
    const share = now(context, 'temp.share', subject);
    const statement = name(shortName(subject));
    return {
      title: say`${statement} sorts or hashes through files${written ? say` (${num(written)} a call)` : ''}`,
      statement: say`Rows that ${statement} sorts, hashes or groups do not fit the memory of the step${written ? say`: a call writes ${num(written)}` : ''}${share ? say`, at most ${num(share)} of its time` : ''}. More rows, wider rows or a lower limit since make it so, and several such calls at once share one disk.`,
      refutedIf: say`The plan of ${statement} sorts and hashes in memory while it is slow.`,
    };
  },
  claims: (context, subject) => claimsShare(context, subject, 'temp.share'),
  remedies: ['fit-work-memory', 'add-index', 'refresh-statistics'],
} satisfies Hypothesis;
