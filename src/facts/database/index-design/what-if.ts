import { readCatalogue } from '../../../evidence/connectors/postgres/catalogue.js';
import { type Database, numberIn, textIn } from '../../../evidence/connectors/postgres/database.js';
import { loadParser } from '../statements/syntax.js';
import { type Candidate, candidateId, createStatement } from './candidate.js';
import { candidatesFor } from './candidates.js';
import { costOf, indexesIn, planNow, type Trial } from './clone.js';
import {
  type Costed,
  choose,
  prepare,
  type RejectedIndex,
  unique,
  type WorkloadStatement,
  whyNot,
} from './workload.js';

/** How far a verdict about indexes was taken without building any. */
export type Rung = 'rule' | 'what-if';

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
}

/**
 * Indexes for a workload on a server where none may be built. With HypoPG the planner is asked what it would do with each;
 * without it the candidates by rule are given, untested. Runs no statement and writes nothing.
 */
export async function proposeIndexes(
  database: Database,
  workload: readonly WorkloadStatement[],
  budgetBytes: number,
): Promise<WhatIfDesign> {
  await loadParser();
  const catalogue = await readCatalogue(database);
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
  const [extension] = await database.rows("SELECT 1 AS there FROM pg_extension WHERE extname = 'hypopg'");
  if (!extension) return byRule(costed, skipped);
  const candidates = unique(costed.flatMap((c) => candidatesFor(c.blocks)));
  const trials: Trial[] = [];
  const rejected: RejectedIndex[] = [];
  for (const candidate of candidates) {
    const trial = await imagine(database, candidate, costed);
    if (!trial) rejected.push({ candidate, bytes: 0, why: 'refused-by-server' });
    else if (trial.used.length === 0)
      rejected.push({ candidate, bytes: trial.bytes, why: 'no-plan-takes-it' });
    else trials.push(trial);
  }
  const picked = await choose(costed, trials, budgetBytes);
  return {
    rung: 'what-if',
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

/** An index that only the planner of this session sees. Undefined for kinds that HypoPG does not know. */
async function imagine(
  database: Database,
  candidate: Candidate,
  statements: readonly Costed[],
): Promise<Trial | undefined> {
  try {
    const [made] = await database.rows(
      'SELECT h.indexrelid::text AS oid, h.indexname AS name, hypopg_relation_size(h.indexrelid)::float8 AS bytes FROM hypopg_create_index($1) h',
      [createStatement(candidate, false)],
    );
    const name = textIn(made, 'name') ?? '';
    const used: Trial['used'] = [];
    for (const { id, sql } of statements) {
      const plan = await planNow(database, sql);
      if (plan && indexesIn(plan).has(name)) used.push({ id, cost: costOf(plan) });
    }
    return { candidate, bytes: numberIn(made, 'bytes') ?? 0, buildMs: 0, used };
  } catch {
    return undefined;
  } finally {
    await database.rows('SELECT hypopg_reset()').catch(() => undefined);
  }
}
