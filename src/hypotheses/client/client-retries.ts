import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { hostPressure } from '../commands/platform.js';
import { signalOr } from '../commands/runtime.js';
import { changed, concerns, now, symptom } from '../evidence.js';
import { decide, level, rise } from '../outcomes.js';
import { mainService } from '../subjects.js';
import { FAILING, RETRY_SHARE, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'client-retries',
  layer: 'client',
  title: 'Clients repeat slow or failed requests',
  mechanism:
    'Clients that time out, reload or poll send more requests just when the service is slow, which keeps it slow.',
  startedBy: ['retry-change', 'timeout-change', 'code-change', 'traffic-change', 'feature-flag'],
  explains: ['errors', 'timeouts', 'throughput-drop', 'cpu-saturation', 'planned-load'],
  prior: 0.04,
  subjects(context) {
    const s = mainService(context).subject;
    const failing = symptom(context, ['errors', 'timeouts'], s) !== undefined;
    const repeats = context.facts
      .every({ name: 'retry.ratio' })
      .some((f) => f.subject.kind === 'client' || f.subject.id === s.id);
    return repeats ||
      (changed(context, 'retry-change') && failing) ||
      (failing && concerns(context, s, 'errors.ratio'))
      ? [s]
      : [];
  },
  predictions: [
    {
      id: 'more-requests-than-intentions',
      whenSeen: 2,
      whenAbsent: -1.5,
      test: decide(
        (_, s) => say`more requests to ${name(s.name)} than actions of its users`,
        (context, s) =>
          level({ fact: 'retry.ratio', at: RETRY_SHARE, what: 'retries for each first attempt' })(context, s),
      ),
      measure: (context, s) =>
        ask('client', signalOr(context, 'throughput', s, hostPressure()), {
          question: say`Do requests to ${name(s.name)} grow faster than the users who make them?`,
          signal: say`requests by session or idempotency key in the time of one timeout, against sessions`,
          window: aroundTrouble(context),
          decides: say`Requests for each session rise with latency by ${num(RETRY_SHARE)} or more: it holds. They stay level: ruled out.`,
        }),
    },
    {
      id: 'rate-rises-with-failures',
      whenSeen: 1.2,
      whenAbsent: -0.8,
      test: decide(say`the request rate rises after requests begin to fail`, (context, s) => {
        const failing = level({ fact: ['errors.ratio', 'timeouts.ratio'], at: FAILING, what: 'failures' })(
          context,
          s,
        );
        const more = rise({ fact: 'throughput', what: 'requests a second', by: STRONG_RISE })(context, s);
        if (!failing || !more) return undefined;
        const both = failing.outcome === 'seen' && more.outcome === 'seen';
        return {
          outcome: both ? 'seen' : 'absent',
          says: say`${failing.says}; ${more.says}`,
          facts: [...failing.facts, ...more.facts],
        };
      }),
      measure: (context, s) =>
        ask('client', signalOr(context, 'errors', s, hostPressure()), {
          question: say`Which comes first at ${name(s.name)}: more requests, or more failures?`,
          signal: say`request rate and failure share, second by second over the start of the trouble`,
          window: aroundTrouble(context),
          decides: say`Failures first, then more requests: clients repeat. Requests first: it is load.`,
        }),
    },
  ],
  describe(context, subject) {
    const failures = now(context, ['errors.ratio', 'timeouts.ratio'], subject);
    const repeats = now(context, 'retry.ratio', subject);
    return {
      title: say`Clients of ${name(subject.name)} repeat their requests${repeats ? say` (${num(repeats)})` : ''}`,
      statement: say`${failures ? say`${num(failures)} of requests to ${name(subject.name)} fail. ` : ''}Each client that times out and tries again adds a request of ${name(subject.name)} at the worst moment, so the load outlasts its cause.`,
      refutedIf: say`Requests for each session of ${name(subject.name)} do not rise while it is slow.`,
    };
  },
  remedies: ['retry-budget', 'admission-control', 'cdn-caching'],
} satisfies Hypothesis;
