import { type Context, type Hypothesis, name, num, type Subject, say } from '../../domain/index.js';
import { ask } from '../ask.js';
import { callSteps } from '../commands/platform.js';
import { signalOr } from '../commands/runtime.js';
import { before, NOW, now, timesOf } from '../evidence.js';
import { absent, decide, rise, seen } from '../outcomes.js';
import { cellsOf, claimCells, isMaterial, patternsOf, sumOf } from '../patterns.js';
import { dependencies, isNamed, known, mainService, services } from '../subjects.js';
import { STRONG_RISE, same } from '../thresholds.js';
import { aroundTrouble } from '../window.js';

/**
 * Calls to it; and, where it is traced too, what it takes itself, unless its processors got busier: then what it does
 * there is the matter.
 */
const cellsTo = (context: Context, s: Subject) => [
  ...cellsOf(context, ['call']).filter((c) => c.peer !== undefined && known(context, c.peer).id === s.id),
  ...(context.telemetry?.hasBaseline && isOther(context, s) && !isBusier(context, s)
    ? cellsOf(context, ['self', 'queue-gap']).filter((c) => isNamed(s, c.service))
    : []),
];
const isOther = (context: Context, s: Subject): boolean => {
  const entry = context.telemetry?.entry.service;
  return entry !== undefined && !isNamed(s, entry);
};
function isBusier(context: Context, s: Subject): boolean {
  const cpu = now(context, 'cpu.utilisation', s);
  const was = cpu && before(context, 'cpu.utilisation', s, cpu);
  return (
    cpu !== undefined && was !== undefined && cpu.value >= BUSY && timesOf(cpu, was) >= STRONG_RISE.value
  );
}
/** Below this share of its processors a service has room, however much more it uses than before. */
const BUSY = 0.3;
const isNew = (context: Context, s: Subject): boolean =>
  patternsOf(context, ['new-call']).some((p) => known(context, p.subject).id === s.id);
/** Dependencies without a stated time that are suspected at once. */
const UNTIMED = 2;
/** What the one called takes longer itself is at least this part of what its callers wait longer. */
const OWN_PART = 0.3;
const EVERYTHING = [
  'self',
  'queue-gap',
  'database',
  'cache',
  'call',
  'pool-wait',
  'lock-wait',
  'event-loop',
  'gc',
] as const;
const LATENCIES = ['latency.p99', 'latency.p95', 'latency.mean', 'latency.p50'];

