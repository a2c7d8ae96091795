import {
  type Cell,
  type Context,
  derived,
  type Fact,
  name,
  num,
  type Pattern,
  type PredictionOutcome,
  quote,
  type Subject,
  type SymptomKind,
  say,
  type Text,
} from '../domain/index.js';
import { before, type Names, NOW, now, symptom, timesOf } from './evidence.js';
import { cellsOf, isMaterial, patternMs, patternsOf, slower, sumOf } from './patterns.js';
import { mainService, services } from './subjects.js';
import { RISE, reaches, same, UNEVEN } from './thresholds.js';

/** One way to settle a prediction; nothing when the facts for it are not there. */
export type Look = (context: Context, subject: Subject) => PredictionOutcome | undefined;
type Words = string | Text | ((context: Context, subject: Subject) => Text);

export const seen = (says: Text, facts: Fact[]): PredictionOutcome => ({ outcome: 'seen', says, facts });
export const absent = (says: Text, facts: Fact[]): PredictionOutcome => ({ outcome: 'absent', says, facts });

/**
 * The first look that settles it; without one it is unmeasured, and `expected` says what would be seen. When slow
 * requests are measured to be no slower than before, a measured sign is how the system always is: absent.
 */
export const decide =
  (expected: Words, ...looks: Look[]) =>
  (context: Context, subject: Subject): PredictionOutcome => {
    const outcome = decideAlways(expected, ...looks)(context, subject);
    const isMeasured = outcome.facts.length > 0 && outcome.facts.every((f) => f.basis === 'measured');
    return outcome.outcome === 'seen' && isMeasured ? (calm(context) ?? outcome) : outcome;
  };

/** As `decide`, for what harms although requests are no slower: backlogs, stale replicas. */
export const decideAlways =
  (expected: Words, ...looks: Look[]) =>
  (context: Context, subject: Subject): PredictionOutcome => {
    for (const look of looks) {
      const outcome = look(context, subject);
      if (outcome) return outcome;
    }
    return { outcome: 'unmeasured', says: worded(expected, context, subject), facts: [] };
  };

const worded = (words: Words, context: Context, subject: Subject): Text =>
  typeof words === 'function' ? words(context, subject) : typeof words === 'string' ? say`${words}` : words;

/** Within normal variation: whatever is there was there before, and is not why anything got slower. */
function calm(context: Context): PredictionOutcome | undefined {
  const t = context.telemetry;
  return t && !slower(context)
    ? absent(
        say`slow requests take ${num(t.excess.incident)} against ${num(t.excess.baseline)} before, within normal variation`,
        [t.excess.incident, t.excess.baseline],
      )
    : undefined;
}

export interface Level {
  fact: Names;
  /** Threshold from which it is a saturation; below it with `below`. */
  at: Fact;
  /** "processors", "connections in use": what the number is of. */
  what: string;
  below?: boolean;
}

/** A number against a saturating level. When it was as high before, it is not what changed. */
export const level =
  (l: Level): Look =>
  (context, subject) => {
    const fact = now(context, l.fact, subject);
    if (!fact) return undefined;
    const was = before(context, l.fact, subject, fact);
    const beyond = l.below ? same(fact) < same(l.at) : reaches(fact, l.at);
    const same0 =
      was !== undefined && (l.below ? same(fact) >= same(was) * 0.95 : same(fact) <= same(was) * 1.05);
    const of = say`${l.what} of ${name(fact.subject.name)}`;
    const then = was ? say` (${num(was)} before)` : say``;
    if (beyond && same0)
      return absent(say`${of}: ${num(fact)}, as before (${num(was)}), so it is not what changed`, [
        fact,
        was,
      ]);
    const bound = beyond === !l.below ? 'at or beyond' : 'below';
    return beyond
      ? seen(say`${of}: ${num(fact)}${then}, ${bound} ${num(l.at)}`, facts(fact, was, l.at))
      : absent(say`${of}: ${num(fact)}${then}, ${bound} ${num(l.at)}`, facts(fact, was, l.at));
  };

export interface Full {
  used: Names;
  limit: Names;
  at: Fact;
  /** "threads in use". */
  what: string;
}

