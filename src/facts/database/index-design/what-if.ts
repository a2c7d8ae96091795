import { type Relation, readCatalogue } from '../../../evidence/connectors/postgres/catalogue.js';
import type { Database } from '../../../evidence/connectors/postgres/database.js';
import { NoSandbox, openSandbox, type Sandbox } from '../../../evidence/connectors/postgres/sandbox/index.js';
import { loadParser } from '../statements/syntax.js';
import { type Candidate, candidateId } from './candidate.js';
import { candidatesFor } from './candidates.js';
import { costOf, planNow, type Trial } from './clone.js';
import { hypothetical, imagine, inSandbox, type WhatIfPlanner } from './what-if-planner.js';
import {
  type Costed,
  choose,
  prepare,
  type RejectedIndex,
  unique,
  type WorkloadStatement,
  whyNot,
} from './workload.js';

/** How far a verdict about indexes was taken without building any on the server. */
export type Rung = 'rule' | 'what-if' | 'sandbox';

export interface ProposedIndex {
  candidate: Candidate;
  /** As the what-if extension estimates it; unknown by rule alone. */
  bytes?: number;
  serves: string[];
}

export interface WhatIfDesign {
  rung: Rung;
  proposed: ProposedIndex[];
  rejected: RejectedIndex[];
  /** Costs by the planner, without and with each statement's best chosen index. */
  statements: { id: string; sql: string; costBefore: number; costAfter: number; rewritten?: string }[];
  skipped: { id: string; why: string }[];
  /** Of a sandbox: what could not be copied, and how far its planner is off from the server's without any new index. */
  sandbox?: { lacking: string[]; costOff: { id: string; share: number }[] };
  /** Why the planner was not asked. */
  noWhatIf?: string;
}

/**
 * Indexes for a workload on a server where none may be built. With HypoPG the planner is asked what it would do with each;
 * with a sandbox the planner of an empty copy is; without either the candidates by rule are given, untested. Runs no
 * statement and writes nothing on the server.
 */
export async function proposeIndexes(
  database: Database,
  workload: readonly WorkloadStatement[],
  budgetBytes: number,
  options: { sandbox?: boolean } = {},
): Promise<WhatIfDesign> {
  await loadParser();
  const catalogue = await readCatalogue(database);
  const { costed, skipped } = await costs(database, workload, catalogue);
  if (!options.sandbox) {
    const planner = await hypothetical(database);
    return 'why' in planner
      ? { ...byRule(costed, skipped), noWhatIf: planner.why }
      : byWhatIf(planner, costed, skipped, budgetBytes);
  }
  let sandbox: Sandbox;
  try {
    sandbox = await openSandbox(database);
  } catch (error) {
    if (error instanceof NoSandbox) return { ...byRule(costed, skipped), noWhatIf: error.message };
    throw error;
  }
  try {
    const copied = await costs(sandbox.database, workload, catalogue);
    const design = await byWhatIf(inSandbox(sandbox), copied.costed, copied.skipped, budgetBytes);
    const costOff = copied.costed.flatMap((c) => {
      const real = costed.find((x) => x.id === c.id)?.cost ?? 0;
      return real > 0 ? [{ id: c.id, share: c.cost / real - 1 }] : [];
    });
    return { ...design, sandbox: { lacking: sandbox.lacking, costOff } };
  } finally {
    await sandbox.close();
  }
}

/** What each statement costs by the planner of a database, taken apart. */
async function costs(
  database: Database,
  workload: readonly WorkloadStatement[],
  catalogue: readonly Relation[],
): Promise<{ costed: Costed[]; skipped: WhatIfDesign['skipped'] }> {
  const skipped: WhatIfDesign['skipped'] = [];
  const costed: Costed[] = [];
  for (const statement of workload) {
    const ready = prepare(statement, catalogue, false);
    if ('why' in ready) {
      skipped.push({ id: statement.id, why: ready.why });
      continue;
    }
    try {
      costed.push({ ...ready, cost: costOf(await planNow(database, ready.sql)) });
    } catch (error) {
      skipped.push({ id: statement.id, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { costed, skipped };
}

async function byWhatIf(
  planner: WhatIfPlanner,
  costed: readonly Costed[],
  skipped: WhatIfDesign['skipped'],
  budgetBytes: number,
): Promise<WhatIfDesign> {
  const trials: Trial[] = [];
  const rejected: RejectedIndex[] = [];
  for (const candidate of unique(costed.flatMap((c) => candidatesFor(c.blocks)))) {
    const trial = await imagine(planner, candidate, costed);
    if (!trial) rejected.push({ candidate, bytes: 0, why: 'refused-by-server' });
    else if (trial.used.length === 0)
      rejected.push({ candidate, bytes: trial.bytes, why: 'no-plan-takes-it' });
    else trials.push(trial);
  }
  const picked = await choose(costed, trials, budgetBytes);
  return {
    rung: planner.rung,
    proposed: picked.map((t) => ({
      candidate: t.candidate,
      bytes: t.bytes,
      serves: t.used.map((u) => u.id),
    })),
    rejected: [
      ...rejected,
      ...trials
        .filter((t) => !picked.includes(t))
        .map((t) => ({ candidate: t.candidate, bytes: t.bytes, why: whyNot(t, costed, picked) })),
    ],
    statements: costed.map((c) => ({
      id: c.id,
      sql: c.sql,
      costBefore: c.cost,
      costAfter: Math.min(
        c.cost,
        ...picked.flatMap((t) => t.used.filter((u) => u.id === c.id).map((u) => u.cost)),
      ),
      ...(c.rewrite ? { rewritten: c.rewrite.after } : {}),
    })),
    skipped,
  };
}

/** By the rule alone the most specific index for each table of a statement is given; the first kind that fits. */
const MOST_SPECIFIC = [
  'rows with a rare value only',
  'equality, then sort',
  'equality, then range',
  'equality, then join',
  'join, then sort',
  'equality',
  'prefix of a text',
  'part of a text',
  'range',
  'join',
  'sort under a limit',
];

function byRule(costed: readonly Costed[], skipped: WhatIfDesign['skipped']): WhatIfDesign {
  const proposed = new Map<string, ProposedIndex>();
  for (const statement of costed) {
    const own = candidatesFor(statement.blocks).filter((c) => c.include.length === 0 && c.method !== 'brin');
    for (const relation of new Set(own.map((c) => c.relation))) {
      const about = own.filter((c) => c.relation === relation);
      const kind = MOST_SPECIFIC.find((k) => about.some((c) => c.because === k));
      const best = about.filter((c) => c.because === kind).sort((a, b) => b.keys.length - a.keys.length)[0];
      if (!best) continue;
      const known = proposed.get(candidateId(best)) ?? { candidate: best, serves: [] };
      proposed.set(candidateId(best), { ...known, serves: [...known.serves, statement.id] });
    }
  }
  return {
    rung: 'rule',
    proposed: [...proposed.values()],
    rejected: [],
    statements: costed.map((c) => ({
      id: c.id,
      sql: c.sql,
      costBefore: c.cost,
      costAfter: c.cost,
      ...(c.rewrite ? { rewritten: c.rewrite.after } : {}),
    })),
    skipped,
  };
}
