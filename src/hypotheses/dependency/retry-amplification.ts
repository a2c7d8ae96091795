import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { signalOr } from '../commands/runtime.js';
import { slowTraces } from '../commands/traces.js';
import { borne, changed, now, symptom, uniqueById } from '../evidence.js';
import { decide, level, rise, traced } from '../outcomes.js';
import { claimsOf, patternsOf } from '../patterns.js';
import { dependencies, known, mainService } from '../subjects.js';
import { FAILING, RETRY_SHARE, STRONG_RISE } from '../thresholds.js';
import { aroundTrouble, slowRequests } from '../window.js';

const retried = (context: Context, s: Subject) =>
  patternsOf(context, ['retry', 'masked-timeout']).filter(
    (p) => p.subject.id === s.id || known(context, p.subject).id === s.id,
  );
const RATES = ['retry.ratio', 'retry.count'];

export default {
  id: 'retry-amplification',
  layer: 'dependency',
  title: 'Retries multiply the load where it hurts most',
  mechanism:
    'A callee that slows down is asked again by every layer that retries; the copies keep it slow after the cause has gone.',
  startedBy: [
    'retry-change',
    'timeout-change',
    'library-upgrade',
    'config-change',
    'call-added',
    'infrastructure-change',
  ],
  explains: ['errors', 'timeouts', 'tail-latency', 'throughput-drop', 'throttling', 'cpu-saturation'],
  prior: 0.05,
  subjects(context) {
    const seen = patternsOf(context, ['retry', 'masked-timeout']).map((p) => known(context, p.subject));
    const stated = dependencies(context)
      .map((c) => c.subject)
      .filter((s) => {
        const own = now(context, RATES, s);
        return own !== undefined && own.subject.id === s.id;
      });
    const main = mainService(context).subject;
    const whole =
      now(context, RATES, main) !== undefined ||
      (changed(context, 'retry-change') &&
        symptom(context, ['errors', 'timeouts', 'throttling']) !== undefined);
    const said = borne(
      context,
      'retry-amplification',
      dependencies(context).map((c) => c.subject),
    );
    return uniqueById([
      ...seen,
      ...stated,
      ...said,
      ...(whole && seen.length + stated.length + said.length === 0 ? [main] : []),
    ]);
  },
  predictions: [
    {
      id: 'more-calls-than-requests',
      necessary: true,
      // Attempts after failures on the path of slow requests are the mechanism itself.
      whenSeen: 3.2,
      whenAbsent: -2.6,
      test: decide(
        (_, s) =>
          say`calls to ${name(s.name)} repeated within one request, ${num(RETRY_SHARE)} of them or more`,
        (context, s) => {
          const p = retried(context, s)[0];
          return p
            ? traced({ kinds: ['retry', 'masked-timeout'], visible: [], what: '' })(context, p.subject)
            : undefined;
        },
        rise({ fact: 'retry.ratio', what: 'retries for each first attempt', by: STRONG_RISE }),
        level({ fact: 'retry.ratio', at: RETRY_SHARE, what: 'retries for each first attempt' }),
      ),
      measure: (context, s) =>
        ask(
          'dependency',
          signalOr(context, 'retries', s, slowTraces(context, mainService(context).subject, 'retries')),
          {
            question: say`How many calls does ${name(s.name)} get for each request that needs it?`,
            signal: say`calls received ÷ requests sent, and attempts by number`,
            window: aroundTrouble(context),
            decides: say`${num(RETRY_SHARE)} or more above one call to ${name(s.name)} a request while slow: it holds. One call of ${name(s.name)} a request: ruled out.`,
          },
        ),
    },
    {
      id: 'failures-are-retried',
      whenSeen: 0.9,
      whenAbsent: -0.8,
      test: decide(
        (_, s) => say`failures or time-outs of ${name(s.name)} that start the repeats`,
        level({ fact: ['errors.ratio', 'timeouts.ratio'], at: FAILING, what: 'failures' }),
      ),
      measure: (context, s) =>
        ask('dependency', slowTraces(context, mainService(context).subject, 'retries'), {
          question: say`Which layers repeat a call to ${name(s.name)}: client library, proxy, service, queue?`,
          signal: say`attempts of one call in a slow trace, with the layer that made each`,
          window: slowRequests(context),
          decides: say`Two or more layers repeat: their numbers multiply; leave one. One layer without a budget: give it one. None: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = retried(context, subject)[0];
    const ratio = now(context, RATES, subject);
    const caller = mainService(context).subject;
    return {
      title: say`Retries multiply the calls to ${name(subject.name)}${ratio ? say` (${num(ratio)})` : ''}`,
      statement: p
        ? say`${p.detail}. Slow requests spend ${num(p.saving)} in repeats.`
        : say`${ratio ? say`${num(ratio)} is said of repeats. ` : ''}When ${name(subject.name)} slows down, ${subject.id === caller.id ? 'its callers' : name(caller.name)} and each layer between ask again; ${name(subject.name)} then works on copies of requests that nobody waits for any more.`,
      refutedIf: say`${name(subject.name)} gets one call for each request that needs it, slow or not.`,
    };
  },
  claims: (context, subject) => claimsOf(context, retried(context, subject)),
  remedies: ['retry-budget', 'timeout-and-breaker', 'admission-control'],
} satisfies Hypothesis;
