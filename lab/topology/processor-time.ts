import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

type Stat = { parent: number; ticks: number };

/** Parent of a process and processor ticks, of itself and of children that have ended (Linux, proc(5)). */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      parent: Number(fields[1]),
      ticks: [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0),
    };
  } catch {
    return undefined;
  }
}

function all(): Map<number, Stat> {
  const found = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) found.set(Number(name), stat);
  }
  return found;
}

/**
 * Processor seconds that processes and all below them have used so far; 0 where the system does not tell (no /proc),
 * apart from macOS, whose `ps` tells of the processes themselves.
 */
export function processorSecondsOf(pids: readonly number[]): number {
  if (process.platform !== 'linux') return secondsByPs(pids);
  const stats = all();
  const wanted = new Set(pids);
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = stats.get(at)?.parent)
      if (wanted.has(at)) return true;
    return false;
  };
  let ticks = 0;
  for (const [pid, stat] of stats) if (isBelow(pid)) ticks += stat.ticks;
  return ticks / TICKS_PER_SECOND;
}

function secondsByPs(pids: readonly number[]): number {
  try {
    const text = execFileSync('ps', ['-o', 'time=', '-p', pids.join(',')], { encoding: 'utf8' });
    return text
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + line.split(':').reduce((s, part) => s * 60 + Number(part), 0), 0);
  } catch {
    return 0;
  }
}
