/** One measured run of one side: what the statistics work on. Requests inside a run share its luck, runs do not. */
export interface Run {
  /** File, commit or number: names the run in messages. */
  name: string;
  /** Start, milliseconds since 1970, when known. */
  startedAtMs?: number;
  /** Metric name → value in the metric's unit. */
  metrics: Readonly<Record<string, number>>;
}

/** Which way a metric gets worse. */
export type Worse = 'higher' | 'lower';

/** Throughput, hits and counts of good things get worse by falling; times, errors, bytes and costs by rising. */
export const worseWhen = (metric: string): Worse =>
  /(throughput|rps|per.?second|hit|availability|success|apdex)/i.test(metric) ? 'lower' : 'higher';

/** Metrics that every run of both sides has, in the order of the first run. */
export function sharedMetrics(baseline: readonly Run[], candidate: readonly Run[]): string[] {
  const runs = [...baseline, ...candidate];
  return Object.keys(runs[0]?.metrics ?? {}).filter((name) =>
    runs.every((r) => Number.isFinite(r.metrics[name])),
  );
}

/** How the runs of the two sides lie in time. */
export type Order = 'interleaved' | 'one after the other' | 'unknown';

/**
 * Interleaved when the sides change at least three times in the order of the starts: drift of the machine then falls on
 * both. `unknown` when a run has no start.
 */
export function orderOf(baseline: readonly Run[], candidate: readonly Run[]): Order {
  const starts = [
    ...baseline.map((r) => ({ at: r.startedAtMs, side: 0 })),
    ...candidate.map((r) => ({ at: r.startedAtMs, side: 1 })),
  ];
  if (starts.some((s) => s.at === undefined)) return 'unknown';
  starts.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  const changes = starts.filter((s, i) => i > 0 && s.side !== starts[i - 1]?.side).length;
  return changes >= Math.min(3, starts.length - 1) ? 'interleaved' : 'one after the other';
}
