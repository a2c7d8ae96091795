import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { signalOr, waitProfile } from '../commands/runtime.js';
import { changed, concerns, now } from '../evidence.js';
import { complaint, decide, full, level, rise, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { databases, has, isBackground, isNamed, mainService, services } from '../subjects.js';
import { CPU_KNEE, HALF_QUEUE as HALF, STRONG_RISE, WORKERS_BUSY } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const FACTS = ['threads.used', 'workers.utilisation', 'threads.pending', 'threads.utilisation'];
const gaps = (context: Context, s: Subject) =>
  cellsOf(context, ['queue-gap'], s).filter((c) => isNamed(s, c.service));
const THREADED = [
  'thread-per-request',
  'worker-per-request',
  'multi-threaded',
  'global-lock',
  'process-per-request',
  'jvm-based',
];

export default {
  id: 'thread-pool-exhausted',
  layer: 'api',
  title: 'All request threads or workers are taken',
  mechanism:
    'Each request holds a thread or worker while it waits for others; when all are held, new requests queue before any code runs.',
  startedBy: [
    'call-added',
    'concurrency-change',
    'timeout-change',
    'traffic-change',
    'config-change',
    'code-change',
    'scaling-change',
  ],
  explains: ['threads-exhausted', 'timeouts', 'errors', 'tail-latency', 'latency', 'throughput-drop'],
  prior: 0.07,
  subjects(context) {
    const candidates = [...services(context).filter((c) => !isBackground(c)), ...databases(context)].filter(
      (c) => THREADED.some((t) => has(context, c, t)),
    );
    const main = mainService(context).subject.id;
    return candidates
      .map((c) => c.subject)
      .filter(
        (s) =>
          concerns(context, s, FACTS, ['threads-exhausted']) ||
          gaps(context, s).length > 0 ||
          // A blocking call added to a service with a thread for each request asks for more threads.
          (s.id === main && changed(context, 'concurrency-change')),
      );
  },
  predictions: [
    {
      id: 'all-taken',
      necessary: true,
      whenSeen: 2.4,
      whenAbsent: -2.6,
      test: decide(
        (_, s) => say`all threads or workers of ${name(s.name)} busy, with requests queueing`,
        full({ used: 'threads.used', limit: 'threads.limit', at: WORKERS_BUSY, what: 'threads in use' }),
        level({
          fact: ['workers.utilisation', 'threads.utilisation'],
          at: WORKERS_BUSY,
          what: 'workers in use',
        }),
        full({
          used: 'threads.pending',
          limit: 'threads.queueLimit',
          at: HALF,
          what: 'work queued for a thread',
        }),
        complaint('threads-exhausted'),
      ),
      measure: (context, s) =>
        ask('api', signalOr(context, 'threads', s, waitProfile(context, s)), {
          question: say`How many threads or workers of ${name(s.name)} are busy, and what do they wait for?`,
          signal: say`threads busy of those there are, length of the queue before them, what they are blocked in`,
          window: aroundTrouble(context),
          decides: say`${num(WORKERS_BUSY)} or more of the threads of ${name(s.name)} busy with a queue, most of them waiting: it holds. Free threads while requests of ${name(s.name)} are slow: ruled out.`,
        }),
    },
    {
      id: 'waits-before-code',
      whenSeen: 1.5,
      whenAbsent: -1.2,
      test: decide(
        (_, s) => say`a gap between the arrival of a request at ${name(s.name)} and its first work`,
        spent({ kinds: ['queue-gap'], what: 'waiting before the first work', as: 'queueGap' }),
      ),
      measure: (context, s) =>
        ask('api', waitProfile(context, s), {
          question: say`What are the threads of ${name(s.name)} blocked in?`,
          signal: say`stacks of all threads, grouped, taken several times`,
          window: aroundTrouble(context),
          decides: say`Most stacks wait in one call: a deadline or a bulkhead for it frees the threads. Most stacks run: the processors are the limit.`,
        }),
    },
    {
      id: 'waiting-not-working',
      whenSeen: 0.6,
      whenAbsent: -0.6,
      test: decide(
        say`processors not full while threads are`,
        level({ fact: 'cpu.utilisation', at: CPU_KNEE, what: 'processors', below: true }),
        rise({ fact: 'threads.used', what: 'threads in use', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('api', signalOr(context, 'cpu', s, waitProfile(context, s)), {
          question: say`Are the processors of ${name(s.name)} idle while its threads are taken?`,
          signal: say`processor utilisation beside threads in use`,
          window: aroundTrouble(context),
          decides: say`Processors below ${num(CPU_KNEE)}: threads wait for something else. Above: add processors, not threads.`,
        }),
    },
  ],
  describe(context, subject) {
    const [used, limit] = [now(context, ['threads.used'], subject), now(context, ['threads.limit'], subject)];
    const share = now(context, ['workers.utilisation', 'threads.utilisation'], subject);
    const workers = now(context, 'workers', subject);
    const figure =
      used && limit ? say` (${num(used)} of ${num(limit)})` : share ? say` (${num(share)} busy)` : say``;
    return {
      title: say`Threads or workers of ${name(subject.name)} all taken${figure}`,
      statement: say`A request of ${name(subject.name)} holds a thread or worker${workers ? say` (${num(workers)} to a host)` : ''} while it waits for a database or a call; once all are held${share ? say`, as at ${num(share)}` : ''}, the next ones wait before any code runs.`,
      refutedIf: say`${name(subject.name)} has free threads or workers while its requests are slow.`,
    };
  },
  claims: (context, subject) => claimCells(gaps(context, subject)),
  remedies: ['size-thread-pool', 'timeout-and-breaker', 'bulkhead', 'scale-out-service'],
} satisfies Hypothesis;
