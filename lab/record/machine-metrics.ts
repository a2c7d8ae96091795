import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import type { Quota } from '../topology/cpu-quota.js';
import { request } from './store-metrics.js';

const INTERVAL_MS = 1_000;
const STATES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];

/** Ticks of all processors by state since the start, where the system tells (Linux, proc(5)). */
function ticks(): Record<string, number> | undefined {
  try {
    const [, ...counts] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/);
    return Object.fromEntries(STATES.map((state, i) => [state, Number(counts[i] ?? 0)]));
  } catch {
    return undefined;
  }
}

/**
 * Reads the machine every second: processors by state, run queue, and periods stopped by a quota; hands each reading
 * over as an export request of a host, under the names of the semantic conventions. Returns how to end it.
 */
export function watchMachine(
  write: (body: string) => void,
  quotas: () => ReadonlyMap<string, Quota> = () => new Map(),
): () => void {
  const startMs = Date.now();
  let before = ticks();
  const used = new Map<string, { seconds: number; atMs: number }>();
  const quotaReadings = (service: string, now: ReturnType<Quota['read']>) => {
    const atMs = performance.now();
    const last = used.get(service);
    used.set(service, { seconds: now.usedSeconds, atMs });
    const share = last
      ? (now.usedSeconds - last.seconds) / now.cores / Math.max(1e-3, (atMs - last.atMs) / 1000)
      : undefined;
    return [
      { name: 'container.cpu.cfs_periods', unit: '1', value: now.periods, monotonic: true },
      { name: 'container.cpu.cfs_throttled_periods', unit: '1', value: now.throttled, monotonic: true },
      ...(share === undefined
        ? []
        : [{ name: 'container.cpu.limit_utilization', unit: '1', value: Math.min(1, share) }]),
    ];
  };
  const timer = setInterval(() => {
    const now = ticks();
    if (!now || !before) return;
    const was = before;
    before = now;
    const whole = STATES.reduce((sum, s) => sum + (now[s] ?? 0) - (was[s] ?? 0), 0);
    if (whole <= 0) return;
    const readings = STATES.map((state) => ({
      name: 'system.cpu.utilization',
      unit: '1',
      value: ((now[state] ?? 0) - (was[state] ?? 0)) / whole,
      attributes: { 'cpu.mode': state },
    }));
    const load = { name: 'system.cpu.load_average.1m', unit: '{thread}', value: loadavg()[0] ?? 0 };
    const cores = { name: 'system.cpu.logical.count', unit: '{cpu}', value: availableParallelism() };
    write(request('host', [...readings, load, cores], startMs, Date.now()));
    for (const [service, quota] of quotas())
      write(request(service, quotaReadings(service, quota.read()), startMs, Date.now()));
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}
