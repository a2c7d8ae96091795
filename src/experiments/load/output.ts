import type { LatencySummary } from '../../domain/load-result.js';
import { OWN_FORMAT } from '../../evidence/readers/load/kneepoint-run.js';
import { type LatencyHistogram, quantileMs } from './histogram.js';
import type { LoadRun, LoadSecond } from './run.js';

/** The machine form of a run: what `--json` prints, what the comparison reads. Only numbers that were measured. */
export function runDocument(run: LoadRun) {
  return {
    format: OWN_FORMAT,
    name: run.plan.name,
    target: run.plan.target,
    process: run.plan.arrivals.process,
    seed: run.plan.seed,
    startedAtMs: run.startedAtMs,
    durationSeconds: run.durationSeconds,
    requests: run.answers,
    errors: run.errors,
    errorKinds: run.errorKinds,
    throughput: run.throughput,
    due: run.due,
    sent: run.sent,
    dropped: run.dropped,
    mostInFlight: run.mostInFlight,
    verdict: run.judgement.verdict,
    reasons: run.judgement.reasons,
    /** From the intended start of each request. */
    latencyMs: latencyOf(run.latency),
    quantiles: run.judgement.quantiles,
    /** From sending. */
    responseMs: latencyOf(run.response),
    /** The generator's own lateness. */
    lagMs: latencyOf(run.lag),
    parts: run.byRequest.map((p) => ({
      name: p.name,
      requests: p.answers,
      errors: p.errors,
      latencyMs: latencyOf(p.latency),
    })),
  };
}
export type RunDocument = ReturnType<typeof runDocument>;

export function latencyOf(h: LatencyHistogram): LatencySummary {
  if (h.totalCount === 0) return {};
  const at = (p: number): number => quantileMs(h, p) ?? 0;
  return {
    min: at(0),
    mean: h.mean / 1000,
    p50: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: h.maxValue / 1000,
  };
}

/** One line of NDJSON a second; the histogram in HdrHistogram's compressed form, microseconds. */
export async function secondLine(second: LoadSecond, histogram: LatencyHistogram): Promise<string> {
  const { encodeIntoCompressedBase64 } = await import('hdr-histogram-js');
  return `${JSON.stringify({ ...second, histogramUs: encodeIntoCompressedBase64(histogram) })}\n`;
}

export interface SloCheck {
  name: 'p99' | 'p95' | 'error ratio';
  limit: number;
  value: number;
  /** `untold`: so few requests do not tell such a percentile, or the run does not count. */
  answer: 'met' | 'missed' | 'untold';
}

/** The plan's objectives against the run. */
export function sloChecks(run: LoadRun): SloCheck[] {
  const { p99Ms, p95Ms, errorRatio } = run.plan.slo;
  const { verdict, quantiles } = run.judgement;
  const checks: SloCheck[] = [];
  const add = (name: SloCheck['name'], limit: number | undefined, value: number): void => {
    if (limit === undefined) return;
    const told = verdict === 'valid' && quantiles.every((q) => q.name !== name || !q.notEstimable);
    checks.push({ name, limit, value, answer: !told ? 'untold' : value <= limit ? 'met' : 'missed' });
  };
  add('p99', p99Ms, quantileMs(run.latency, 0.99) ?? Number.POSITIVE_INFINITY);
  add('p95', p95Ms, quantileMs(run.latency, 0.95) ?? Number.POSITIVE_INFINITY);
  add('error ratio', errorRatio, run.answers === 0 ? 1 : run.errors / run.answers);
  return checks;
}
