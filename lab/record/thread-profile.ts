import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Stacks of a process in Python with their thread, as py-spy writes them. */
export type ThreadProfile = { name: string; source: 'profile'; text: string };

/** Longer than any stretch of load: it is ended by a signal. */
const MOST_S = 600;

const missing = (): boolean => spawnSync('py-spy', ['--version'], { stdio: 'ignore' }).status !== 0;

/** Starts py-spy on a process. What it returns ends it and gives the stacks; nothing without a process or without py-spy. */
export function watchThreads(
  pid: number | undefined,
): (() => Promise<ThreadProfile | undefined>) | undefined {
  if (pid === undefined || missing()) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'novapay-threads-'));
  const file = join(folder, 'stacks.txt');
  const options = [
    '--threads',
    '--rate',
    '50',
    '--format',
    'raw',
    '--nonblocking',
    '--duration',
    `${MOST_S}`,
  ];
  const recorder: ChildProcess = spawn(
    'py-spy',
    ['record', '--pid', `${pid}`, '--output', file, ...options],
    {
      stdio: 'ignore',
    },
  );
  const ended = new Promise<void>((resolve) => {
    recorder.once('exit', () => resolve());
    recorder.once('error', () => resolve());
  });
  return async () => {
    recorder.kill('SIGINT');
    await ended;
    try {
      const text = readFileSync(file, 'utf8');
      return text === '' ? undefined : { name: 'risk-service.py-spy.txt', source: 'profile', text };
    } catch {
      // It found nothing at work, and wrote nothing.
      return undefined;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}
