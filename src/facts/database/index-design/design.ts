import { readCatalogue } from '../../../evidence/connectors/postgres/catalogue.js';
import type { Database } from '../../../evidence/connectors/postgres/database.js';
import type { Rewrite } from '../statements/rewrite.js';
import { loadParser } from '../statements/syntax.js';
import { type Candidate, candidateId, candidateName, dropStatement } from './candidate.js';
import { candidatesFor } from './candidates.js';
import { build, costOf, indexesOf, planNow, type Trial, timeOf, timingOf, tryIndex } from './clone.js';
import type { RejectedIndex, WorkloadStatement } from './workload.js';
import { type Costed, choose, LEAST_SAVING, LEAST_SPEEDUP, prepare, unique, whyNot } from './workload.js';

export interface DesignOptions {
  budgetBytes: number;
  /** Measured runs of each statement. */
  runs: number;
  progress?(text: string): void;
}

export interface StatementOutcome {
  id: string;
  sql: string;
  /** Medians, and the least of the runs: what other load on the machine disturbs least. */
  beforeMs: number;
  beforeLeastMs: number;
  afterMs: number;
  afterLeastMs: number;
  /** The least of its time by any index that was tried, whatever its size: no choice among them gets below it by one index. */
  bestMs: number;
  /** New indexes that its plan takes. */
  uses: string[];
  rewrite?: Rewrite;
}

export interface ChosenIndex {
  candidate: Candidate;
  bytes: number;
  buildMs: number;
  serves: string[];
}

export interface IndexDesign {
  chosen: ChosenIndex[];
  rejected: RejectedIndex[];
  statements: StatementOutcome[];
  /** Statements that were left out, and why. */
  skipped: { id: string; why: string }[];
}

/**
 * Designs the indexes of a workload on a clone, where indexes are really built, one after the other in transactions that
 * are rolled back. Plans' costs, put right by times where they are wrong, choose among them, and the time of the
 * statements, run before and after, has the last word. Only SELECTs are run. The clone is left with the chosen indexes.
 */
export async function designIndexes(
  clone: Database,
  workload: readonly WorkloadStatement[],
  options: DesignOptions,
): Promise<IndexDesign> {
  await loadParser();
  const catalogue = await readCatalogue(clone);
  const skipped: IndexDesign['skipped'] = [];
  const prepared: Costed[] = [];
  for (const statement of workload) {
    const ready = prepare(statement, catalogue, true);
    if ('why' in ready) skipped.push({ id: statement.id, why: ready.why });
    else prepared.push({ ...ready, cost: costOf(await planNow(clone, ready.sql)) });
  }
  const candidates = unique(prepared.flatMap((p) => candidatesFor(p.blocks)));
  const trials: Trial[] = [];
  const rejected: RejectedIndex[] = [];
  for (const [i, candidate] of candidates.entries()) {
    options.progress?.(`index ${i + 1} of ${candidates.length}: ${candidateId(candidate)}`);
    const about = prepared.filter((p) => p.blocks.some((b) => b.read.has(candidate.relation)));
    const trial = await tryIndex(clone, candidate, about);
    if (!trial) rejected.push({ candidate, bytes: 0, why: 'refused-by-server' });
    else if (trial.used.length === 0)
      rejected.push({ candidate, bytes: trial.bytes, why: 'no-plan-takes-it' });
    else trials.push(trial);
  }
  const first = await choose(prepared, trials, options.budgetBytes);
  for (const { candidate } of first) await build(clone, candidate, true);
  const kept = await withoutIdle(clone, prepared, first);
  const picked = [...kept, ...(await completeJoins(clone, prepared, candidates, kept, options))];
  const { statements, slow } = await verify(clone, prepared, picked, trials, options);
  const proven = picked.filter((t) => !slow.includes(t));
  const taken = new Set(proven.map((t) => candidateId(t.candidate)));
  return {
    chosen: proven.map((t) => ({
      candidate: t.candidate,
      bytes: t.bytes,
      buildMs: t.buildMs,
      serves: statements.filter((s) => s.uses.includes(candidateName(t.candidate))).map((s) => s.id),
    })),
    rejected: [
      ...rejected,
      ...trials.map((t) => ({ candidate: t.candidate, bytes: t.bytes, why: whyNot(t, prepared, picked) })),
      ...slow.map((t) => ({ candidate: t.candidate, bytes: t.bytes, why: 'no-faster-when-built' as const })),
    ].filter((r) => !taken.has(candidateId(r.candidate))),
    statements,
    skipped,
  };
}

/** What no plan takes when all are there is taken away again. */
async function withoutIdle(
  clone: Database,
  prepared: readonly Costed[],
  picked: readonly Trial[],
): Promise<Trial[]> {
  const used = new Set<string>();
  for (const p of prepared)
    for (const index of await indexesOf(clone, await planNow(clone, p.sql))) used.add(index);
  const idle = picked.filter((t) => !used.has(candidateName(t.candidate)));
  for (const { candidate } of idle) await clone.rows(dropStatement(candidate, false));
  return picked.filter((t) => !idle.includes(t));
}

/**
 * A join may need an index on each side before either pays. With the chosen ones built, each further index on a joined
 * table is tried on top; the one that saves most for each byte is kept, until none saves enough or fits.
 */
