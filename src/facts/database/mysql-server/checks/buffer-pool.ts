import { num, say, subject } from '../../../../domain/index.js';
import { number } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

/** Before an hour is over the pool is still filling. */
const WARM_SECONDS = 3600;
const MANY_READS = 100_000;
/** Reads that the pool did not hold, of all: from a hundredth each statement of some pages meets the disk. */
const MISSED = 0.01;

/** Pages that InnoDB had to read from disk because its pool is smaller than what is used. */
export const bufferPool: MysqlCheck = ({ rows, status, setting, figure }) => {
  const [reads, requests, up] = [
    status('Innodb_buffer_pool_reads'),
    status('Innodb_buffer_pool_read_requests'),
    status('Uptime'),
  ];
  const size = Number(setting('innodb_buffer_pool_size') ?? Number.NaN);
  if (reads === undefined || requests === undefined || up === undefined || !(size > 0)) return [];
  const data = rows('tables').reduce((sum, t) => sum + number(t, 'data_bytes') + number(t, 'index_bytes'), 0);
  const missed = reads / Math.max(1, requests);
  if (up < WARM_SECONDS || reads < MANY_READS || missed < MISSED || data <= size) return [];
  const about = subject('database', 'buffer pool');
  return [
    {
      id: 'buffer-pool-small',
      urgency: 'soon',
      reason: say`${num(figure('pool-missed', about, missed, 'ratio', 'status'))} of page reads found no page in the buffer pool and went to disk. It holds ${num(figure('pool-size', about, size, 'bytes', 'settings'))}, tables and indexes are ${num(figure('data-size', about, data, 'bytes', 'tables'))}.`,
      remedy: say`If the machine has memory to spare, give the pool up to three quarters of it; it grows without a restart. First look whether a statement reads whole tables: that empties any pool.`,
      command: 'SET GLOBAL innodb_buffer_pool_size = <bytes>;',
    },
  ];
};
