import { type Hypothesis, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { placement, stepLoad } from '../commands/platform.js';
import { statementsLate } from '../common-growth.js';
import { limitClaims } from '../database-limit.js';
import { concerns, now, symptom } from '../evidence.js';
import { complaint, decide, level, rise, spent } from '../outcomes.js';
import { cellsOf, claimCells } from '../patterns.js';
import { databases, isNamed, mainService, services } from '../subjects.js';
import { CPU_KNEE, RISE } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

export default {
  id: 'cpu-saturation',
  layer: 'api',
  title: 'Processors near saturation: requests queue for them',
  mechanism:
    'As utilisation nears one, waiting grows as utilisation / (1 − utilisation), in every request and most in the tail.',
  startedBy: [
    'traffic-change',
    'code-change',
    'runtime-upgrade',
    'library-upgrade',
    'orm-upgrade',
    'infrastructure-change',
    'scaling-change',
    'serialisation-change',
    'logging-change',
    'security-change',
  ],
  explains: ['cpu-saturation', 'latency', 'tail-latency', 'throughput-drop', 'timeouts'],
  prior: 0.1,
  subjects(context) {
    const main = mainService(context).subject;
    const own = [...services(context), ...databases(context)].map((c) => c.subject);
    // A busy database or second service counts by its own figure, the main service also by a complaint.
    return own.filter((s) =>
      s.id === main.id
        ? concerns(context, s, 'cpu.utilisation', ['cpu-saturation'])
        : context.facts
            .every({ name: 'cpu.utilisation' })
            .some((f) => f.subject.id === s.id || isNamed(f.subject, s.name)),
    );
  },
  predictions: [
    {
      id: 'utilisation-at-knee',
      necessary: true,
      whenSeen: 2.2,
      whenAbsent: -3,
      test: decide(
        (_, s) => say`processors of ${name(s.name)} busy for ${num(CPU_KNEE)} of the time or more`,
        level({ fact: 'cpu.utilisation', at: CPU_KNEE, what: 'processors' }),
        complaint('cpu-saturation'),
      ),
      measure: (context, s) =>
        ask('api', placement(context, s), {
          question: say`How busy are the processors of ${name(s.name)}, by instance, while requests are slow?`,
          signal: say`processor utilisation by instance, beside its limit`,
          window: aroundTrouble(context),
          decides: say`${num(CPU_KNEE)} or more on most instances of ${name(s.name)}: it holds. Well below on all of them: ruled out for ${name(s.name)}, and the busy host is another one.`,
        }),
    },
    {
      id: 'own-time-grew',
      whenSeen: 1.2,
      whenAbsent: -1.5,
      test: decide(
        (_, s) => say`slow requests spend longer in ${name(s.name)} itself, outside of its calls`,
        (context, s) => (s.kind === 'database' ? statementsLate(context, s) : undefined),
        spent({ kinds: ['self', 'event-loop', 'queue-gap'], what: 'time in the service itself', as: 'self' }),
      ),
      measure: (context, s) =>
        ask('api', stepLoad(context), {
          question: say`At which load does ${name(s.name)} stop to keep its latency?`,
          signal: say`p99 and throughput by step of load, with processor utilisation`,
          window: say`staging, with the data of production and dependencies that answer as recorded`,
          decides: say`Latency turns up where processors pass ${num(CPU_KNEE)}: it holds. It turns up earlier: another limit comes first.`,
        }),
    },
    {
      id: 'load-or-cost-rose',
      whenSeen: 0.7,
      whenAbsent: -0.5,
      test: decide(
        say`more requests, or more processor time for each`,
        rise({ fact: 'cpu.utilisation', what: 'processor utilisation', by: RISE }),
        rise({ fact: 'throughput', what: 'requests a second', by: RISE }),
      ),
      measure: (context, s) =>
        ask('api', placement(context, s), {
          question: say`Does processor time for one request of ${name(s.name)} change, or only the number of requests?`,
          signal: say`processor seconds ÷ requests, before and during`,
          window: aroundTrouble(context),
          decides: say`Equal cost and more requests: capacity. Higher cost: code or a library got dearer.`,
        }),
    },
  ],
  describe(context, subject) {
    const cpu = now(context, 'cpu.utilisation', subject);
    const said = symptom(context, ['cpu-saturation'], subject);
    const rate = now(context, 'throughput', subject);
    return {
      title: say`Processors of ${name(subject.name)} near saturation${cpu ? say` (${num(cpu)})` : ''}`,
      statement: say`${cpu ? say`At ${num(cpu)} utilisation${rate ? say` and ${num(rate)}` : ''}, ` : said ? 'With its processors full, ' : ''}requests of ${name(subject.name)} wait for a processor before they work; a little more load makes that wait much longer.`,
      refutedIf: say`Processors of ${name(subject.name)} stay well below ${num(CPU_KNEE)} on every instance while its requests are slow.`,
    };
  },
  // A full database answers every statement later; a full service has its own time to show for it.
  claims: (context, subject) =>
    subject.kind === 'database'
      ? limitClaims(context, subject)
      : claimCells(
          cellsOf(context, ['self', 'queue-gap', 'event-loop'], subject).filter((c) =>
            isNamed(subject, c.service),
          ),
        ),
  // The first three are for services; the processors of a database are spent by its statements.
  remedies: [
    'reduce-cpu-per-request',
    'prescale-for-event',
    'scale-out-service',
    'add-index',
    'route-reads-to-replica',
    'cache-reads',
    'admission-control',
  ],
} satisfies Hypothesis;
