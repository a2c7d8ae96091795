import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { signalOr, waitProfile } from '../commands/runtime.js';
import { slowTraces } from '../commands/traces.js';
import { NOW, now } from '../evidence.js';
import { absent, decide, level, rise, seen, spent, traced } from '../outcomes.js';
import { cellsOf, claimCells, claimsOf, isMaterial, patternMs, patternsOf } from '../patterns.js';
import { has, isNamed, mainService } from '../subjects.js';
import { STRONG_RISE, same, WORKERS_BUSY } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const gaps = (context: Context, s: Subject) =>
  cellsOf(context, ['queue-gap'], s).filter((c) => isNamed(s, c.service));

const KINDS = ['head-of-line'] as const;
const blocked = (context: Context, s: Subject) =>
  patternsOf(context, KINDS).filter((p) => p.subject.id === s.id);

/** Routes of one service with their times of today, slowest first. */
const routes = (context: Context) =>
  context.facts
    .every({
      name: ['latency.p50', 'latency.mean', 'latency.p95', 'latency.p99'],
      subjectKind: ['operation', 'class'],
      phase: NOW,
    })
    .sort((a, b) => same(b) - same(a) || (a.id < b.id ? -1 : 1));

/** The slowest and the fastest route by the same statistic, when they lie far apart. */
function apart(context: Context) {
  const all = routes(context);
  const slow = all[0];
  const fast = slow && all.filter((f) => f.name === slow.name && f.subject.id !== slow.subject.id).at(-1);
  return slow && fast && same(slow) >= 5 * same(fast) ? { slow, fast } : undefined;
}

export default {
  id: 'head-of-line-queue',
  layer: 'api',
  title: 'Fast requests queue behind slow ones',
  mechanism:
    'Slow and fast requests share workers or a queue; a few slow ones occupy them and the fast ones wait their turn.',
  startedBy: [
    'traffic-change',
    'call-added',
    'batch-change',
    'feature-flag',
    'concurrency-change',
    'code-change',
  ],
  explains: ['tail-latency', 'latency', 'timeouts', 'threads-exhausted', 'queue-backlog'],
  prior: 0.04,
  subjects(context) {
    const traced = patternsOf(context, KINDS).filter((p) => isMaterial(context, patternMs(context, p)));
    if (traced.length > 0) return traced.map((p) => p.subject);
    const main = mainService(context);
    const shared = ['worker-per-request', 'thread-per-request', 'event-loop', 'global-lock'].some((t) =>
      has(context, main, t),
    );
    const busy =
      (now(context, ['workers.utilisation', 'threads.utilisation'], main.subject)?.value ?? 0) >=
      WORKERS_BUSY.value;
    return gaps(context, main.subject).length > 0 ||
      (shared && busy) ||
      (shared && apart(context) !== undefined)
      ? [main.subject]
      : [];
  },
  predictions: [
    {
      id: 'waits-its-turn',
      necessary: true,
      whenSeen: 2,
      whenAbsent: -2.2,
      test: decide(
        (_, s) => say`requests of ${name(s.name)} wait between arrival and first work`,
        spent({ kinds: ['queue-gap'], what: 'waiting for a turn', as: 'queueGap' }),
        level({
          fact: ['workers.utilisation', 'threads.utilisation'],
          at: WORKERS_BUSY,
          what: 'workers in use',
        }),
      ),
      measure: (context, s) =>
        ask('api', signalOr(context, 'threads', s, waitProfile(context, s)), {
          question: say`How long does a request of ${name(s.name)} wait before its first work, and who is being served meanwhile?`,
          signal: say`time in queue by route; routes in service at that time`,
          window: aroundTrouble(context),
          decides: say`Fast routes wait while slow ones hold the workers: it holds. No waiting: ruled out.`,
        }),
    },
    {
      id: 'long-ones-in-service',
      whenSeen: 2.4,
      whenAbsent: -0.8,
      test: decide(
        (_, s) => say`long requests in service at ${name(s.name)} while short ones wait`,
        traced({
          kinds: KINDS,
          visible: [],
          what: '',
          where: (p, _, s) => p.subject.id === s.id,
        }),
      ),
      measure: (context, s) =>
        ask('api', slowTraces(context, s, 'waits'), {
          question: say`Who is served by the same instance of ${name(s.name)} while a short request waits?`,
          signal: say`requests in service at the middle of a wait, and when a request begins without one`,
          window: aroundTrouble(context),
          decides: say`Mostly long ones of another route, and few when nobody waits: it holds. Many short ones: there are too few workers, and no route is to blame.`,
        }),
    },
    {
      id: 'fast-requests-slow-too',
      whenSeen: 1.2,
      whenAbsent: -1,
      test: decide(
        say`the median rises with the tail`,
        rise({ fact: 'latency.p50', what: 'median latency', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('api', signalOr(context, 'latency', s, waitProfile(context, s)), {
          question: say`Do the fast routes of ${name(s.name)} get slow at the same moments as the slow ones?`,
          signal: say`latency by route, same minutes`,
          window: aroundTrouble(context),
          decides: say`Routes that do nothing dear get slow together with the dear ones: they share a queue. They stay fast: ruled out.`,
        }),
    },
    {
      id: 'service-times-far-apart',
      whenSeen: 0.5,
      whenAbsent: -0.3,
      test: decide(say`routes with very different times in one pool of workers`, (context, s) => {
        const far = apart(context);
        const all = routes(context);
        if (far)
          return seen(
            say`${name(far.slow.subject.name)} takes ${num(far.slow)}, ${name(far.fast.subject.name)} ${num(far.fast)}, in the same workers of ${name(s.name)}`,
            [far.slow, far.fast],
          );
        const [a, b] = [all[0], all.at(-1)];
        return a && b && a.name === b.name && a.subject.id !== b.subject.id
          ? absent(say`routes take between ${num(b)} and ${num(a)}`, [a, b])
          : undefined;
      }),
      measure: (context, s) =>
        ask('api', signalOr(context, 'latency', s, waitProfile(context, s)), {
          question: say`How far apart are the service times of the routes of ${name(s.name)}?`,
          signal: say`time in service by route, without waiting`,
          window: aroundTrouble(context),
          decides: say`A few routes take many times as long as the rest: give them workers of their own.`,
        }),
    },
  ],
  describe(context, subject) {
    const far = apart(context);
    const busy = now(context, ['workers.utilisation', 'threads.utilisation'], subject);
    const p = blocked(context, subject)[0];
    return {
      title: say`Fast requests of ${name(subject.name)} queue behind slow ones`,
      statement: p
        ? say`${p.detail}.`
        : say`${far ? say`${name(far.slow.subject.name)} takes ${num(far.slow)} and shares workers with ${name(far.fast.subject.name)} (${num(far.fast)}). ` : ''}${busy ? say`With ${num(busy)} of the workers of ${name(subject.name)} busy, ` : say`When slow requests hold the workers of ${name(subject.name)}, `}a fast one waits until a slow one ends.`,
      refutedIf: say`Requests of ${name(subject.name)} start their work on arrival, on fast and slow routes alike.`,
    };
  },
  claims(context, subject) {
    const found = blocked(context, subject);
    return found.length > 0 ? claimsOf(context, found) : claimCells(gaps(context, subject));
  },
  remedies: ['bulkhead', 'isolate-workload', 'make-work-asynchronous', 'size-thread-pool'],
} satisfies Hypothesis;