/** How much of a limit is used, where both are known. As full before as now is not what changed. */
export const full =
  (f: Full): Look =>
  (context, subject) => {
    const [used, limit] = [now(context, f.used, subject), now(context, f.limit, subject)];
    if (!used || !limit || limit.value <= 0) return undefined;
    const was = before(context, f.used, subject, used);
    const says = say`${f.what} of ${name(subject.name)}: ${num(used)} of ${num(limit)}${was ? say` (${num(was)} before)` : ''}`;
    const isFull = used.value >= f.at.value * limit.value;
    const alike = was !== undefined && used.value <= 1.05 * was.value;
    return isFull && !alike
      ? seen(says, facts(used, limit, was, f.at))
      : absent(
          alike && isFull ? say`${says}, so it is not what changed` : says,
          facts(used, limit, was, f.at),
        );
  };

/** A duration against the latency that is asked for: `share` of it or more is seen. Only the subject’s own number. */
export const besideTarget =
  (names: Names, share: number, what: string): Look =>
  (context, subject) => {
    const fact = now(context, names, subject);
    const target = context.facts.find({ name: ['latency.p99', 'latency.p95'], phase: 'target' });
    if (!fact || !target || (fact.subject.id !== subject.id && subject.kind === 'dependency'))
      return undefined;
    const says = say`${what} of ${name(fact.subject.name)}: ${num(fact)}, beside a target of ${num(target)}`;
    return same(fact) >= share * same(target) ? seen(says, [fact, target]) : absent(says, [fact, target]);
  };

/** One member of several that carries more than its fair share: shards, nodes, instances. */
export const uneven =
  (names: Names, what: string, belongs: (fact: Fact, subject: Subject) => boolean): Look =>
  (context, subject) => {
    const members = new Map<string, Fact>();
    for (const f of context.facts.every({ name: names, phase: NOW }))
      if (belongs(f, subject) && !members.has(f.subject.id)) members.set(f.subject.id, f);
    const all = [...members.values()].sort((a, b) => b.value - a.value);
    const [top, ...rest] = all;
    const next = rest[0];
    if (!top || !next) return undefined;
    const mean = derived(
      {
        name: 'mean.ofOthers',
        subject,
        value: rest.reduce((a, f) => a + f.value, 0) / rest.length,
        unit: top.unit,
      },
      'mean over the other members',
      rest,
    );
    const says = say`${what} of ${name(top.subject.name)}: ${num(top)}, of the others ${num(mean)}`;
    return top.value >= UNEVEN.value * mean.value
      ? seen(says, [top, mean, UNEVEN])
      : absent(says, [top, mean, UNEVEN]);
  };

export interface Rise {
  fact: Names;
  what: string;
  /** Factor from which it counts as risen; of a fall with `fall`. */
  by?: Fact;
  fall?: boolean;
  /** For durations on the request path: the rise must also be a material part of the excess. */
  onPath?: boolean;
}

/** A number against the same number before the trouble. */
export const rise =
  (r: Rise): Look =>
  (context, subject) => {
    const fact = now(context, r.fact, subject);
    const was = fact && before(context, r.fact, subject, fact);
    if (!fact || !was) return undefined;
    const by = r.by ?? RISE;
    const moved = r.fall ? timesOf(was, fact) : timesOf(fact, was);
    const enough = !r.onPath || isMaterial(context, same(fact) - same(was));
    const of = say`${r.what} of ${name(fact.subject.name)}: ${num(was)} → ${num(fact)}`;
    return moved >= by.value && enough
      ? seen(of, [fact, was, by])
      : absent(
          say`${of}, ${moved >= by.value ? 'too little to explain the slowdown' : 'no material change'}`,
          [fact, was, by],
        );
  };

export interface Traced {
  kinds: readonly Pattern['kind'][];
  /** Cells of one of these kinds must have been recorded before the lack of the pattern tells anything. */
  visible: readonly Cell['kind'][];
  /** "one statement repeated within a request": what is not there when absent. */
  what: string;
  /** Whether the pattern is the one meant. */
  where?: (pattern: Pattern, context: Context, subject: Subject) => boolean;
}

