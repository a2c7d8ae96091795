import { quantile, sorted } from '../../models/quantile.js';
import type { CellKey, WalkedTrace } from '../sections.js';
import { lengthOf } from '../traces.js';

/** Exclusive time on the critical path by what it was spent on. */
export interface PathShare {
  service: string;
  operation: string;
  kind: CellKey['kind'];
  /** Mean ms a request, of all and of the slowest. */
  meanMs: number;
  slowMs: number;
  /** Share of the requests' whole time. */
  share: number;
  slowShare: number;
  /** Mean number of spans a request. */
  calls: number;
}

export interface PathSummary {
  requests: number;
  slow: number;
  /** Quantiles of duration, ms. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  shares: PathShare[];
}

const SLOW_SHARE = 0.05;

/** Where requests spend their time, and where the slowest 5 % (at least one) do; the largest share of the slow first. */
export function pathSummary(traces: readonly WalkedTrace[]): PathSummary {
  const byTime = [...traces].sort(
    (a, b) => lengthOf(b, b.root) - lengthOf(a, a.root) || (a.request.traceId < b.request.traceId ? -1 : 1),
  );
  const slow = byTime.slice(0, Math.max(1, Math.ceil(SLOW_SHARE * byTime.length)));
  const all = meansBy(traces);
  const worst = meansBy(slow);
  const [whole, wholeSlow] = [total(all), total(worst)];
  const durations = sorted(traces.map((t) => lengthOf(t, t.root)));
  const shares = [...new Set([...all.keys(), ...worst.keys()])].map((id): PathShare => {
    const [service = '', operation = '', kind = 'self'] = JSON.parse(id) as [string, string, CellKey['kind']];
    const [mean, most] = [all.get(id), worst.get(id)];
    return {
      service,
      operation,
      kind,
      meanMs: mean?.ms ?? 0,
      slowMs: most?.ms ?? 0,
      share: whole > 0 ? (mean?.ms ?? 0) / whole : 0,
      slowShare: wholeSlow > 0 ? (most?.ms ?? 0) / wholeSlow : 0,
      calls: mean?.calls ?? 0,
    };
  });
  return {
    requests: traces.length,
    slow: slow.length,
    p50Ms: quantile(durations, 0.5),
    p95Ms: quantile(durations, 0.95),
    p99Ms: quantile(durations, 0.99),
    shares: shares.sort(
      (a, b) =>
        b.slowMs - a.slowMs ||
        b.meanMs - a.meanMs ||
        (JSON.stringify([a.service, a.operation]) < JSON.stringify([b.service, b.operation]) ? -1 : 1),
    ),
  };
}

function meansBy(traces: readonly WalkedTrace[]): Map<string, { ms: number; calls: number }> {
  const sums = new Map<string, { ms: number; calls: number }>();
  for (const t of traces) {
    const counted = new Set<string>();
    for (const s of t.sections) {
      const id = JSON.stringify([s.key.service, s.key.operation, s.key.kind]);
      const sum = sums.get(id) ?? { ms: 0, calls: 0 };
      sum.ms += (s.end - s.start) / traces.length;
      if (!counted.has(`${id} ${s.span}`)) sum.calls += 1 / traces.length;
      counted.add(`${id} ${s.span}`);
      sums.set(id, sum);
    }
  }
  return sums;
}

const total = (sums: ReadonlyMap<string, { ms: number }>): number =>
  [...sums.values()].reduce((sum, x) => sum + x.ms, 0);
