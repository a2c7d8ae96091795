import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { hostPressure, placement } from '../commands/platform.js';
import { now, uniqueById } from '../evidence.js';
import { decide, level, spent } from '../outcomes.js';
import { databases, services } from '../subjects.js';
import { STOLEN, WAITS_FOR_DISK } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const FACTS = ['cpu.steal', 'cpu.pressure'];

export default {
  id: 'noisy-neighbour',
  layer: 'infrastructure',
  title: 'Other work on the same host takes its processors',
  mechanism:
    'Machines and containers that share a host, or a burstable one that has spent its credits, get a processor later than they ask for it.',
  startedBy: ['infrastructure-change', 'scaling-change', 'batch-change', 'config-change'],
  explains: ['tail-latency', 'cpu-saturation', 'throttling', 'latency'],
  prior: 0.02,
  subjects: (context) =>
    uniqueById(
      [...services(context), ...databases(context)]
        .map((c) => c.subject)
        .filter((s) => now(context, FACTS, s) !== undefined),
    ),
  predictions: [
    {
      id: 'time-stolen',
      necessary: true,
      whenSeen: 2.6,
      whenAbsent: -2.8,
      test: decide(
        (_, s) => say`processor time taken from ${name(s.name)} by others on its host`,
        level({ fact: 'cpu.steal', at: STOLEN, what: 'processor time stolen' }),
        level({ fact: 'cpu.pressure', at: WAITS_FOR_DISK, what: 'time waiting for a processor' }),
      ),
      measure: (context, s) =>
        ask('infrastructure', hostPressure(), {
          question: say`Do threads of ${name(s.name)} wait for a processor that others have?`,
          signal: say`stolen time, run queue, pressure; credits left on a burstable machine`,
          window: aroundTrouble(context),
          decides: say`${num(STOLEN)} or more stolen, or credits at nothing: it holds. Neither: ruled out.`,
        }),
    },
    {
      id: 'some-hosts-only',
      whenSeen: 1,
      whenAbsent: -1,
      test: decide(
        (_, s) => say`instances of ${name(s.name)} on some hosts slow, on others not`,
        spent({ kinds: ['self', 'queue-gap'], what: 'time in the process', as: 'process' }),
      ),
      measure: (context, s) =>
        ask('infrastructure', placement(context, s), {
          question: say`Are the slow instances of ${name(s.name)} on the same hosts?`,
          signal: say`p99 by instance, with the host and zone of each`,
          window: aroundTrouble(context),
          decides: say`Slow ones share a host or a machine type: it holds. Slow everywhere: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const steal = now(context, FACTS, subject);
    return {
      title: say`Others on the host of ${name(subject.name)} take its processors${steal ? say` (${num(steal)})` : ''}`,
      statement: say`${steal ? say`${num(steal)} of the processor time that ${name(subject.name)} asked for went to others. ` : ''}A request of ${name(subject.name)} is then ready to run and does not, on some hosts and not on others.`,
      refutedIf: say`No processor time is stolen on the hosts of ${name(subject.name)}, and its slow instances are spread over them.`,
    };
  },
  remedies: ['move-off-shared-host', 'scale-out-service', 'rebalance-load'],
} satisfies Hypothesis;
