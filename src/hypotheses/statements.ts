import type { Context, Fact, Pattern, Subject } from '../domain/index.js';
import { NOW } from './evidence.js';
import { cellsOf, isMaterial, patternMs, patternsOf } from './patterns.js';
import { databases, mainDatabase } from './subjects.js';
import { DISCARDED, SLOW_LOOKUP, same } from './thresholds.js';

/** Statements that the traces show as slow, the costliest first. */
export const slowPatterns = (context: Context, subject?: Subject): Pattern[] =>
  patternsOf(context, ['slow-statement'], subject).filter(
    (p) => subject !== undefined || isMaterial(context, patternMs(context, p)),
  );

/** Times of statements or databases that were said or measured, the slowest first. */
export const statementTimes = (context: Context): Fact[] =>
  context.facts
    .every({
      name: ['latency.mean', 'latency.p50', 'latency.p99'],
      subjectKind: ['statement', 'database', 'search'],
      phase: NOW,
    })
    .filter((f) => same(f) > 0)
    .sort((a, b) => same(b) - same(a) || (a.id < b.id ? -1 : 1));

/** Statements worth a look: slow in the traces, or said to take longer than an indexed look-up does. */
export function suspectStatements(context: Context): Subject[] {
  const traced = slowPatterns(context);
  if (traced.length > 0) return traced.map((p) => p.subject);
  const said = statementTimes(context).filter(
    (f) => same(f) >= SLOW_LOOKUP.value && f.name !== 'latency.p99',
  );
  if (said.length > 0) return unique(said.map((f) => f.subject));
  const wasteful = planned(context);
  if (wasteful.length > 0) return wasteful;
  const store = mainDatabase(context)?.subject;
  const asked =
    context.symptoms.some((s) => s.kind === 'slow-statement') || cellsOf(context, ['database']).length > 0;
  return store && asked ? [store] : [];
}

/** Statements whose plans throw away nearly all rows they read; the first few. */
const planned = (context: Context): Subject[] =>
  unique(
    context.facts
      .every({ name: 'rows.discarded.ratio', subjectKind: 'statement', phase: NOW })
      .filter((f) => f.value >= DISCARDED.value)
      .sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1))
      .map((f) => f.subject),
  ).slice(0, MOST_PLANNED);
const MOST_PLANNED = 2;

/** The database a statement runs in. */
export const storeOf = (context: Context, subject: Subject): Subject | undefined =>
  databases(context).find((c) => c.subject.id === subject.id)?.subject ?? mainDatabase(context)?.subject;

const unique = (subjects: readonly Subject[]): Subject[] => [
  ...new Map(subjects.map((s) => [s.id, s])).values(),
];
