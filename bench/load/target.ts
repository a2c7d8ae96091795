import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface TargetReport {
  /** Milliseconds of the target's clock. */
  arrivals: number[];
  stall: { from: number; to: number };
  /** CPU time of one request: how fast a queue drains. */
  cpuMsPerRequest: number;
}
export interface Target {
  url: string;
  pid: number;
  report(): Promise<TargetReport>;
  stop(): void;
}

/** Starts a server on loopback that stands still for `stallSeconds`, `afterSeconds` after its first request. */
export async function startTarget(afterSeconds: number, stallSeconds: number): Promise<Target> {
  const file = fileURLToPath(new URL('./stalling-target.mjs', import.meta.url));
  const child = spawn(process.execPath, [file, String(afterSeconds), String(stallSeconds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const url = `http://127.0.0.1:${await firstLine(child)}`;
  return {
    url,
    pid: child.pid ?? 0,
    report: async () => (await (await fetch(`${url}/report`)).json()) as TargetReport,
    stop: () => void child.kill('SIGKILL'),
  };
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    child.stdout?.once('data', (d: Buffer) => resolve(d.toString().trim()));
    child.once('exit', () => reject(new Error('the target ended before it listened')));
  });
