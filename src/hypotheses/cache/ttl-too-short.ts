import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import {
  evictsLittle,
  fell,
  hitRatio,
  livesShorter,
  low,
  missClaims,
  missPath,
  missPatterns,
} from '../cache-signs.js';
import { cacheStatistics, keyLifetimes } from '../commands/platform.js';
import { changed, now } from '../evidence.js';
import { absent, decide, seen } from '../outcomes.js';
import { caches } from '../subjects.js';
import { aroundTrouble, twoReadings } from '../window.js';

export default {
  id: 'ttl-too-short',
  layer: 'cache',
  title: 'Entries expire before they are asked for again',
  mechanism:
    'Entries live shorter than the time between two reads of a key, so reads that could be hits go to the database.',
  startedBy: ['cache-change', 'config-change', 'feature-flag', 'library-upgrade'],
  explains: ['low-hit-ratio', 'latency', 'tail-latency', 'connections-exhausted'],
  prior: 0.06,
  subjects: (context) =>
    caches(context)
      .map((c) => c.subject)
      .filter(
        (s) =>
          hitRatio(context, s) !== undefined ||
          missPatterns(context, s).length > 0 ||
          now(context, 'ttl', s) !== undefined ||
          changed(context, 'cache-change'),
      ),
  predictions: [
    {
      id: 'hit-ratio-fell',
      necessary: true,
      // Any cause of misses lowers it; it separates causes only from those outside the cache.
      whenSeen: 1.2,
      whenAbsent: -2.5,
      test: decide((_, s) => say`a lower hit ratio of ${name(s.name)} than before`, fell),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`Did the hit ratio of ${name(s.name)} fall with the trouble, and do entries expire or get evicted?`,
          signal: say`hits, misses, expired and evicted keys, as rates`,
          window: twoReadings(context),
          decides: say`Misses and expiries rise together while evictions stay near nothing: it holds. Evictions rise: the memory is the limit. Hit ratio as before: ruled out.`,
        }),
    },
    {
      id: 'expiry-not-eviction',
      whenSeen: 1.6,
      whenAbsent: -2,
      test: decide(say`misses without evictions`, (context, s) => {
        const h = hitRatio(context, s);
        const evictions = now(context, 'cache.evictions', s);
        const little = evictsLittle(context, s);
        if (!h || !evictions || little === undefined) return undefined;
        // Without misses to explain, few evictions tell nothing.
        if (low(context, s)?.outcome !== 'seen') return undefined;
        const says = say`${num(evictions)} evictions at a hit ratio of ${num(h.is)} of ${name(s.name)}`;
        return little
          ? seen(say`${says}: entries leave by expiry, not for lack of room`, [evictions, h.is])
          : absent(says, [evictions, h.is]);
      }),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`Do entries of ${name(s.name)} leave by expiry or for lack of room?`,
          signal: say`expired and evicted keys a second`,
          window: twoReadings(context),
          decides: say`Expiries explain the misses and evictions do not: it holds. The reverse: the cache is too small.`,
        }),
    },
    {
      id: 'read-again-after-expiry',
      whenSeen: 2.5,
      whenAbsent: -2,
      test: decide(say`the same keys read again soon after they expired`, (context, s) => {
        const p = missPatterns(context, s)[0];
        const [again, ttl] = [p?.facts.refetchInterval ?? p?.facts.reuseInterval, now(context, 'ttl', s)];
        const shorter = livesShorter(context, s);
        if (shorter)
          return seen(say`entries of ${name(s.name)} live ${num(shorter.is)}, ${num(shorter.was)} before`, [
            shorter.is,
            shorter.was,
          ]);
        const repeats = p?.facts.repeatMisses ?? p?.facts.refetchShare;
        if (p && repeats)
          return repeats.value >= 0.3
            ? seen(
                say`${num(repeats)} of the misses of ${name(s.name)} are for keys that had been filled shortly before`,
                [repeats],
              )
            : absent(say`only ${num(repeats)} of the misses of ${name(s.name)} are for keys filled before`, [
                repeats,
              ]);
        if (!again || !ttl) return undefined;
        const says = say`a key of ${name(s.name)} is read again after ${num(again)} and lives ${num(ttl)}`;
        return again.value >= ttl.value ? seen(says, [again, ttl]) : absent(says, [again, ttl]);
      }),
      measure: (context, s) => {
        const ttl = now(context, 'ttl', s);
        return ask('cache', keyLifetimes(), {
          question: say`How long is left to keys of ${name(s.name)}, and how soon is an expired key read again?`,
          signal: say`time to live left by key, and the gap between two reads of a key`,
          window: aroundTrouble(context),
          decides: say`Most keys are read again within a few lifetimes${ttl ? say` (${num(ttl)})` : ''}: a longer one turns those misses into hits. Keys are seldom read twice: a longer one brings nothing.`,
        });
      },
    },
    {
      id: 'misses-on-path',
      whenSeen: 1,
      whenAbsent: -1.5,
      test: decide(say`slow requests wait for the fill after a miss`, missPath),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`What do the misses of ${name(s.name)} cost slow requests?`,
          signal: say`share of slow requests with a miss, and the time from miss to fill`,
          window: aroundTrouble(context),
          decides: say`Slow requests miss more often than normal ones: it carries the tail. Equally often: look elsewhere.`,
        }),
    },
  ],
  describe(context, subject) {
    const h = hitRatio(context, subject);
    const shorter = livesShorter(context, subject);
    const ttl = shorter?.is ?? now(context, 'ttl', subject);
    const was = h?.was ? say`, ${num(h.was)} before` : say``;
    return {
      title: say`Entries of ${name(subject.name)} expire too soon${ttl ? say` (${num(ttl)})` : ''}`,
      statement: say`${h ? say`${name(subject.name)} answers ${num(h.is)} of its look-ups${was}. ` : ''}Keys of ${name(subject.name)} that expire before they are read again${shorter ? say`, now after ${num(shorter.is)} instead of ${num(shorter.was)},` : ''} send reads to the store behind it.`,
      refutedIf: say`The hit ratio of ${name(subject.name)} is as before, or its misses are for keys never filled or evicted for room.`,
    };
  },
  claims: (context, subject) => missClaims(context, subject),
  remedies: ['raise-ttl-with-jitter', 'single-flight', 'near-cache'],
} satisfies Hypothesis;
