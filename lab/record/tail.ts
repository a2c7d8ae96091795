/** What a set of latencies looks like, in ms. */
export type Tail = {
  count: number;
  meanMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  meanAboveP95Ms: number;
  meanAboveP99Ms: number;
};

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The p-quantile of sorted values, linear between neighbours. Source: Hyndman & Fan, Am. Stat. 50 (1996), type 7. */
export function quantile(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** Quantiles, and the mean of the slowest 5 % and 1 %. */
export function tailOf(latenciesMs: readonly number[]): Tail {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const above = (p: number): number => mean(sorted.slice(Math.floor(sorted.length * p)));
  return {
    count: sorted.length,
    meanMs: mean(sorted),
    p50Ms: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    meanAboveP95Ms: above(0.95),
    meanAboveP99Ms: above(0.99),
  };
}

export type Share = { p99: number; meanAboveP95: number; meanAboveP99: number };

/** Share of the excess that goes when one fault is switched off: (incident − without) / (incident − healthy). */
export function shareOf(healthy: Tail, incident: Tail, without: Tail): Share {
  const share = (name: 'p99Ms' | 'meanAboveP95Ms' | 'meanAboveP99Ms'): number =>
    (incident[name] - without[name]) / (incident[name] - healthy[name]);
  return {
    p99: share('p99Ms'),
    meanAboveP95: share('meanAboveP95Ms'),
    meanAboveP99: share('meanAboveP99Ms'),
  };
}

/** The mean of several shares, field by field. */
export const meanShare = (shares: readonly Share[]): Share => ({
  p99: mean(shares.map((s) => s.p99)),
  meanAboveP95: mean(shares.map((s) => s.meanAboveP95)),
  meanAboveP99: mean(shares.map((s) => s.meanAboveP99)),
});
