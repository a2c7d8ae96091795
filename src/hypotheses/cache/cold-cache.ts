import { type Context, type Hypothesis, name, num, quote, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { hitRatio, missClaims, missPath } from '../cache-signs.js';
import { cacheStatistics } from '../commands/platform.js';
import { engineOf, topStatements } from '../commands/sql.js';
import { now, symptom } from '../evidence.js';
import { absent, decide, rise, seen } from '../outcomes.js';
import { caches, mainDatabase } from '../subjects.js';
import { HIT_FALL } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const EMPTIES = ['cache-change', 'infrastructure-change', 'scaling-change'] as const;
const emptied = (context: Context, s: Subject) =>
  context.changes.find(
    (c) =>
      c.mechanisms.some((m) => (EMPTIES as readonly string[]).includes(m)) &&
      (c.touches.length === 0 || c.touches.includes(s.id) || c.mechanisms.includes('cache-change')),
  );

/** Whether the ratio is better at the end than over the whole, by what matters. */
const climbs = (context: Context, s: Subject): boolean => {
  const [h, last] = [hitRatio(context, s), now(context, 'cache.hitRatio.last', s)];
  return h?.was !== undefined && last !== undefined && last.value - h.is.value >= HIT_FALL.value;
};

export default {
  id: 'cold-cache',
  layer: 'cache',
  title: 'The cache starts empty after a deploy, restart or flush',
  mechanism:
    'Until an emptied cache is filled again, the store behind it gets the whole load of reads instead of the misses alone.',
  startedBy: ['cache-change', 'infrastructure-change', 'scaling-change', 'code-change', 'library-upgrade'],
  explains: ['cold-start', 'low-hit-ratio', 'tail-latency', 'latency', 'connections-exhausted'],
  prior: 0.03,
  subjects: (context) =>
    caches(context)
      .map((c) => c.subject)
      .filter(
        (s) =>
          (emptied(context, s) !== undefined &&
            (hitRatio(context, s) !== undefined || context.telemetry === undefined)) ||
          climbs(context, s) ||
          symptom(context, ['cold-start'], s)?.subject?.id === s.id,
      ),
  predictions: [
    {
      id: 'ratio-recovers',
      // A ratio that climbs back by itself tells an empty cache from one that is too small.
      whenSeen: 4,
      whenAbsent: -1.8,
      test: decide(
        (_, s) => say`a hit ratio of ${name(s.name)} that starts near nothing and climbs back by itself`,
        (context, s) => {
          const h = hitRatio(context, s);
          const now_ = now(context, 'cache.hitRatio.last', s);
          if (!h || !now_) return undefined;
          const says = say`hit ratio of ${name(s.name)}: ${num(h.is)} over the trouble, ${num(now_)} at its end`;
          return now_.value - h.is.value >= HIT_FALL.value
            ? seen(says, [h.is, now_, HIT_FALL])
            : absent(says, [h.is, now_, HIT_FALL]);
        },
      ),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`Does the hit ratio of ${name(s.name)} climb back by itself after a deploy or restart?`,
          signal: say`hits, misses and number of keys, minute by minute from the restart on`,
          window: aroundTrouble(context),
          decides: say`Low at first and rising as keys come in: it holds. Level all the time: the cache was not cold.`,
        }),
    },
    {
      id: 'misses-on-path',
      whenSeen: 1.8,
      whenAbsent: -1.6,
      test: decide((_, s) => say`slow requests wait for the store after a miss in ${name(s.name)}`, missPath),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`Do slow requests come from the minutes in which ${name(s.name)} was filling?`,
          signal: say`p99 and misses a second on one time axis`,
          window: aroundTrouble(context),
          decides: say`Both fall together: it holds. Requests stay slow when the ratio is back: ruled out.`,
        }),
    },
    {
      id: 'store-load-rose',
      whenSeen: 0.8,
      whenAbsent: -0.5,
      test: decide(say`the store behind gets more statements than usual for that load`, (context) => {
        const store = mainDatabase(context)?.subject;
        return store ? rise({ fact: 'throughput', what: 'statements a second' })(context, store) : undefined;
      }),
      measure: (context, s) =>
        ask('database', topStatements(engineOf(context, mainDatabase(context)?.subject)), {
          question: say`Which statements does the store run more often while ${name(s.name)} is filling?`,
          signal: say`calls of each statement, difference to an ordinary hour`,
          window: aroundTrouble(context),
          decides: say`The reads that ${name(s.name)} usually answers: it holds. Others: look there.`,
        }),
    },
  ],
  describe(context, subject) {
    const h = hitRatio(context, subject);
    const change = emptied(context, subject);
    return {
      title: say`${name(subject.name)} starts empty`,
      statement: say`${change ? say`${quote(change.place?.text ?? change.summary)} can leave ${name(subject.name)} empty. ` : ''}${h ? say`At ${num(h.is)} hits now, an empty` : 'An empty'} ${name(subject.name)} passes every read on, and fills only as fast as ${name(mainDatabase(context)?.subject.name ?? context.app.name)} answers.`,
      refutedIf: say`The hit ratio of ${name(subject.name)} is level from the first minute on.`,
    };
  },
  claims: (context, subject) =>
    hitRatio(context, subject) && now(context, 'cache.hitRatio.last', subject)
      ? missClaims(context, subject)
      : [],
  remedies: ['prewarm-cache', 'single-flight', 'raise-ttl-with-jitter'],
} satisfies Hypothesis;
