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

/**
 * HypoPG in the session of a server. Why not, where the extension is not installed, or where auto_explain logs every
 * statement: it then looks for the indexes that are not there, and the server refuses the plan.
 */
export async function hypothetical(database: Database): Promise<WhatIfPlanner | { why: string }> {
  const [extension] = await database.rows("SELECT 1 AS there FROM pg_extension WHERE extname = 'hypopg'");
  if (!extension) return { why: 'the server has no HypoPG' };
  if (!(await quiet(database)))
    return {
      why: 'auto_explain logs every statement of this server, which HypoPG cannot live with; let this role switch it off for its session (GRANT SET ON PARAMETER auto_explain.log_min_duration, PostgreSQL 15 and later)',
    };
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

/** Switches auto_explain off in this session where it logs every statement. False where the role may not. */
async function quiet(database: Database): Promise<boolean> {
  const [row] = await database.rows("SELECT current_setting('auto_explain.log_min_duration', true) AS least");
  if (textIn(row, 'least') !== '0') return true;
  try {
    await database.rows("SELECT set_config('auto_explain.log_min_duration', '-1', false)");
    return true;
  } catch {
    return false;
  }
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
