import type { Context, Fact, Phase, Subject, Symptom, SymptomKind } from '../domain/index.js';
import { caches, componentOf, isBackground, isNamed, mainDatabase, mainService, queues } from './subjects.js';
import { same } from './thresholds.js';

/** Phases in which today's trouble shows, the worst first. */
export const NOW: readonly Phase[] = ['incident', 'peak', 'any', 'steady'];
export const BEFORE: readonly Phase[] = ['baseline'];

export type Names = string | readonly string[];

/** The number of today about a subject: measured before stated, its own before those of what it is part of. */
export const now = (context: Context, names: Names, subject: Subject): Fact | undefined =>
  nearest(context, names, subject, NOW);

/** The number from before the trouble, on the same footing as `against`. */
export function before(context: Context, names: Names, subject: Subject, against: Fact): Fact | undefined {
  const fact = nearest(context, names, subject, BEFORE, against.basis);
  return fact?.name === against.name ? fact : undefined;
}

function nearest(
  context: Context,
  names: Names,
  subject: Subject,
  phases: readonly Phase[],
  basis?: Fact['basis'],
): Fact | undefined {
  const bases: Fact['basis'][] = basis ? [basis] : ['measured', 'stated', 'assumed'];
  for (const b of bases) {
    const ranked = context.facts
      .every({ name: names, phase: phases, basis: b })
      .map((fact) => ({ fact, rank: closeness(context, fact, subject) }))
      .filter((x): x is { fact: Fact; rank: number } => x.rank !== undefined)
      .sort((x, y) => x.rank - y.rank);
    const best = ranked[0];
    if (best) return best.fact;
  }
  return undefined;
}

/** How near a fact is to a subject: 0 its own, 1 of a part of it, 2 the same product, 3 of the whole; else none. */
function closeness(context: Context, fact: Fact, subject: Subject): number | undefined {
  const about = fact.subject;
  if (about.id === subject.id) return 0;
  if ((about.kind === subject.kind || bothServe(about, subject)) && isNamed(about, subject.name)) return 0;
  if (about.service !== undefined && isNamed(subject, about.service)) return 1;
  // A statement's rows and a database's rows are told in one breath.
  if (subject.kind === 'statement' && subject.service !== undefined && isNamed(about, subject.service))
    return fact.name === 'rows.perCall' ? 2 : undefined;
  if (subject.kind === 'queue' && feeds(context, subject, about)) return 2;
  const home = homeOf(context, fact.name);
  if (home === undefined || !sameThing(context, home, subject)) return undefined;
  if (about.kind === 'host' || about.kind === 'pool') return 2;
  const whole = about.id === context.app.id || about.kind === 'system';
  const routeOfApp = about.service !== undefined && isNamed(context.app, about.service);
  return whole || routeOfApp ? 3 : undefined;
}

/** A service of one's own that another calls is a dependency in the case and a service in the telemetry. */
const bothServe = (a: Subject, b: Subject): boolean =>
  [a, b].every((s) => s.kind === 'service' || s.kind === 'dependency');

/** What a number of the whole system is about when nobody said: "connections maxed" is about the database. */
function homeOf(context: Context, factName: string): Subject | undefined {
  const family = factName.split('.')[0] ?? '';
  if (['connections', 'lock', 'rows', 'replication', 'disk', 'storage', 'pool'].includes(family))
    return mainDatabase(context)?.subject;
  if (family === 'cache' || family === 'ttl') return caches(context)[0]?.subject;
  if (family === 'queue' || family === 'partitions') return queues(context)[0]?.subject;
  return mainService(context).subject;
}

/** A worker or consumer of this queue: its backlog and pace are the queue's. */
function feeds(context: Context, queue: Subject, worker: Subject): boolean {
  const c = context.components.find((x) => x.subject.id === worker.id);
  if (!c || !isBackground(c)) return false;
  const linked = context.links.filter((l) => l.to === worker.id || l.from === worker.id);
  const mine = linked.filter((l) => l.to === queue.id || l.from === queue.id);
  return mine.length > 0 || queues(context).length === 1;
}

const sameThing = (context: Context, a: Subject, b: Subject): boolean =>
  a.id === b.id || componentOf(context, a)?.subject.id === b.id;

/** A symptom of these kinds that was said of the subject, or of nothing in particular. */
export function symptom(
  context: Context,
  kinds: readonly SymptomKind[],
  subject?: Subject,
): Symptom | undefined {
  const fitting = context.symptoms.filter((s) => kinds.includes(s.kind));
  return (
    fitting.find((s) => subject !== undefined && s.subject?.id === subject.id) ??
    fitting.find(
      (s) => s.subject === undefined || s.subject.id === context.app.id || s.subject.kind === 'system',
    )
  );
}

/** True when a symptom or a fact of these names bears on the subject: then the cause is worth a look. */
export const concerns = (
  context: Context,
  subject: Subject,
  names: Names,
  kinds: readonly SymptomKind[] = [],
): boolean => now(context, names, subject) !== undefined || symptom(context, kinds, subject) !== undefined;

/** A change by one of these mechanisms. */
export const changed = (context: Context, ...mechanisms: Context['changes'][number]['mechanisms']): boolean =>
  context.changes.some((c) => c.mechanisms.some((m) => mechanisms.includes(m)));

/** Requests are said to be slow, to fail or to pile up. */
export const inTrouble = (context: Context): boolean =>
  context.telemetry !== undefined ||
  context.symptoms.some((s) =>
    ['tail-latency', 'latency', 'timeouts', 'errors', 'throughput-drop', 'cpu-saturation'].includes(s.kind),
  );

/** Ratio of two numbers of one kind; nothing against nothing is no change. */
export const timesOf = (fact: Fact, against: Fact): number =>
  same(against) > 0 ? same(fact) / same(against) : same(fact) > 0 ? Number.POSITIVE_INFINITY : 1;

/** True when a reading of the stated numbers bears on this hypothesis, of whatever subject. */
export const isBorne = (context: Context, hypothesis: string): boolean =>
  bearing(context, hypothesis).length > 0;

/**
 * Those of the candidates that readings of the stated numbers bear on. A bearing on the whole system, which is how
 * readings speak when there is only one of a kind, is taken to mean the first candidate.
 */
export function borne(context: Context, hypothesis: string, candidates: readonly Subject[]): Subject[] {
  const about = bearing(context, hypothesis);
  const onWhole = about.some((s) => s.kind === 'system' || s.id === context.app.id);
  return candidates.filter((c, i) => about.some((s) => s.id === c.id) || (onWhole && i === 0));
}

const bearing = (context: Context, hypothesis: string): Subject[] =>
  context.readings
    .flatMap((r) => r.bearings)
    .filter((b) => b.hypothesis === hypothesis && b.logLikelihoodRatio > 0)
    .map((b) => b.subject);

/** Each subject once, in order. */
export const uniqueById = (subjects: readonly Subject[]): Subject[] => [
  ...new Map(subjects.map((s) => [s.id, s])).values(),
];

/** Words of the user about the load: `bursty`, `event`, `skewed` … */
export const loadIs = (context: Context, ...traits: string[]): boolean =>
  context.case.traits.some((t) => traits.includes(t.trait));
