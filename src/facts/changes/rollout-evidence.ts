/** What is known of releases that replace pods step by step, and of the calls between services meanwhile. */
export interface RolloutEvidence {
  releases: readonly Release[];
  pods: readonly PodCalls[];
  /** Success of all calls of an edge, as callers or callees counted it; one edge may come several times. */
  edges: readonly EdgeSeries[];
  detectedMs: number;
}
export interface Release {
  service: string;
  steps: readonly ReleaseStep[];
}
export interface ReleaseStep {
  startMs: number;
  /** When the new pods were said to be ready. */
  readyMs: number;
  newPods: readonly string[];
  /** Pods that this step took away. */
  oldPods: readonly string[];
}
/** What one pod saw of the calls of one edge, and of itself at the same times. In order of time. */
export interface PodCalls {
  pod: string;
  /** Service that the pod runs. */
  service: string;
  caller: string;
  callee: string;
  points: readonly PodPoint[];
}
export interface PodPoint {
  atMs: number;
  /** Share of calls that succeeded, 0..1; absent when there were none. */
  success?: number;
  latencyMs?: number;
  /** Utilisation in any one unit per pod. */
  memory?: number;
  cpu?: number;
}
export interface EdgeSeries {
  caller: string;
  callee: string;
  points: readonly { atMs: number; success: number }[];
}
