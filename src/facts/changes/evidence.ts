/** What is known of one incident, as plain rows: enough to ask which change, if any, caused it. */
export interface IncidentEvidence {
  alert?: { service: string; metric: string; atMs: number };
  series: Series[];
  logs: LogLine[];
  spans: SpanRow[];
  commits: Commit[];
  deploys: Deploy[];
  /** Flags switched and settings changed while the system ran; none when absent. */
  switches?: Switch[];
}
export interface Series {
  service: string;
  metric: string;
  /** In order of time. */
  points: { atMs: number; value: number }[];
}
export interface LogLine {
  atMs: number;
  service: string;
  severity: string;
  message: string;
}
export interface SpanRow {
  traceId: string;
  spanId: string;
  parentId?: string;
  service: string;
  name: string;
  startMs: number;
  durationMs: number;
  failed: boolean;
  error?: string;
  attributes: Readonly<Record<string, number | string>>;
}
export interface Commit {
  sha: string;
  atMs: number;
  message: string;
  files: string[];
  /** Unified diff, possibly without file headers; absent when not recorded. */
  diff?: string;
}
export interface Deploy {
  atMs: number;
  service: string;
  sha: string;
}
export interface Switch {
  atMs: number;
  /** Empty when it was not said. */
  service: string;
  name: string;
  /** `off->on`, `50 -> 10`, or any words. */
  what: string;
}
