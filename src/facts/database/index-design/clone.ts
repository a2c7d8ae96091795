import { type Database, numberIn, textIn } from '../../../evidence/connectors/postgres/database.js';
import type { Plan } from '../../../evidence/readers/plans/index.js';
import { planOf } from '../../../evidence/readers/plans/plan.js';
import { readStructuredPlans } from '../../../evidence/readers/plans/structured.js';
import { identifier } from '../statements/syntax.js';
import { type Candidate, candidateName, createStatement, dropStatement, schemaOf } from './candidate.js';

/** A statement of the workload on the clone. */
export interface Timed {
  id: string;
  sql: string;
  /** By the planner, without new indexes. */
  cost: number;
}

/** Wall-clock milliseconds of a statement: the median is what is reported, the least is what other load disturbs least. */
export interface Timing {
  medianMs: number;
  leastMs: number;
}

/**
 * Milliseconds of one run of a prepared statement, after one that warms: the first after a change of indexes also plans anew.
 * Statements that run often are prepared, so planning, which no index shortens, is not in it.
 */
export async function timeOf(database: Database, prepared: string): Promise<number> {
  await database.rows(`EXECUTE ${prepared}`);
  const start = process.hrtime.bigint();
  await database.rows(`EXECUTE ${prepared}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

export function timingOf(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return {
    medianMs: sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2,
    leastMs: sorted[0] ?? 0,
  };
}

/** The plan that the server would take now, not run. */
export const planNow = (database: Database, sql: string): Promise<Plan | undefined> =>
  planBy(database, `EXPLAIN (${/\$\d/.test(sql) ? 'GENERIC_PLAN, ' : ''}FORMAT JSON) ${sql}`);

async function planBy(database: Database, explain: string): Promise<Plan | undefined> {
  const rows = await database.rows(explain);
  const told = rows[0]?.['QUERY PLAN'];
  const [document] = readStructuredPlans(JSON.stringify(told), 'json');
  return document && planOf(document);
}

/** Milliseconds that the server itself needs for a statement, which is run. */
async function serverTimeOf(database: Database, sql: string): Promise<number | undefined> {
  return (await planBy(database, `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${sql}`))?.executionMs;
}

export const costOf = (plan: Plan | undefined): number => plan?.root.totalCost ?? 0;

export const indexesIn = (plan: Plan | undefined): Set<string> =>
  new Set((plan?.nodes ?? []).flatMap((n) => (n.index === undefined ? [] : [n.index])));

/** The indexes of a plan; of those on partitions the index of the whole table, which they are part of, too. */
export async function indexesOf(database: Database, plan: Plan | undefined): Promise<Set<string>> {
  const names = indexesIn(plan);
  if (names.size === 0) return names;
  const roots = await database.rows(
    `SELECT r.relname AS name FROM pg_class c JOIN pg_class r ON r.oid = pg_partition_root(c.oid)
     WHERE c.relkind = 'i' AND c.relispartition AND c.relname = ANY ($1)`,
    [[...names]],
  );
  for (const row of roots) names.add(textIn(row, 'name') ?? '');
  return names;
}

/** What one index does when it is really there. */
export interface Trial {
  candidate: Candidate;
  bytes: number;
  buildMs: number;
  /**
   * Statements whose plan takes it, with what it costs with the index, in units of the planner, and its time on the server
   * divided by that without, where it was run.
   */
  used: { id: string; cost: number; timeShare?: number }[];
}

/**
 * Builds an index inside a transaction, looks which plans take it and at what cost, runs those statements, and rolls back:
 * the clone is as it was.
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
      if (plan && (await indexesOf(database, plan)).has(candidateName(candidate)))
        used.push({ id, cost: costOf(plan) });
    }
    for (const use of used) {
      const statement = statements.find((s) => s.id === use.id);
      const timeShare = statement && (await timedShare(database, candidate, statement));
      if (!statement || timeShare === undefined) continue;
      use.timeShare = timeShare;
      use.cost = correctedCost(use.cost, statement.cost, timeShare);
    }
    return { candidate, bytes, buildMs, used };
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  } finally {
    await database.rows('ROLLBACK');
  }
}

/**
 * The planner's cost holds where the server's time agrees with it, since it does not depend on what else the machine does
 * and the choice is then the same each time. Where time and cost part by more than this factor, time is right.
 */
const TRUSTED_FACTOR = 2;
/** Between a hundredth and a fiftieth of the time before, nothing is at stake: the difference must be this share of it. */
const TELLING_SHARE = 0.1;

async function timedShare(
  database: Database,
  candidate: Candidate,
  statement: Timed,
): Promise<number | undefined> {
  if (statement.cost <= 0) return undefined;
  await database.rows('SAVEPOINT timed');
  try {
    return await timeShareOf(database, candidate, statement.sql);
  } catch (error) {
    await database.rows('ROLLBACK TO timed');
    // Stopped by the time limit of statements: nothing is known but the cost.
    if (textIn(Object(error), 'code') === '57014') return undefined;
    throw error;
  }
}

/**
 * The time of a statement with an index that is there, divided by its time without: the least of a few runs each, taken
 * in turns, so that other load on the machine disturbs both alike.
 */
async function timeShareOf(
  database: Database,
  candidate: Candidate,
  sql: string,
): Promise<number | undefined> {
  let least = Infinity;
  let leastWithout = Infinity;
  let spent = 0;
  for (let round = 0; round < TIMED_ROUNDS; round++) {
    const timed = await serverTimeOf(database, sql);
    await database.rows('SAVEPOINT without');
    await database.rows(dropStatement(candidate, false));
    const without = await serverTimeOf(database, sql);
    await database.rows('ROLLBACK TO without');
    if (timed === undefined || without === undefined || without <= 0) return undefined;
    least = Math.min(least, timed);
    leastWithout = Math.min(leastWithout, without);
    spent += timed + without;
    // A long run is its own mean over many rows: more of them would tell the same.
    if (spent > ENOUGH_MS) break;
  }
  return least / leastWithout;
}
const TIMED_ROUNDS = 12;
const ENOUGH_MS = 2000;

/**
 * The cost of a plan with an index, put right by its time. `timeShare`: its time divided by the time without the index.
 * @returns units of the planner.
 */
export function correctedCost(cost: number, costBefore: number, timeShare: number): number {
  const byTime = costBefore * timeShare;
  const factor = byTime / Math.max(cost, Number.MIN_VALUE);
  const part = factor > TRUSTED_FACTOR || factor < 1 / TRUSTED_FACTOR;
  return part && Math.abs(byTime - cost) > TELLING_SHARE * costBefore ? byTime : cost;
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
  const rows = await database.rows(
    candidate.relation.partitioned
      ? 'SELECT sum(pg_relation_size(relid))::float8 AS bytes FROM pg_partition_tree($1::regclass)'
      : 'SELECT pg_relation_size($1::regclass)::float8 AS bytes',
    [qualified(candidate)],
  );
  return numberIn(rows[0], 'bytes') ?? 0;
}

const qualified = (c: Candidate): string => `${schemaOf(c.relation.name)}${identifier(candidateName(c))}`;

/** Undefined objects, missing extensions, features a type does not have, keys that are too long. */
function isRefusal(error: unknown): boolean {
  const code = textIn(Object(error), 'code') ?? '';
  return /^(?:42|0A|54|58P01|55000)/.test(code);
}
