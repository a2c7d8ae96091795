import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Jiffies all processes worked, and jiffies this process and its ended children worked. */
export interface WorkDone {
  machine: number;
  total: number;
  own: number;
}

/** Reads /proc; `undefined` on systems without it. `pids` are children that still run. */
export function workDone(pids: readonly number[]): WorkDone | undefined {
  try {
    const fields = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
      .split(/\s+/)
      .slice(1)
      .map(Number);
    const total = fields.slice(0, 8).reduce((a, b) => a + b, 0);
    const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
    return {
      machine: total - idle,
      total,
      own: [process.pid, ...pids].reduce((sum, pid) => sum + ofProcess(pid), 0),
    };
  } catch {
    return undefined;
  }
}

function ofProcess(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const after = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  // utime, stime, and those of children that ended (proc(5): fields 14 to 17).
  return (after[11] ?? 0) + (after[12] ?? 0) + (after[13] ?? 0) + (after[14] ?? 0);
}

/** Share of the machine that others used between two readings, 0..1. */
export function othersShare(from: WorkDone | undefined, to: WorkDone | undefined): number {
  if (!from || !to || to.total <= from.total) return 0;
  return Math.max(0, (to.machine - from.machine - (to.own - from.own)) / (to.total - from.total));
}

/** Waits until the rest of the machine used less than `share` for a second, at most `seconds`; says whether it did. */
export async function quietMoment(share: number, seconds: number): Promise<boolean> {
  for (let waited = 0; waited < seconds; waited++) {
    const before = workDone([]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    if (othersShare(before, workDone([])) < share) return true;
  }
  return false;
}

export const CORES = cpus().length;
