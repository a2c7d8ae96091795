import type { MysqlConnection } from '../../../evidence/connectors/mysql/connect.js';
import { textIn } from '../../../evidence/connectors/postgres/database.js';
import { readPlans } from '../../../evidence/readers/plans/index.js';
import type { StatementPlan } from './generic-plans.js';

/** Statements that EXPLAIN takes; a `?` outside of quotes is a parameter, which it does not. */
const PLANNED = /^\s*\(*\s*(?:select|insert|update|delete|replace|with|table|values)\b/i;
const QUOTED = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`[^`]*`/g;

/**
 * The plan that a MySQL or MariaDB would take for each statement, by EXPLAIN FORMAT=JSON in a session that cannot write.
 * A text that is anything but one query or change of rows is refused here, before it reaches the server.
 */
export async function mysqlPlans(
  connection: MysqlConnection,
  statements: readonly { id: string; sql: string }[],
): Promise<StatementPlan[]> {
  const out: StatementPlan[] = [];
  for (const { id, sql } of statements) {
    const why = refusalOf(sql);
    if (why !== undefined) {
      out.push({ id, sql, why });
      continue;
    }
    try {
      const [row] = await connection.rows(`EXPLAIN FORMAT=JSON ${sql}`);
      const [plan] = readPlans(textIn(row, 'EXPLAIN') ?? '');
      out.push(plan ? { id, sql, plan } : { id, sql, why: 'the server gave no plan' });
    } catch (error) {
      out.push({ id, sql, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return out;
}

function refusalOf(sql: string): string | undefined {
  const bare = sql.replace(QUOTED, "''");
  if (bare.includes(';')) return 'it is not one statement';
  if (!PLANNED.test(bare)) return 'only statements that read or change rows have a plan';
  if (/\binto\s+(?:outfile|dumpfile|@)/i.test(bare)) return 'it writes what it reads to a file or a variable';
  return /(?<![\w?])\?(?![\w?])/.test(bare)
    ? 'it has parameters, and MySQL cannot plan those: give it with constants'
    : undefined;
}
