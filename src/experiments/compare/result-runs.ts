import type { LoadResult } from '../../domain/load-result.js';
import type { Run } from './run.js';

/** The metrics of one result that a comparison of runs can use. */
export function runOfResult(name: string, result: LoadResult): Run {
  const metrics: Record<string, number> = {};
  const put = (key: string, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) metrics[key] = value;
  };
  put('latency.p50', result.latencyMs.p50);
  put('latency.p95', result.latencyMs.p95);
  put('latency.p99', result.latencyMs.p99);
  if (result.requests > 0) put('errors.ratio', result.errors / result.requests);
  // In an open loop the rate is what was asked for, and says nothing of the system.
  if (result.loop !== 'open') put('throughput', result.throughput);
  return {
    name,
    ...(result.startedAtMs === undefined ? {} : { startedAtMs: result.startedAtMs }),
    metrics,
  };
}
