import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('cli.ts', import.meta.url));
const START_MS = 30_000;

/** A `kneepoint serve` in a process of its own. */
export interface ServerProcess {
  url: string;
  child: ChildProcess;
  /** What it has said on stderr. */
  said(): string;
  /** Peak of its memory in MB (Linux). */
  peakRssMb(): number;
  /** Sends the signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a server on a free port and waits until it listens. */
export async function startServer(data: string, more: readonly string[] = []): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', CLI, 'serve', '--port', '0', '--data', data, ...more],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the server did not start: ${said}`)), START_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /(https?:\/\/\S+) takes OTLP/.exec(said)?.[1];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    });
    void gone.then(() => reject(new Error(`the server ended: ${said}`)));
  });
  return {
    url,
    child,
    said: () => said,
    peakRssMb: () =>
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    async end(signal) {
      child.kill(signal);
      await gone;
    },
  };
}
