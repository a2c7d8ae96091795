import { keyOf, type Labels } from './series.js';
import { type Vector, without } from './vectors.js';

/** Quantile of classic histograms by straight lines within buckets. (Prometheus, promql/quantile.go, bucketQuantile.) */
export function histogramQuantile(q: number, v: Vector): Vector {
  const groups = new Map<string, { labels: Labels; buckets: { bound: number; count: number }[] }>();
  for (const s of v) {
    const le = s.labels.le;
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    if (le === undefined || Number.isNaN(bound)) continue;
    const labels = without(s.labels, ['__name__', 'le']);
    const key = keyOf(labels);
    const group = groups.get(key) ?? { labels, buckets: [] };
    group.buckets.push({ bound, count: s.value });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, buckets }) => ({ labels, value: bucketQuantile(q, buckets) }));
}

function bucketQuantile(q: number, unsorted: { bound: number; count: number }[]): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const b = [...unsorted].sort((x, y) => x.bound - y.bound);
  const last = b.at(-1);
  if (!last || last.bound !== Number.POSITIVE_INFINITY || b.length < 2) return Number.NaN;
  let most = 0;
  for (const x of b) {
    most = Math.max(most, x.count);
    x.count = most;
  }
  if (last.count === 0) return Number.NaN;
  const rank = q * last.count;
  const i = b.findIndex((x) => x.count >= rank);
  const at = b[i];
  const before = b[i - 1];
  if (!at) return Number.NaN;
  if (i === b.length - 1) return before?.bound ?? Number.NaN;
  if (!before && at.bound <= 0) return at.bound;
  const [start, under] = before ? [before.bound, before.count] : [0, 0];
  return start + (at.bound - start) * ((rank - under) / (at.count - under));
}
