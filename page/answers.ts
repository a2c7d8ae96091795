/** What the API answers, as far as the page reads it. GET /api/v1/openapi.json describes the whole. */

/** One line of the list of investigations. */
export interface Listed {
  id: string;
  title: string;
  by: string;
  /** ISO 8601. */
  at: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';
  /** Once it is done. */
  app?: string;
  kind?: 'cause-found' | 'plausible-causes' | 'no-cause' | 'cannot-tell';
  verdict?: string;
}

/** A request in the list of traces. */
export interface TraceListed {
  traceId: string;
  service: string;
  operation: string;
  durationMs: number;
  startNs: string;
  status: string;
  /** Id of the source that it was read from. */
  source: string;
}
export interface TracesAnswer {
  total: number;
  traces: TraceListed[];
}

/** One span: times in milliseconds since the trace began. */
export interface SpanRow {
  id: string;
  parent: string;
  service: string;
  name: string;
  kind: string;
  startMs: number;
  durationMs: number;
  status: string;
  attributes: Record<string, string>;
}
export interface TraceAnswer {
  traceId: string;
  total: number;
  spans: SpanRow[];
}

/** Records behind a fact, and the query that finds them. */
export interface RecordsAnswer {
  query: string;
  total: number;
  records: Record<string, unknown>[];
}

export interface Standing {
  recommendation: string;
  plan: string;
  state: 'approved' | 'pending' | 'refused' | 'break-glass';
  roles: string[];
  missing: string[];
  toBeReviewed: boolean;
  statements: { decision: string; role: string; by: string; at: string; reason: string; void?: string }[];
}

export interface JobAnswer {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  progress: string[];
  investigation?: string;
}

export interface EffectAnswer {
  before: number;
  after: number;
  interval?: [number, number];
}
/** Statistics over all recorded requests, as they were and re-timed; in milliseconds. */
export interface WhatIfAnswer {
  service: string;
  operation: string;
  traces: number;
  rows: { statistic: string; pessimistic: EffectAnswer; optimistic: EffectAnswer }[];
}

/** Two profiles, function by function; shares are of own samples. */
export interface DifferenceAnswer {
  samples: { before: number; after: number };
  howSure: string;
  functions: {
    name: string;
    file: string;
    before: number;
    after: number;
    /** Nothing where it is new. */
    ratio: number | null;
    state: 'slower' | 'faster' | 'new' | 'vanished' | 'same';
  }[];
  more: number;
}

/** A forecast that was held against a measurement; p99 in milliseconds. */
export interface ScoredForecast {
  by: 'verify' | 'lab';
  fault?: string;
  recommendation: string;
  operation: string;
  forecastMs: number;
  intervalMs: [number, number];
  measuredMs: number;
  held: boolean;
  beforeMs?: number;
  runs?: { before: number; after: number };
  measuredAt?: string;
}
export interface ForecastsAnswer {
  score: {
    forecasts: number;
    held: number;
    coverage: number | null;
    coverageInterval: [number, number] | null;
    medianAbsError: number | null;
  };
  forecasts: ScoredForecast[];
  more: number;
  unread: { where: string; what: string }[];
}

/** What `kneepoint cache` says of a trace of accesses. */
export type { CacheStudy } from '../src/facts/cache-study/study.js';
/** What arrives at the receiver now. */
export type { LiveState as LiveAnswer } from '../src/server/live/watch.js';
/** Requests that failed or were slow over time. */
export type { BurnPhase } from '../src/server/study/burn.js';
