import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import {
  evictsLittle,
  hitRatio,
  livesShorter,
  low,
  missClaims,
  missPath,
  missPatterns,
} from '../cache-signs.js';
import { cacheStatistics, hotKeys } from '../commands/platform.js';
import { concerns, now } from '../evidence.js';
import { decide, rise } from '../outcomes.js';
import { caches, mainDatabase } from '../subjects.js';
import { aroundTrouble, twoReadings } from '../window.js';

/** A more particular cause of the misses is measured: expiry, eviction. Then the ratio is its symptom. */
const explained = (context: Context, s: Subject): boolean =>
  livesShorter(context, s) !== undefined ||
  evictsLittle(context, s) === false ||
  missPatterns(context, s).some((p) => p.kind === 'stampede' || (p.facts.repeatMisses?.value ?? 0) >= 0.3);

export default {
  id: 'low-hit-ratio',
  layer: 'cache',
  title: 'The cache answers too few look-ups',
  mechanism:
    'Look-ups that the cache cannot answer go to the store behind it, which pays their time and connections at every peak.',
  startedBy: ['cache-change', 'query-change', 'code-change', 'traffic-change', 'data-growth', 'feature-flag'],
  explains: ['low-hit-ratio', 'connections-exhausted', 'slow-statement'],
  // A ratio that was always so explains load, not what changed.
  prior: 0.06,
  subjects: (context) =>
    caches(context)
      .map((c) => c.subject)
      .filter(
        (s) =>
          hitRatio(context, s) !== undefined ||
          missPatterns(context, s).length > 0 ||
          concerns(context, s, 'cache.hitRatio', ['low-hit-ratio']),
      ),
  predictions: [
    {
      id: 'hit-ratio-low',
      necessary: true,
      whenSeen: 1.6,
      whenAbsent: -2.5,
      test: decide((_, s) => say`a low or fallen hit ratio of ${name(s.name)}`, low),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`What share of look-ups does ${name(s.name)} answer, quiet and in the trouble?`,
          signal: say`hits and misses a second, by key prefix where there is one`,
          window: twoReadings(context),
          decides: say`A low ratio of ${name(s.name)} in the prefix that slow requests read: it holds. A high ratio there: ruled out, whatever the average of ${name(s.name)} says.`,
        }),
    },
    {
      id: 'misses-on-path',
      whenSeen: 1.6,
      whenAbsent: -2,
      test: decide((_, s) => say`slow requests wait for the store after a miss in ${name(s.name)}`, missPath),
      measure: (context, s) =>
        ask('cache', hotKeys(context, s), {
          question: say`Which keys of ${name(s.name)} miss, and could they be kept?`,
          signal: say`misses by key prefix, reads by key, size of entries`,
          window: aroundTrouble(context),
          decides: say`Misses of keys that are read many times: a key layout or a lifetime keeps them out. Misses of keys read once: the reads are not cacheable.`,
        }),
    },
    {
      id: 'load-behind-rose',
      whenSeen: 0.8,
      whenAbsent: -0.5,
      test: decide(
        (_, s) => say`more statements reach the store behind ${name(s.name)} than before`,
        (context) => {
          const store = mainDatabase(context)?.subject;
          return store
            ? rise({ fact: 'throughput', what: 'statements a second' })(context, store)
            : undefined;
        },
      ),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`Do the misses of ${name(s.name)} make up the load of the store behind it?`,
          signal: say`misses a second beside statements a second of the store`,
          window: aroundTrouble(context),
          decides: say`Both curves move together: the misses are its load. The store is loaded at flat misses: something else asks it.`,
        }),
    },
  ],
  describe(context, subject) {
    const h = hitRatio(context, subject);
    const store = mainDatabase(context)?.subject.name;
    const lookups = now(context, 'cache.requests', subject);
    return {
      title: h
        ? say`${name(subject.name)} answers ${num(h.is)} of look-ups`
        : say`${name(subject.name)} answers too few look-ups`,
      statement: say`Every look-up that ${name(subject.name)} cannot answer${lookups ? say`, of ${num(lookups)},` : ''} goes to ${store ? name(store) : 'the store behind it'}${h?.was ? say`; the hit ratio was ${num(h.was)} before` : ''}; the load behind the cache grows with misses, so a peak meets it in full.`,
      refutedIf: say`Look-ups of slow requests hit ${name(subject.name)} as often as those of normal ones.`,
    };
  },
  claims: (context, subject) => (explained(context, subject) ? [] : missClaims(context, subject)),
  remedies: ['raise-ttl-with-jitter', 'cache-reads', 'near-cache', 'prewarm-cache'],
} satisfies Hypothesis;
