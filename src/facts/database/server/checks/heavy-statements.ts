import { name, num, quote, say, subject, type Text } from '../../../../domain/index.js';
import type { Row } from '../../../../evidence/connectors/postgres/database.js';
import { number, type ServerCheck, text } from '../finding.js';

export const LEAST_SHARE = 0.2;
const LEAST_TOTAL_MS = 1000;
const MOST = 3;
const NO_WORK = /^\s*(?:BEGIN|COMMIT|ROLLBACK|SET|SHOW|COPY|VACUUM|ANALYZE|CREATE|ALTER|DROP)\b/i;

/** Statements that take most of the time the server spends, and what stands out about them. */
export const heavyStatements: ServerCheck = ({ rows, figure }) => {
  const { heaviest, total } = heaviestOf(rows('statements'), NO_WORK);
  return heaviest.map((s) => {
    const about = subject('statement', text(s, 'query'));
    const f = (key: string, value: number, unit: 'count' | 'ms' | 'ratio' | 'bytes') =>
      num(figure(key, about, value, unit, 'statements'));
    const calls = number(s, 'calls');
    const marks: Text[] = [];
    const rowsEach = number(s, 'rows') / Math.max(1, calls);
    const readEach = ((number(s, 'blocks_hit') + number(s, 'blocks_read')) * 8192) / Math.max(1, calls);
    if (number(s, 'temp_blocks') > 0)
      marks.push(
        say` It writes temporary files: ${f('temp', number(s, 'temp_blocks') * 8192, 'bytes')} so far.`,
      );
    if (readEach > 8e6 && rowsEach < 1000)
      marks.push(
        say` Each call goes through ${f('read-each', readEach, 'bytes')} of pages for ${f('rows-each', rowsEach, 'count')} rows: an index is missing or too much is read.`,
      );
    if (number(s, 'deviation_ms') > number(s, 'mean_ms') * 3)
      marks.push(
        say` Its time varies widely, by ${f('deviation', number(s, 'deviation_ms'), 'ms')}: look for locks, cold pages or values that many rows have.`,
      );
    return {
      id: 'heavy-statement',
      urgency: 'soon' as const,
      reason: say`One statement takes ${f('share', number(s, 'total_ms') / total, 'ratio')} of all statement time: ${f('calls', calls, 'count')} calls of ${f('mean', number(s, 'mean_ms'), 'ms')}. ${quote(text(s, 'query').replace(/\s+/g, ' ').slice(0, 200))}.${marks.flat()}`,
      remedy: say`Take its plan with EXPLAIN (ANALYZE, BUFFERS) on a copy and give it to ${name('kneepoint explain')}; if each call is short, look for who calls so often (a query in a loop).`,
    };
  });
};

/** Statements that take a large part of the time of all that work, and that time; none when it is little. */
export function heaviestOf(all: readonly Row[], noWork: RegExp): { heaviest: Row[]; total: number } {
  const statements = all.filter((s) => !noWork.test(text(s, 'query')));
  const total = statements.reduce((sum, s) => sum + number(s, 'total_ms'), 0);
  return {
    heaviest:
      total < LEAST_TOTAL_MS
        ? []
        : statements.filter((s) => number(s, 'total_ms') >= total * LEAST_SHARE).slice(0, MOST),
    total,
  };
}
