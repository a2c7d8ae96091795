import { name, num, say, subject } from '../../../../domain/index.js';
import type { ServerFinding } from '../../server/finding.js';
import { number } from '../../server/finding.js';
import type { MysqlCheck } from '../finding.js';

/** The size that the server comes with. */
const DEFAULT_POOL = 128 * 1024 * 1024;
const TIMES_POOL = 4;

/** Settings that lose data, or were never set for the data that is there. */
export const settings: MysqlCheck = ({ rows, status, setting, figure }) => {
  const out: ServerFinding[] = [];
  const about = subject('database', 'settings');
  const off = (
    id: string,
    reason: ServerFinding['reason'],
    remedy: ServerFinding['remedy'],
    command: string,
  ) => out.push({ id: `setting-${id}`, urgency: 'upkeep', reason, remedy, command });
  if (
    setting('innodb_flush_log_at_trx_commit') !== undefined &&
    setting('innodb_flush_log_at_trx_commit') !== '1'
  )
    off(
      'innodb_flush_log_at_trx_commit',
      say`${name('innodb_flush_log_at_trx_commit')} is ${name(setting('innodb_flush_log_at_trx_commit') ?? '')}: after a crash up to a second of commits that were confirmed is gone.`,
      say`Set it to 1, unless that loss was chosen knowingly; group commit makes it cheap under load.`,
      'SET GLOBAL innodb_flush_log_at_trx_commit = 1;',
    );
  if (setting('log_bin') === 'ON' && setting('sync_binlog') === '0')
    off(
      'sync_binlog',
      say`${name('sync_binlog')} is 0 while a binary log is written: after a crash, replicas may have what the primary lost, or lack what it kept.`,
      say`Set it to 1 where replicas or backups follow this log.`,
      'SET GLOBAL sync_binlog = 1;',
    );
  if (setting('innodb_doublewrite') === 'OFF')
    off(
      'innodb_doublewrite',
      say`${name('innodb_doublewrite')} is off: a page torn by a crash cannot be mended.`,
      say`Switch it on, unless the file system writes whole pages (ZFS). It takes a restart.`,
      'SET PERSIST_ONLY innodb_doublewrite = ON;',
    );
  const pool = Number(setting('innodb_buffer_pool_size') ?? Number.NaN);
  const data = rows('tables').reduce((sum, t) => sum + number(t, 'data_bytes') + number(t, 'index_bytes'), 0);
  if (pool <= DEFAULT_POOL && data >= pool * TIMES_POOL)
    off(
      'innodb_buffer_pool_size',
      say`${name('innodb_buffer_pool_size')} is ${num(figure('pool-size', about, pool, 'bytes', 'settings'))}, the size it comes with, for ${num(figure('data-size', about, data, 'bytes', 'tables'))} of tables and indexes.`,
      say`Give it half to three quarters of the machine’s memory; it grows without a restart.`,
      'SET GLOBAL innodb_buffer_pool_size = <bytes>;',
    );
  const waits = status('Innodb_log_waits') ?? 0;
  if (waits > 0)
    off(
      'innodb_log_buffer_size',
      say`Commits waited ${num(figure('log-waits', about, waits, 'count', 'status'))} times for room in the log buffer.`,
      say`Raise ${name('innodb_log_buffer_size')}; look for transactions that write much at once.`,
      'SET PERSIST_ONLY innodb_log_buffer_size = <bytes>;',
    );
  return out;
};
