import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processorSecondsOf } from './processor-time.js';

const ROOT = '/sys/fs/cgroup';
const PERIOD_US = 100_000;

/** Which control groups limit processors here: version 1, version 2, or none that may be written. */
function version(): 1 | 2 | undefined {
  if (existsSync(join(ROOT, 'cpu', 'cpu.cfs_quota_us'))) return 1;
  const controllers = join(ROOT, 'cgroup.controllers');
  return existsSync(controllers) && readFileSync(controllers, 'utf8').includes('cpu') ? 2 : undefined;
}

const folderOf = (v: 1 | 2, name: string): string => join(ROOT, ...(v === 1 ? ['cpu', name] : [name]));

/** Why processor time cannot be limited on this machine; `undefined` when it can. */
export function quotaMissing(): string | undefined {
  const v = version();
  if (v === undefined) return 'no control group for processors on this machine';
  const folder = folderOf(v, `novapay-try-${process.pid}`);
  try {
    mkdirSync(folder);
    rmdirSync(folder);
    return undefined;
  } catch {
    return 'control groups may not be made here: run as root, outside of an unprivileged container';
  }
}

export type Quota = {
  /** Periods so far, and those in which the processes were stopped. */
  read: () => { periods: number; throttled: number; usedSeconds: number; cores: number };
  lift: () => void;
};

/** Limits processes to so many cores, by a control group of their own; the first is the one the others are below. */
export function limitProcessors(pids: readonly number[], cores: number, name = 'api'): Quota {
  const v = version() ?? 2;
  const folder = folderOf(v, `novapay-${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const quotaUs = Math.round(cores * PERIOD_US);
  if (v === 1) {
    writeFileSync(join(folder, 'cpu.cfs_period_us'), `${PERIOD_US}`);
    writeFileSync(join(folder, 'cpu.cfs_quota_us'), `${quotaUs}`);
  } else writeFileSync(join(folder, 'cpu.max'), `${quotaUs} ${PERIOD_US}`);
  const [first = 0, ...below] = pids;
  writeFileSync(join(folder, 'cgroup.procs'), `${first}`);
  for (const pid of below)
    try {
      writeFileSync(join(folder, 'cgroup.procs'), `${pid}`);
    } catch {}
  const stat = (name: string): number =>
    Number(
      new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(join(folder, 'cpu.stat'), 'utf8'))?.[1] ?? 0,
    );
  return {
    read: () => ({
      periods: stat('nr_periods'),
      throttled: stat('nr_throttled'),
      usedSeconds: processorSecondsOf(pids.slice(0, 1)),
      cores,
    }),
    lift() {
      const back = join(ROOT, ...(v === 1 ? ['cpu'] : []), 'cgroup.procs');
      // Those that were started since are in it too; one may end meanwhile.
      for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
        try {
          writeFileSync(back, pid);
        } catch {}
      rmdirSync(folder);
    },
  };
}
