import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, maintenance, planOf } from '../commands/sql.js';
import { changed, concerns, now, symptom } from '../evidence.js';
import { decide, level, rise } from '../outcomes.js';
import { databases, isReplica } from '../subjects.js';
import { DEAD_ROWS, GC_SHARE, HEAP_FETCHES, STRONG_RISE } from '../thresholds.js';
import { levelOfStatements, statementsBeyond } from '../told-statements.js';
import { aroundTrouble } from '../window.js';

const FACTS = ['rows.dead.ratio', 'maintenance.share'];

export default {
  id: 'maintenance-work',
  layer: 'database',
  title: 'Checkpoints, vacuum or compaction compete with requests',
  mechanism:
    'The engine writes out and cleans up in the background; when it falls behind, it does so in bursts, and dead rows make every read longer.',
  startedBy: ['batch-change', 'data-growth', 'traffic-change', 'config-change', 'schema-change'],
  explains: ['disk-io', 'tail-latency', 'slow-statement', 'latency'],
  prior: 0.03,
  subjects: (context) =>
    databases(context)
      .filter((c) => !isReplica(c))
      .map((c) => c.subject)
      .filter(
        (s) =>
          concerns(context, s, FACTS) ||
          statementsBeyond(context, 'heapFetches.ratio', HEAP_FETCHES).length > 0 ||
          (symptom(context, ['disk-io'], s) !== undefined && changed(context, 'batch-change', 'data-growth')),
      )
      .slice(0, 2),
  predictions: [
    {
      id: 'runs-in-the-trouble',
      whenSeen: 1.8,
      whenAbsent: -1.6,
      test: decide(
        (_, s) => say`background work of ${name(s.name)} in the slow minutes`,
        rise({ fact: 'maintenance.share', what: 'time in background work', by: STRONG_RISE }),
        level({ fact: 'maintenance.share', at: GC_SHARE, what: 'time in background work' }),
      ),
      measure: (context, s) =>
        ask('database', maintenance(engineOf(context, s)), {
          question: say`Which background work of ${name(s.name)} runs in the slow minutes?`,
          signal: say`checkpoints, vacuum, purge, compaction or merges: start, end, forced or planned`,
          window: aroundTrouble(context),
          decides: say`Slow minutes begin and end with it: it holds. It runs as often in quick minutes: ruled out.`,
        }),
    },
    {
      id: 'dead-rows',
      whenSeen: 1.6,
      whenAbsent: -1.2,
      test: decide(
        (_, s) => say`dead rows of ${num(DEAD_ROWS)} or more in a large table of ${name(s.name)}`,
        level({ fact: 'rows.dead.ratio', at: DEAD_ROWS, what: 'dead rows' }),
      ),
      measure: (context, s) =>
        ask('database', maintenance(engineOf(context, s)), {
          question: say`What share of the rows that ${name(s.name)} reads is dead, and what keeps them?`,
          signal: say`dead and live rows by table; the oldest open transaction or snapshot`,
          window: aroundTrouble(context),
          decides: say`${num(DEAD_ROWS)} or more, or an old snapshot that stops the cleaning: it holds. A few per cent: ruled out.`,
        }),
    },
    {
      id: 'index-scans-look-into-tables',
      // Pages that no vacuum has marked as visible to all: index-only scans look up each row all the same.
      whenSeen: 1.6,
      whenAbsent: -0.6,
      test: decide(
        (_, s) =>
          say`index-only scans of ${name(s.name)} that look into the table for ${num(HEAP_FETCHES)} of their rows or more`,
        levelOfStatements({
          fact: 'heapFetches.ratio',
          at: HEAP_FETCHES,
          what: 'rows looked up in the table by index-only scans',
        }),
      ),
      measure: (context, s) =>
        ask('database', planOf(engineOf(context, s)), {
          question: say`How many rows do index-only scans of ${name(s.name)} look up in the table?`,
          signal: say`heap fetches beside rows of each index-only scan in the plan`,
          window: aroundTrouble(context),
          decides: say`${num(HEAP_FETCHES)} or more: vacuum is behind the writes of that table. Next to none: it keeps up.`,
        }),
    },
  ],
  describe(context, subject) {
    const dead = now(context, 'rows.dead.ratio', subject);
    const share = now(context, 'maintenance.share', subject);
    return {
      title: say`Background work of ${name(subject.name)} competes with requests${dead ? say` (${num(dead)} dead rows)` : share ? say` (${num(share)} of the time)` : ''}`,
      statement: say`${dead ? say`${num(dead)} of the rows in ${name(subject.name)} are dead. ` : ''}When writes of ${name(context.app.name)} outrun the cleaning of ${name(subject.name)}, it catches up in bursts that take disk and memory from requests${share ? say`, now ${num(share)} of the time` : ''}.`,
      refutedIf: say`Checkpoints and cleaning of ${name(subject.name)} run as much in its quick minutes as in its slow ones.`,
    };
  },
  remedies: ['tune-maintenance', 'batch-writes', 'shorten-transaction'],
} satisfies Hypothesis;
