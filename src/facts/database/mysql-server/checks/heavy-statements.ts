import { name, num, quote, say, subject, type Text } from '../../../../domain/index.js';
import { heaviestOf, LEAST_SHARE } from '../../server/checks/heavy-statements.js';
import { number, text } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

const MANY_ROWS = 1000;
const WASTE = 100;
const NO_WORK = /^\s*(?:begin|start|commit|rollback|set|show|use|flush|analyze|create|alter|drop|call)\b/i;

/** Statements that take most of the time the server spends, and what stands out about them. */
export const heavyStatements: MysqlCheck = ({ rows, figure }) => {
  const { heaviest, total } = heaviestOf(rows('statements'), NO_WORK);
  return heaviest.map((s) => {
    const about = subject('statement', text(s, 'query'));
    const shown = (key: string, value: number, unit: 'count' | 'ms' | 'ratio') =>
      num(figure(key, about, value, unit, 'statements'));
    const calls = Math.max(1, number(s, 'calls'));
    const examined = number(s, 'rows_examined') / calls;
    const sent = number(s, 'rows_sent') / calls;
    const locked = number(s, 'lock_ms') / Math.max(1, number(s, 'total_ms'));
    const marks: Text[] = [];
    if (examined >= MANY_ROWS && examined >= WASTE * Math.max(1, sent))
      marks.push(
        say` A call looks at ${shown('examined', examined, 'count')} rows to give ${shown('sent', sent, 'count')}: an index is missing, or the whole table is added up.`,
      );
    if (number(s, 'disk_tables') > 0)
      marks.push(
        say` ${shown('disk-tables', number(s, 'disk_tables'), 'count')} temporary tables went to disk.`,
      );
    if (locked >= LEAST_SHARE)
      marks.push(say` ${shown('locked', locked, 'ratio')} of its time is waiting for locks.`);
    return {
      id: 'heavy-statement',
      urgency: 'soon' as const,
      reason: say`One statement takes ${shown('share', number(s, 'total_ms') / total, 'ratio')} of all statement time: ${shown('calls', calls, 'count')} calls of ${shown('mean', number(s, 'total_ms') / calls, 'ms')}. ${quote(text(s, 'query').replace(/\s+/g, ' ').slice(0, 200))}.${marks.flat()}`,
      remedy: say`Give its plan to ${name('kneepoint explain')} (EXPLAIN FORMAT=JSON, or the statement in a file with --workload); if each call is short, look for who calls so often.`,
    };
  });
};
