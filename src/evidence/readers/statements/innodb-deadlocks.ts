import { parseTimeNs } from '../time.js';
import type { StatementRecord } from './record.js';
import type { NumberedLine } from './text-lines.js';

export const isDeadlockLine = (line: string): boolean => /^\*\*\* \(1\) TRANSACTION:/.test(line);

const THREAD = /^(?:MySQL|MariaDB) thread id \d+/;
const STAMP = /^(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\.\d+)?Z?)/;
const VICTIM = /WE ROLL BACK TRANSACTION \((\d)\)/;
const ENDS_STATEMENT = /^(?:\*\*\*|RECORD LOCKS|TABLE LOCK|-{5}|\d{4}-\d{2}-\d{2}[ T]\d{2}:)/;

/**
 * Deadlocks in an error log of MySQL or MariaDB with `innodb_print_all_deadlocks`, or in `SHOW ENGINE INNODB STATUS`. The
 * times of such logs are local and without a zone unless they end in Z.
 */
export async function* innodbDeadlocks(
  lines: AsyncIterable<NumberedLine>,
): AsyncGenerator<{ record: StatementRecord; line: number }> {
  let statements: string[][] = [];
  let inStatement = false;
  let from = 0;
  let time = '';
  let maria = false;
  for await (const { text, line } of lines) {
    const stamp = STAMP.exec(text)?.[1];
    if (stamp !== undefined) time = stamp;
    if (/^\*\*\* \(\d\) TRANSACTION:/.test(text)) {
      if (isDeadlockLine(text)) {
        statements = [];
        from = line;
      }
      statements.push([]);
      inStatement = false;
      continue;
    }
    const victim = VICTIM.exec(text)?.[1];
    if (victim !== undefined && statements.length > 1) {
      const said = statements.map((s) => s.join('\n').trim());
      const ended = said[Number(victim) - 1] ?? '';
      const timeNs = time.endsWith('Z') ? parseTimeNs(time) : undefined;
      if (ended !== '')
        yield {
          line: from,
          record: {
            kind: 'deadlock',
            product: maria ? 'mariadb' : 'mysql',
            statement: ended,
            other: said.filter((_, i) => i !== Number(victim) - 1).join('\n'),
            calls: 1,
            totalMs: 0,
            ...(timeNs === undefined ? {} : { timeNs }),
          },
        };
      statements = [];
      inStatement = false;
      continue;
    }
    if (statements.length === 0) continue;
    if (THREAD.test(text)) {
      inStatement = true;
      if (text.startsWith('MariaDB')) maria = true;
    } else if (ENDS_STATEMENT.test(text) || text.trim() === '') inStatement = false;
    else if (inStatement) statements.at(-1)?.push(text);
  }
}
