import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { placement } from '../commands/platform.js';
import { engineOf, hotPlaces } from '../commands/sql.js';
import { borne, now, symptom, uniqueById } from '../evidence.js';
import { decide, uneven } from '../outcomes.js';
import { caches, databases, queues, services } from '../subjects.js';
import { UNEVEN } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const MEASURES = [
  'cpu.utilisation',
  'throughput',
  'cache.requests',
  'queue.depth',
  'connections.used',
  'storage.size',
];
const all = (context: Context): Subject[] =>
  [...services(context), ...caches(context), ...databases(context), ...queues(context)].map((c) => c.subject);
/** What is divided by key over several members; instances without state share by themselves. */
const placed = (context: Context): Subject[] =>
  [...databases(context), ...caches(context), ...queues(context)]
    .map((c) => c.subject)
    .filter(
      (s) =>
        (context.facts.find({ name: ['shards', 'partitions', 'instances'], subject: s })?.value ?? 0) > 1,
    );
/** Members carry the name of what they are part of, or are hosts and key spaces of the only candidate. */
const isMember = (f: { subject: Subject }, s: Subject) =>
  f.subject.id !== s.id &&
  ['host', 'keyspace'].includes(f.subject.kind) &&
  (f.subject.service === s.name || f.subject.name.toLowerCase().includes(s.name.toLowerCase()));

export default {
  id: 'uneven-load',
  layer: 'infrastructure',
  title: 'One instance or shard carries more than its share',
  mechanism:
    'Work is spread by key, by connection or by zone and not by load; the fullest member sets the tail while the mean looks fine.',
  startedBy: ['scaling-change', 'infrastructure-change', 'traffic-change', 'config-change', 'cache-change'],
  explains: ['hot-key', 'tail-latency', 'cpu-saturation', 'queue-backlog'],
  prior: 0.05,
  subjects: (context) =>
    uniqueById([
      ...all(context).filter(
        (s) =>
          context.facts.all.filter((f) => MEASURES.includes(f.name) && isMember(f, s)).length > 1 ||
          symptom(context, ['hot-key'])?.subject?.id === s.id,
      ),
      ...borne(context, 'uneven-load', placed(context)),
    ]),
  predictions: [
    {
      id: 'one-above-the-rest',
      necessary: true,
      whenSeen: 2.4,
      whenAbsent: -2.6,
      test: decide(
        (_, s) => say`a member of ${name(s.name)} at ${num(UNEVEN)} of the others’ mean or more`,
        uneven(MEASURES, 'load', isMember),
      ),
      measure: (context, s) =>
        ask('infrastructure', placement(context, s), {
          question: say`How far apart are the busiest and the mean member of ${name(s.name)}?`,
          signal: say`requests, processor use and p99 by instance, node or shard`,
          window: aroundTrouble(context),
          decides: say`The busiest at ${num(UNEVEN)} of the mean or more, and slow requests on it: it holds. Even: ruled out.`,
        }),
    },
    {
      id: 'placed-by-key',
      whenSeen: 1,
      whenAbsent: -0.6,
      test: decide(
        say`traffic skewed towards few keys or tenants`,
        uneven(['storage.size', 'rows.count'], 'data', isMember),
      ),
      measure: (context, s) =>
        ask('database', hotPlaces(engineOf(context, s)), {
          question: say`Does ${name(s.name)} spread work by key, by connection or by load?`,
          signal: say`placement rule; requests by key and by connection on the fullest member`,
          window: aroundTrouble(context),
          decides: say`Few keys or long connections pin it there: change the rule or split the key. Neither: look at the machine.`,
        }),
    },
  ],
  describe(context, subject) {
    const n = now(context, ['shards', 'instances', 'partitions'], subject);
    const own = n?.subject.id === subject.id ? n : undefined;
    return {
      title: say`Load of ${name(subject.name)} is uneven over its ${own ? say`${num(own)} members` : 'members'}`,
      statement: say`Requests reach members of ${name(subject.name)} by key or by connection; the fullest ${own ? say`of ${num(own)} ` : ''}decides the tail of ${name(context.app.name)}, and adding members moves few keys.`,
      refutedIf: say`The busiest member of ${name(subject.name)} is close to the mean.`,
    };
  },
  remedies: ['rebalance-load', 'near-cache', 'spread-hot-partition'],
} satisfies Hypothesis;
