import { type Database, numberIn, textIn } from '../../../evidence/connectors/postgres/database.js';
import type { Sandbox } from '../../../evidence/connectors/postgres/sandbox/index.js';
import { type Candidate, createStatement } from './candidate.js';
import { costOf, indexesIn, planNow, type Timed, type Trial } from './clone.js';

/** A planner that can be asked about indexes that are not there. */
export interface WhatIfPlanner {
  rung: 'what-if' | 'sandbox';
  database: Database;
  /** Lets the planner see an index. Undefined for one that it does not know. */
  add(candidate: Candidate): Promise<{ names: string[]; bytes: number } | undefined>;
  /** Takes the last one away. */
  forget(): Promise<void>;
}

/** HypoPG in the session of a server. Undefined where the extension is not installed. */
export async function hypothetical(database: Database): Promise<WhatIfPlanner | undefined> {
  const [extension] = await database.rows("SELECT 1 AS there FROM pg_extension WHERE extname = 'hypopg'");
  if (!extension) return undefined;
  return {
    rung: 'what-if',
    database,
    add: async (candidate) => {
      try {
        const names: string[] = [];
        let bytes = 0;
        for (const name of await leavesOf(database, candidate)) {
          const on = { ...candidate, relation: { ...candidate.relation, name } };
          const [made] = await database.rows(
            'SELECT h.indexname AS name, hypopg_relation_size(h.indexrelid)::float8 AS bytes FROM hypopg_create_index($1) h',
            [createStatement(on, false)],
          );
          names.push(textIn(made, 'name') ?? '');
          bytes += numberIn(made, 'bytes') ?? 0;
        }
        return { names, bytes };
      } catch {
        return undefined;
      }
    },
    forget: async () => {
      await database.rows('SELECT hypopg_reset()').catch(() => undefined);
    },
  };
}

/** HypoPG takes tables that hold rows: the partitions of a partitioned table. */
async function leavesOf(database: Database, { relation }: Candidate): Promise<string[]> {
  if (!relation.partitioned) return [relation.name];
  const rows = await database.rows(
    'SELECT relid::text AS name FROM pg_partition_tree($1::regclass) WHERE isleaf ORDER BY 1',
    [relation.name],
  );
  return rows.map((r) => textIn(r, 'name') ?? '');
}

export function inSandbox(sandbox: Sandbox): WhatIfPlanner {
  return {
    rung: 'sandbox',
    database: sandbox.database,
    add: async (candidate) => {
      if (candidate.extension !== undefined)
        await sandbox.database.rows(`CREATE EXTENSION IF NOT EXISTS ${candidate.extension}`);
      const made = await sandbox.addIndex(createStatement(candidate, false));
      if (!made) return undefined;
      await sandbox.show(made);
      return made;
    },
    forget: () => sandbox.show(undefined),
  };
}

/** What the planner would do with one index more. Undefined for kinds that it does not know. */
export async function imagine(
  planner: WhatIfPlanner,
  candidate: Candidate,
  statements: readonly Timed[],
): Promise<Trial | undefined> {
  try {
    const made = await planner.add(candidate);
    if (!made) return undefined;
    const used: Trial['used'] = [];
    for (const { id, sql } of statements) {
      const plan = await planNow(planner.database, sql);
      const indexes = indexesIn(plan);
      if (plan && made.names.some((name) => indexes.has(name))) used.push({ id, cost: costOf(plan) });
    }
    return { candidate, bytes: made.bytes, buildMs: 0, used };
  } finally {
    await planner.forget();
  }
}
