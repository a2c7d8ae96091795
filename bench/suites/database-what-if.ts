import { readCatalogue } from '../../src/evidence/connectors/postgres/catalogue.js';
import type { Connection } from '../../src/evidence/connectors/postgres/connect.js';
import { connect } from '../../src/evidence/connectors/postgres/connect.js';
import { openSandbox } from '../../src/evidence/connectors/postgres/sandbox/index.js';
import type { Candidate } from '../../src/facts/database/index-design/candidate.js';
import { candidateId } from '../../src/facts/database/index-design/candidate.js';
import { candidatesFor } from '../../src/facts/database/index-design/candidates.js';
import { build, costOf, planNow, sizeOf } from '../../src/facts/database/index-design/clone.js';
import {
  hypothetical,
  inSandbox,
  type WhatIfPlanner,
} from '../../src/facts/database/index-design/what-if-planner.js';
import { type Costed, prepare, unique } from '../../src/facts/database/index-design/workload.js';
import { loadParser } from '../../src/facts/database/statements/syntax.js';
import type { Suite } from '../main.js';
import { startPostgres } from '../postgres.js';
import { startSystemPostgres } from '../system-postgres.js';
import { SCHEMA, STATEMENTS } from '../what-if/shop.js';

/** Costs that differ by less say nothing about which index is better. */
const SAME_COST = 0.01;

interface Told {
  bytes: number;
  /** Cost of each statement with the candidate there. */
  costs: Map<string, number>;
}

/**
 * What the planner says of indexes that are not there, against what it says when they are really built: on a generated
 * shop with joins and a partitioned table. HypoPG is held to the server it is installed on, where there is one.
 */
export default {
  suite: 'database/what-if',
  about: 'costs of indexes that are not there, against the same indexes really built',
  ownData: true,
  async run() {
    await loadParser();
    const server = await startPostgres(['autovacuum=off', 'max_parallel_maintenance_workers=0']);
    let sandbox: Awaited<ReturnType<typeof study>>;
    try {
      sandbox = await study(server.url, async (source) => {
        const opened = await openSandbox(source);
        return { planner: inSandbox(opened), close: opened.close, lacking: opened.lacking };
      });
    } finally {
      await server.stop();
    }
    const system = await startSystemPostgres('hypopg');
    let hypopg: Awaited<ReturnType<typeof study>> | undefined;
    try {
      if (system)
        hypopg = await study(system.url, async (source) => {
          await source.rows('CREATE EXTENSION IF NOT EXISTS hypopg');
          const planner = await hypothetical(source);
          if ('why' in planner) throw new Error(planner.why);
          return { planner, close: async () => undefined, lacking: [] };
        });
    } finally {
      await system?.stop();
    }
    return {
      cases: sandbox.pairs,
      rung: 'sandbox',
      ...sandbox,
      hypopg: hypopg ?? 'no server with HypoPG here',
    };
  },
} satisfies Suite;

async function study(
  url: string,
  open: (
    source: Connection,
  ) => Promise<{ planner: WhatIfPlanner; close(): Promise<void>; lacking: string[] }>,
) {
  const source = await connect({ url, statementTimeoutMs: 300_000, readOnly: false });
  try {
    for (const sql of SCHEMA) await source.rows(sql);
    const catalogue = await readCatalogue(source);
    const costed: Costed[] = [];
    for (const statement of STATEMENTS) {
      const ready = prepare(statement, catalogue, false);
      if ('why' in ready) throw new Error(`${statement.id}: ${ready.why}`);
      costed.push({ ...ready, cost: costOf(await planNow(source, ready.sql)) });
    }
    const candidates = unique(costed.flatMap((c) => candidatesFor(c.blocks)));
    const { planner, close, lacking } = await open(source);
    try {
      const before = await costsNow(planner.database, costed);
      const imagined = new Map<Candidate, Told>();
      for (const candidate of candidates) {
        const made = await planner.add(candidate);
        if (made)
          imagined.set(candidate, { bytes: made.bytes, costs: await costsNow(planner.database, costed) });
        await planner.forget();
      }
      const built = new Map<Candidate, Told>();
      for (const candidate of imagined.keys()) {
        await source.rows('BEGIN');
        try {
          await build(source, candidate, false);
          built.set(candidate, {
            bytes: await sizeOf(source, candidate),
            costs: await costsNow(source, costed),
          });
        } finally {
          await source.rows('ROLLBACK');
        }
      }
      return compare(costed, before, imagined, built, candidates.length, lacking);
    } finally {
      await close();
    }
  } finally {
    await source.close();
  }
}

async function costsNow(database: Connection | WhatIfPlanner['database'], statements: readonly Costed[]) {
  const out = new Map<string, number>();
  for (const s of statements) out.set(s.id, costOf(await planNow(database, s.sql)));
  return out;
}

function compare(
  statements: readonly Costed[],
  before: ReadonlyMap<string, number>,
  imagined: ReadonlyMap<Candidate, Told>,
  built: ReadonlyMap<Candidate, Told>,
  candidates: number,
  lacking: readonly string[],
) {
  const errors: { of: string; error: number }[] = [];
  let ordered = 0;
  let right = 0;
  for (const s of statements) {
    const about = [...built].flatMap(([candidate, real]) => {
      const told = imagined.get(candidate);
      const cost = real.costs.get(s.id) ?? 0;
      const guess = told?.costs.get(s.id) ?? 0;
      // An index that neither planner takes for this statement says nothing about it.
      const changes = differ(cost, s.cost) || differ(guess, before.get(s.id) ?? s.cost);
      return changes ? [{ candidate, cost, guess }] : [];
    });
    for (const a of about) {
      errors.push({ of: `${s.id}: ${candidateId(a.candidate)}`, error: a.guess / a.cost - 1 });
      for (const b of about)
        if (candidateId(a.candidate) < candidateId(b.candidate) && differ(a.cost, b.cost)) {
          ordered++;
          if (a.cost < b.cost === a.guess < b.guess) right++;
        }
    }
  }
  const size = [...built].map(([c, real]) => Math.abs((imagined.get(c)?.bytes ?? 0) / real.bytes - 1));
  const sorted = errors.map((e) => Math.abs(e.error)).sort((a, b) => a - b);
  return {
    statements: statements.length,
    candidates,
    known: imagined.size,
    pairs: errors.length,
    baseError: round(Math.max(...statements.map((s) => Math.abs((before.get(s.id) ?? 0) / s.cost - 1)))),
    medianCostError: round(at(sorted, 0.5)),
    p90CostError: round(at(sorted, 0.9)),
    orderedPairs: ordered,
    orderRight: round(right / Math.max(1, ordered)),
    medianSizeError: round(
      at(
        size.sort((a, b) => a - b),
        0.5,
      ),
    ),
    worst: [...errors]
      .sort((a, b) => Math.abs(b.error) - Math.abs(a.error))
      .slice(0, 6)
      .map((e) => `${e.of} ${round(e.error)}`),
    lacking,
  };
}

const differ = (a: number, b: number): boolean => Math.abs(a - b) > SAME_COST * Math.max(a, b);
const at = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
const round = (value: number): number => Number(value.toFixed(4));
