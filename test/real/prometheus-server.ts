import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { OpenMetrics } from './otlp-openmetrics.js';
import { PATH, run } from './tools.js';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

export interface PrometheusServer {
  /** Folder of its blocks. */
  data: string;
  url: () => string;
  /** Adds recorded points; before it is started. */
  fill: (metrics: OpenMetrics) => void;
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

/** A Prometheus of its own in a folder, on a free loopback port, that scrapes nothing. */
export function prometheusIn(folder: string): PrometheusServer {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  let server: ChildProcess | undefined;
  let url = '';
  return {
    data,
    url: () => url,
    fill({ text }) {
      const file = join(folder, 'metrics.om');
      writeFileSync(file, text);
      const filled = run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
      if (filled.status !== 0) throw new Error(filled.output);
    },
    async start() {
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      const config = join(folder, 'prometheus.yml');
      writeFileSync(config, 'global: {}\n');
      server = spawn(
        'prometheus',
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${data}`,
          '--storage.tsdb.retention.time=100y',
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=error',
        ],
        { stdio: 'ignore', env: { ...process.env, PATH } },
      );
      for (let i = 0; i < 300; i++) {
        const ready = await fetch(`${url}/-/ready`).then(
          (r) => r.ok,
          () => false,
        );
        if (ready) return;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      throw new Error('Prometheus did not start');
    },
    async stop() {
      const running = server;
      if (!running) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      running.kill();
      await ended;
      server = undefined;
    },
  };
}