/** A pattern of the traces that carries a material part of the excess. */
export const traced =
  (t: Traced): Look =>
  (context, subject) => {
    const telemetry = context.telemetry;
    if (!telemetry) return undefined;
    const mine = patternsOf(context, t.kinds, subject).filter((p) => t.where?.(p, context, subject) ?? true);
    const best = mine[0];
    if (best) {
      const ms = mine.reduce((sum, p) => sum + patternMs(context, p), 0);
      return isMaterial(context, ms)
        ? seen(best.detail, patternFacts(best))
        : absent(
            say`${best.detail}; that costs ${num(best.saving)} of slow requests of ${num(telemetry.excess.incident)}, too little to explain them`,
            [best.saving, telemetry.excess.incident],
          );
    }
    const visible = cellsOf(context, t.visible, ownerOf(subject)).length > 0;
    return visible
      ? absent(say`the traces of slow requests (${num(telemetry.excess.incident)}) show no ${t.what}`, [
          telemetry.excess.incident,
        ])
      : undefined;
  };

/** Cells are told apart by service; a statement or pool is looked up through the service that owns it. */
function ownerOf(subject: Subject): Subject | undefined {
  if (subject.kind === 'service' || subject.kind === 'system') return subject;
  return subject.service === undefined
    ? undefined
    : { kind: 'service', id: `service:${subject.service}`, name: subject.service };
}

/** The facts that a pattern's sentence rests on. */
export const patternFacts = (p: Pattern): Fact[] => [
  p.saving,
  ...Object.entries(p.facts)
    .filter(([role]) => !role.startsWith('claim:'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, fact]) => fact),
];

export interface Spent {
  kinds: readonly Cell['kind'][];
  /** "waits for a pooled connection". */
  what: string;
  /** Name for the derived sum. */
  as: string;
  /** With `true` cells of any service count. */
  anywhere?: boolean;
  where?: (cell: Cell, context: Context, subject: Subject) => boolean;
}

/** Growth of the time spent in cells of a kind, against the excess. */
export const spent =
  (s: Spent): Look =>
  (context, subject) => {
    if (!context.telemetry) return undefined;
    const cells = cellsOf(context, s.kinds, s.anywhere ? undefined : (ownerOf(subject) ?? subject)).filter(
      (c) => s.where?.(c, context, subject) ?? true,
    );
    const sum = sumOf(cells, subject, s.as);
    if (!sum) return undefined;
    const has = context.telemetry.hasBaseline;
    const grown = has ? sum.excess : sum.incident;
    const shown = has ? say`${num(sum.baseline)} → ${num(sum.incident)}` : say`${num(sum.incident)}`;
    const of = context.telemetry.excess;
    const whole = has ? say`excess of ${num(of.total)}` : say`duration of ${num(of.incident)}`;
    const rest = [grown, has ? of.total : of.incident];
    return isMaterial(context, same(grown)) && same(grown) > 0
      ? seen(
          say`${s.what} on the critical path of slow requests: ${shown}, against an ${whole}`.map(an),
          rest,
        )
      : absent(say`${s.what} on the critical path of slow requests: ${shown}, little of the ${whole}`, rest);
  };

const an = (segment: Text[number]): Text[number] =>
  typeof segment === 'string' ? segment.replace('an duration', 'a duration') : segment;

/** The user says so in words: `DB connections maxed`. */
export const complaint =
  (...kinds: SymptomKind[]): Look =>
  (context, subject) => {
    const s = symptom(context, kinds, subject);
    if (!s || !isMeant(context, s.subject, subject)) return undefined;
    const numbers = s.facts
      .map((id) => context.facts.all.find((f) => f.id === id))
      .filter((f): f is Fact => f !== undefined);
    return seen(say`the case says ${quote(s.place.text)}`, numbers);
  };

/** What is said of the whole is said of the service that requests come in by, and of no other one. */
function isMeant(context: Context, said: Subject | undefined, subject: Subject): boolean {
  if (said?.id === subject.id) return true;
  const serves = subject.kind === 'service' || subject.kind === 'dependency';
  return !serves || subject.id === mainService(context).subject.id || services(context).length <= 1;
}

export const facts = (...some: (Fact | undefined)[]): Fact[] =>
  some.filter((f): f is Fact => f !== undefined);
