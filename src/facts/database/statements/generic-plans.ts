import { type Database, numberIn } from '../../../evidence/connectors/postgres/database.js';
import type { Plan } from '../../../evidence/readers/plans/index.js';
import { planOf } from '../../../evidence/readers/plans/plan.js';
import { readStructuredPlans } from '../../../evidence/readers/plans/structured.js';
import { loadParser, NotSql, parse } from './syntax.js';

export interface StatementPlan {
  id: string;
  sql: string;
  plan?: Plan;
  /** Why there is none. */
  why?: string;
}

const GENERIC_SINCE = 160_000;
const PLANNED = new Set(['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']);

/**
 * The plan that the server would take for each statement, without running any: plain EXPLAIN, and GENERIC_PLAN (from
 * PostgreSQL 16) for statements with parameters. A text that is anything but one query or change of rows is refused
 * here, before it reaches the server.
 */
export async function genericPlans(
  database: Database,
  statements: readonly { id: string; sql: string }[],
): Promise<StatementPlan[]> {
  await loadParser();
  const [version] = await database.rows("SELECT current_setting('server_version_num')::int AS version");
  const hasGeneric = (numberIn(version, 'version') ?? 0) >= GENERIC_SINCE;
  const out: StatementPlan[] = [];
  for (const { id, sql } of statements) {
    const refusal = refusalOf(sql, hasGeneric);
    if (refusal !== undefined) {
      out.push({ id, sql, why: refusal });
      continue;
    }
    const options = /\$\d/.test(sql) ? 'GENERIC_PLAN, FORMAT JSON' : 'FORMAT JSON';
    try {
      const rows = await database.rows(`EXPLAIN (${options}) ${sql}`);
      const [document] = readStructuredPlans(JSON.stringify(rows[0]?.['QUERY PLAN']), 'json');
      out.push(document ? { id, sql, plan: planOf(document) } : { id, sql, why: 'the server gave no plan' });
    } catch (error) {
      out.push({ id, sql, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return out;
}

function refusalOf(sql: string, hasGeneric: boolean): string | undefined {
  try {
    const parsed = parse(sql);
    const [first] = parsed;
    if (!first || parsed.length > 1) return 'it is not one statement';
    if (!PLANNED.has(first.kind)) return 'only statements that read or change rows have a plan';
    return /\$\d/.test(sql) && !hasGeneric
      ? 'it has parameters, and this server cannot plan those (GENERIC_PLAN came with PostgreSQL 16): give it with constants'
      : undefined;
  } catch (error) {
    if (error instanceof NotSql) return `PostgreSQL's parser refuses it: ${error.message}`;
    throw error;
  }
}
