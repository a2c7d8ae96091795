import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { rebalances, scalingEvents } from '../commands/platform.js';
import { borne, changed, now, symptom, uniqueById } from '../evidence.js';
import { decideAlways, level, rise } from '../outcomes.js';
import { has, isBackground, queues, services } from '../subjects.js';
import { SEVERAL, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'rebalance-storm',
  layer: 'dependency',
  title: 'The consumer group is divided anew again and again',
  mechanism:
    'A consumer that handles a batch longer than the broker waits is taken for dead; the group stops, divides its partitions and repeats the work.',
  startedBy: [
    'scaling-change',
    'code-change',
    'config-change',
    'library-upgrade',
    'infrastructure-change',
    'call-added',
    'timeout-change',
  ],
  explains: ['queue-backlog', 'throughput-drop', 'latency', 'timeouts'],
  prior: 0.03,
  subjects: (context) =>
    uniqueById([
      ...queues(context)
        .filter((c) => has(context, c, 'partitioned') || has(context, c, 'log-broker'))
        .map((c) => c.subject)
        .filter(
          (s) =>
            now(context, 'rebalances', s) !== undefined ||
            (symptom(context, ['queue-backlog'], s) !== undefined &&
              changed(context, 'scaling-change', 'infrastructure-change', 'call-added')),
        ),
      ...borne(
        context,
        'rebalance-storm',
        queues(context).map((c) => c.subject),
      ),
    ]),
  predictions: [
    {
      id: 'divided-often',
      necessary: true,
      whenSeen: 2.8,
      whenAbsent: -2.6,
      test: decideAlways(
        (_, s) => say`the group of ${name(s.name)} divided anew ${num(SEVERAL)} times or more in the trouble`,
        rise({ fact: 'rebalances', what: 'divisions of the group', by: STRONG_RISE }),
        level({ fact: 'rebalances', at: SEVERAL, what: 'divisions of the group' }),
      ),
      measure: (context, s) =>
        ask('dependency', rebalances(), {
          question: say`How often is the consumer group of ${name(s.name)} divided anew, and why?`,
          signal: say`join and leave events with their reason; time between polls against its limit`,
          window: aroundTrouble(context),
          decides: say`${num(SEVERAL)} or more in the trouble, by members that took too long: it holds. Only at deploys: ruled out.`,
        }),
    },
    {
      id: 'members-come-and-go',
      whenSeen: 0.9,
      whenAbsent: -0.6,
      test: decideAlways(
        say`consumers that start and stop in the same minutes`,
        rise({
          fact: ['scaling.pending', 'memory.oomKills'],
          what: 'consumers starting or ended',
          by: STRONG_RISE,
        }),
      ),
      measure: (context, s) =>
        ask('infrastructure', scalingEvents(context, services(context).find(isBackground)?.subject ?? s), {
          question: say`Do consumers of ${name(s.name)} start and stop in the trouble, and who does it: a deploy, the autoscaler, memory?`,
          signal: say`instances serving, restarts with reason, on one time axis with lag`,
          window: aroundTrouble(context),
          decides: say`Each start or stop is followed by a stand-still of all: keep members steady. Steady members: the batch takes too long.`,
        }),
    },
  ],
  describe(context, subject) {
    const n = now(context, 'rebalances', subject);
    return {
      title: say`The consumers of ${name(subject.name)} are divided anew${n ? say` (${num(n)} times)` : ''}`,
      statement: say`${n ? say`The group of ${name(subject.name)} was divided ${num(n)} times. ` : ''}Each time a consumer of ${name(subject.name)} joins, leaves or is late, all of them stop, and what was not yet acknowledged is done again.`,
      refutedIf: say`The group of ${name(subject.name)} keeps its members while its backlog grows.`,
    };
  },
  remedies: ['calm-rebalancing', 'add-consumers'],
} satisfies Hypothesis;
