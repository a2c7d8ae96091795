import type { LatencySummary } from '../../../domain/load-result.js';
import { quantile } from '../../../models/quantile.js';

/** More values than this are refused rather than thinned: percentiles of a sample would claim to be of all. */
const MOST = 50_000_000;

/** Collects the latency of every request, in milliseconds. */
export interface Durations {
  add(ms: number): void;
  count(): number;
  summary(): LatencySummary;
}

export function durations(): Durations {
  let values = new Float64Array(1024);
  let count = 0;
  let sum = 0;
  return {
    add(ms) {
      if (count === MOST) throw new RangeError(`more than ${MOST} requests in one file`);
      if (count === values.length) {
        const wider = new Float64Array(values.length * 2);
        wider.set(values);
        values = wider;
      }
      values[count++] = ms;
      sum += ms;
    },
    count: () => count,
    summary() {
      if (count === 0) return {};
      const ascending = values.slice(0, count).sort();
      const at = (p: number): number => quantile(ascending, p);
      return {
        min: at(0),
        mean: sum / count,
        p50: at(0.5),
        p75: at(0.75),
        p90: at(0.9),
        p95: at(0.95),
        p99: at(0.99),
        p999: at(0.999),
        max: at(1),
      };
    },
  };
}