async function completeJoins(
  clone: Database,
  prepared: readonly Costed[],
  candidates: readonly Candidate[],
  picked: readonly Trial[],
  options: DesignOptions,
): Promise<Trial[]> {
  const joined = prepared.filter((p) => p.blocks.some((b) => b.joins.length > 0));
  const relations = new Set(joined.flatMap((p) => p.blocks.flatMap((b) => b.joins.map((j) => j.relation))));
  const total = prepared.reduce((sum, p) => sum + p.cost * (p.calls ?? 1), 0);
  const added: Trial[] = [];
  let room = options.budgetBytes - picked.reduce((sum, t) => sum + t.bytes, 0);
  for (;;) {
    const taken = new Set([...picked, ...added].map((t) => candidateId(t.candidate)));
    const now = new Map<string, number>();
    for (const p of joined) now.set(p.id, costOf(await planNow(clone, p.sql)));
    const asItIs = joined.map((p) => ({ ...p, cost: now.get(p.id) ?? p.cost }));
    let best: { trial: Trial; worth: number } | undefined;
    for (const candidate of candidates) {
      if (!relations.has(candidate.relation) || taken.has(candidateId(candidate))) continue;
      const trial = await tryIndex(clone, candidate, asItIs);
      if (!trial || trial.bytes > room) continue;
      const saved = trial.used.reduce((sum, u) => {
        const before = now.get(u.id) ?? 0;
        const calls = joined.find((p) => p.id === u.id)?.calls ?? 1;
        return sum + (u.cost < before * LEAST_SPEEDUP ? (before - u.cost) * calls : 0);
      }, 0);
      const worth = saved / Math.max(1, trial.bytes);
      if (saved >= total * LEAST_SAVING && (!best || worth > best.worth)) best = { trial, worth };
    }
    if (!best) return added;
    await build(clone, best.trial.candidate, true);
    added.push(best.trial);
    room -= best.trial.bytes;
  }
}

/** Times all statements with the chosen indexes there; an index none of whose statements became faster is dropped. */
async function verify(
  clone: Database,
  prepared: readonly Costed[],
  picked: readonly Trial[],
  tried: readonly Trial[],
  options: DesignOptions,
): Promise<{ statements: StatementOutcome[]; slow: Trial[] }> {
  const statements = await outcomes(clone, prepared, picked, tried, options);
  const faster = new Set(
    statements.filter((s) => s.afterLeastMs < s.beforeLeastMs * LEAST_SPEEDUP).flatMap((s) => s.uses),
  );
  const slow = picked.filter((t) => !faster.has(candidateName(t.candidate)));
  if (slow.length === 0) return { statements, slow };
  for (const { candidate } of slow) await clone.rows(dropStatement(candidate, false));
  return { statements: await outcomes(clone, prepared, picked, tried, options), slow };
}

/**
 * Times all statements with the chosen indexes and, at once after, without them, inside a transaction that is rolled back;
 * and so in rounds. Whatever else the machine does then falls on all of them, with and without, alike.
 */
async function outcomes(
  clone: Database,
  prepared: readonly Costed[],
  picked: readonly Trial[],
  tried: readonly Trial[],
  options: DesignOptions,
): Promise<StatementOutcome[]> {
  const names = new Set(picked.map((t) => candidateName(t.candidate)));
  const uses = new Map<string, string[]>();
  for (const p of prepared)
    uses.set(
      p.id,
      [...(await indexesOf(clone, await planNow(clone, p.sql)))].filter((i) => names.has(i)).sort(),
    );
  const before = new Map<string, number[]>(prepared.map((p) => [p.id, []]));
  const after = new Map<string, number[]>(prepared.map((p) => [p.id, []]));
  const named = new Map(prepared.map((p, i) => [p.id, `kneepoint_${i}`]));
  for (const p of prepared) await clone.rows(`PREPARE ${named.get(p.id)} AS ${p.sql}`);
  const run = async (times: Map<string, number[]>): Promise<void> => {
    for (const [id, statement] of named) times.get(id)?.push(await timeOf(clone, statement));
  };
  try {
    for (let round = 0; round < options.runs; round++) {
      await run(after);
      await clone.rows('BEGIN');
      try {
        for (const { candidate } of picked) await clone.rows(dropStatement(candidate, false));
        await run(before);
      } finally {
        await clone.rows('ROLLBACK');
      }
    }
  } finally {
    for (const statement of named.values()) await clone.rows(`DEALLOCATE ${statement}`);
  }
  return prepared.map((p) => {
    const without = timingOf(before.get(p.id) ?? []);
    const withThem = timingOf(after.get(p.id) ?? []);
    return {
      id: p.id,
      sql: p.sql,
      beforeMs: without.medianMs,
      beforeLeastMs: without.leastMs,
      afterMs: withThem.medianMs,
      afterLeastMs: withThem.leastMs,
      bestMs: Math.min(
        withThem.leastMs,
        ...tried
          .flatMap((t) => t.used.filter((u) => u.id === p.id))
          .map((u) => (u.timeShare ?? 1) * without.leastMs),
      ),
      uses: uses.get(p.id) ?? [],
      ...(p.rewrite ? { rewrite: p.rewrite } : {}),
    };
  });
}
