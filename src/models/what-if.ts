import { bootstrapInterval } from './bootstrap.js';
import { quantile } from './quantile.js';
import { type Precedes, savedTime, type TraceChange } from './retime.js';
import type { SpanTree } from './span-tree.js';

export interface ChangedTrace {
  tree: SpanTree;
  root: number;
  change: TraceChange;
  /** Which siblings wait for which, as learned; without it all wait for those that ended before. */
  precedes?: Precedes;
}

/** One percentile, or the mean, with a change applied. In the unit of the traces. */
export interface Effect {
  before: number;
  after: number;
  saved: number;
  /** 95 % interval of what is saved, over resampled traces; absent for fewer than `FEWEST` traces. */
  interval?: [number, number];
}
export interface WhatIf {
  traces: number;
  /** Traces in which anything changes. */
  changed: number;
  rows: { statistic: string; pessimistic: Effect; optimistic: Effect }[];
}

const FEWEST = 20;
const RESAMPLES = 400;
const LEVELS: readonly [string, number][] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
];

/**
 * What a change saves, by percentile. Each trace is re-timed twice, as if every sibling waited for all that ended
 * before it, and by the waits learned from many traces; the smaller saving of a trace is the pessimistic one.
 */
export function whatIf(traces: readonly ChangedTrace[]): WhatIf {
  const before = traces.map((t) => (t.tree.end[t.root] as number) - (t.tree.start[t.root] as number));
  const saved = traces.map((t, i): [number, number] => {
    const bound = (x: number): number => Math.min(before[i] as number, x);
    const one = bound(savedTime(t.tree, t.root, t.change, 'sequential'));
    const other = bound(savedTime(t.tree, t.root, t.change, 'independent', t.precedes));
    return [Math.min(one, other), Math.max(one, other)];
  });
  const after = [0, 1].map((side) => before.map((b, i) => b - (saved[i]?.[side] as number)));
  const [worst, best] = after as [number[], number[]];
  return {
    traces: traces.length,
    changed: saved.filter(([low, high]) => low !== 0 || high !== 0).length,
    rows: [
      ...LEVELS.map(([statistic, level]) => row(statistic, before, worst, best, percentileOf(level))),
      row('mean', before, worst, best, meanOf),
    ],
  };
}

type Statistic = (values: Float64Array) => number;
const percentileOf =
  (level: number): Statistic =>
  (values) =>
    quantile(values.slice().sort(), level);
const meanOf: Statistic = (values) => values.reduce((s, x) => s + x, 0) / values.length;

function row(
  statistic: string,
  before: readonly number[],
  worst: readonly number[],
  best: readonly number[],
  of: Statistic,
): WhatIf['rows'][number] {
  return {
    statistic,
    pessimistic: effect(before, worst, of),
    optimistic: effect(before, best, of),
  };
}

function effect(before: readonly number[], after: readonly number[], of: Statistic): Effect {
  const n = before.length;
  const [was, now] = [of(Float64Array.from(before)), of(Float64Array.from(after))];
  if (n < FEWEST) return { before: was, after: now, saved: was - now };
  const [a, b] = [new Float64Array(n), new Float64Array(n)];
  const interval = bootstrapInterval(
    n,
    (pick) => {
      for (let i = 0; i < n; i++) {
        a[i] = before[pick[i] as number] as number;
        b[i] = after[pick[i] as number] as number;
      }
      return of(a) - of(b);
    },
    { resamples: RESAMPLES },
  );
  return { before: was, after: now, saved: was - now, interval };
}
