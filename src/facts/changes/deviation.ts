import type { Series } from './evidence.js';

/** How one series left its normal range. */
export interface Deviation {
  service: string;
  metric: string;
  kind: MetricKind;
  /** First point of the run of deviating points that reaches into the trouble. */
  onsetMs: number;
  direction: 1 | -1;
  before: number;
  peak: number;
  /** peak over before (guarded against a zero before). */
  factor: number;
  /** Median absolute deviations by which the peak lies off. */
  score: number;
}
export type MetricKind = 'latency' | 'errors' | 'load' | 'saturation' | 'wait' | 'limit' | 'work' | 'other';

/** What a metric's name says it is. */
export function metricKind(metric: string): MetricKind {
  const m = metric.toLowerCase();
  if (/max_conns|_limit|_max$|capacity|replicas/.test(m)) return 'limit';
  if (/wait|pending|queue|backlog|lag/.test(m)) return 'wait';
  if (/5xx|error|fail|panic|exception|timeout|reject|abort|restart|oom/.test(m)) return 'errors';
  if (/p\d\d|latency|duration|response_time|_ms$|_seconds/.test(m)) return 'latency';
  if (/per_request|per_req|fanout/.test(m)) return 'work';
  if (/requests|_rps|qps|throughput|per_sec|rate/.test(m)) return 'load';
  if (/util|cpu|mem|heap|in_use|used|saturation|disk|thread|connection|goroutine|gc/.test(m))
    return 'saturation';
  return 'other';
}

/** Share of the recording, from its start, that is taken as normal when no onset is known. */
const NORMAL_SHARE = 0.4;
const MIN_POINTS = 8;
const MIN_RUN = 3;
const THRESHOLD = 6;
/** Scale floor: a tenth of the level, so that a flat series does not make noise significant. */
const FLOOR = 0.1;

/**
 * Deviations from the series' own first part by median and MAD with a scale floor (Rousseeuw and Croux,
 * Alternatives to the Median Absolute Deviation, 1993), as runs of at least three points.
 */
export function deviations(series: readonly Series[]): Deviation[] {
  return series.flatMap((s) => {
    const d = deviation(s);
    return d ? [d] : [];
  });
}

function deviation(s: Series): Deviation | undefined {
  const points = s.points.filter((p) => Number.isFinite(p.value));
  if (points.length < MIN_POINTS) return undefined;
  const normal = points
    .slice(0, Math.max(MIN_POINTS / 2, Math.floor(points.length * NORMAL_SHARE)))
    .map((p) => p.value);
  const before = median(normal);
  const spread = 1.4826 * median(normal.map((v) => Math.abs(v - before)));
  const kind = metricKind(s.metric);
  const level = Math.max(Math.abs(before), median(points.map((p) => Math.abs(p.value))));
  const scale = Math.max(spread, FLOOR * level, kind === 'errors' || kind === 'saturation' ? 1e-3 : 1e-9);
  const run = strongestRun(points.map((p) => (p.value - before) / scale));
  if (!run) return undefined;
  const at = points[run.from];
  const peak = points[run.peak];
  if (!at || !peak) return undefined;
  return {
    service: s.service,
    metric: s.metric,
    kind,
    onsetMs: at.atMs,
    direction: run.score > 0 ? 1 : -1,
    before,
    peak: peak.value,
    factor: peak.value / (Math.abs(before) > 0 ? before : scale),
    score: Math.abs(run.score),
  };
}

/** The run of points beyond the threshold, all on one side, with the furthest point. */
function strongestRun(scores: readonly number[]): { from: number; peak: number; score: number } | undefined {
  let best: { from: number; peak: number; score: number } | undefined;
  let from = 0;
  while (from < scores.length) {
    const sign = Math.sign(scores[from] ?? 0);
    if (Math.abs(scores[from] ?? 0) < THRESHOLD / 2) {
      from++;
      continue;
    }
    let to = from;
    let peak = from;
    while (to < scores.length && (scores[to] ?? 0) * sign >= THRESHOLD / 2) {
      if (Math.abs(scores[to] ?? 0) > Math.abs(scores[peak] ?? 0)) peak = to;
      to++;
    }
    const score = scores[peak] ?? 0;
    if (to - from >= MIN_RUN && Math.abs(score) >= THRESHOLD && Math.abs(score) > Math.abs(best?.score ?? 0))
      best = { from, peak, score };
    from = Math.max(to, from + 1);
  }
  return best;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const mid = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[mid] as number)
    : ((sorted[mid - 1] as number) + (sorted[mid] as number)) / 2;
}
