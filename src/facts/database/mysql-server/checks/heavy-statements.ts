import { name, num, quote, say, subject, type Text } from '../../../../domain/index.js';
import { number, text } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

const LEAST_SHARE = 0.2;
const LEAST_TOTAL_MS = 1000;
const MOST = 3;
const MANY_ROWS = 1000;
const WASTE = 100;
const NO_WORK = /^\s*(?:begin|start|commit|rollback|set|show|use|flush|analyze|create|alter|drop|call)\b/i;

/** Statements that take most of the time the server spends, and what stands out about them. */
export const heavyStatements: MysqlCheck = ({ rows, figure }) => {
  const statements = rows('statements').filter((s) => !NO_WORK.test(text(s, 'query')));
  const total = statements.reduce((sum, s) => sum + number(s, 'total_ms'), 0);
  if (total < LEAST_TOTAL_MS) return [];
  return statements
    .filter((s) => number(s, 'total_ms') >= total * LEAST_SHARE)
    .slice(0, MOST)
    .map((s) => {
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
