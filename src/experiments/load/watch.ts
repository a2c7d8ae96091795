import { readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ResourceUse } from '../../models/capacity/steps.js';

/** A process by its id, or a control group by its folder, under the name it goes by in the results. */
export type Watched = { name: string; pid: number } | { name: string; group: string };

/** Ticks a second of the times in /proc (`sysconf(_SC_CLK_TCK)`, 100 on every Linux that Node runs on). */
const TICKS_PER_SECOND = 100;

interface Reading {
  atMs: number;
  machine?: { busy: number; whole: number };
  /** Processor seconds of this process and of those named, with all that they started. */
  ownSeconds: number;
  threads: Map<string, Map<string, number>>;
  groups: Map<string, { seconds: number; cores?: number }>;
}

/**
 * Begins to watch; what it returns ends it and tells how busy everything was meanwhile: the processors of the machine (with
 * what neighbours took), the busiest thread of each process, and each control group against its quota. Empty where there is no
 * /proc. Reading takes no more than a few milliseconds at either end.
 */
export function watch(watched: readonly Watched[]): () => ResourceUse[] {
  const before = read(watched);
  return () => between(before, read(watched));
}

function between(from: Reading, to: Reading): ResourceUse[] {
  const seconds = (to.atMs - from.atMs) / 1000;
  if (!(seconds > 0)) return [];
  const cores = availableParallelism();
  const whole = (to.machine?.whole ?? 0) - (from.machine?.whole ?? 0);
  const busy = whole > 0 ? ((to.machine?.busy ?? 0) - (from.machine?.busy ?? 0)) / whole : undefined;
  const own = (to.ownSeconds - from.ownSeconds) / seconds / cores;
  const threads = [...to.threads].map(([name, now]) => {
    const then = from.threads.get(name);
    const spent = [...now].map(([thread, s]) => s - (then?.get(thread) ?? 0));
    return { name: `busiest thread of ${name}`, busy: Math.max(0, ...spent) / seconds };
  });
  const groups = [...to.groups].flatMap(([name, now]) => {
    const then = from.groups.get(name);
    return then ? [{ name, busy: (now.seconds - then.seconds) / seconds / (now.cores ?? cores) }] : [];
  });
  return [
    ...(busy === undefined ? [] : [{ name: MACHINE, busy, others: Math.max(0, busy - own) }]),
    ...threads,
    ...groups,
  ];
}

/** The name of the processors of the machine that the load comes from. */
export const MACHINE = 'processors of this machine';

function read(watched: readonly Watched[]): Reading {
  const stats = processes();
  const named = watched.flatMap((w) => ('pid' in w ? [w.pid] : []));
  return {
    atMs: performance.now(),
    ...machine(),
    ownSeconds: secondsBelow(stats, new Set([process.pid, ...named])),
    threads: new Map(watched.flatMap((w) => ('pid' in w ? [[w.name, threadsOf(w.pid)] as const] : []))),
    groups: new Map(
      watched.flatMap((w) => {
        const found = 'group' in w ? groupAt(w.group) : undefined;
        return found ? [[w.name, found] as const] : [];
      }),
    ),
  };
}

const textAt = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // It ended in the meantime, or this is no Linux.
  }
};
const namesIn = (path: string): string[] => {
  try {
    return readdirSync(path).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
};

/** Fields behind the name of a process, which may hold blanks and brackets (proc_pid_stat(5)). */
const fieldsOf = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
const secondsIn = (fields: readonly string[]): number =>
  (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;

/** Ticks of all processors, and of those at work (proc_stat(5)). Guests are in user time already. */
function machine(): Pick<Reading, 'machine'> {
  const [, ...counts] = (textAt('/proc/stat').split('\n')[0] ?? '').split(/\s+/);
  const ticks = counts.slice(0, 8).map(Number);
  const whole = ticks.reduce((a, b) => a + b, 0);
  const [, , , idle = 0, waiting = 0] = ticks;
  return whole > 0 ? { machine: { busy: whole - idle - waiting, whole } } : {};
}

interface ProcessTime {
  parent: number;
  seconds: number;
}

const processes = (): Map<number, ProcessTime> =>
  new Map(
    namesIn('/proc').flatMap((name) => {
      const stat = textAt(`/proc/${name}/stat`);
      if (stat === '') return [];
      const fields = fieldsOf(stat);
      return [[Number(name), { parent: Number(fields[1]), seconds: secondsIn(fields) }] as const];
    }),
  );

function secondsBelow(stats: ReadonlyMap<number, ProcessTime>, roots: ReadonlySet<number>): number {
  const isOwn = (pid: number | undefined): boolean => {
    for (let at = pid; at !== undefined && at > 0; at = stats.get(at)?.parent) if (roots.has(at)) return true;
    return false;
  };
  return [...stats].reduce((sum, [pid, p]) => sum + (isOwn(pid) ? p.seconds : 0), 0);
}

const threadsOf = (pid: number): Map<string, number> =>
  new Map(
    namesIn(`/proc/${pid}/task`).map((thread) => [
      thread,
      secondsIn(fieldsOf(textAt(`/proc/${pid}/task/${thread}/stat`))),
    ]),
  );

/** Time used by a control group and the cores its quota allows (cgroup v2 `cpu.stat`, `cpu.max`; v1 `cpuacct.usage`). */
function groupAt(folder: string): { seconds: number; cores?: number } | undefined {
  const micros = /^usage_usec (\d+)/m.exec(textAt(join(folder, 'cpu.stat')))?.[1];
  const nanos = textAt(join(folder, 'cpuacct.usage')).trim();
  const seconds =
    micros !== undefined ? Number(micros) / 1e6 : nanos !== '' ? Number(nanos) / 1e9 : undefined;
  if (seconds === undefined) return undefined;
  const [quota, period] =
    micros !== undefined
      ? textAt(join(folder, 'cpu.max')).trim().split(' ').map(Number)
      : [Number(textAt(join(folder, 'cpu.cfs_quota_us'))), Number(textAt(join(folder, 'cpu.cfs_period_us')))];
  return quota !== undefined && quota > 0 && period ? { seconds, cores: quota / period } : { seconds };
}

/** `api=1234` (a process) or `api=/sys/fs/cgroup/…` (a control group); what is wrong, in words, otherwise. */
export function watchedFrom(text: string): Watched | string {
  const match = /^([^=]+)=(.+)$/.exec(text);
  const [, name = '', what = ''] = match ?? [];
  if (name.trim() === '') return 'no name and process';
  if (/^\d+$/.test(what))
    return textAt(`/proc/${what}/stat`) === ''
      ? `no process ${what} on this machine`
      : { name, pid: Number(what) };
  try {
    if (statSync(what).isDirectory() && groupAt(what)) return { name, group: what };
  } catch {
    return `no folder ${what}`;
  }
  return `a folder without processor times`;
}
