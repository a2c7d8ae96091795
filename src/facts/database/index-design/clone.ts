import { type Database, numberIn, textIn } from '../../../evidence/connectors/postgres/database.js';
import type { Plan } from '../../../evidence/readers/plans/index.js';
import { planOf } from '../../../evidence/readers/plans/plan.js';
import { readStructuredPlans } from '../../../evidence/readers/plans/structured.js';
import { identifier } from '../statements/syntax.js';
import { type Candidate, candidateName, createStatement } from './candidate.js';

/** A statement of the workload on the clone. */
export interface Timed {
  id: string;
  sql: string;
}

export interface TimingOptions {
  /** Runs that are measured, after one that warms. */
  runs: number;
}

/** Wall-clock milliseconds of a statement: the median is what is reported, the least is what other load disturbs least. */
export interface Timing {
  medianMs: number;
  leastMs: number;
}

export async function timeOf(database: Database, sql: string, options: TimingOptions): Promise<Timing> {
  await database.rows(sql);
  const times: number[] = [];
  for (let i = 0; i < options.runs; i++) {
    const start = process.hrtime.bigint();
    await database.rows(sql);
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  times.sort((a, b) => a - b);
  const middle = times.length >> 1;
  const upper = times[middle] ?? 0;
  return {
    medianMs: times.length % 2 === 1 ? upper : ((times[middle - 1] ?? 0) + upper) / 2,
    leastMs: times[0] ?? 0,
  };
}

/** The plan that the server would take now, not run. */
export async function planNow(database: Database, sql: string): Promise<Plan | undefined> {
  const rows = await database.rows(`EXPLAIN (${/\$\d/.test(sql) ? 'GENERIC_PLAN, ' : ''}FORMAT JSON) ${sql}`);
  const told = rows[0]?.['QUERY PLAN'];
  const [document] = readStructuredPlans(JSON.stringify(told), 'json');
  return document && planOf(document);
}

export const costOf = (plan: Plan | undefined): number => plan?.root.totalCost ?? 0;

export const indexesIn = (plan: Plan | undefined): Set<string> =>
  new Set((plan?.nodes ?? []).flatMap((n) => (n.index === undefined ? [] : [n.index])));

/** What one index does when it is really there. */
export interface Trial {
  candidate: Candidate;
  bytes: number;
  buildMs: number;
  /** Statements whose plan takes it, with the plan's cost. */
  used: { id: string; cost: number }[];
}

/**
 * Builds an index inside a transaction, looks which plans take it and at what cost, and rolls back: the clone is as it
 * was. Costs do not depend on what else the machine does, so the choice is the same each time.
 * @returns undefined where the server refuses the index (an extension or operator class that is not there).
 */
export async function tryIndex(
  database: Database,
  candidate: Candidate,
  statements: readonly Timed[],
): Promise<Trial | undefined> {
  await database.rows('BEGIN');
  try {
    const start = process.hrtime.bigint();
    await build(database, candidate, false);
    const buildMs = Number(process.hrtime.bigint() - start) / 1e6;
    const bytes = await sizeOf(database, candidate);
    const used: Trial['used'] = [];
    for (const { id, sql } of statements) {
      const plan = await planNow(database, sql);
      if (plan && indexesIn(plan).has(candidateName(candidate))) used.push({ id, cost: costOf(plan) });
    }
    return { candidate, bytes, buildMs, used };
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  } finally {
    await database.rows('ROLLBACK');
  }
}

/** Creates an index and, where the planner needs statistics of an expression, analyses its table. */
export async function build(database: Database, candidate: Candidate, keep: boolean): Promise<void> {
  if (candidate.extension !== undefined)
    await database.rows(`CREATE EXTENSION IF NOT EXISTS ${identifier(candidate.extension)}`);
  await database.rows(createStatement(candidate, false));
  if (keep || candidate.keys.some((k) => k.column === undefined))
    await database.rows(`ANALYZE ${candidate.relation.name}`);
}

export async function sizeOf(database: Database, candidate: Candidate): Promise<number> {
  const rows = await database.rows('SELECT pg_relation_size($1::regclass)::float8 AS bytes', [
    qualified(candidate),
  ]);
  return numberIn(rows[0], 'bytes') ?? 0;
}

const qualified = (c: Candidate): string =>
  `${c.relation.name.includes('.') ? `${c.relation.name.split('.')[0]}.` : ''}${identifier(candidateName(c))}`;

/** Undefined objects, missing extensions, features a type does not have, keys that are too long. */
function isRefusal(error: unknown): boolean {
  const code = textIn(Object(error), 'code') ?? '';
  return /^(?:42|0A|54|58P01|55000)/.test(code);
}
