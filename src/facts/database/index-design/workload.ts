import type { Relation } from '../../../evidence/connectors/postgres/catalogue.js';
import { selectIndexes } from '../../../models/index-selection.js';
import { type Rewrite, sargableRewrites } from '../statements/rewrite.js';
import { type QueryBlock, shapeOf } from '../statements/shape.js';
import { NotSql, parse } from '../statements/syntax.js';
import { type Candidate, candidateId } from './candidate.js';
import type { Trial } from './clone.js';

export interface WorkloadStatement {
  id: string;
  sql: string;
  /** How often it runs, in any unit that is the same for all; 1 where none is given. */
  calls?: number;
}

export interface RejectedIndex {
  candidate: Candidate;
  bytes: number;
  why:
    | 'no-plan-takes-it'
    | 'saves-too-little'
    | 'served-by-others'
    | 'no-faster-when-built'
    | 'refused-by-server';
}

/**
 * Every index is written with every row and takes memory from the cache. It must save this share of the workload's
 * cost, and all that a full budget holds together must save the second share, each index by its size.
 */
export const LEAST_SAVING = 0.002;
const SAVING_OF_FULL_BUDGET = 0.05;
/** A statement must get this much faster before an index is credited with it: less is noise. */
export const LEAST_SPEEDUP = 0.8;

/** A statement taken apart, with what it costs without new indexes. */
export interface Costed extends WorkloadStatement {
  blocks: QueryBlock[];
  rewrite?: Rewrite;
  cost: number;
}

/** Statements whose search an index can serve. */
const SEARCHING = new Set(['SelectStmt', 'UpdateStmt', 'DeleteStmt']);

/** Takes a statement apart, rewritten where its condition cannot use an index as it stands. `run`: it is to be run. */
export function prepare(
  statement: WorkloadStatement,
  catalogue: readonly Relation[],
  run: boolean,
): Omit<Costed, 'cost'> | { why: string } {
  try {
    const [first, ...more] = parse(statement.sql);
    if (!first || more.length > 0) return { why: 'it is not one statement' };
    if (!run && !SEARCHING.has(first.kind)) return { why: 'it searches no table' };
    if (run && first.kind !== 'SelectStmt')
      return { why: 'it writes: only statements that read are run on the clone' };
    const rewrite = sargableRewrites(first.text, first.fields, catalogue)[0];
    if (!rewrite)
      return { ...statement, sql: first.text, blocks: shapeOf(first.kind, first.fields, catalogue) };
    const [rewritten] = parse(rewrite.statement);
    return {
      ...statement,
      sql: rewrite.statement,
      rewrite,
      blocks: rewritten ? shapeOf(rewritten.kind, rewritten.fields, catalogue) : [],
    };
  } catch (error) {
    if (error instanceof NotSql) return { why: `PostgreSQL's parser refuses it: ${error.message}` };
    throw error;
  }
}

/** Each index once, in the order of its definition. */
export function unique(candidates: readonly Candidate[]): Candidate[] {
  const byId = new Map<string, Candidate>();
  for (const c of candidates) if (!byId.has(candidateId(c))) byId.set(candidateId(c), c);
  return [...byId.values()].sort((a, b) => (candidateId(a) < candidateId(b) ? -1 : 1));
}

/** The cheapest set by the plans' costs with each index; an index that saves less than a little of the whole is left out. */
export async function choose(
  prepared: readonly Costed[],
  trials: readonly Trial[],
  budgetBytes: number,
): Promise<Trial[]> {
  const total = prepared.reduce((sum, p) => sum + p.cost * (p.calls ?? 1), 0);
  const selection = await selectIndexes(
    trials.map((t) => ({
      id: candidateId(t.candidate),
      bytes: t.bytes,
      upkeep: total * (LEAST_SAVING + (SAVING_OF_FULL_BUDGET * t.bytes) / budgetBytes),
    })),
    prepared.map((p) => ({
      id: p.id,
      weight: p.calls ?? 1,
      options: [
        { indexes: [], cost: p.cost },
        ...trials.flatMap((t) => {
          const cost = t.used.find((u) => u.id === p.id)?.cost;
          return cost !== undefined && cost < p.cost * LEAST_SPEEDUP
            ? [{ indexes: [candidateId(t.candidate)], cost }]
            : [];
        }),
      ],
    })),
    { budgetBytes, timeLimitSeconds: 30 },
  );
  return trials.filter((t) => selection.chosen.includes(candidateId(t.candidate)));
}

/** Why an index that some plan takes was not chosen. */
export function whyNot(
  trial: Trial,
  prepared: readonly Costed[],
  picked: readonly Trial[],
): RejectedIndex['why'] {
  const helps = trial.used.filter(
    (u) => u.cost < (prepared.find((p) => p.id === u.id)?.cost ?? 0) * LEAST_SPEEDUP,
  );
  const others = helps.every((u) => picked.some((p) => p.used.some((o) => o.id === u.id)));
  return helps.length > 0 && others ? 'served-by-others' : 'saves-too-little';
}
