/** One step of a load test: what was asked of the system, and what came of it. What was not measured is absent. */
export interface CapacityStep {
  /** Requests answered a second. */
  throughput: number;
  /** Callers at work at once, where the generator held it constant. */
  concurrency?: number;
  /** Requests sent a second, where the generator held it constant. */
  offered?: number;
  meanMs?: number;
  p50Ms?: number;
  p95Ms?: number;
  p99Ms?: number;
  /** Busy share of the resource that is thought to limit. */
  utilisation?: number;
  errorRatio?: number;
  /** Where the step was read. */
  from: string;
}

/** Below this share of what was sent, the answers are what the system could do and not what it was asked for. */
const KEPT_UP = 0.97;

/** True when the system answered less than it was sent: then its throughput is its capacity. */
export const overloaded = (s: CapacityStep): boolean =>
  s.offered !== undefined && s.throughput < KEPT_UP * s.offered;

/** Mean latency; the median stands in where no mean was measured, and is below it. */
export const meanOf = (s: CapacityStep): number | undefined => s.meanMs ?? s.p50Ms;

/** Requests inside at once: as set by the generator, else by Little's law, N = X × R. */
export function insideOf(s: CapacityStep): number | undefined {
  if (s.concurrency !== undefined) return s.concurrency;
  const mean = meanOf(s);
  return mean === undefined ? undefined : (s.throughput * mean) / 1000;
}
