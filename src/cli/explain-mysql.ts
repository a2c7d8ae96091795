import type { MysqlConnection } from '../evidence/connectors/mysql/connect.js';
import { EXIT, UserError } from './exit.js';
import { serverText, workloadPlansText } from './explain-text.js';

export const isMysqlUrl = (url: string): boolean => /^(?:mysql|mariadb):\/\//i.test(url);

export interface MysqlLook {
  url: string;
  timeoutSeconds: number;
  /** Statements to plan, none of which is run; without them the server itself is looked at. */
  workload?: readonly { id: string; sql: string }[];
  asJson: boolean;
}

/**
 * Looks at a MySQL or MariaDB: what is wrong with it now, or how it would run each statement of a workload. Nothing is written
 * and no statement of the workload is run.
 * @returns what to print.
 */
export async function lookAtMysql(look: MysqlLook): Promise<string> {
  const connection = await open(look);
  try {
    if (look.workload !== undefined) {
      const { mysqlPlans } = await import('../facts/database/statements/mysql-plans.js');
      return workloadPlansText(await mysqlPlans(connection, look.workload), look.asJson);
    }
    const { takeMysqlSnapshot } = await import('../evidence/connectors/mysql/snapshot.js');
    const { diagnoseMysql } = await import('../facts/database/mysql-server/diagnose.js');
    const snapshot = await takeMysqlSnapshot(connection);
    return serverText(snapshot, diagnoseMysql(snapshot), look.asJson);
  } finally {
    await connection.close();
  }
}

async function open({ url, timeoutSeconds }: MysqlLook): Promise<MysqlConnection> {
  const { connectMysql } = await import('../evidence/connectors/mysql/connect.js');
  try {
    return await connectMysql({ url, statementTimeoutMs: timeoutSeconds * 1000 });
  } catch (error) {
    throw new UserError(
      EXIT.couldNotRun,
      `The server could not be reached: ${error instanceof Error ? error.message : String(error)}.`,
      hostOf(url),
      'Check address, database, user and password (in the URL or MYSQL_PWD); a role with PROCESS and SELECT on performance_schema sees all that is read.',
    );
  }
}

/** Never the password. */
function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'the URL given';
  }
}
