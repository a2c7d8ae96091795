import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { cpuQuota, placement } from '../commands/platform.js';
import { commonClaims, commonlyLate, statementsLate } from '../common-growth.js';
import { limitClaims } from '../database-limit.js';
import { borne, concerns, now, symptom, uniqueById } from '../evidence.js';
import { decide, level, rise, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { databases, has, isNamed, mainService, services } from '../subjects.js';
import { CPU_KNEE, STRONG_RISE, THROTTLED } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'cpu-throttling',
  layer: 'infrastructure',
  title: 'A processor quota stops the process for part of each period',
  mechanism:
    'A container that has used its quota is stopped until the next period; requests stand still although the mean utilisation looks low.',
  startedBy: [
    'infrastructure-change',
    'scaling-change',
    'runtime-upgrade',
    'traffic-change',
    'config-change',
    'concurrency-change',
  ],
  explains: ['throttling', 'tail-latency', 'cpu-saturation', 'gc-pauses', 'timeouts'],
  prior: 0.05,
  subjects(context) {
    const own = [...services(context), ...databases(context)].map((c) => c.subject);
    return uniqueById(
      own.filter(
        (s) =>
          concerns(context, s, 'cpu.throttled') ||
          borne(context, 'cpu-throttling', own).some((b) => b.id === s.id) ||
          (s.id === mainService(context).subject.id &&
            symptom(context, ['throttling'], s) !== undefined &&
            context.components.some((c) => has(context, c, 'cpu-quota'))),
      ),
    );
  },
  predictions: [
    {
      id: 'periods-throttled',
      necessary: true,
      // The kernel’s own count of the pauses.
      whenSeen: 3.6,
      whenAbsent: -3,
      test: decide(
        (_, s) => say`${name(s.name)} stopped by its quota in ${num(THROTTLED)} of the periods or more`,
        level({ fact: 'cpu.throttled', at: THROTTLED, what: 'periods stopped by the quota' }),
      ),
      measure: (context, s) =>
        ask('infrastructure', cpuQuota(context, s), {
          question: say`In what share of its periods is ${name(s.name)} stopped by its processor quota?`,
          signal: say`throttled periods of all periods, by instance`,
          window: aroundTrouble(context),
          decides: say`${num(THROTTLED)} or more on slow instances: it holds, whatever the mean utilisation says. None: ruled out.`,
        }),
    },
    {
      id: 'own-time-stretched',
      whenSeen: 1,
      whenAbsent: -1.2,
      test: decide(
        (_, s) => say`slow requests spend longer in ${name(s.name)} itself`,
        (context, s) => (s.kind === 'database' ? statementsLate(context, s) : undefined),
        commonlyLate,
        spent({
          kinds: ['self', 'event-loop', 'gc', 'queue-gap'],
          what: 'time in the process',
          as: 'process',
        }),
      ),
      measure: (context, s) =>
        ask('infrastructure', cpuQuota(context, s), {
          question: say`Do the pauses of ${name(s.name)} have the length of the rest of a quota period?`,
          signal: say`stalls in traces or event-loop delay, as a histogram`,
          window: aroundTrouble(context),
          decides: say`Stalls that pile up at one length just below the period: it holds. Spread lengths: look for collection or locks.`,
        }),
    },
    {
      id: 'mean-below-full',
      whenSeen: 0.5,
      whenAbsent: -0.4,
      test: decide(
        say`a mean utilisation well below full`,
        level({ fact: 'cpu.utilisation', at: CPU_KNEE, what: 'processors', below: true }),
        rise({ fact: 'cpu.throttled', what: 'periods stopped', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('infrastructure', placement(context, s), {
          question: say`How many threads of ${name(s.name)} run at once, against the processors its quota allows?`,
          signal: say`runtime threads and processors seen by the runtime, quota, utilisation by instance`,
          window: aroundTrouble(context),
          decides: say`More runnable threads than processors of the quota: it is used up early in each period. Fewer: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const t = now(context, 'cpu.throttled', subject);
    return {
      title: say`${name(subject.name)} is stopped by its processor quota${t ? say` (${num(t)} of periods)` : ''}`,
      statement: say`${t ? say`${name(subject.name)} is stopped in ${num(t)} of its periods. ` : ''}A burst of parallel work in ${name(subject.name)} uses the quota of a period up early; every request in flight then stands still until the next one.`,
      refutedIf: say`${name(subject.name)} is hardly ever throttled while its requests are slow.`,
    };
  },
  // A process that stands still times all it waits for too long as well.
  claims: (context, subject) => [
    ...claimCells(
      cellsOf(context, ['self', 'event-loop', 'gc', 'queue-gap'], subject).filter((c) =>
        isNamed(subject, c.service),
      ),
    ),
    ...(subject.kind === 'database' ? limitClaims(context, subject) : commonClaims(context, subject)),
  ],
  remedies: ['raise-cpu-quota', 'reduce-cpu-per-request', 'scale-out-service'],
} satisfies Hypothesis;
