import { name, num, say, subject } from '../../../../domain/index.js';
import type { ServerCheck, ServerFinding } from '../finding.js';
import { settingOf } from '../setting.js';

const MOST_BUFFERS = 0.5;
const LEAST_BUFFERS = 0.1;
const LEAST_CACHE = 0.4;
const MANY_CONNECTIONS = 500;
const CONNECTIONS_A_CORE = 100;

/** Settings that contradict each other, or the machine as far as it was told (`--memory`, `--cores`). */
export const machine: ServerCheck = ({ snapshot, rows, figure }) => {
  const settings = rows('settings');
  const setting = (key: string): number | undefined => settingOf(settings, key);
  const [buffers, cache, work, most] = [
    'shared_buffers',
    'effective_cache_size',
    'work_mem',
    'max_connections',
  ].map(setting);
  const about = subject('database', 'settings');
  const memory = snapshot.machine?.memoryBytes;
  const cores = snapshot.machine?.cores;
  const of = (key: string, value: number, unit: 'bytes' | 'count' | 'cores') =>
    num(figure(key, about, value, unit, 'settings'));
  const found: ServerFinding[] = [];
  if (cache !== undefined && buffers !== undefined && cache < buffers)
    found.push({
      id: 'setting-effective_cache_size',
      urgency: 'upkeep',
      reason: say`${name('effective_cache_size')} is ${of('cache', cache, 'bytes')}, less than ${name('shared_buffers')}, ${of('buffers', buffers, 'bytes')}: the planner takes less for cached than the server itself holds, and shuns indexes.`,
      remedy: say`Set it to what the server and the system together can cache: half to three quarters of the memory. It takes no memory itself.`,
    });
  if (memory === undefined && cores === undefined) return found;
  if (memory !== undefined && buffers !== undefined && buffers > memory * MOST_BUFFERS)
    found.push({
      id: 'setting-shared_buffers',
      urgency: 'soon',
      reason: say`${name('shared_buffers')} takes ${of('buffers', buffers, 'bytes')} of ${of('memory', memory, 'bytes')}: what sessions sort and what the system caches has to share the rest.`,
      remedy: say`A quarter of the memory is the usual start, and beyond two fifths it seldom helps; it takes a restart.`,
    });
  const data = rows('tables').reduce((sum, t) => sum + Number(t.bytes ?? 0), 0);
  if (memory !== undefined && buffers !== undefined && buffers < memory * LEAST_BUFFERS && data > buffers * 2)
    found.push({
      id: 'setting-shared_buffers',
      urgency: 'upkeep',
      reason: say`${name('shared_buffers')} is ${of('buffers', buffers, 'bytes')} on a machine with ${of('memory', memory, 'bytes')}, for ${num(figure('data', about, data, 'bytes', 'tables'))} of tables.`,
      remedy: say`A quarter of the memory is the usual start; it takes a restart.`,
    });
  if (memory !== undefined && work !== undefined && most !== undefined && work * most > memory)
    found.push({
      id: 'setting-work_mem',
      urgency: 'soon',
      reason: say`${name('work_mem')} of ${of('work-mem', work, 'bytes')} times ${of('connections', most, 'count')} connections is ${of('work-mem-together', work * most, 'bytes')}, more than the ${of('memory', memory, 'bytes')} of the machine; each sort and hash of a statement may take it anew, so a rush can end the server for lack of memory.`,
      remedy: say`Lower it for all and raise it for the roles or statements that sort much, or bring the connections down with a pooler.`,
    });
  if (memory !== undefined && cache !== undefined && cache < memory * LEAST_CACHE && data > cache)
    found.push({
      id: 'setting-effective_cache_size',
      urgency: 'upkeep',
      reason: say`${name('effective_cache_size')} is ${of('cache', cache, 'bytes')} on a machine with ${of('memory', memory, 'bytes')}: the planner takes pages for uncached that are cached, and shuns indexes.`,
      remedy: say`Half to three quarters of the memory, where the machine serves this database alone. It takes no memory itself, and no restart.`,
    });
  if (
    cores !== undefined &&
    most !== undefined &&
    most >= MANY_CONNECTIONS &&
    most > cores * CONNECTIONS_A_CORE
  )
    found.push({
      id: 'setting-max_connections',
      urgency: 'upkeep',
      reason: say`${name('max_connections')} of ${of('connections', most, 'count')} on ${of('cores', cores, 'cores')}: a processor works for one session at a time, and when all come at once they wait for processors and locks inside the server, where no queue is seen.`,
      remedy: say`A pooler in front (transaction pooling), with some tens of server connections; the rest wait there, in order.`,
    });
  return found;
};
