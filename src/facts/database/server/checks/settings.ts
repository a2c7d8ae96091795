import { name, num, say, subject } from '../../../../domain/index.js';
import { number, type ServerCheck, text } from '../finding.js';

const MB = 1024 * 1024;
const SMALL_BUFFERS = 128 * MB;

/** Settings that lose data, and the memory default left on a database that outgrew it. */
export const settings: ServerCheck = ({ rows, figure }) => {
  const setting = (key: string): string =>
    text(
      rows('settings').find((s) => text(s, 'name') === key),
      'setting',
    );
  const findings: ReturnType<ServerCheck> = [];
  for (const key of ['fsync', 'full_page_writes', 'autovacuum'])
    if (setting(key) === 'off')
      findings.push({
        id: `setting-${key}`,
        urgency: 'soon',
        reason:
          key === 'autovacuum'
            ? say`${name(key)} is off: dead rows stay and statistics grow old until somebody comes by hand.`
            : say`${name(key)} is off: a crash of the machine can leave this database beyond repair.`,
        remedy: say`Switch it on, unless this is a copy that can be thrown away.`,
        command: `ALTER SYSTEM SET ${key} = on;`,
      });
  const buffers = Number(setting('shared_buffers')) * 8192;
  const data = rows('tables').reduce((sum, t) => sum + number(t, 'bytes'), 0);
  const about = subject('database', 'shared_buffers');
  if (buffers > 0 && buffers <= SMALL_BUFFERS && data > buffers * 8)
    findings.push({
      id: 'setting-shared_buffers',
      urgency: 'upkeep',
      reason: say`${name('shared_buffers')} is ${num(figure('buffers', about, buffers, 'bytes', 'settings'))}, what PostgreSQL comes with, for ${num(figure('data', about, data, 'bytes', 'tables'))} of tables.`,
      remedy: say`A quarter of the machine's memory is the usual start; it takes a restart.`,
    });
  return findings;
};
