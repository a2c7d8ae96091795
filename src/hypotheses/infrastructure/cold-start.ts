import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { startSteps } from '../commands/platform.js';
import { cpuProfile } from '../commands/runtime.js';
import { borne, concerns, now, uniqueById } from '../evidence.js';
import { besideTarget, complaint, decide, level } from '../outcomes.js';
import { has, services } from '../subjects.js';
import { COLD_SHARE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'cold-start',
  layer: 'infrastructure',
  title: 'Requests meet processes that have just started',
  mechanism:
    'A new process loads code, opens connections and compiles before it is quick; requests that meet it pay for that.',
  startedBy: [
    'scaling-change',
    'infrastructure-change',
    'runtime-upgrade',
    'library-upgrade',
    'code-change',
    'traffic-change',
  ],
  explains: ['cold-start', 'tail-latency', 'timeouts', 'errors'],
  prior: 0.04,
  subjects: (context) =>
    uniqueById([
      ...services(context)
        .filter(
          (c) =>
            concerns(context, c.subject, ['coldstart.share', 'startup.duration'], ['cold-start']) ||
            (has(context, c, 'serverless') && context.symptoms.length > 0),
        )
        .map((c) => c.subject),
      ...borne(
        context,
        'cold-start',
        services(context).map((c) => c.subject),
      ),
    ]),
  predictions: [
    {
      id: 'many-meet-a-new-process',
      necessary: true,
      whenSeen: 2.4,
      whenAbsent: -2.4,
      test: decide(
        (_, s) => say`${num(COLD_SHARE)} or more of the requests to ${name(s.name)} served by a new process`,
        level({ fact: 'coldstart.share', at: COLD_SHARE, what: 'requests that meet a new process' }),
        complaint('cold-start'),
      ),
      measure: (context, s) =>
        ask('infrastructure', startSteps(context, s), {
          question: say`What share of requests to ${name(s.name)} meets a process in its first minute, and how slow are those?`,
          signal: say`p99 and requests by age of the process`,
          window: aroundTrouble(context),
          decides: say`${num(COLD_SHARE)} or more, and they make up the slow ones: it holds. Old processes are as slow: ruled out.`,
        }),
    },
    {
      id: 'start-takes-long',
      whenSeen: 1.2,
      whenAbsent: -0.8,
      test: decide(
        (_, s) => say`a start of ${name(s.name)} that takes longer than a request may`,
        besideTarget(['startup.duration'], 1, 'start'),
      ),
      measure: (context, s) =>
        ask('api', cpuProfile(context, s), {
          question: say`What does ${name(s.name)} do between its start and its first quick answer?`,
          signal: say`time by module from start on: loading, compiling, connecting, filling caches`,
          window: say`one start under production settings, watched to its first quick answer`,
          decides: say`One or two modules carry most of it: those are to be loaded later or prepared. Evenly spread: keep processes warm instead.`,
        }),
    },
  ],
  describe(context, subject) {
    const share = now(context, 'coldstart.share', subject);
    const start = now(context, 'startup.duration', subject);
    return {
      title: say`Requests meet new processes of ${name(subject.name)}${share ? say` (${num(share)})` : start ? say` (${num(start)} to start)` : ''}`,
      statement: say`${start ? say`A process of ${name(subject.name)} needs ${num(start)} to start. ` : ''}Each time ${name(subject.name)} scales, deploys or wakes up, ${share ? say`${num(share)} of` : 'the first'} requests wait for its code, connections and caches.`,
      refutedIf: say`Requests to old processes of ${name(subject.name)} are as slow as those to new ones.`,
    };
  },
  remedies: ['speed-up-start', 'prescale-for-event', 'prewarm-cache'],
} satisfies Hypothesis;
