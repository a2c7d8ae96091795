import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, hotPlaces } from '../commands/sql.js';
import { isBorne, loadIs, now, symptom } from '../evidence.js';
import { complaint, decide, level, uneven } from '../outcomes.js';
import { databases, has } from '../subjects.js';
import { FAILING, SKEWED, UNEVEN } from '../thresholds.js';
import { aroundTrouble, trouble } from '../window.js';

const placed = (context: Context) =>
  databases(context).filter(
    // Skewed queries to a search engine are answered by any copy; they do not make a partition hot.
    (c) =>
      c.subject.kind === 'database' &&
      (has(context, c, 'partitioned') ||
        has(context, c, 'sharded') ||
        context.facts.find({ name: ['partitions', 'shards'], subject: c.subject }) !== undefined),
  );
const isMember = (context: Context) => (f: { subject: Subject }, s: Subject) =>
  (f.subject.kind === 'keyspace' || f.subject.kind === 'host') &&
  (f.subject.service === s.name || placed(context).length === 1);

export default {
  id: 'hot-partition',
  layer: 'database',
  title: 'One partition takes most of the load',
  mechanism:
    'Rows are placed by key; when one key or the newest range draws most requests, its partition is full while the whole looks half empty.',
  startedBy: ['traffic-change', 'schema-change', 'data-growth', 'feature-flag', 'batch-change'],
  explains: ['hot-key', 'throttling', 'tail-latency', 'errors', 'timeouts'],
  prior: 0.06,
  subjects: (context) =>
    placed(context)
      .map((c) => c.subject)
      .filter(
        (s) =>
          isBorne(context, 'hot-partition') ||
          symptom(context, ['hot-key', 'throttling'], s) !== undefined ||
          loadIs(context, 'skewed', 'multi-tenant') ||
          now(context, ['skew.share', 'throttled.ratio'], s) !== undefined,
      ),
  predictions: [
    {
      id: 'partitions-uneven',
      necessary: true,
      whenSeen: 2.6,
      whenAbsent: -2.6,
      test: decide(
        (_, s) => say`one partition of ${name(s.name)} that takes ${num(UNEVEN)} of the others’ load or more`,
        (context, s) =>
          uneven(['throughput', 'cpu.utilisation', 'storage.size'], 'load', isMember(context))(context, s),
        complaint('hot-key'),
      ),
      measure: (context, s) =>
        ask('database', hotPlaces(engineOf(context, s)), {
          question: say`Which partition or key of ${name(s.name)} takes the most requests during ${trouble(context)}?`,
          signal: say`requests by partition key, the busiest first`,
          window: aroundTrouble(context),
          decides: say`A few keys far ahead of the rest: it holds. An even list while calls are refused: the whole is too small.`,
        }),
    },
    {
      id: 'few-carry-much',
      whenSeen: 1.5,
      whenAbsent: -1.5,
      test: decide(
        say`a large share of the traffic on a few keys or tenants`,
        level({ fact: 'skew.share', at: SKEWED, what: 'traffic on the hottest few' }),
        (context, s) => {
          const share = now(context, 'skew.share', context.app);
          return share && s.id !== context.app.id
            ? level({ fact: 'skew.share', at: SKEWED, what: 'traffic on the hottest few' })(
                context,
                context.app,
              )
            : undefined;
        },
      ),
      measure: (context, s) =>
        ask('database', hotPlaces(engineOf(context, s)), {
          question: say`What share of the requests to ${name(s.name)} do its ten busiest keys take?`,
          signal: say`requests by key, cumulated`,
          window: aroundTrouble(context),
          decides: say`${num(SKEWED)} or more: the key must be split or its reads kept elsewhere. Less: look at the number of partitions.`,
        }),
    },
    {
      id: 'refused-below-capacity',
      whenSeen: 1.2,
      whenAbsent: -0.8,
      test: decide(
        (_, s) => say`calls refused although ${name(s.name)} as a whole has room`,
        level({ fact: 'throttled.ratio', at: FAILING, what: 'calls refused' }),
      ),
      measure: (context, s) =>
        ask('database', hotPlaces(engineOf(context, s)), {
          question: say`Does ${name(s.name)} refuse calls while its total use is below what it allows?`,
          signal: say`calls refused, beside capacity used and allowed`,
          window: aroundTrouble(context),
          decides: say`Refused at a total below the limit: one partition is at its own. Refused at the total: raise that.`,
        }),
    },
  ],
  describe(context, subject) {
    const share = now(context, 'skew.share', subject) ?? now(context, 'skew.share', context.app);
    const n = context.facts.find({ name: ['partitions', 'shards'], subject });
    return {
      title: say`A hot partition of ${name(subject.name)}${share ? say` (${num(share)} on a few)` : ''}`,
      statement: say`${name(subject.name)} places rows by key${n ? say` over ${num(n)} partitions` : ''}; a key that ${trouble(context)} makes popular${share ? say`, with ${num(share)} of the traffic on the hottest few,` : ''} fills one partition, and the room of the others cannot be used for it.`,
      refutedIf: say`Requests to ${name(subject.name)} spread evenly over its partitions.`,
    };
  },
  remedies: ['spread-hot-partition', 'near-cache', 'cache-reads', 'split-hot-key'],
} satisfies Hypothesis;
