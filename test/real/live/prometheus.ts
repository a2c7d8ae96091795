import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { run } from '../tools.js';

export interface RunningServer {
  url: string;
  stop(): Promise<void>;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** Starts a server and waits until its address answers; ended by `stop`. */
export async function started(
  command: string,
  args: readonly string[],
  url: string,
  ready: string,
): Promise<RunningServer> {
  const child = spawn(command, [...args], { stdio: 'ignore' });
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

/** A Prometheus that has the given OpenMetrics text in its past. */
export async function prometheusWith(folder: string, openMetrics: string): Promise<RunningServer> {
  const text = join(folder, 'metrics.om');
  const data = join(folder, 'data');
  const config = join(folder, 'prometheus.yml');
  writeFileSync(text, openMetrics);
  writeFileSync(config, 'global: {scrape_interval: 15s}\n');
  const made = run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', text, data]);
  if (made.status !== 0) throw new Error(made.output);
  const port = await freePort();
  return started(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      '--query.lookback-delta=8s',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    `http://127.0.0.1:${port}`,
    '/-/ready',
  );
}
