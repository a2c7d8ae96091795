import type { LoadPlan } from '../plan.js';

/** A script for another tool that plays an observed load. */
export interface ScriptTool {
  /** What `--for` takes. */
  id: string;
  /** Where the script goes when nobody says. */
  file: string;
  /** How it is run. */
  use: string;
  text(load: ScriptLoad): string;
}

/** What every script is made from. */
export interface ScriptLoad {
  /** Sentences about what was seen. */
  seen: readonly string[];
  /** Where it sends its load until BASE_URL is set. */
  target: string;
  /** Requests of each stretch. */
  counts: readonly number[];
  stretchSeconds: number;
  requests: readonly ScriptRequest[];
  /** Requests a second in the highest stretch. */
  peakRate: number;
  /** Objective, where one was given. */
  p99Ms: number | undefined;
}
export interface ScriptRequest {
  name: string;
  /** Of all requests, 0..1. */
  share: number;
  method: string;
  /** One id as `{key}`. */
  path: string;
  keys: { count: number; zipf: number } | undefined;
  body: string | undefined;
  /** The body is filled up to this many bytes. */
  bodyBytes: number;
}

/** Tools take so many steps of a rate without trouble; longer histories are put together. */
const MOST_STRETCHES = 1000;

/** The load of a plan that replays counts, for scripts. */
export function scriptLoad(plan: LoadPlan, seen: readonly string[]): ScriptLoad {
  const { arrivals } = plan;
  const replay = 'replay' in arrivals ? arrivals.replay : undefined;
  const each = Math.ceil((replay?.counts.length ?? 0) / MOST_STRETCHES);
  const counts: number[] = [];
  for (const [i, n] of (replay?.counts ?? []).entries()) {
    const at = Math.floor(i / Math.max(1, each));
    counts[at] = (counts[at] ?? 0) + n;
  }
  const stretchSeconds = (replay?.bucketSeconds ?? 1) * Math.max(1, each);
  const weights = plan.requests.reduce((sum, r) => sum + r.weight, 0);
  return {
    seen,
    target: plan.target,
    counts,
    stretchSeconds,
    requests: plan.requests.map((r) => ({
      name: r.name,
      share: Number((r.weight / weights).toFixed(6)),
      method: r.method,
      path: r.path,
      keys: r.keys,
      body: r.body,
      bodyBytes: r.bodyBytes ?? 0,
    })),
    peakRate: Math.max(0, ...counts) / stretchSeconds,
    p99Ms: plan.slo.p99Ms,
  };
}

/** A text as a literal of JavaScript, TypeScript and Java: what the evidence wrote never ends it. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Sentences as comment lines. */
export const comments = (lines: readonly string[]): string => lines.map((l) => `// ${l}`).join('\n');
