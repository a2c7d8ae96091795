import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { scalingEvents, startSteps } from '../commands/platform.js';
import { isBorne, loadIs, now, symptom } from '../evidence.js';
import { absent, decide, level, rise, seen } from '../outcomes.js';
import { mainService } from '../subjects.js';
import { CPU_KNEE, RISE, same } from '../thresholds.js';
import { aroundTrouble, trouble } from '../window.js';

export default {
  id: 'scale-out-lag',
  layer: 'infrastructure',
  title: 'New capacity comes after the burst',
  mechanism:
    'An autoscaler sees the load late and new instances start slowly; until they serve, the ones that are there queue.',
  startedBy: ['scaling-change', 'infrastructure-change', 'traffic-change', 'config-change'],
  explains: ['cpu-saturation', 'tail-latency', 'timeouts', 'errors', 'cold-start', 'planned-load'],
  // Bursts outrun reactive scaling more often than not.
  prior: 0.1,
  subjects(context) {
    const main = mainService(context).subject;
    const bursts =
      loadIs(context, 'bursty', 'event', 'seasonal') ||
      now(context, ['burst.ramp', 'burst.factor'], context.app) !== undefined;
    const short = symptom(context, ['cpu-saturation', 'planned-load', 'throughput-drop'], main) !== undefined;
    return isBorne(context, 'scale-out-lag') ||
      now(context, ['scaleout.delay', 'scaling.pending'], main) !== undefined ||
      (bursts && short)
      ? [main]
      : [];
  },
  predictions: [
    {
      id: 'capacity-late',
      necessary: true,
      whenSeen: 2.4,
      whenAbsent: -2.4,
      test: decide(
        (context, s) =>
          say`instances of ${name(s.name)} that serve only when ${trouble(context)} is well under way`,
        (context, s) => {
          const delay = now(context, 'scaleout.delay', s);
          const ramp = now(context, 'burst.ramp', context.app) ?? now(context, 'burst.ramp', s);
          if (!delay || !ramp) return undefined;
          const says = say`new instances of ${name(s.name)} serve after ${num(delay)}; the load is up after ${num(ramp)}`;
          return same(delay) > same(ramp) ? seen(says, [delay, ramp]) : absent(says, [delay, ramp]);
        },
        rise({ fact: 'scaling.pending', what: 'instances asked for and not yet serving', by: RISE }),
      ),
      measure: (context, s) =>
        ask('infrastructure', scalingEvents(context, s), {
          question: say`How long after the load rises do more instances of ${name(s.name)} serve?`,
          signal: say`load, instances wanted, instances serving: one time axis`,
          window: aroundTrouble(context),
          decides: say`Serving instances lag the load by as long as requests are slow: it holds. They are there before it: ruled out.`,
        }),
    },
    {
      id: 'existing-ones-full',
      whenSeen: 1.2,
      whenAbsent: -1.4,
      test: decide(
        (_, s) => say`the instances of ${name(s.name)} that are there at ${num(CPU_KNEE)} or more`,
        level({ fact: 'cpu.utilisation', at: CPU_KNEE, what: 'processors' }),
      ),
      measure: (context, s) =>
        ask('infrastructure', startSteps(context, s), {
          question: say`How long does a new instance of ${name(s.name)} take, by step: decision, machine, image, start, first good answer?`,
          signal: say`time stamps of each step for the instances of the last burst`,
          window: aroundTrouble(context),
          decides: say`The longest step is what to shorten; if all together exceed the burst’s ramp, scale by the clock before it.`,
        }),
    },
  ],
  describe(context, subject) {
    const delay = now(context, 'scaleout.delay', subject);
    const ramp = now(context, 'burst.ramp', context.app);
    const factor = now(context, 'burst.factor', context.app);
    return {
      title: say`New instances of ${name(subject.name)} come after the burst${delay ? say` (${num(delay)})` : ''}`,
      statement: say`${ramp ? say`The load is up after ${num(ramp)}${factor ? say`, at ${num(factor)} of usual` : ''}. ` : ''}Until more instances of ${name(subject.name)} serve${delay ? say`, ${num(delay)} after they are asked for` : ''}, those that are there take what ${trouble(context)} brings and queue.`,
      refutedIf: say`Enough instances of ${name(subject.name)} serve before the load is up.`,
    };
  },
  remedies: ['prescale-for-event', 'admission-control', 'speed-up-start', 'scale-out-service'],
} satisfies Hypothesis;
