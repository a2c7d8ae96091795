import {
  type Context,
  type Fact,
  type Hypothesis,
  name,
  num,
  type PredictionOutcome,
  type Subject,
  say,
} from '../../domain/index.js';
import { ask } from '../ask.js';
import { hitRatio } from '../cache-signs.js';
import { cacheStatistics, keyLifetimes } from '../commands/platform.js';
import { BEFORE, isBorne, loadIs, NOW, now } from '../evidence.js';
import { absent, decide, level, seen, spent, traced } from '../outcomes.js';
import { claimsOf, isMaterial, patternMs, patternsOf, yardstick } from '../patterns.js';
import { caches, mainDatabase } from '../subjects.js';
import { CROWD, LIMIT_NEAR } from '../thresholds.js';
import { aroundTrouble, trouble } from '../window.js';

const crowds = (context: Context, s: Subject) =>
  patternsOf(context, ['stampede'], caches(context).length > 1 ? s : undefined);

/** The largest crowd of misses on one key that logs tell; nothing where they could be of one of several caches. */
function loggedCrowd(context: Context): { is: Fact; was?: Fact } | undefined {
  if (caches(context).length !== 1) return undefined;
  const largest = (phases: typeof NOW): Fact | undefined =>
    context.facts
      .every({ name: 'log.missCrowd', phase: phases })
      .sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1))[0];
  const [is, was] = [largest(NOW), largest(BEFORE)];
  return is && { is, ...(was ? { was } : {}) };
}
const isLogged = (context: Context): boolean => {
  const l = loggedCrowd(context);
  return l !== undefined && l.is.value >= CROWD.value && l.is.value > 1.5 * (l.was?.value ?? 0);
};

/** Misses in a crowd, by the lines of logs; as many before are not what changed. */
function missesLogged(context: Context, when: 'seen' | 'absent'): PredictionOutcome | undefined {
  const l = loggedCrowd(context);
  if (!l || isLogged(context) !== (when === 'seen')) return undefined;
  const own = [l.is, ...(l.was ? [l.was] : []), CROWD];
  return when === 'seen'
    ? seen(
        say`logs of ${name(l.is.subject.service ?? '')} tell ${num(l.is)} misses of ${name(l.is.subject.name)} within a second${l.was ? say` (${num(l.was)} before)` : ''}, then none for a while`,
        own,
      )
    : absent(
        say`by the logs of ${name(l.is.subject.service ?? '')} at most ${num(l.is)} misses of one key come together${l.was ? say` (${num(l.was)} before)` : ''}`,
        own,
      );
}

export default {
  id: 'stampede',
  layer: 'cache',
  title: 'Many requests refill one expired entry at once',
  mechanism:
    'When an entry that many want expires, each of them runs the same load until the first one has filled it again.',
  startedBy: ['cache-change', 'traffic-change', 'feature-flag', 'code-change', 'config-change'],
  explains: ['tail-latency', 'connections-exhausted', 'low-hit-ratio', 'hot-key', 'timeouts'],
  prior: 0.07,
  subjects: (context) =>
    caches(context)
      .map((c) => c.subject)
      .filter(
        (s) =>
          crowds(context, s).length > 0 ||
          isLogged(context) ||
          isBorne(context, 'stampede') ||
          (hitRatio(context, s) !== undefined && loadIs(context, 'bursty', 'event', 'skewed')),
      ),
  predictions: [
    {
      id: 'equal-loads-at-once',
      necessary: true,
      whenSeen: 2.6,
      whenAbsent: -2.4,
      test: decide(
        (_, s) => say`several equal loads at the same moment after a miss in ${name(s.name)}`,
        (context, s) => {
          const p = crowds(context, s)[0];
          const many = p?.facts.concurrent;
          if (!p || !many) return undefined;
          const says = say`up to ${num(many)} equal loads ran at once after a miss in ${name(s.name)}`;
          return many.value >= CROWD.value ? seen(says, [many, CROWD]) : absent(says, [many, CROWD]);
        },
        (context) => missesLogged(context, 'seen'),
        traced({ kinds: ['stampede'], visible: ['cache'], what: 'equal loads beside each other' }),
        (context) => missesLogged(context, 'absent'),
      ),
      measure: (context, s) =>
        ask('cache', keyLifetimes(), {
          question: say`When a much-read key of ${name(s.name)} expires, how many requests load it at the same time?`,
          signal: say`misses by key and second; equal statements that overlap in time`,
          window: aroundTrouble(context),
          decides: say`${num(CROWD)} or more overlapping loads of one key: it holds. One load a key, while others wait or get the old value: ruled out.`,
        }),
    },
    {
      id: 'misses-in-crowds',
      whenSeen: 1.2,
      whenAbsent: -0.8,
      test: decide(
        (context) => say`misses that come in crowds during ${trouble(context)} instead of evenly`,
        (context, s) => {
          const p = crowds(context, s)[0];
          const of = yardstick(context);
          return p && of && isMaterial(context, patternMs(context, p))
            ? seen(
                say`loads beside others of the same entry cost slow requests ${num(p.saving)} of ${num(of)}`,
                [p.saving, of],
              )
            : undefined;
        },
        spent({ kinds: ['cache'], what: 'time in the cache and its refill', as: 'refill' }),
      ),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`Do the misses of ${name(s.name)} come evenly or in crowds?`,
          signal: say`misses a second, the largest second against the mean of its minute`,
          window: aroundTrouble(context),
          decides: say`A largest second of several times the mean, at expiry times: it holds. Even misses: the lifetime or the room is the matter, not the crowd.`,
        }),
    },
    {
      id: 'store-hit-by-crowd',
      whenSeen: 0.8,
      whenAbsent: -0.6,
      test: decide(say`connections of the store run out in the same moments`, (context) => {
        const store = mainDatabase(context)?.subject;
        return store
          ? level({ fact: 'connections.utilisation', at: LIMIT_NEAR, what: 'connections in use' })(
              context,
              store,
            )
          : undefined;
      }),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`Does each crowd of misses in ${name(s.name)} meet a peak of connections in the store behind it?`,
          signal: say`misses and connections in use, second by second`,
          window: aroundTrouble(context),
          decides: say`Peaks within a second of each other: the crowd fills the connections. Connections full without a crowd: something else holds them.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = crowds(context, subject)[0];
    const many = p?.facts.concurrent ?? (isLogged(context) ? loggedCrowd(context)?.is : undefined);
    const ttl = now(context, 'ttl', subject);
    const store = mainDatabase(context)?.subject.name;
    return {
      title: say`Crowds refill the same expired entry of ${name(subject.name)}${many ? say` (${num(many)} at once)` : ''}`,
      statement: p
        ? say`${p.detail}. The first load would do; the others add ${num(p.saving)} to slow requests.`
        : say`When a key of ${name(subject.name)} that ${trouble(context)} makes popular expires${ttl ? say` (after ${num(ttl)})` : ''}, every request that wants it asks ${store ? name(store) : 'the store behind it'} until one has put it back.`,
      refutedIf: say`No two equal loads overlap in ${store ? name(store) : 'the store'} after a miss in ${name(subject.name)}.`,
    };
  },
  claims: (context, subject) => claimsOf(context, crowds(context, subject)),
  remedies: ['single-flight', 'raise-ttl-with-jitter', 'near-cache', 'prewarm-cache'],
} satisfies Hypothesis;
