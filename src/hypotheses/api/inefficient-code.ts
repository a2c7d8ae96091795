import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { placement } from '../commands/platform.js';
import { cpuProfile } from '../commands/runtime.js';
import { commonClaims } from '../common-growth.js';
import { before, changed, concerns, now, timesOf } from '../evidence.js';
import { absent, decide, rise, seen, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { profileShare } from '../profile-shares.js';
import { isNamed, mainService, services } from '../subjects.js';
import { MANY_TIMES, PROFILE_SHARE, RISE } from '../thresholds.js';
import { aroundTrouble, twoProfiles } from '../window.js';

const COSTLIER = [
  'orm-upgrade',
  'serialisation-change',
  'library-upgrade',
  'runtime-upgrade',
  'code-change',
  'security-change',
  'logging-change',
] as const;

/** Processors that are said to be mostly idle are paid for, not short. */
const isIdle = (context: Context, s: Subject): boolean => {
  const busy = now(context, 'cpu.utilisation', s);
  return busy !== undefined && busy.basis === 'stated' && busy.value < IDLE;
};
const IDLE = 0.4;

export default {
  id: 'inefficient-code',
  layer: 'api',
  title: 'Each request needs more processor time',
  mechanism:
    'Code on the path (hydration, serialisation, patterns, an algorithm) does more work for each request, so the same fleet saturates earlier.',
  startedBy: COSTLIER,
  explains: ['cpu-saturation', 'latency', 'throughput-drop', 'cost'],
  prior: 0.06,
  subjects(context) {
    const main = mainService(context).subject;
    return services(context)
      .map((c) => c.subject)
      .filter(
        (s) =>
          concerns(context, s, ['cpu.perRequest', 'profile.samples']) ||
          (concerns(context, s, 'cpu.utilisation', ['cpu-saturation']) &&
            (s.id !== main.id || changed(context, ...COSTLIER)) &&
            !isIdle(context, s)),
      );
  },
  predictions: [
    {
      id: 'cpu-per-request-rose',
      necessary: true,
      whenSeen: 2.4,
      whenAbsent: -2.4,
      test: decide(
        (_, s) => say`more processor time for one request of ${name(s.name)} than before`,
        rise({ fact: 'cpu.perRequest', what: 'processor time for a request', by: RISE }),
        (context, s) => {
          const cpu = now(context, 'cpu.utilisation', s);
          const cpuWas = cpu && before(context, 'cpu.utilisation', s, cpu);
          const rate = now(context, 'throughput', s);
          const rateWas = rate && before(context, 'throughput', s, rate);
          if (
            !cpu ||
            !cpuWas ||
            !rate ||
            !rateWas ||
            cpu.basis !== rate.basis ||
            rate.value <= 0 ||
            cpuWas.value <= 0
          )
            return undefined;
          const says = say`processors of ${name(s.name)}: ${num(cpuWas)} → ${num(cpu)} while requests went ${num(rateWas)} → ${num(rate)}`;
          return timesOf(cpu, cpuWas) >= RISE.value * timesOf(rate, rateWas)
            ? seen(says, [cpu, cpuWas, rate, rateWas, RISE])
            : absent(says, [cpu, cpuWas, rate, rateWas, RISE]);
        },
      ),
      measure: (context, s) =>
        ask('api', cpuProfile(context, s), {
          question: say`Which code of ${name(s.name)} takes more processor time for a request than before?`,
          signal: say`processor time by function ÷ requests, slow against quiet or new version against old`,
          window: twoProfiles(context),
          decides: say`One function or library carries the difference: it holds, and that is what to change. The profile has the same shape: it is load, not code.`,
        }),
    },
    {
      id: 'own-time-grew',
      whenSeen: 1,
      whenAbsent: -1.4,
      test: decide(
        (_, s) => say`slow requests spend longer in ${name(s.name)} itself`,
        spent({ kinds: ['self'], what: 'time in the service itself', as: 'self' }),
      ),
      measure: (context, s) =>
        ask('api', placement(context, s), {
          question: say`Is processor time for one request of ${name(s.name)} higher at the same load?`,
          signal: say`processor seconds ÷ requests, before and after each change`,
          window: aroundTrouble(context),
          decides: say`A step with one change: that change. A slope with data: an algorithm that grows. Level: ruled out.`,
        }),
    },
    {
      id: 'profile-names-work',
      whenSeen: 1.6,
      whenAbsent: -1,
      test: decide(
        (_, s) => say`one kind of work with a material share of the samples of a profile of ${name(s.name)}`,
        profileShare({
          except: ['gc', 'own-code', 'native', 'lock-contention', 'gil-held', 'idle'],
          at: PROFILE_SHARE,
          what: 'one kind of work',
        }),
      ),
      measure: (context, s) =>
        ask('api', cpuProfile(context, s), {
          question: say`Which kind of work takes the processors of ${name(s.name)}?`,
          signal: say`share of samples by kind of work, with its interval`,
          window: twoProfiles(context),
          decides: say`One kind with ${num(PROFILE_SHARE)} or more: it is worth removing. Many small ones: no single change helps.`,
        }),
    },
    {
      id: 'work-other-than-logging',
      whenSeen: 0.2,
      whenAbsent: -2.4,
      test: decide(
        (_, s) => say`about as many log records for a request of ${name(s.name)} as before`,
        (context, s) => {
          const logs = rise({ fact: 'logs.perRequest', what: 'log records for a request', by: MANY_TIMES })(
            context,
            s,
          );
          return logs && { ...logs, outcome: logs.outcome === 'seen' ? 'absent' : 'seen' };
        },
      ),
      measure: (context, s) =>
        ask('api', cpuProfile(context, s), {
          question: say`Is the processor time that ${name(s.name)} spends more of for a request spent on log records?`,
          signal: say`log records ÷ requests, before and during; share of the logger in the profile`,
          window: twoProfiles(context),
          decides: say`${num(MANY_TIMES)} as many records: it is the logging. As many as before: other code.`,
        }),
    },
  ],
  describe(context, subject) {
    const cpu = now(context, 'cpu.utilisation', subject);
    const rate = now(context, 'throughput', subject);
    const change = context.changes.find((c) =>
      c.mechanisms.some((m) => (COSTLIER as readonly string[]).includes(m)),
    );
    return {
      title: say`Requests of ${name(subject.name)} cost more processor time`,
      statement: say`${cpu ? say`${name(subject.name)} runs at ${num(cpu)} of its processors${rate ? say` for ${num(rate)}` : ''}. ` : ''}${change ? say`${name(change.summary)} may have made each request dearer` : say`If each request of ${name(subject.name)} does more work than before`}, and the same fleet fills at fewer requests.`,
      refutedIf: say`Processor time for one request of ${name(subject.name)} is as before.`,
    };
  },
  claims: (context, subject) => [
    ...claimCells(cellsOf(context, ['self'], subject).filter((c) => isNamed(subject, c.service))),
    // Where one thread runs all requests, work for one makes the calls of all others look longer.
    ...(now(context, ['eventloop.utilisation', 'eventloop.delay.p99'], subject)
      ? commonClaims(context, subject)
      : []),
  ],
  remedies: ['reduce-cpu-per-request', 'roll-back-change', 'move-cpu-off-request-path'],
} satisfies Hypothesis;
