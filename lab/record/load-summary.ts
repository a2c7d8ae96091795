import type { Outcome } from '../load/generator.js';
import { expectedCount, type Segment } from '../load/shape.js';
import { quantile } from './tail.js';

const failed = (o: Outcome): boolean => o.status === 0 || o.status >= 500;

function durations(outcomes: readonly Outcome[]) {
  const sorted = outcomes.map((o) => o.latencyMs).sort((a, b) => a - b);
  const sum = sorted.reduce((a, b) => a + b, 0);
  return {
    avg: sum / sorted.length,
    min: sorted[0] ?? 0,
    med: quantile(sorted, 0.5),
    max: sorted.at(-1) ?? 0,
    'p(90)': quantile(sorted, 0.9),
    'p(95)': quantile(sorted, 0.95),
    'p(99)': quantile(sorted, 0.99),
  };
}

const grouped = <K extends string>(outcomes: readonly Outcome[], key: (o: Outcome) => K) =>
  Object.fromEntries(
    [...new Set(outcomes.map(key))].sort().map((k) => {
      const part = outcomes.filter((o) => key(o) === k);
      return [
        k,
        { count: part.length, errors: part.filter(failed).length, durationMs: durations(part) },
      ] as const;
    }),
  );

/**
 * What the load generator saw, laid out as k6 lays out its summary (`metrics.http_reqs`, `http_req_duration` in ms,
 * `http_req_failed`), with the shape of the load, the segments and the routes beside it. Latencies count from the
 * intended start.
 */
export function loadSummary(outcomes: readonly Outcome[], shape: readonly Segment[], seed: number) {
  const durationS = shape.reduce((sum, s) => sum + s.durationS, 0);
  const errors = outcomes.filter(failed).length;
  return {
    metrics: {
      http_reqs: { count: outcomes.length, rate: outcomes.length / durationS },
      http_req_duration: durations(outcomes),
      http_req_failed: { passes: errors, fails: outcomes.length - errors, value: errors / outcomes.length },
    },
    load: { model: 'open, Poisson arrivals', seed, durationS, expected: expectedCount(shape), shape },
    segments: grouped(outcomes, (o) => o.segment),
    routes: grouped(outcomes, (o) => o.route),
  };
}
