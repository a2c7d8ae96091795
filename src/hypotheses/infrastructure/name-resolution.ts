import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { callSteps, nameLookups } from '../commands/platform.js';
import { now, uniqueById } from '../evidence.js';
import { decide, level, rise } from '../outcomes.js';
import { services } from '../subjects.js';
import { LOST_LOOKUP, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'name-resolution',
  layer: 'infrastructure',
  title: 'Looking up names is slow',
  mechanism:
    'A look-up that is lost waits seconds for its repeat; clients without a kept connection look names up for each call.',
  startedBy: [
    'infrastructure-change',
    'scaling-change',
    'library-upgrade',
    'runtime-upgrade',
    'traffic-change',
    'config-change',
  ],
  explains: ['network', 'tail-latency', 'timeouts', 'errors'],
  prior: 0.02,
  subjects: (context) =>
    uniqueById(
      services(context)
        .map((c) => c.subject)
        .filter((s) => now(context, 'dns.delay.p99', s) !== undefined),
    ),
  predictions: [
    {
      id: 'look-ups-slow',
      necessary: true,
      whenSeen: 2.6,
      whenAbsent: -2.8,
      test: decide(
        (_, s) => say`name look-ups of ${name(s.name)} of ${num(LOST_LOOKUP)} or more`,
        level({ fact: 'dns.delay.p99', at: LOST_LOOKUP, what: 'look-up of a name' }),
      ),
      measure: (context, s) =>
        ask('infrastructure', nameLookups(), {
          question: say`How long do name look-ups of ${name(s.name)} take, and how many does one call need?`,
          signal: say`look-up time as a histogram, queries a second, suffixes tried, load of the resolver`,
          window: aroundTrouble(context),
          decides: say`Look-ups that take ${num(LOST_LOOKUP)} or whole seconds: it holds. A few milliseconds: ruled out.`,
        }),
    },
    {
      id: 'rose-with-trouble',
      whenSeen: 1,
      whenAbsent: -0.8,
      test: decide(
        say`longer look-ups than before`,
        rise({ fact: 'dns.delay.p99', what: 'look-up', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('dependency', callSteps(), {
          question: say`Which step of a call of ${name(s.name)} takes the time: name, connection, TLS or answer?`,
          signal: say`duration by step of a call`,
          window: aroundTrouble(context),
          decides: say`The name takes it: it holds. Connection or TLS: connections are not kept. The answer: the callee.`,
        }),
    },
  ],
  describe(context, subject) {
    const t = now(context, 'dns.delay.p99', subject);
    return {
      title: say`Name look-ups of ${name(subject.name)} are slow${t ? say` (${num(t)})` : ''}`,
      statement: say`${t ? say`A slow look-up takes ${num(t)}. ` : ''}Each call of ${name(subject.name)} that opens a connection looks a name up first; in a burst the resolver queues, and a lost query waits for its time-out.`,
      refutedIf: say`Name look-ups of ${name(subject.name)} take a few milliseconds throughout.`,
    };
  },
  remedies: ['keep-connections-open', 'cache-names'],
} satisfies Hypothesis;
