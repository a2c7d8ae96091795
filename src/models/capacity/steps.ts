/** How busy one resource was during a step. */
export interface ResourceUse {
  name: string;
  /** Busy share of all there is of it, whoever kept it busy. */
  busy: number;
  /** The part of that share which does not grow with this load: neighbours on the machine. */
  others?: number;
  /** How many servers one line of it feeds, where that is known: one for a thread. */
  servers?: number;
}

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
  /** Servers of that resource behind one line, where they are known. */
  servers?: number;
  /** Every resource that was watched, where more than one was. */
  resources?: readonly ResourceUse[];
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

/** Latency this much above the least, at a lower load, is no noise. */
const FALL = 1.15;
const LEAST_TIMED = 3;

/**
 * The steps in order of load, without the latency of those below the load at which it is least, where it falls by more than
 * noise up to there: requests that wait for a queue wait longer when there are more of them, so what falls as load
 * rises is something else (processors that wake up, connections that open, code not yet compiled). What they
 * say of the busy share stays. Unchanged when fewer than three steps with a latency would be left.
 */
export function withoutIdleLatency(ordered: readonly CapacityStep[]): CapacityStep[] {
  const timed = ordered.filter((s) => meanOf(s) !== undefined && !overloaded(s));
  const least = Math.min(...timed.map((s) => meanOf(s) ?? Number.POSITIVE_INFINITY));
  const from = timed.findIndex((s) => meanOf(s) === least);
  const above = timed.findLastIndex((s, i) => i < from && (meanOf(s) ?? 0) > FALL * least);
  if (above < 0 || timed.length - above - 1 < LEAST_TIMED) return [...ordered];
  const idle = new Set(timed.slice(0, above + 1));
  return ordered.map((s) => {
    if (!idle.has(s)) return s;
    const { meanMs: _, p50Ms: _p50, p95Ms: _p95, p99Ms: _p99, ...rest } = s;
    return rest;
  });
}

/** Requests inside at once: as set by the generator, else by Little's law, N = X × R. */
export function insideOf(s: CapacityStep): number | undefined {
  if (s.concurrency !== undefined) return s.concurrency;
  const mean = meanOf(s);
  return mean === undefined ? undefined : (s.throughput * mean) / 1000;
}
