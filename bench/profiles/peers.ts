import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Cost {
  cpuSeconds: number;
  peakRssMb: number;
}

/** What a run cost; of one that was ended, what it had cost until then. */
export interface Run extends Cost {
  /** It was ended after so many seconds: its cost is a lower bound. */
  endedAfterSeconds?: number;
}

/**
 * Runs a program to its end, or for so many seconds: its processor time (user and system) and its largest resident size.
 * `undefined` when it failed. Linux.
 */
export async function costOf(
  program: string,
  args: readonly string[],
  limitSeconds: number,
): Promise<Run | undefined> {
  const child = spawn(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', 'bash', program, ...args],
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let peakKb = 0;
  let usedSeconds = 0;
  const watch = setInterval(() => {
    for (const pid of childrenOf(child.pid ?? 0)) {
      peakKb = Math.max(peakKb, residentKb(pid));
      usedSeconds = Math.max(usedSeconds, processorSeconds(pid));
    }
  }, 20);
  let ended = false;
  const timer = setTimeout(() => {
    ended = true;
    // The program is a child of the shell: both are in the group that the shell leads.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, limitSeconds * 1000);
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  clearInterval(watch);
  clearTimeout(timer);
  if (ended) return { cpuSeconds: usedSeconds, peakRssMb: peakKb / 1024, endedAfterSeconds: limitSeconds };
  const [user, system] = said.trim().split(/\s+/).slice(-2).map(Number);
  if (code !== 0 || user === undefined || system === undefined) return undefined;
  return { cpuSeconds: user + system, peakRssMb: peakKb / 1024 };
}

/** Jiffies of Linux’s interface are a hundredth of a second. */
const JIFFY_SECONDS = 0.01;

function processorSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * JIFFY_SECONDS;
  } catch {
    return 0;
  }
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

/** Where Debian’s package of a profiler for Perl has it. */
const PACKAGE = 'libdevel-nytprof-perl';
const IN_PACKAGE = 'usr/share/perl5/Devel/NYTProf/flamegraph.pl';

/** Brendan Gregg’s flamegraph.pl, which draws collapsed stacks: installed, or taken from Debian’s package; else nothing. */
export function flamegraphPl(folder: string): string | undefined {
  const found = spawnSync('sh', ['-c', 'command -v flamegraph.pl'], { encoding: 'utf8' }).stdout?.trim();
  for (const path of [found, `/${IN_PACKAGE}`]) if (path && existsSync(path)) return path;
  const fetch = `apt-get download -q ${PACKAGE} && dpkg -x ${PACKAGE}_*.deb .`;
  spawnSync('sh', ['-c', fetch], { cwd: folder, stdio: 'ignore', timeout: 30_000 });
  const fetched = join(folder, IN_PACKAGE);
  return existsSync(fetched) ? fetched : undefined;
}
