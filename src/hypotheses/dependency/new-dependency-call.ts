import { type Context, type Hypothesis, name, num, quote, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { slowTraces } from '../commands/traces.js';
import { now } from '../evidence.js';
import { absent, decide, rise, seen, traced } from '../outcomes.js';
import { cellsOf, claimCells, claimsOf, isMaterial, patternMs, patternsOf, sumOf } from '../patterns.js';
import { componentOf, isBackground, known, mainService } from '../subjects.js';
import { same } from '../thresholds.js';
import { slowRequests } from '../window.js';

const added = (context: Context) => context.changes.filter((c) => c.mechanisms.includes('call-added'));
const patternOf = (context: Context, s: Subject) =>
  patternsOf(context, ['new-call']).find(
    (p) => p.subject.id === s.id || known(context, p.subject).id === s.id,
  );
const changeOf = (context: Context, s: Subject) =>
  added(context).find((c) => c.subject.id === s.id || c.touches.includes(s.id));

/** A call that a worker or a consumer makes now is on no request’s path. */
const isOfWorkers = (context: Context, change: Context['changes'][number]): boolean => {
  const touched = change.touches.flatMap((id) => context.components.filter((c) => c.subject.id === id));
  return touched.some(isBackground) && !touched.some((c) => c.subject.kind === 'dependency');
};

/** What a stated change calls: the dependency or service it touches, which is not the caller itself. */
function calleeOf(context: Context, change: Context['changes'][number]): Subject {
  const caller = mainService(context).subject.id;
  const touched = change.touches
    .map((id) => context.components.find((c) => c.subject.id === id))
    .filter((c) => c === undefined || !(isBackground(c) || c.roles.includes('background')));
  const callee =
    touched.find((c) => c?.subject.kind === 'dependency') ??
    touched.find(
      (c) => c?.subject.kind === 'service' && c.subject.id !== caller && c.subject.id !== context.app.id,
    );
  return callee?.subject ?? change.subject;
}

export default {
  id: 'new-dependency-call',
  layer: 'dependency',
  title: 'A call was added to the path of the request',
  mechanism: 'A request waits for a call that it did not make before; its time and its tail come on top.',
  startedBy: ['call-added', 'feature-flag', 'code-change'],
  explains: ['tail-latency', 'latency', 'timeouts', 'connections-exhausted'],
  // A call on the path always costs its own time; the question is how much.
  prior: 0.15,
  subjects(context) {
    const traced = patternsOf(context, ['new-call']).map((p) => known(context, p.subject));
    const stated = added(context)
      .filter((c) => !isOfWorkers(context, c))
      .map((c) => calleeOf(context, c));
    return [...new Map([...traced, ...stated].map((s) => [s.id, s])).values()];
  },
  predictions: [
    {
      id: 'call-on-critical-path',
      necessary: true,
      whenSeen: 3.5,
      whenAbsent: -3,
      test: decide(
        (_, s) => say`calls to ${name(s.name)} on the critical path of slow requests, and none before`,
        (context, s) => {
          const p = patternOf(context, s);
          return p && isMaterial(context, patternMs(context, p))
            ? traced({ kinds: ['new-call'], visible: [], what: '' })(context, p.subject)
            : undefined;
        },
        (context, s) => {
          const t = context.telemetry;
          const calls = cellsOf(context, ['call']);
          if (!t?.hasBaseline || calls.length === 0) return undefined;
          const sum = sumOf(
            calls.filter((c) => c.peer !== undefined && known(context, c.peer).id === s.id),
            s,
            'calls',
          );
          if (!sum)
            return absent(
              say`the critical path of slow requests (${num(t.excess.incident)}) has no time in ${name(s.name)}`,
              [t.excess.incident],
            );
          // Called before as well: then it may be slow, but it is not new.
          const isNew = same(sum.baseline) < 0.2 * same(sum.incident);
          const says = say`time in ${name(s.name)} on the critical path: ${num(sum.baseline)} → ${num(sum.incident)}`;
          return isNew && isMaterial(context, same(sum.excess))
            ? seen(says, [sum.incident, sum.baseline])
            : absent(says, [sum.incident, sum.baseline]);
        },
      ),
      measure: (context, s) =>
        ask('dependency', slowTraces(context, mainService(context).subject, 'calls'), {
          question: say`How long do slow requests of ${name(context.app.name)} wait for ${name(s.name)}?`,
          signal: say`span of the call to ${name(s.name)}: duration, whether other work runs beside it, whether a transaction is open around it`,
          window: slowRequests(context),
          decides: say`Slow requests spend a material part of their time in ${name(s.name)}, normal ones little: it holds. Requests with and without the call to ${name(s.name)} are equally slow: ruled out.`,
        }),
    },
    {
      id: 'callee-slow-in-the-tail',
      whenSeen: 0.8,
      whenAbsent: -0.4,
      test: decide(
        (_, s) => say`a tail of ${name(s.name)} that is a material part of the latency target`,
        rise({ fact: ['latency.p99', 'latency.p95'], what: 'tail latency', onPath: true }),
        (context, s) => {
          const tail = now(context, ['latency.p99', 'latency.p95', 'latency.mean'], s);
          const target = context.facts.find({ name: ['latency.p99', 'latency.p95'], phase: 'target' });
          if (!tail || !target || tail.subject.id !== s.id) return undefined;
          const says = say`${name(s.name)} takes ${num(tail)} of a target of ${num(target)}`;
          return same(tail) >= 0.25 * same(target)
            ? seen(says, [tail, target])
            : absent(says, [tail, target]);
        },
      ),
      measure: (context, s) =>
        ask('dependency', slowTraces(context, mainService(context).subject, 'calls'), {
          question: say`What is the tail of ${name(s.name)} as its caller sees it?`,
          signal: say`client-side duration of the call, median and p99`,
          window: slowRequests(context),
          decides: say`A p99 of a quarter of the latency target or more: the call alone can own the tail. A few milliseconds: it cannot.`,
        }),
    },
  ],
  describe(context, subject) {
    const p = patternOf(context, subject);
    const change = changeOf(context, subject);
    const caller = p?.service ?? mainService(context).subject.name;
    const isChange = subject.kind === 'change';
    return {
      title: isChange
        ? say`A call added to ${name(caller)}: ${quote(subject.name)}`
        : say`New call from ${name(caller)} to ${name(subject.name)}`,
      statement: p
        ? say`${p.detail}. Requests of ${name(caller)} now wait ${num(p.saving)} for it on their critical path.`
        : say`${change ? say`${quote(change.place?.text ?? change.summary)}: ` : ''}each request of ${name(caller)} that makes the call waits for ${isChange ? 'it' : name(subject.name)} and takes over its tail; a connection or lock held meanwhile is held longer.`,
      refutedIf: say`Requests of ${name(caller)} with the call are no slower than those without it${componentOf(context, subject) ? say`, or time in ${name(subject.name)} is as before` : ''}.`,
    };
  },
  claims(context, subject) {
    const p = patternOf(context, subject);
    if (p) return claimsOf(context, [p]);
    return claimCells(
      cellsOf(context, ['call', 'connect']).filter(
        (c) => c.peer !== undefined && known(context, c.peer).id === subject.id,
      ),
    );
  },
  remedies: ['take-call-off-path', 'timeout-and-breaker', 'parallelise-calls', 'roll-back-change'],
} satisfies Hypothesis;
