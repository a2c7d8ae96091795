import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { collections, heapDump } from '../commands/runtime.js';
import { concerns, now, symptom } from '../evidence.js';
import { besideTarget, complaint, decide, full, level, rise, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { databases, has, isNamed, runtimeOf, services } from '../subjects.js';
import { GC_SHARE, HEAP_FULL, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const PAUSES = ['gc.pause.p99', 'gc.pause.mean'];
const FACTS = [...PAUSES, 'gc.pause.share', 'heap.used'];

export default {
  id: 'gc-pressure',
  layer: 'api',
  title: 'Garbage collection stops requests',
  mechanism:
    'With little room left on the heap, or much allocation, collections come often and long; every request in flight waits.',
  startedBy: [
    'code-change',
    'library-upgrade',
    'runtime-upgrade',
    'serialisation-change',
    'config-change',
    'infrastructure-change',
    'data-growth',
    'traffic-change',
  ],
  explains: ['gc-pauses', 'memory-growth', 'tail-latency', 'cpu-saturation'],
  prior: 0.06,
  subjects: (context) =>
    [...services(context), ...databases(context)]
      .filter((c) => has(context, c, 'garbage-collected') || has(context, c, 'jvm-based'))
      .map((c) => c.subject)
      .filter(
        (s) =>
          // Pauses of the service are not those of an engine beside it.
          (databases(context).some((c) => c.subject.id === s.id)
            ? now(context, FACTS, s)?.subject.id === s.id ||
              symptom(context, ['gc-pauses', 'memory-growth'], s)?.subject?.id === s.id
            : concerns(context, s, FACTS, ['gc-pauses', 'memory-growth'])) ||
          cellsOf(context, ['gc'], s).some((c) => isNamed(s, c.service)),
      ),
  predictions: [
    {
      id: 'pauses-in-slow-requests',
      necessary: true,
      whenSeen: 2.6,
      whenAbsent: -2.6,
      test: decide(
        (_, s) => say`collection pauses of ${name(s.name)} as long as a material part of slow requests`,
        spent({ kinds: ['gc'], what: 'collection pauses', as: 'gc' }),
        rise({ fact: PAUSES, what: 'collection pause', by: STRONG_RISE, onPath: true }),
        level({ fact: 'gc.pause.share', at: GC_SHARE, what: 'time in collection pauses' }),
        besideTarget(PAUSES, 0.25, 'collection pause'),
        complaint('gc-pauses'),
      ),
      measure: (context, s) =>
        ask('api', collections(context, s), {
          question: say`How often and how long does collection stop ${name(s.name)}?`,
          signal: say`pauses: length, number and cause; share of time; heap left after a collection`,
          window: aroundTrouble(context),
          decides: say`${num(GC_SHARE)} of the time in pauses, or pauses as long as the excess of slow requests: it holds. Rare, short pauses: ruled out.`,
        }),
    },
    {
      id: 'heap-nearly-full',
      whenSeen: 1.4,
      whenAbsent: -1,
      test: decide(
        say`little room on the heap after a collection`,
        full({ used: 'heap.used', limit: 'heap.limit', at: HEAP_FULL, what: 'heap in use' }),
        level({ fact: ['heap.utilisation', 'memory.utilisation'], at: HEAP_FULL, what: 'memory in use' }),
      ),
      measure: (context, s) =>
        ask('api', heapDump(context, s), {
          question: say`What fills the heap of ${name(s.name)} that a collection does not free?`,
          signal: say`live objects by class after a collection`,
          window: aroundTrouble(context),
          decides: say`Live data near the limit: the heap is small for it, or something keeps it. Live data small, garbage large: allocation is the matter.`,
        }),
    },
    {
      id: 'share-rose',
      whenSeen: 1,
      whenAbsent: -1,
      test: decide(
        say`more time in collections than before`,
        rise({ fact: ['gc.pause.share', 'gc.count'], what: 'time in collections', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('api', collections(context, s), {
          question: say`Did allocation or live data of ${name(s.name)} grow with the trouble?`,
          signal: say`bytes allocated for each request, and live bytes after collection`,
          window: aroundTrouble(context),
          decides: say`Either rose by half or more: it holds, and says which. Both level: the pauses were always there.`,
        }),
    },
  ],
  describe(context, subject) {
    const pause = now(context, PAUSES, subject);
    const share = now(context, 'gc.pause.share', subject);
    const used = now(context, ['heap.utilisation', 'memory.utilisation'], subject);
    const runtime = runtimeOf(context, subject);
    const product = runtime ? context.knowledge.product(runtime)?.name : undefined;
    return {
      title: say`Collection pauses of ${name(subject.name)}${pause ? say` (${num(pause)})` : share ? say` (${num(share)} of the time)` : ''}`,
      statement: say`While ${product ? say`the collector of ${name(product)}` : 'the collector'} works, requests of ${name(subject.name)} wait${pause ? say`, up to ${num(pause)} at a time` : ''}${used ? say`; ${num(used)} of its memory is in use` : ''}; the less room a collection leaves, the sooner the next one comes.`,
      refutedIf: say`Pauses of ${name(subject.name)} are rare and short against the excess of its slow requests.`,
    };
  },
  claims: (context, subject) =>
    claimCells(cellsOf(context, ['gc'], subject).filter((c) => isNamed(subject, c.service))),
  remedies: ['tune-collector', 'reduce-cpu-per-request', 'shrink-payload', 'fix-leak'],
} satisfies Hypothesis;
