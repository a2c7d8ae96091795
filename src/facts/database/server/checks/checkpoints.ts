import { name, num, say, subject } from '../../../../domain/index.js';
import { number, type ServerCheck } from '../finding.js';
import { settingOf } from '../setting.js';

const ENOUGH = 10;
const REQUESTED_SHARE = 0.3;
/** Checkpoints that come this much sooner than their time were called by the log. */
const SOONER = 0.7;
/** Room for twice the log of one interval: a checkpoint is spread over most of it while the next log is written. */
const INTERVALS_OF_LOG = 2;

/** Checkpoints that come because the log is full, not because it is time: each makes the log write whole pages again. */
export const checkpoints: ServerCheck = ({ rows, figure }) => {
  const [row] = rows('checkpoints');
  const settings = rows('settings');
  const timeout = settingOf(settings, 'checkpoint_timeout');
  const room = settingOf(settings, 'max_wal_size');
  if (!row || timeout === undefined || room === undefined) return [];
  const [timed, requested, seconds] = [
    number(row, 'timed'),
    number(row, 'requested'),
    number(row, 'seconds'),
  ];
  const all = timed + requested;
  const share = requested / Math.max(1, all);
  const each = seconds / Math.max(1, all);
  if (all < ENOUGH || share < REQUESTED_SHARE || each >= timeout * SOONER) return [];
  const about = subject('database', 'checkpoints');
  const perSecond = number(row, 'wal_bytes') / Math.max(1, number(row, 'wal_seconds'));
  const wanted = Math.max(room * 2, perSecond * timeout * INTERVALS_OF_LOG);
  const gigabytes = Math.ceil(wanted / 2 ** 30);
  return [
    {
      id: 'checkpoint-pressure',
      urgency: 'soon',
      reason: say`${num(figure('checkpoints-requested', about, share, 'ratio', 'checkpoints'))} of ${num(figure('checkpoints', about, all, 'count', 'checkpoints'))} checkpoints came because the log had filled ${name('max_wal_size')}, one every ${num(figure('checkpoint-interval', about, each, 's', 'checkpoints'))} instead of every ${num(figure('checkpoint-timeout', about, timeout, 's', 'settings'))}. After each the first change of a page is logged as the whole page: more log, more writing, waits for the disk.`,
      remedy: say`Give the log more room: it grows by ${num(figure('log-rate', about, perSecond, 'bytes/s', 'checkpoints'))} on average. It takes that much disk and as much longer to start after a crash; no restart is needed.`,
      command: `ALTER SYSTEM SET max_wal_size = '${gigabytes}GB'; SELECT pg_reload_conf();`,
    },
  ];
};
