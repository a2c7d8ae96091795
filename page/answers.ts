import type { Result } from '../src/domain/index.js';

/** One line of the list of investigations. */
export interface Listed {
  id: string;
  app: string;
  kind: Result['verdict']['kind'];
  verdict: string;
  classification: string;
  /** ISO time of the making, where it is kept. */
  made?: string;
  findings: number;
}

/** A trace in the list: durations in milliseconds. */
export interface TraceListed {
  traceId: string;
  service: string;
  operation: string;
  startMs: number;
  durationMs: number;
  spans: number;
  errors: number;
  phase: string;
}

/** One span: times in milliseconds since the trace began. */
export interface SpanRow {
  spanId: string;
  parentId: string;
  service: string;
  operation: string;
  kind: string;
  startMs: number;
  durationMs: number;
  error: boolean;
  attributes: Record<string, string>;
}
export interface TraceAnswer {
  traceId: string;
  spans: SpanRow[];
  /** Spans beyond what the server sends. */
  left: number;
}

/** Rows of the query behind a fact. */
export interface RowsAnswer {
  query: string;
  columns: string[];
  rows: (string | number | null)[][];
  left: number;
}

export interface ApprovalAnswer {
  recommendation: string;
  state: 'approved' | 'refused' | 'pending' | 'break-glass';
  missing: string[];
  decisions: { by: string; role: string; decision: string; reason: string; at: string }[];
}

/** What arrives at the receiver now. */
export interface LiveAnswer {
  /** One sentence where nothing is suspected. */
  state: string;
  services: {
    name: string;
    p95Ms: number;
    /** p95 of the time before, once there was one. */
    beforeMs?: number;
    ratePerSecond: number;
    errorRatio: number;
  }[];
  calls: { from: string; to: string }[];
  suspicion?: { text: string; investigation?: string };
}
