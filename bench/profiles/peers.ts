import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Cost {
  cpuSeconds: number;
  peakRssMb: number;
}

/** Runs a program to its end; its processor time (user and system) and its largest resident size. Linux. */
export async function costOf(program: string, args: readonly string[]): Promise<Cost | undefined> {
  const child = spawn(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', 'bash', program, ...args],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let peakKb = 0;
  const watch = setInterval(() => {
    for (const pid of childrenOf(child.pid ?? 0)) peakKb = Math.max(peakKb, residentKb(pid));
  }, 20);
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise<number | null>((done) => child.on('exit', done));
  clearInterval(watch);
  const [user, system] = said.trim().split(/\s+/).slice(-2).map(Number);
  if (code !== 0 || user === undefined || system === undefined) return undefined;
  return { cpuSeconds: user + system, peakRssMb: peakKb / 1024 };
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(/\s+/)
      .filter((p) => p !== '')
      .map(Number);
  } catch {
    return [];
  }
}

function residentKb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The pprof tool of the Go that is installed; nothing without Go. */
export function goPprof(): string | undefined {
  const found = spawnSync('go', ['tool', '-n', 'pprof'], { encoding: 'utf8' });
  const path = found.stdout?.trim();
  return found.status === 0 && path ? path : undefined;
}
