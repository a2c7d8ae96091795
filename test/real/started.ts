import { spawn } from 'node:child_process';
import { PATH } from './tools.js';

export interface RunningServer {
  url: string;
  stop(): Promise<void>;
}

/** Starts a server and waits until its address answers; ended by `stop`. */
export async function started(
  command: string,
  args: readonly string[],
  url: string,
  ready: string,
): Promise<RunningServer> {
  const child = spawn(command, [...args], { stdio: 'ignore', env: { ...process.env, PATH } });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let i = 0; i < 300; i++) {
    const answers = await fetch(`${url}${ready}`).then(
      (r) => r.ok,
      () => false,
    );
    if (answers)
      return {
        url,
        stop: async () => {
          child.kill();
          await ended;
        },
      };
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  child.kill();
  throw new Error(`${command} did not answer`);
}
