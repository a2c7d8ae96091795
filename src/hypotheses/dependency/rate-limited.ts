import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { signalOr } from '../commands/runtime.js';
import { slowTraces } from '../commands/traces.js';
import { borne, now, symptom, uniqueById } from '../evidence.js';
import { absent, complaint, decide, level, seen } from '../outcomes.js';
import { componentOf, databases, dependencies, has, inBackground, mainService } from '../subjects.js';
import { FAILING, LIMIT_NEAR } from '../thresholds.js';
import { aroundTrouble, slowRequests } from '../window.js';

const FACTS = ['throttled.ratio', 'quota.limit', 'quota.utilisation'];

export default {
  id: 'rate-limited',
  layer: 'dependency',
  title: 'A quota of something called is used up',
  mechanism:
    'Beyond its quota the callee refuses or delays calls; clients back off and repeat, so requests wait without anything being busy.',
  startedBy: [
    'traffic-change',
    'call-added',
    'retry-change',
    'config-change',
    'batch-change',
    'concurrency-change',
    'infrastructure-change',
  ],
  explains: ['throttling', 'errors', 'timeouts', 'tail-latency', 'queue-backlog'],
  prior: 0.05,
  subjects(context) {
    const quotaed = [
      ...dependencies(context),
      // Mail and messages are no request’s wait, and still run into quotas.
      ...inBackground(context),
      ...databases(context).filter((c) => has(context, c, 'request-quota')),
    ];
    // Of nobody in particular: whoever sells calls by the quota, not a service next door.
    const selling = quotaed.filter(
      (c) => has(context, c, 'request-quota') || c.roles.includes('third-party'),
    );
    const told = symptom(context, ['throttling']);
    const about = told?.subject && componentOf(context, told.subject)?.subject;
    return uniqueById([
      ...quotaed
        .map((c) => c.subject)
        .filter((s) => {
          const own = now(context, FACTS, s);
          return own?.subject.id === s.id;
        }),
      ...(about && quotaed.some((c) => c.subject.id === about.id) ? [about] : []),
      ...(told && !about ? selling.slice(0, 1).map((c) => c.subject) : []),
      ...borne(
        context,
        'rate-limited',
        [
          ...selling,
          ...quotaed.filter((c) =>
            context.facts
              .every({ name: ['rate.stated', ...FACTS] })
              .some((f) => f.subject.id === c.subject.id),
          ),
        ].map((c) => c.subject),
      ),
    ]);
  },
  predictions: [
    {
      id: 'calls-refused',
      necessary: true,
      whenSeen: 2.6,
      whenAbsent: -2.6,
      test: decide(
        (_, s) => say`calls that ${name(s.name)} refuses or delays for its quota`,
        level({ fact: 'throttled.ratio', at: FAILING, what: 'calls refused' }),
        complaint('throttling'),
      ),
      measure: (context, s) =>
        ask(
          'dependency',
          signalOr(context, 'dependency', s, slowTraces(context, mainService(context).subject, 'calls')),
          {
            question: say`Does ${name(s.name)} refuse calls for quota, and how many?`,
            signal: say`answers by status, those that say “too many” or “slow down” apart; the client’s own pauses`,
            window: aroundTrouble(context),
            decides: say`${num(FAILING)} or more refused in the trouble: it holds. None: ruled out.`,
          },
        ),
    },
    {
      id: 'rate-near-quota',
      whenSeen: 1.4,
      whenAbsent: -1.2,
      test: decide(
        (_, s) => say`calls to ${name(s.name)} at ${num(LIMIT_NEAR)} of its quota or more`,
        level({ fact: 'quota.utilisation', at: LIMIT_NEAR, what: 'quota used' }),
        (context, s) => {
          const [quota, calls] = [now(context, 'quota.limit', s), now(context, 'throughput', s)];
          if (!quota || !calls || quota.subject.id !== s.id || calls.subject.id !== s.id) return undefined;
          const says = say`${num(calls)} calls to ${name(s.name)} of ${num(quota)} allowed`;
          return calls.value >= LIMIT_NEAR.value * quota.value
            ? seen(says, [calls, quota])
            : absent(says, [calls, quota]);
        },
      ),
      measure: (context, s) =>
        ask('dependency', slowTraces(context, mainService(context).subject, 'retries'), {
          question: say`How many calls does ${name(mainService(context).subject.name)} make to ${name(s.name)} for one request, and how many of them repeat?`,
          signal: say`calls by request, attempts, identical questions within a minute`,
          window: slowRequests(context),
          decides: say`Repeats or equal questions make up much: cut those before buying quota. Each call needed: raise or spread it.`,
        }),
    },
  ],
  describe(context, subject) {
    const quota = now(context, 'quota.limit', subject);
    const refused = now(context, 'throttled.ratio', subject);
    const own = quota?.subject.id === subject.id ? quota : undefined;
    return {
      title: say`The quota of ${name(subject.name)} is used up${own ? say` (${num(own)})` : ''}`,
      statement: say`${refused?.subject.id === subject.id ? say`${name(subject.name)} refuses ${num(refused)} of the calls. ` : ''}Beyond ${own ? num(own) : 'what it allows'}, ${name(subject.name)} answers “later”; ${name(mainService(context).subject.name)} pauses and repeats, and nothing looks busy meanwhile.`,
      refutedIf: say`${name(subject.name)} refuses no call for quota while requests are slow.`,
    };
  },
  remedies: ['raise-quota-and-shape', 'cache-reads', 'retry-budget', 'limit-concurrency'],
} satisfies Hypothesis;
