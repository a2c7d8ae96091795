import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { engineOf, topStatements } from '../commands/sql.js';
import { slowTraces } from '../commands/traces.js';
import { changed, concerns, inTrouble, now } from '../evidence.js';
import { decide, level, rise, traced } from '../outcomes.js';
import { claimsOf, isMaterial, patternMs, patternsOf } from '../patterns.js';
import { databases, mainDatabase, mainService } from '../subjects.js';
import { LOOP_OF_STATEMENTS, MANY_STATEMENTS, STRONG_RISE } from '../thresholds.js';
import { slowRequests, twoReadings } from '../window.js';

const KINDS = ['n-plus-one', 'repeated-call'] as const;
const patternOf = (context: Context, subject: Subject) => patternsOf(context, KINDS, subject)[0];

export default {
  id: 'n-plus-one',
  layer: 'api',
  title: 'One statement a row instead of one for all rows',
  mechanism:
    'Related rows are loaded one by one in a loop, so a request pays a round trip and a connection’s time for each row.',
  startedBy: ['orm-upgrade', 'query-change', 'code-change', 'library-upgrade', 'data-growth', 'feature-flag'],
  explains: ['tail-latency', 'latency', 'connections-exhausted', 'slow-statement', 'cpu-saturation'],
  // Among the commonest regressions of services with an ORM.
  prior: 0.12,
  subjects(context) {
    const patterns = patternsOf(context, KINDS).filter((p) => isMaterial(context, patternMs(context, p)));
    if (patterns.length > 0) return patterns.map((p) => p.subject);
    const service = mainService(context).subject;
    const suspected =
      context.telemetry !== undefined ||
      concerns(context, service, 'calls.perRequest') ||
      changed(context, 'orm-upgrade', 'query-change') ||
      (inTrouble(context) &&
        context.symptoms.some((s) => s.kind === 'slow-statement' || s.kind === 'connections-exhausted'));
    const stores = databases(context);
    const rows = stores.some((c) => c.subject.kind === 'database');
    const counted = now(context, 'calls.perRequest', service) !== undefined;
    return (rows || (stores.length > 0 && counted)) && suspected ? [service] : [];
  },
  predictions: [
    {
      id: 'repeated-statement',
      necessary: true,
      // Repeats with a material cost are the mechanism itself.
      whenSeen: 3.5,
      whenAbsent: -3,
      test: decide(
        (_, s) =>
          say`one statement at least ${num(LOOP_OF_STATEMENTS)} times within one request of ${name(s.service ?? s.name)}`,
        traced({ kinds: KINDS, visible: ['database'], what: 'statement repeated within a request' }),
        level({ fact: 'calls.perRequest', at: MANY_STATEMENTS, what: 'statements for one request' }),
      ),
      measure: (context, s) =>
        ask('api', slowTraces(context, s, 'statements'), {
          question: say`Does a slow request of ${name(s.service ?? s.name)} run the same statement many times?`,
          signal: say`statements for one request, by normalised text`,
          window: slowRequests(context),
          decides: say`${num(LOOP_OF_STATEMENTS)} or more equal statements in a request: it holds. Each statement once or twice: ruled out.`,
        }),
    },
    {
      id: 'statements-per-request-rose',
      whenSeen: 1.5,
      whenAbsent: -1,
      test: decide(
        say`more statements for one request than before the trouble`,
        (context, s) => {
          const p = patternOf(context, s);
          const [was, is] = [p?.facts.baselineRepeats, p?.facts.repeats];
          if (!p || !was || !is) return undefined;
          const says = say`repeats of ${name(p.subject.name)} in a request: ${num(was)} → ${num(is)}`;
          return {
            outcome: is.value >= STRONG_RISE.value * was.value ? 'seen' : 'absent',
            says,
            facts: [was, is],
          };
        },
        rise({ fact: 'calls.perRequest', what: 'statements for one request', by: STRONG_RISE }),
      ),
      measure: (context, s) =>
        ask('database', topStatements(engineOf(context, mainDatabase(context)?.subject)), {
          question: say`Which statement’s calls grew faster than the requests of ${name(s.service ?? s.name)}?`,
          signal: say`calls of each statement ÷ requests served in the same time`,
          window: twoReadings(context),
          decides: say`A statement with more calls per request than before, each of them fast: it holds. Calls grow with requests: ruled out.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = patternOf(context, subject);
    const service = p?.service ?? subject.name;
    const repeats = p?.facts.repeats;
    const stated = now(context, 'calls.perRequest', subject);
    const store = mainDatabase(context)?.subject.name;
    return {
      title: p
        ? say`One statement a row (${name('N+1')}) in ${name(service)}${repeats ? say`: ${num(repeats)} times a request` : ''}`
        : say`One statement a row (${name('N+1')}) in ${name(service)}`,
      statement: p
        ? say`${p.detail}. Each repeat is a round trip${store ? say` to ${name(store)}` : ''} that a request of ${name(service)} waits for: ${num(p.saving)} of its critical path.`
        : stated
          ? say`A request of ${name(stated.subject.name)} makes ${num(stated)} statements; a loop over rows makes that many, and each is a round trip${store ? say` to ${name(store)}` : ''}.`
          : say`${name(service)} may load related rows one by one${store ? say` from ${name(store)}` : ''}, so that time and connections grow with the rows of a request.`,
      refutedIf: say`No statement runs more than a few times in a slow request of ${name(service)}, and statements per request are as before.`,
    };
  },
  claims: (context, subject) => claimsOf(context, patternsOf(context, KINDS, subject)),
  remedies: ['batch-statements', 'cache-reads', 'roll-back-change'],
} satisfies Hypothesis;
