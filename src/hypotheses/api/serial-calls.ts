import { type Hypothesis, list, name, num, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { slowTraces } from '../commands/traces.js';
import { changed, inTrouble } from '../evidence.js';
import { absent, decide, seen, traced } from '../outcomes.js';
import { cellsOf, claimsOf, isMaterial, patternMs, patternsOf, sumOf } from '../patterns.js';
import { dependencies, mainService } from '../subjects.js';
import { same } from '../thresholds.js';
import { slowRequests } from '../window.js';

const KINDS = ['serial-calls'] as const;

export default {
  id: 'serial-calls',
  layer: 'api',
  title: 'Independent calls run one after the other',
  mechanism:
    'Calls that do not need each other’s answers wait for one another, so a request takes their sum instead of the longest.',
  startedBy: ['call-added', 'code-change', 'orm-upgrade', 'library-upgrade', 'feature-flag'],
  explains: ['latency', 'tail-latency'],
  prior: 0.06,
  subjects(context) {
    const own = patternsOf(context, KINDS).filter((p) => isMaterial(context, patternMs(context, p)));
    if (own.length > 0) return own.map((p) => p.subject);
    const main = mainService(context).subject;
    const called = new Set(dependencies(context).map((c) => c.subject.id));
    const calls = context.links.filter((l) => l.from === main.id && called.has(l.to) && !l.asynchronous);
    const several = calls.length >= 2 || cellsOf(context, ['call'], main).length >= 2;
    // A list of dependencies says nothing of their order; times of two, a count in a row or an added call do.
    const timed = calls.filter((l) =>
      context.facts.every({}).some((f) => f.subject.id === l.to && f.name.startsWith('latency.')),
    );
    const told =
      context.telemetry !== undefined ||
      timed.length >= 2 ||
      changed(context, 'call-added') ||
      context.facts.every({ name: 'calls.serial' }).length > 0;
    return inTrouble(context) && several && told ? [main] : [];
  },
  predictions: [
    {
      id: 'calls-in-a-row',
      necessary: true,
      whenSeen: 3,
      whenAbsent: -2.5,
      test: decide(
        (_, s) => say`calls of ${name(s.service ?? s.name)} that start only when an unrelated one has ended`,
        traced({ kinds: KINDS, visible: ['call', 'database'], what: 'independent calls in a row' }),
      ),
      measure: (context, s) =>
        ask('api', slowTraces(context, s, 'calls'), {
          question: say`Which calls of ${name(s.service ?? s.name)} follow each other without using the answer before?`,
          signal: say`start and end of the calls of a request, side by side or in a row`,
          window: slowRequests(context),
          decides: say`Calls in a row whose arguments do not come from the call before: it holds. Each needs the one before: ruled out.`,
        }),
    },
    {
      id: 'calls-are-the-time',
      whenSeen: 0.8,
      whenAbsent: -1.2,
      test: decide(say`a material part of slow requests in two or more calls`, (context, s) => {
        const cells = cellsOf(context, ['call'], s.service === undefined ? s : mainService(context).subject);
        const sum = sumOf(cells, s, 'calls');
        if (!sum || !context.telemetry) return undefined;
        const says = say`time in calls on the critical path: ${num(sum.incident)} of ${num(context.telemetry.excess.incident)}`;
        return cells.length >= 2 && same(sum.incident) >= 0.1 * same(context.telemetry.excess.incident)
          ? seen(says, [sum.incident])
          : absent(says, [sum.incident]);
      }),
      measure: (context, s) =>
        ask('api', slowTraces(context, s, 'calls'), {
          question: say`What would a slow request of ${name(s.service ?? s.name)} take if its calls ran side by side?`,
          signal: say`sum of the calls against the longest of them`,
          window: slowRequests(context),
          decides: say`The difference is a material part of the excess: it holds. One call is nearly all of it: that call is the matter.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = patternsOf(context, KINDS, subject)[0];
    const service = p?.service ?? subject.service ?? subject.name;
    const callees = dependencies(context)
      .slice(0, 3)
      .map((c) => say`${name(c.subject.name)}`);
    return {
      title: say`Calls of ${name(service)} in a row`,
      statement: p
        ? say`${p.detail}. Side by side they would save ${num(p.saving)} of a slow request of ${name(service)}.`
        : say`If ${name(service)} calls ${callees.length > 0 ? list(callees) : 'its dependencies'} one after the other, a request takes the sum of their tails; those that do not need each other could run together.`,
      refutedIf: say`Each call of ${name(service)} needs the answer of the one before, or one call is nearly all of the time.`,
    };
  },
  claims: (context, subject) => claimsOf(context, patternsOf(context, KINDS, subject)),
  remedies: ['parallelise-calls', 'take-call-off-path', 'cache-reads'],
} satisfies Hypothesis;
