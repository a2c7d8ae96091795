import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { cpuQuota } from '../commands/platform.js';
import { cpuProfile, eventLoop } from '../commands/runtime.js';
import { commonClaims, commonlyLate } from '../common-growth.js';
import { concerns, inTrouble, now } from '../evidence.js';
import { absent, decide, type Look, level, rise, seen, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { profileShare } from '../profile-shares.js';
import { has, isNamed, mainService, runtimeOf, services } from '../subjects.js';
import { LOOP_BUSY, LOOP_DELAY, PROFILE_SHARE, STRONG_RISE, THROTTLED } from '../thresholds.js';
import { aroundTrouble, twoProfiles } from '../window.js';

const FACTS = ['eventloop.delay.p99', 'eventloop.utilisation'];

/** Growth of a process's own time while its loop is late, where that is material: see `facts/stalls.ts`. */
const lateOnPath: Look = (context, subject) => {
  const late = spent({ kinds: ['event-loop'], what: 'waiting for the event loop', as: 'loop' })(
    context,
    subject,
  );
  return late?.outcome === 'seen' ? late : undefined;
};

/** Kinds of work in a profile that let others run in between, or that are waiting. */
const YIELDS = ['gc', 'native', 'idle', 'scheduling', 'promises', 'network-io', 'http-handling'];

/**
 * Work that does not yield has a share of the profile that it did not have before, and every call of the process takes
 * longer: a loop that stands still for files shows in neither its mean delay nor its processor time.
 */
const lateByProfile: Look = (context, subject) => {
  const work = profileShare({
    except: [...YIELDS, 'streams', 'database-driver'],
    at: PROFILE_SHARE,
    what: 'work that does not yield',
  })(context, subject);
  const late = commonlyLate(context, subject);
  return work?.outcome === 'seen' && late
    ? seen(say`${work.says}; ${late.says}`, [...work.facts, ...late.facts])
    : undefined;
};

export default {
  id: 'event-loop-blocked',
  layer: 'api',
  title: 'Synchronous work blocks the event loop',
  mechanism:
    'One thread runs all requests; work that does not yield makes every request in flight wait until it ends.',
  startedBy: [
    'code-change',
    'orm-upgrade',
    'library-upgrade',
    'runtime-upgrade',
    'serialisation-change',
    'logging-change',
    'security-change',
    'traffic-change',
  ],
  explains: ['tail-latency', 'latency', 'cpu-saturation', 'timeouts'],
  prior: 0.07,
  subjects(context) {
    const looped = services(context).filter(
      (c) =>
        has(context, c, 'event-loop') ||
        context.facts.every({ name: FACTS }).some((f) => f.subject.id === c.subject.id),
    );
    const main = mainService(context).subject.id;
    return looped
      .map((c) => c.subject)
      .filter(
        (s) => concerns(context, s, FACTS, ['cpu-saturation']) || (s.id === main && inTrouble(context)),
      );
  },
  predictions: [
    {
      id: 'loop-delayed',
      necessary: true,
      whenSeen: 2.8,
      whenAbsent: -2.8,
      test: decide(
        (_, s) => say`event-loop delay of ${name(s.name)} at ${num(LOOP_DELAY)} or more in its p99`,
        lateOnPath,
        lateByProfile,
        level({ fact: 'eventloop.delay.p99', at: LOOP_DELAY, what: 'event-loop delay (p99)' }),
        level({ fact: 'eventloop.utilisation', at: LOOP_BUSY, what: 'event-loop utilisation' }),
      ),
      measure: (context, s) =>
        ask('api', eventLoop(context, s), {
          question: say`Is the event loop of ${name(s.name)} late while requests are slow?`,
          signal: say`event-loop delay p99 and utilisation, by process`,
          window: aroundTrouble(context),
          decides: say`Delay beyond ${num(LOOP_DELAY)} or utilisation beyond ${num(LOOP_BUSY)} in a process: it holds. Both low while processors are said to be busy: the busy host is another one.`,
        }),
    },
    {
      id: 'delay-rose',
      whenSeen: 1,
      whenAbsent: -1,
      test: decide(
        say`a longer delay than before the trouble`,
        rise({ fact: FACTS, what: 'event-loop delay', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('api', cpuProfile(context, s), {
          question: say`Which function of ${name(s.name)} runs longest without yielding?`,
          signal: say`processor time by function, difference between slow and quiet`,
          window: twoProfiles(context),
          decides: say`One function or library carries the difference (parsing, hydration, hashing, logging): that is what blocks. Idle most of the time: ruled out.`,
        }),
    },
    {
      id: 'waits-in-process',
      whenSeen: 1.2,
      whenAbsent: -1,
      test: decide(
        (_, s) => say`slow requests wait inside ${name(s.name)}, not for anything it calls`,
        spent({ kinds: ['event-loop', 'self'], what: 'time inside the process', as: 'process' }),
      ),
      measure: (context, s) =>
        ask('api', eventLoop(context, s), {
          question: say`Do the late moments of the loop of ${name(s.name)} meet the slow requests?`,
          signal: say`event-loop delay beside the start times of slow requests`,
          window: aroundTrouble(context),
          decides: say`Slow requests come in clusters with each late moment: it holds. They come singly at a quick loop: ruled out.`,
        }),
    },
    {
      id: 'runs-when-ready',
      // A process that is stopped from outside is late through no work of its own.
      whenSeen: 0.2,
      whenAbsent: -2.6,
      test: decide(
        (_, s) => say`a process of ${name(s.name)} that no quota stops`,
        (context, s) => {
          const stopped = now(context, 'cpu.throttled', s);
          if (stopped?.subject.kind !== 'service') return undefined;
          const says = say`a quota stops ${name(stopped.subject.name)} in ${num(stopped)} of its periods`;
          return stopped.value >= THROTTLED.value
            ? absent(says, [stopped, THROTTLED])
            : lateOnPath(context, s) && seen(says, [stopped, THROTTLED]);
        },
      ),
      measure: (context, s) =>
        ask('infrastructure', cpuQuota(context, s), {
          question: say`Is ${name(s.name)} stopped by a processor quota while its loop is late?`,
          signal: say`stopped periods of all periods, beside event-loop delay`,
          window: aroundTrouble(context),
          decides: say`${num(THROTTLED)} or more stopped: the quota makes the loop late. None: work in the process does.`,
        }),
    },
    {
      id: 'profile-names-blocker',
      whenSeen: 1.2,
      whenAbsent: -0.8,
      test: decide(
        (_, s) =>
          say`work that does not yield with a material share of the samples of a profile of ${name(s.name)}`,
        profileShare({
          except: YIELDS,
          at: PROFILE_SHARE,
          what: 'work that does not yield',
        }),
      ),
      measure: (context, s) =>
        ask('api', cpuProfile(context, s), {
          question: say`What runs on the event loop of ${name(s.name)} without yielding?`,
          signal: say`share of samples by kind of work, with its interval`,
          window: twoProfiles(context),
          decides: say`One kind with ${num(PROFILE_SHARE)} or more: that is what blocks. None: the loop is late for another reason.`,
        }),
    },
  ],
  describe(context, subject) {
    const delay = now(context, 'eventloop.delay.p99', subject);
    const busy = now(context, 'eventloop.utilisation', subject);
    const cpu = now(context, 'cpu.utilisation', subject);
    const runtime = runtimeOf(context, subject);
    const product = runtime ? context.knowledge.product(runtime)?.name : undefined;
    return {
      title: say`Event loop of ${name(subject.name)} blocked${delay ? say` (delay ${num(delay)})` : busy ? say` (${num(busy)} busy)` : ''}`,
      statement: say`${product ? say`${name(product)} runs` : 'An event loop runs'} all requests of a process on one thread${delay ? say`, which is late by ${num(delay)}` : cpu ? say`; at ${num(cpu)} processor utilisation it may be late` : ''}. Work that does not yield (hydration, parsing, logging) delays every request of ${name(subject.name)} in flight.`,
      refutedIf: say`Event-loop delay of ${name(subject.name)} stays under ${num(LOOP_DELAY)} and its utilisation under ${num(LOOP_BUSY)} while requests are slow.`,
    };
  },
  // Time inside the process is waiting for the loop; a late loop also stretches what looks like its own work, and
  // every call, whose answer it takes up late.
  claims: (context, subject) => [
    ...claimCells(
      cellsOf(context, ['event-loop', 'self'], subject).filter((c) => isNamed(subject, c.service)),
    ),
    ...commonClaims(context, subject),
  ],
  remedies: [
    'move-cpu-off-request-path',
    'reduce-cpu-per-request',
    'log-asynchronously',
    'scale-out-service',
  ],
} satisfies Hypothesis;
