import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { evictsLittle, hitRatio, low, missClaims, missPath } from '../cache-signs.js';
import { cacheStatistics, hotKeys } from '../commands/platform.js';
import { now } from '../evidence.js';
import { absent, decide, full, level, rise, seen } from '../outcomes.js';
import { caches } from '../subjects.js';
import { MEMORY_FULL, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, twoReadings } from '../window.js';

export default {
  id: 'cache-evictions',
  layer: 'cache',
  title: 'The cache is too small and evicts what is still needed',
  mechanism:
    'With its memory full, each new entry drives out another that is asked for again soon, so reads miss although nothing expired.',
  startedBy: [
    'cache-change',
    'data-growth',
    'traffic-change',
    'feature-flag',
    'serialisation-change',
    'batch-change',
  ],
  explains: ['low-hit-ratio', 'tail-latency', 'latency', 'memory-growth', 'connections-exhausted'],
  prior: 0.05,
  subjects: (context) =>
    caches(context)
      .map((c) => c.subject)
      .filter((s) => now(context, ['cache.evictions', 'cache.memory.utilisation'], s) !== undefined),
  predictions: [
    {
      id: 'evicts-many',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -2.8,
      test: decide(
        (_, s) => say`evictions of ${name(s.name)} that are a material part of its look-ups`,
        (context, s) => {
          const little = evictsLittle(context, s);
          const evictions = now(context, 'cache.evictions', s);
          if (little === undefined || !evictions) return undefined;
          // Evicting as much as ever is how a full cache works, and not what changed.
          const grown = rise({ fact: 'cache.evictions', what: 'evictions a second', by: STRONG_RISE })(
            context,
            s,
          );
          if (grown) return grown;
          const says = say`${name(s.name)} evicts ${num(evictions)}`;
          return little ? absent(says, [evictions]) : seen(says, [evictions]);
        },
      ),
      measure: (context, s) =>
        ask('cache', cacheStatistics(context, s), {
          question: say`How many entries does ${name(s.name)} evict, against those that expire?`,
          signal: say`evicted and expired entries a second, memory in use of its limit, policy`,
          window: twoReadings(context),
          decides: say`Evictions near the misses, at full memory: it holds. Hardly any: ruled out, and misses come from expiry or from keys never filled.`,
        }),
    },
    {
      id: 'memory-full',
      whenSeen: 0.9,
      whenAbsent: -1.6,
      test: decide(
        (_, s) => say`memory of ${name(s.name)} at its limit`,
        level({ fact: 'cache.memory.utilisation', at: MEMORY_FULL, what: 'memory in use' }),
        full({ used: 'memory.used', limit: 'memory.limit', at: MEMORY_FULL, what: 'memory in use' }),
      ),
      measure: (context, s) =>
        ask('cache', hotKeys(context, s), {
          question: say`What fills the memory of ${name(s.name)}: many keys, or a few large ones?`,
          signal: say`bytes by key prefix and the largest entries`,
          window: aroundTrouble(context),
          decides: say`Large entries that are seldom read: drop or shrink them before adding memory. Small ones, all read: more memory.`,
        }),
    },
    {
      id: 'misses-on-path',
      whenSeen: 1.2,
      whenAbsent: -1.5,
      test: decide(
        (_, s) => say`slow requests wait for the store after a miss in ${name(s.name)}`,
        missPath,
        low,
      ),
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
    const evictions = now(context, 'cache.evictions', subject);
    const h = hitRatio(context, subject);
    const memory = now(context, 'cache.memory.utilisation', subject);
    return {
      title: say`${name(subject.name)} evicts entries that are still needed${evictions ? say` (${num(evictions)})` : ''}`,
      statement: say`${memory ? say`Memory of ${name(subject.name)} is ${num(memory)} full. ` : ''}${evictions ? say`Each second ${num(evictions)} entries leave ${name(subject.name)} for lack of room` : say`Entries of ${name(subject.name)} may leave for lack of room`}${h ? say`, and ${num(h.is)} of look-ups hit` : ''}; a longer lifetime would not keep them.`,
      refutedIf: say`${name(subject.name)} evicts hardly anything while its hit ratio is low.`,
    };
  },
  claims: (context, subject) =>
    evictsLittle(context, subject) === false ? missClaims(context, subject) : [],
  remedies: ['size-cache', 'near-cache', 'cache-reads'],
} satisfies Hypothesis;
