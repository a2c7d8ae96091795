import { prometheusIn } from '../prometheus-server.js';
import type { RunningServer } from '../started.js';

/** A Prometheus that has the given OpenMetrics text in its past. */
export async function prometheusWith(folder: string, openMetrics: string): Promise<RunningServer> {
  const prometheus = prometheusIn(folder);
  prometheus.fill({ text: openMetrics });
  await prometheus.start(['--query.lookback-delta=8s']);
  return { url: prometheus.url(), stop: prometheus.stop };
}