export default {
  id: 'slow-dependency',
  layer: 'dependency',
  title: 'A dependency answers slowly in its tail',
  mechanism: 'Requests wait for the slowest calls of a dependency; its tail becomes theirs.',
  startedBy: [
    'traffic-change',
    'config-change',
    'infrastructure-change',
    'call-added',
    'retry-change',
    'timeout-change',
    'security-change',
  ],
  explains: ['tail-latency', 'latency', 'timeouts', 'errors'],
  prior: 0.1,
  subjects(context) {
    const called = cellsOf(context, ['call'])
      .filter((c) => same(c.excess) > 0)
      .flatMap((c) => (c.peer ? [known(context, c.peer)] : []));
    const grown = new Set(
      cellsOf(context, ['self', 'queue-gap'])
        .filter((c) => isMaterial(context, same(c.excess)) && same(c.excess) > 0)
        .map((c) => c.service),
    );
    // What a service takes itself says nothing until it is known to have taken less before.
    if (context.telemetry?.hasBaseline)
      called.push(
        ...services(context)
          .map((c) => c.subject)
          .filter((s) => isOther(context, s) && [...grown].some((name) => isNamed(s, name))),
      );
    const all = [...called, ...dependencies(context).map((c) => c.subject)];
    const tails = context.facts.every({ name: LATENCIES, phase: NOW });
    const slow = context.symptoms.some((s) =>
      ['tail-latency', 'latency', 'timeouts', 'errors', 'planned-load'].includes(s.kind),
    );
    const touched = new Set(context.changes.flatMap((c) => c.touches));
    const timed = dependencies(context).some((c) => tails.some((f) => f.subject.id === c.subject.id));
    // Where nobody said how long any call takes, those that changed or are somebody else’s come first, and two are
    // enough: the others are a question, not a suspicion.
    const untimed = dependencies(context)
      .filter((c) => touched.has(c.subject.id) || (!timed && c.roles.includes('third-party')))
      .sort((a, b) => Number(touched.has(b.subject.id)) - Number(touched.has(a.subject.id)))
      .slice(0, UNTIMED)
      .map((c) => c.subject.id);
    return [...new Map(all.map((s) => [s.id, s])).values()].filter(
      (s) =>
        called.some((c) => c.id === s.id) ||
        tails.some((f) => f.subject.id === s.id) ||
        (slow && !context.telemetry && untimed.includes(s.id)),
    );
  },
  predictions: [
    {
      id: 'waits-for-dependency',
      necessary: true,
      whenSeen: 2.8,
      whenAbsent: -3,
      test: decide(
        (_, s) =>
          say`a material part of slow requests is spent waiting for ${name(s.name)}, more than before`,
        (context, s) => {
          const t = context.telemetry;
          if (!t || cellsOf(context, ['call']).length === 0) return undefined;
          const sum = sumOf(cellsTo(context, s), s, 'calls');
          if (!sum)
            return absent(
              say`slow requests (${num(t.excess.incident)}) spend no time waiting for ${name(s.name)}`,
              [t.excess.incident],
            );
          const of = say`waiting for ${name(s.name)} on the critical path: ${num(sum.baseline)} → ${num(sum.incident)}`;
          if (t.hasBaseline && isNew(context, s))
            return absent(say`${of}; the call itself is new, which is another cause`, [
              sum.incident,
              sum.baseline,
            ]);
          const grown = t.hasBaseline ? sum.excess : sum.incident;
          return isMaterial(context, same(grown)) && same(grown) > 0
            ? seen(of, [sum.incident, sum.baseline])
            : absent(say`${of}, too little to explain the slowdown`, [sum.incident, sum.baseline]);
        },
        rise({ fact: LATENCIES, what: 'latency', by: STRONG_RISE, onPath: true }),
      ),
      measure: (context, s) =>
        ask('dependency', signalOr(context, 'dependency', s, callSteps()), {
          question: say`How slow is ${name(s.name)} as ${name(mainService(context).subject.name)} sees it, and since when?`,
          signal: say`client-side duration of calls to ${name(s.name)}: median, p99, errors`,
          window: aroundTrouble(context),
          decides: say`The p99 of ${name(s.name)} rises with that of ${name(mainService(context).subject.name)}: it holds. It is flat while requests of ${name(mainService(context).subject.name)} are slow: ruled out.`,
        }),
    },
    {
      id: 'slow-at-its-side',
      // A caller that is stopped or late times all its calls too long; the one called knows better.
      whenSeen: 0.4,
      whenAbsent: -2.2,
      test: decide(
        (_, s) =>
          say`${name(s.name)} itself takes longer for its answers in slow requests, where it is traced`,
        (context, s) => {
          if (!context.telemetry?.hasBaseline || !isOther(context, s)) return undefined;
          const own = sumOf(
            cellsOf(context, EVERYTHING).filter((c) => isNamed(s, c.service)),
            s,
            'answers',
          );
          const calls = sumOf(
            cellsOf(context, ['call']).filter(
              (c) => c.peer !== undefined && known(context, c.peer).id === s.id,
            ),
            s,
            'waits',
          );
          if (!own || !calls || same(own.baseline) <= 0 || same(calls.excess) <= 0) return undefined;
          const says = say`${name(s.name)} itself on the critical path of slow requests: ${num(own.baseline)} → ${num(own.incident)}; waiting for it besides: ${num(calls.baseline)} → ${num(calls.incident)}`;
          const facts = [own.incident, own.baseline, calls.incident, calls.baseline];
          return same(own.excess) >= OWN_PART * same(calls.excess) ? seen(says, facts) : absent(says, facts);
        },
      ),
      measure: (context, s) =>
        ask('dependency', signalOr(context, 'dependency', s, callSteps()), {
          question: say`Does ${name(s.name)} take longer by its own clock, or only as ${name(mainService(context).subject.name)} sees it?`,
          signal: say`duration of the same calls on both sides`,
          window: aroundTrouble(context),
          decides: say`Longer on both sides: it holds. Only as the caller sees it: the caller or the network is late.`,
        }),
    },
    {
      id: 'tail-near-target',
      whenSeen: 1,
      whenAbsent: -0.8,
      test: decide(
        (_, s) => say`a tail of ${name(s.name)} that takes up much of the latency target`,
        (context, s) => {
          const tail = now(context, LATENCIES, s);
          const target = context.facts.find({ name: ['latency.p99', 'latency.p95'], phase: 'target' });
          if (!tail || !target || tail.subject.id !== s.id) return undefined;
          const says = say`${name(s.name)} takes ${num(tail)} of a target of ${num(target)}`;
          return same(tail) >= 0.4 * same(target) ? seen(says, [tail, target]) : absent(says, [tail, target]);
        },
      ),
      measure: (context, s) =>
        ask('dependency', callSteps(), {
          question: say`Where does a call to ${name(s.name)} spend its time: name look-up, connection, TLS or the answer?`,
          signal: say`duration by step of a call`,
          window: aroundTrouble(context),
          decides: say`The answer takes the time: it is ${name(s.name)}. Connection or TLS takes it: the client opens a connection for each call.`,
        }),
    },
  ],
  describe(context, subject) {
    const tail = now(context, LATENCIES, subject);
    const caller = mainService(context).subject.name;
    const timeout = now(context, 'timeout', subject);
    const own = tail?.subject.id === subject.id ? tail : undefined;
    return {
      title: say`Tail of ${name(subject.name)}${own ? say` (${num(own)})` : ''}`,
      statement: say`Requests of ${name(caller)} that call ${name(subject.name)} wait for its answer${own ? say`, which takes ${num(own)}` : ''}${timeout && timeout.subject.id === subject.id ? say`, at most ${num(timeout)}` : ''}; what it takes in its tail, they take at least.`,
      refutedIf: say`Calls to ${name(subject.name)} are as fast as before while requests of ${name(caller)} are slow.`,
    };
  },
  claims: (context, subject) => (isNew(context, subject) ? [] : claimCells(cellsTo(context, subject))),
  remedies: ['timeout-and-breaker', 'take-call-off-path', 'parallelise-calls', 'bulkhead'],
} satisfies Hypothesis;
