import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../lab/topology/free-port.js';
import type { OpenMetrics } from './otlp-openmetrics.js';
import { type RunningServer, started } from './started.js';
import { run } from './tools.js';

export interface PrometheusServer {
  /** Folder of its blocks. */
  data: string;
  url: () => string;
  /** Adds recorded points; before it is started. */
  fill: (metrics: Pick<OpenMetrics, 'text'>) => void;
  start: (flags?: readonly string[]) => Promise<void>;
  stop: () => Promise<void>;
}

/** A Prometheus of its own in a folder, on a free loopback port, that scrapes nothing. */
export function prometheusIn(folder: string): PrometheusServer {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  let server: RunningServer | undefined;
  return {
    data,
    url: () => server?.url ?? '',
    fill({ text }) {
      const file = join(folder, 'metrics.om');
      writeFileSync(file, text);
      const filled = run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
      if (filled.status !== 0) throw new Error(filled.output);
    },
    async start(flags = []) {
      const port = await freePort();
      const config = join(folder, 'prometheus.yml');
      writeFileSync(config, 'global: { scrape_interval: 15s }\n');
      server = await started(
        'prometheus',
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${data}`,
          '--storage.tsdb.retention.time=100y',
          `--web.listen-address=127.0.0.1:${port}`,
          '--log.level=error',
          ...flags,
        ],
        `http://127.0.0.1:${port}`,
        '/-/ready',
      );
    },
    async stop() {
      await server?.stop();
      server = undefined;
    },
  };
}
