import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { basename, join } from 'node:path';
import { BUILT } from './build.js';

/** Above the ordinary where the system allows it, so that neighbours disturb a recording less. */
const PRIORITY = -15;

/** Children that were asked to end. */
const asked = new WeakSet<ChildProcess>();

export type Child<Ready> = { ready: Ready; process: ChildProcess; stop: () => Promise<void> };

const STOP_MS = 10_000;

async function stopChild(child: ChildProcess): Promise<void> {
  asked.add(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  if (child.connected) child.send('stop');
  await ended;
  clearTimeout(late);
}

/**
 * Starts a bundle as a process that ends when this one does: its channel closes then. Resolves with the message in
 * which it says that it is ready; rejects when it ends before, with what it wrote to stderr.
 */
export function startChild<Ready>(
  bundle: string,
  environment: Record<string, string> = {},
  nodeOptions: string[] = [],
  /** Another interpreter than this one; the bundle is then the whole path of what it runs. */
  interpreter?: string,
): Promise<Child<Ready>> {
  const child = fork(interpreter === undefined ? join(BUILT, bundle) : bundle, [], {
    ...(interpreter === undefined ? {} : { execPath: interpreter }),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    execArgv: nodeOptions,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  if (child.pid !== undefined && process.getuid?.() === 0) setPriority(child.pid, PRIORITY);
  let said = '';
  child.stderr?.on('data', (part: Buffer) => {
    said = (said + part.toString('utf8')).slice(-4_000);
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`${basename(bundle)} ended (${code}) before it was ready: ${said}`)),
    );
    child.once('exit', (code, signal) => {
      if (!asked.has(child) && said !== '')
        process.stderr.write(`${basename(bundle)} ended (${signal ?? code}): ${said}\n`);
    });
    child.once('message', (ready) =>
      resolve({ ready: ready as Ready, process: child, stop: () => stopChild(child) }),
    );
  });
}
