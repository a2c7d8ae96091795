/** How a generator decided when to send: by a clock, or when an answer came back. */
export type LoadLoop = 'open' | 'closed' | 'unknown';

/** What the percentiles of a result were computed from. */
export type PercentileBasis = 'every request' | 'histogram' | 'summary';

/** Latency of one set of requests, in milliseconds. What the tool did not tell is absent. */
export interface LatencySummary {
  min?: number;
  mean?: number;
  p50?: number;
  p75?: number;
  p90?: number;
  p95?: number;
  p99?: number;
  p999?: number;
  max?: number;
}

/** One part of a result: a request name, a scenario, a page. */
export interface LoadPart {
  name: string;
  requests: number;
  errors: number;
  latencyMs: LatencySummary;
}

/** The outcome of one load test, whichever tool made it, with what its numbers can and cannot say. */
export interface LoadResult {
  tool: string;
  format: string;
  loop: LoadLoop;
  /** Waiting that a stalled system causes is in the latencies; false for tools that wait for answers before they send. */
  omissionSafe: boolean | 'unknown';
  percentiles: PercentileBasis;
  startedAtMs?: number;
  durationSeconds?: number;
  requests: number;
  errors: number;
  /** Requests a second. */
  throughput?: number;
  latencyMs: LatencySummary;
  /** Requests that should have been sent and were not. */
  dropped?: number;
  /** Latencies are at least this: requests were dropped or left out. */
  lowerBound: boolean;
  parts: LoadPart[];
  /** What a reader must know before trusting the numbers. */
  caveats: string[];
}
