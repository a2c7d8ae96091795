import {
  type Context,
  type Fact,
  name,
  num,
  type PredictionOutcome,
  type Subject,
  say,
} from '../domain/index.js';
import { claimsOfFull, statementClaims, statementsLate } from './common-growth.js';
import { before, now } from './evidence.js';
import { seen } from './outcomes.js';
import type { Claim } from './patterns.js';
import { relational } from './subjects.js';
import { CPU_KNEE, THROTTLED } from './thresholds.js';

/**
 * The database that came to the limit of its processors, full or stopped by a quota, and answers every statement later
 * since; nothing where none did, or where it was there before.
 */
export function databaseAtLimit(
  context: Context,
): { database: Subject; seen: PredictionOutcome } | undefined {
  for (const { subject: database } of relational(context)) {
    const reached = reachedLimit(context, database);
    if (reached && statementsLate(context, database)?.outcome === 'seen') return { database, seen: reached };
  }
  return undefined;
}

function reachedLimit(context: Context, database: Subject): PredictionOutcome | undefined {
  const limits: readonly [string, Fact][] = [
    ['cpu.throttled', THROTTLED],
    ['cpu.utilisation', CPU_KNEE],
  ];
  for (const [fact, limit] of limits) {
    const is = now(context, fact, database);
    if (is?.subject.id !== database.id || is.value < limit.value) continue;
    const was = before(context, fact, database, is);
    if (was && was.value < limit.value)
      return seen(
        fact === 'cpu.throttled'
          ? say`${name(database.name)} is stopped by its quota in ${num(is)} of the periods (${num(was)} before)`
          : say`processors of ${name(database.name)}: ${num(was)} → ${num(is)}`,
        [is, was, limit],
      );
  }
  return undefined;
}

/** What a cause that lies in the processors of a database explains: all that came since it is at its limit. */
export const limitClaims = (context: Context, database: Subject): Claim[] =>
  databaseAtLimit(context)?.database.id === database.id
    ? claimsOfFull(context, database)
    : statementClaims(context, database);
