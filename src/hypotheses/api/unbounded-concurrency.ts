import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { waitProfile } from '../commands/runtime.js';
import { slowTraces } from '../commands/traces.js';
import { changed, concerns, now } from '../evidence.js';
import { decide, level, rise, traced } from '../outcomes.js';
import { claimsOf, isMaterial, patternMs, patternsOf } from '../patterns.js';
import { mainService } from '../subjects.js';
import { FAN_OUT, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, slowRequests } from '../window.js';

const IN_FLIGHT = ['threads.used', 'requests.inFlight', 'pool.pending'];

export default {
  id: 'unbounded-concurrency',
  layer: 'api',
  title: 'Work fans out without a bound',
  mechanism:
    'One request starts many calls at once, or every arrival is admitted; pools and callees queue, and all of them get slow together.',
  startedBy: ['concurrency-change', 'code-change', 'library-upgrade', 'batch-change', 'traffic-change'],
  explains: ['tail-latency', 'connections-exhausted', 'memory-growth', 'throttling', 'timeouts'],
  prior: 0.04,
  subjects(context) {
    const own = patternsOf(context, ['fan-out']).filter((p) => isMaterial(context, patternMs(context, p)));
    if (own.length > 0) return own.map((p) => p.subject);
    const main = mainService(context).subject;
    return concerns(context, main, 'fanout.count') || changed(context, 'concurrency-change') ? [main] : [];
  },
  predictions: [
    {
      id: 'many-at-once',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -2,
      test: decide(
        (_, s) =>
          say`${num(FAN_OUT)} or more calls of one request of ${name(s.service ?? s.name)} at the same time`,
        traced({
          kinds: ['fan-out'],
          visible: ['call', 'database'],
          what: 'request with many calls at once',
        }),
        level({ fact: 'fanout.count', at: FAN_OUT, what: 'parallel calls of a request' }),
      ),
      measure: (context, s) =>
        ask('api', slowTraces(context, s, 'calls'), {
          question: say`How many calls does one request of ${name(s.service ?? s.name)} have open at the same time?`,
          signal: say`largest number of overlapping child spans of a request`,
          window: slowRequests(context),
          decides: say`${num(FAN_OUT)} or more, and the slowest of them decides: it holds. A few: ruled out.`,
        }),
    },
    {
      id: 'in-flight-grows',
      whenSeen: 1.2,
      whenAbsent: -1,
      test: decide(
        say`work in flight growing faster than requests`,
        rise({ fact: IN_FLIGHT, what: 'work in flight', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('api', waitProfile(context, s), {
          question: say`How much work has ${name(s.service ?? s.name)} in flight, and what does it wait for?`,
          signal: say`goroutines, promises or tasks in flight, by what they wait for`,
          window: aroundTrouble(context),
          decides: say`It grows without a bound while the callee is slow: it holds. It stays level: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = patternsOf(context, ['fan-out'], subject)[0];
    const fan = p?.facts.width ?? p?.facts.count ?? now(context, 'fanout.count', subject);
    const service = p?.service ?? subject.service ?? subject.name;
    return {
      title: say`${name(service)} starts calls without a bound${fan ? say` (${num(fan)} at once)` : ''}`,
      statement: p
        ? say`${p.detail}. The slowest of them decides how long a request of ${name(service)} takes.`
        : say`A request of ${name(service)}${fan ? say` starts ${num(fan)} calls at once` : ' may start as many calls as it has items'}; pools fill and the slowest call decides.`,
      refutedIf: say`Requests of ${name(service)} have only a few calls open at once, and work in flight stays level.`,
    };
  },
  claims: (context, subject) => claimsOf(context, patternsOf(context, ['fan-out'], subject)),
  remedies: ['limit-concurrency', 'admission-control', 'batch-statements', 'bulkhead'],
} satisfies Hypothesis;
