import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { hotKeys, placement } from '../commands/platform.js';
import { isBorne, loadIs, now, symptom } from '../evidence.js';
import { complaint, decide, level, spent, uneven } from '../outcomes.js';
import { caches } from '../subjects.js';
import { SKEWED, UNEVEN } from '../thresholds.js';
import { aroundTrouble, trouble } from '../window.js';

/** Nodes and shards are told by their names: the cache's own, or key spaces of it. */
const isMember = (context: Context) => (f: { subject: Subject }, s: Subject) =>
  (f.subject.kind === 'keyspace' || f.subject.kind === 'host') &&
  (f.subject.service === s.name || caches(context).length === 1);

export default {
  id: 'hot-key',
  layer: 'cache',
  title: 'A few keys draw most of the look-ups',
  mechanism:
    'A key lives on one shard; when many requests want the same one, that shard is full while the others idle, and more shards do not help.',
  startedBy: ['traffic-change', 'feature-flag', 'cache-change', 'code-change'],
  explains: ['hot-key', 'tail-latency', 'cpu-saturation', 'timeouts', 'planned-load'],
  prior: 0.05,
  subjects(context) {
    const skewed =
      loadIs(context, 'skewed', 'multi-tenant') ||
      now(context, 'skew.share', context.app) !== undefined ||
      symptom(context, ['hot-key']) !== undefined;
    return caches(context)
      .map((c) => c.subject)
      .filter(
        () =>
          isBorne(context, 'hot-key') ||
          (skewed && symptom(context, ['hot-key'])?.subject?.kind !== 'database'),
      );
  },
  predictions: [
    {
      id: 'shards-uneven',
      whenSeen: 2.2,
      whenAbsent: -2.2,
      test: decide(
        (_, s) => say`one shard of ${name(s.name)} that works ${num(UNEVEN)} as much as the others or more`,
        (context, s) =>
          uneven(['cpu.utilisation', 'cache.requests', 'throughput'], 'load', isMember(context))(context, s),
        complaint('hot-key'),
      ),
      measure: (context, s) =>
        ask('cache', placement(context, s), {
          question: say`Does one shard of ${name(s.name)} work harder than the others during ${trouble(context)}?`,
          signal: say`processor use and commands a second of each shard`,
          window: aroundTrouble(context),
          decides: say`The busiest at ${num(UNEVEN)} of the others’ mean or more: it holds. Even shards: ruled out.`,
        }),
    },
    {
      id: 'few-keys-many-reads',
      whenSeen: 1.6,
      whenAbsent: -1.5,
      test: decide(
        say`a large share of the look-ups for a few keys`,
        level({ fact: 'skew.share', at: SKEWED, what: 'traffic on the hottest few' }),
      ),
      measure: (context, s) =>
        ask('cache', hotKeys(context, s), {
          question: say`Which keys of ${name(s.name)} draw the most look-ups, and what share is that?`,
          signal: say`look-ups by key, the hottest first, as shares of all`,
          window: aroundTrouble(context),
          decides: say`${num(SKEWED)} or more on a few keys: it holds. A flat list: ruled out.`,
        }),
    },
    {
      id: 'cache-on-path',
      whenSeen: 0.8,
      whenAbsent: -1.2,
      test: decide(
        say`slow requests wait for the cache itself`,
        spent({ kinds: ['cache'], what: 'time in the cache', as: 'cache', anywhere: true }),
      ),
      measure: (context, s) =>
        ask('cache', hotKeys(context, s), {
          question: say`Do slow requests of ${name(context.app.name)} share the keys they read from ${name(s.name)}?`,
          signal: say`keys in slow requests against keys in normal ones`,
          window: aroundTrouble(context),
          decides: say`The same few keys in most slow requests: it holds. Keys as mixed as ever: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const share = now(context, 'skew.share', context.app);
    const shards = now(context, 'shards', subject);
    return {
      title: say`A few keys of ${name(subject.name)} draw most look-ups${share ? say` (${num(share)})` : ''}`,
      statement: say`${share ? say`${num(share)} of the traffic is on the hottest few. ` : ''}A key of ${name(subject.name)} lives on one ${shards ? say`of ${num(shards)} shards` : 'node'}; what ${trouble(context)} makes popular loads that one, and the rest cannot help.`,
      refutedIf: say`Look-ups of ${name(subject.name)} spread evenly over its keys and ${shards ? 'shards' : 'nodes'}.`,
    };
  },
  remedies: ['near-cache', 'split-hot-key', 'single-flight', 'cdn-caching'],
} satisfies Hypothesis;
