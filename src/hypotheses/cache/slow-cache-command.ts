import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { hotKeys, slowCacheCommands } from '../commands/platform.js';
import { now } from '../evidence.js';
import { absent, decide, level, rise, seen, spent } from '../outcomes.js';
import { cellsOf, claimCells, sumOf } from '../patterns.js';
import { caches, has } from '../subjects.js';
import { LARGE_PAYLOAD, SLOW_COMMAND, STRONG_RISE, same } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

/** Share of the excess in commands of the cache from which they are the matter. */
const MUCH = 0.3;
const TIMES = ['cache.command.p99', 'latency.p99', 'latency.mean'];

export default {
  id: 'slow-cache-command',
  layer: 'cache',
  title: 'A slow command or a big key holds up the cache',
  mechanism:
    'One thread serves all clients of a cache node; a command over many members, or an entry of megabytes, makes all others wait.',
  startedBy: [
    'code-change',
    'cache-change',
    'data-growth',
    'library-upgrade',
    'feature-flag',
    'batch-change',
  ],
  explains: ['tail-latency', 'timeouts', 'cpu-saturation', 'hot-key'],
  prior: 0.03,
  subjects: (context) =>
    caches(context)
      .filter(
        (c) => c.product === undefined || has(context, c, 'single-threaded') || has(context, c, 'key-value'),
      )
      .map((c) => c.subject)
      .filter(
        (s) =>
          now(context, [...TIMES, 'cache.key.bytes'], s)?.subject.id === s.id ||
          cellsOf(context, ['cache'], s).length > 0,
      ),
  predictions: [
    {
      id: 'commands-slow',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -2.2,
      test: decide(
        (_, s) => say`commands of ${name(s.name)} that take ${num(SLOW_COMMAND)} or more`,
        rise({ fact: TIMES, what: 'time of a command', by: STRONG_RISE, onPath: true }),
        level({ fact: ['cache.command.p99', 'latency.p99'], at: SLOW_COMMAND, what: 'time of a command' }),
        spent({ kinds: ['cache'], what: 'time in commands of the cache', as: 'cache', anywhere: true }),
      ),
      measure: (context, s) =>
        ask('cache', slowCacheCommands(), {
          question: say`Which commands of ${name(s.name)} are slow on the server itself?`,
          signal: say`slow log, time and calls by command, round trip from a client`,
          window: aroundTrouble(context),
          decides: say`Commands over whole collections or keyspaces, at ${num(SLOW_COMMAND)} or more: it holds. A fast server and slow clients: the network or the client’s own queue.`,
        }),
    },
    {
      id: 'cache-takes-the-time',
      // Look-ups take a fraction of a millisecond: a cache that carries much of the excess does not just miss.
      whenSeen: 2.2,
      whenAbsent: -1,
      test: decide(
        (_, s) => say`much of what slow requests lost spent in commands of ${name(s.name)} that all hit`,
        (context, s) => {
          const own = cellsOf(context, ['cache'], s);
          const sum = sumOf(own, s, 'cache');
          const excess = context.telemetry?.hasBaseline ? context.telemetry.excess.total : undefined;
          if (!sum || !excess || excess.value <= 0) return undefined;
          const says = say`commands of ${name(s.name)} carry ${num(sum.excess)} of the excess of ${num(excess)}`;
          return same(sum.excess) >= MUCH * same(excess)
            ? seen(says, [sum.excess, excess])
            : absent(says, [sum.excess, excess]);
        },
      ),
      measure: (context, s) =>
        ask('cache', slowCacheCommands(), {
          question: say`How much of a slow request goes into commands of ${name(s.name)}, and into which?`,
          signal: say`time by command in slow requests, beside the server’s own time for it`,
          window: aroundTrouble(context),
          decides: say`A large part, in one command or in all that wait behind it: it holds. Little: look behind the cache.`,
        }),
    },
    {
      id: 'entries-large',
      whenSeen: 1.4,
      whenAbsent: -0.8,
      test: decide(
        (_, s) => say`entries of ${name(s.name)} beyond ${num(LARGE_PAYLOAD)}`,
        level({ fact: ['cache.key.bytes', 'payload.max'], at: LARGE_PAYLOAD, what: 'size of an entry' }),
      ),
      measure: (context, s) =>
        ask('cache', hotKeys(context, s), {
          question: say`How large are the largest entries of ${name(s.name)}, and how often are they read?`,
          signal: say`bytes and members of the largest keys, reads a second of them`,
          window: aroundTrouble(context),
          decides: say`An entry of ${num(LARGE_PAYLOAD)} or more that is read often: it holds. Small entries alone: the command is the matter.`,
        }),
    },
  ],
  describe(context, subject) {
    const time = now(context, TIMES, subject);
    const own = time?.subject.id === subject.id ? time : undefined;
    const size = now(context, 'cache.key.bytes', subject);
    return {
      title: say`A slow command or big key holds up ${name(subject.name)}${own ? say` (${num(own)})` : ''}`,
      statement: say`${size ? say`An entry of ${name(subject.name)} has ${num(size)}. ` : ''}While ${name(subject.name)} works on a command over many members or sends a large entry, every other client of that node waits${own ? say`; its slow commands take ${num(own)}` : ''}.`,
      refutedIf: say`The slow log of ${name(subject.name)} is empty and its commands take well under ${num(SLOW_COMMAND)}.`,
    };
  },
  claims: (context, subject) =>
    claimCells(cellsOf(context, ['cache'], subject).filter((c) => c.peer?.id === subject.id)),
  remedies: ['replace-slow-command', 'near-cache', 'split-hot-key'],
} satisfies Hypothesis;
