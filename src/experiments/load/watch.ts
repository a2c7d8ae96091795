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
  /** Processor seconds of neighbours that give way to these. */
  yieldingSeconds: number;
  threads: Map<string, Map<string, number>>;
  groups: Map<string, { seconds: number; cores?: number }>;
}

/** A neighbour so much nicer gets less than a third of what these get when both want a processor (sched(7)), and is taken to give way. */
const GIVES_WAY = 5;

/**
 * Begins to watch; what it returns ends it and tells how busy everything was meanwhile: the processors of the machine (with
 * what neighbours took; those of lower priority give way and are left out), the busiest thread of each process, and each control group against its quota. Empty where there is no
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
  const share = (a: number, b: number): number => (b - a) / seconds / cores;
  const own = share(from.ownSeconds, to.ownSeconds);
  const all = whole > 0 ? ((to.machine?.busy ?? 0) - (from.machine?.busy ?? 0)) / whole : undefined;
  const busy =
    all === undefined
      ? undefined
      : Math.max(own, all - Math.max(0, share(from.yieldingSeconds, to.yieldingSeconds)));
  const threads = [...to.threads].map(([name, now]) => {
    const then = from.threads.get(name);
    const spent = [...now].map(([thread, s]) => s - (then?.get(thread) ?? 0));
    return { name: `busiest thread of ${name}`, busy: Math.max(0, ...spent) / seconds, servers: 1 };
  });
  const groups = [...to.groups].flatMap(([name, now]) => {
    const then = from.groups.get(name);
    return then ? [{ name, busy: (now.seconds - then.seconds) / seconds / (now.cores ?? cores) }] : [];
  });
  return [
    ...(busy === undefined ? [] : [{ name: MACHINE, busy, others: Math.max(0, busy - own), servers: cores }]),
    ...threads,
    ...groups,
  ];
}

/** The name of the processors of the machine that the load comes from. */
export const MACHINE = 'processors of this machine';

/** Neighbours that take more of the machine than this can break an objective that its load would have kept. */
const DISTURBING = 0.1;

/** The share of this machine that neighbours took, where it was so much that what broke may have been broken by them. */
export function disturbance(resources: readonly ResourceUse[]): number | undefined {
  const others = resources.find((r) => r.name === MACHINE)?.others ?? 0;
  return others > DISTURBING ? others : undefined;
}

function read(watched: readonly Watched[]): Reading {
  const stats = processes();
  const named = watched.flatMap((w) => ('pid' in w ? [w.pid] : []));
  const own = below(stats, new Set([process.pid, ...named]));
  const nice = stats.get(process.pid)?.nice ?? 0;
  const sum = (of: (pid: number, p: ProcessTime) => boolean): number =>
    [...stats].reduce((total, [pid, p]) => total + (of(pid, p) ? p.seconds : 0), 0);
  return {
    atMs: performance.now(),
    ...machine(),
    ownSeconds: sum((pid) => own(pid)),
    yieldingSeconds: sum((pid, p) => !own(pid) && p.nice >= nice + GIVES_WAY),
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
  nice: number;
  /** Its own, and of the children that it has seen end. */
  seconds: number;
}

const processes = (): Map<number, ProcessTime> =>
  new Map(
    namesIn('/proc').flatMap((name) => {
      const stat = textAt(`/proc/${name}/stat`);
      if (stat === '') return [];
      const fields = fieldsOf(stat);
      const ended = (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
      return [
        [
          Number(name),
          { parent: Number(fields[1]), nice: Number(fields[16]), seconds: secondsIn(fields) + ended },
        ] as const,
      ];
    }),
  );

/** Whether a process is one of these, or was started by one. */
const below =
  (stats: ReadonlyMap<number, ProcessTime>, roots: ReadonlySet<number>) =>
  (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 0; at = stats.get(at)?.parent)
      if (roots.has(at)) return true;
    return false;
  };

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
