import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { callSteps } from '../commands/platform.js';
import { signalOr, waitProfile } from '../commands/runtime.js';
import { borne, changed, now, symptom, uniqueById } from '../evidence.js';
import { absent, decide, seen, traced } from '../outcomes.js';
import { claimsOf, patternsOf } from '../patterns.js';
import { dependencies, known, mainService } from '../subjects.js';
import { same } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

const target = (context: Context) =>
  context.facts.find({ name: ['latency.p99', 'latency.p95'], phase: 'target' });
const ownTimeout = (context: Context, s: Subject) => {
  const t = now(context, 'timeout', s);
  return t?.subject.id === s.id ? t : undefined;
};
const masked = (context: Context, s: Subject) =>
  patternsOf(context, ['masked-timeout']).find((p) => known(context, p.subject).id === s.id);

export default {
  id: 'missing-timeout',
  layer: 'dependency',
  title: 'A call has no deadline, or one beyond the target',
  mechanism:
    'When the callee dies slowly, each request waits as long as the client allows, and keeps its thread, connection and locks meanwhile.',
  startedBy: ['call-added', 'timeout-change', 'library-upgrade', 'config-change', 'code-change'],
  explains: ['timeouts', 'tail-latency', 'threads-exhausted', 'connections-exhausted', 'errors'],
  prior: 0.06,
  subjects(context) {
    const seenIn = patternsOf(context, ['masked-timeout']).map((p) => known(context, p.subject));
    const added = context.changes
      .filter((c) => c.mechanisms.includes('call-added'))
      .flatMap((c) => c.touches);
    const called = dependencies(context).filter((c) => {
      const waits =
        ownTimeout(context, c.subject) !== undefined ||
        symptom(context, ['timeouts', 'threads-exhausted', 'connections-exhausted']) !== undefined;
      return (
        waits &&
        (c.roles.includes('third-party') || added.includes(c.subject.id) || ownTimeout(context, c.subject))
      );
    });
    const main = mainService(context).subject;
    const changes = changed(context, 'timeout-change') && called.length === 0 ? [main] : [];
    return uniqueById([
      ...seenIn,
      ...called.map((c) => c.subject),
      ...borne(
        context,
        'missing-timeout',
        dependencies(context).map((c) => c.subject),
      ),
      ...changes,
    ]);
  },
  predictions: [
    {
      id: 'waits-beyond-target',
      // Calls that end together at one round time, and carry the excess, are the mechanism itself.
      whenSeen: 3,
      whenAbsent: -1.4,
      test: decide(
        (_, s) => say`calls to ${name(s.name)} that wait longer than the whole request may take`,
        (context, s) => {
          const p = masked(context, s);
          return p
            ? traced({ kinds: ['masked-timeout'], visible: [], what: '' })(context, p.subject)
            : undefined;
        },
        (context, s) => {
          const own = now(context, 'latency.max', s) ?? now(context, 'latency.p999', s);
          const aim = target(context);
          if (!own || !aim || own.subject.id !== s.id) return undefined;
          const says = say`the longest call to ${name(s.name)} takes ${num(own)}, against a target of ${num(aim)}`;
          return same(own) > same(aim) ? seen(says, [own, aim]) : absent(says, [own, aim]);
        },
      ),
      measure: (context, s) =>
        ask('dependency', signalOr(context, 'dependency', s, callSteps()), {
          question: say`How long is the longest wait of ${name(mainService(context).subject.name)} for ${name(s.name)}?`,
          signal: say`client-side duration of calls to ${name(s.name)}: maximum, and the number beyond the target`,
          window: aroundTrouble(context),
          decides: say`Calls beyond the target of the request, or all ending at one round length: it holds. All well below: ruled out.`,
        }),
    },
    {
      id: 'deadline-set-too-long',
      whenSeen: 1.6,
      whenAbsent: -2,
      test: decide(
        (_, s) => say`a time-out of ${name(s.name)} beyond the latency target`,
        (context, s) => {
          const run = masked(context, s)?.facts.timeout;
          const aim = target(context);
          if (!run || !aim) return undefined;
          const says = say`calls to ${name(s.name)} are given up at ${num(run)}, the target is ${num(aim)}`;
          return same(run) >= same(aim) ? seen(says, [run, aim]) : absent(says, [run, aim]);
        },
        (context, s) => {
          const t = ownTimeout(context, s);
          const aim = target(context);
          if (!t || !aim) return undefined;
          const says = say`the time-out for ${name(s.name)} is ${num(t)}, the target ${num(aim)}`;
          return same(t) >= same(aim) ? seen(says, [t, aim]) : absent(says, [t, aim]);
        },
      ),
      measure: (context, s) =>
        ask('api', waitProfile(context, mainService(context).subject), {
          question: say`Which deadline does the client of ${name(s.name)} really have: connect, read and whole call?`,
          signal: say`the client’s options as built, and what it does when ${name(s.name)} accepts and never answers`,
          window: say`a staging instance of ${name(mainService(context).subject.name)} against a stub that never answers`,
          decides: say`The call ends within its part of the target: ruled out. It hangs, or ends after the target: it holds.`,
        }),
    },
  ],
  describe(context, subject) {
    const t = ownTimeout(context, subject);
    const aim = target(context);
    const caller = mainService(context).subject.name;
    return {
      title: t
        ? say`The time-out for ${name(subject.name)} is ${num(t)}`
        : say`No deadline is known for ${name(subject.name)}`,
      statement: say`${t && aim ? say`A request that may take ${num(aim)} waits up to ${num(t)} for ${name(subject.name)}. ` : ''}If ${name(subject.name)} hangs, each request of ${name(caller)} that needs it keeps what it holds for as long as the client waits, and requests that do not need it run out of the same.`,
      refutedIf: say`No call of ${name(caller)} to ${name(subject.name)} waits longer than its part of the target, even when ${name(subject.name)} hangs.`,
    };
  },
  claims: (context, subject) => {
    const p = masked(context, subject);
    return p ? claimsOf(context, [p]) : [];
  },
  remedies: ['timeout-and-breaker', 'bulkhead', 'take-call-off-path'],
} satisfies Hypothesis;
