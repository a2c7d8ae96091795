import type { Context, Fact, Prediction, Subject } from '../domain/index.js';
import { name, num, say, shortName } from '../domain/index.js';
import { NOW, now } from './evidence.js';
import { absent, decide, type Level, type Look, level, rise, seen, traced } from './outcomes.js';
import { type Claim, claimsOf } from './patterns.js';
import { slowPatterns } from './statements.js';
import { reaches, SLOW_LOOKUP, STRONG_RISE, same } from './thresholds.js';

/**
 * What plans, counters and logs tell of statements under a name, the largest first. A statement that the traces show too
 * is told under the name it has there.
 */
export function toldOfStatements(context: Context, names: string): Fact[] {
  const all = context.facts.every({ name: names, subjectKind: 'statement', phase: NOW });
  const toldAgain = new Set(all.flatMap((f) => f.from.flatMap((p) => (p.kind === 'formula' ? p.facts : []))));
  return all.filter((f) => !toldAgain.has(f.id)).sort((a, b) => same(b) - same(a) || (a.id < b.id ? -1 : 1));
}

/** Statements of which a number at or beyond a threshold is told, the worst first. */
export function statementsBeyond(context: Context, names: string, at: Fact): Subject[] {
  const beyond = toldOfStatements(context, names).filter((f) => reaches(f, at));
  return [...new Map(beyond.map((f) => [f.subject.id, f.subject])).values()];
}

/** A cause is looked for in so many statements, and not in every one that could have it. */
const MOST = 2;

/** The first few of `statementsBeyond`. */
export const worstStatements = (context: Context, names: string, at: Fact): Subject[] =>
  statementsBeyond(context, names, at).slice(0, MOST);

/** A number of any statement against a level, for a cause that is the database's and shows in its statements. */
export const levelOfStatements =
  (l: Level & { fact: string }): Look =>
  (context, subject) => {
    const own = level(l)(context, subject);
    if (own) return own;
    const [worst] = toldOfStatements(context, l.fact);
    if (!worst) return undefined;
    const says = say`${l.what} in ${name(shortName(worst.subject))}: ${num(worst)}, ${reaches(worst, l.at) ? 'at or beyond' : 'below'} ${num(l.at)}`;
    return reaches(worst, l.at) ? seen(says, [worst, l.at]) : absent(says, [worst, l.at]);
  };

/** Looks by which a statement is slow for its callers too, and not only dear by what is told of it. */
const gotSlow: readonly Look[] = [
  traced({ kinds: ['slow-statement'], visible: ['database'], what: 'single statement that got slower' }),
  rise({ fact: ['latency.mean', 'latency.p50'], what: 'time', by: STRONG_RISE, onPath: true }),
  level({ fact: ['latency.mean', 'latency.p50'], at: SLOW_LOOKUP, what: 'time' }),
];

/** That a statement is slow for its callers too, with how to measure what makes it so. */
export const statementGotSlow = (measure: Prediction['measure']): Prediction => ({
  id: 'statement-got-slow',
  whenSeen: 1.2,
  whenAbsent: -1.8,
  test: decide((_, s) => say`a material part of slow requests is spent in ${name(shortName(s))}`, ...gotSlow),
  measure,
});

/** The growth of a statement in the traces, as far as the share of its time that is told goes. */
export function claimsShare(context: Context, subject: Subject, names: string): Claim[] {
  const share = now(context, names, subject);
  if (!share) return [];
  return claimsOf(context, slowPatterns(context, subject))
    .map((c) => ({ cell: c.cell, share: c.share * Math.min(1, share.value) }))
    .filter((c) => c.share > 0);
}
