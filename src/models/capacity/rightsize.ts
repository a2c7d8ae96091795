import { quantile, sorted } from '../quantile.js';

/** How a size is taken from samples of use: a percentile, and a margin over it. */
export interface SizingRule {
  name: string;
  percentile: number;
  margin: number;
}

/**
 * What two recommenders in use do. VPA: 90th percentile of CPU and of memory peaks, 15 % over it (kubernetes/autoscaler,
 * vertical-pod-autoscaler, flags target-cpu-percentile, target-memory-peaks-percentile and recommendation-margin-fraction,
 * 1.3). Compute Optimizer: 99.5th percentile and 20 % headroom (AWS Compute Optimizer user guide, rightsizing
 * preferences, 2025).
 */
export const SIZING_RULES: readonly SizingRule[] = [
  { name: 'VPA (p90 + 15 %)', percentile: 0.9, margin: 0.15 },
  { name: 'Compute Optimizer (p99.5 + 20 %)', percentile: 0.995, margin: 0.2 },
];

export interface Size {
  rule: SizingRule;
  size: number;
  /** Share of samples above the size: how often it would have been too small. */
  risk: number;
}

/** Sizes by each rule; none without samples. */
export function sizesFor(samples: readonly number[], rules = SIZING_RULES): Size[] {
  if (samples.length === 0) return [];
  const ascending = sorted(samples);
  return rules.map((rule) => {
    const size = quantile(ascending, rule.percentile) * (1 + rule.margin);
    return { rule, size, risk: samples.filter((s) => s > size).length / samples.length };
  });
}

export interface Commitment {
  /** Units committed to, and the share of hours in which all of them are used. */
  units: number;
  /** Cost of the commitment and what is bought on demand over it, per hour, in prices of one unit on demand. */
  cost: number;
  onDemandCost: number;
  /** Share of what was committed that stays unused. */
  unused: number;
}

/**
 * How many units to commit to at a discount when use varies: as many as are used for at least a share (1 − discount) of the
 * time, for there the price of an idle unit equals what it saves. (The newsvendor rule: P. M. Morse and G. E. Kimball,
 * Methods of Operations Research, 1951.)
 */
export function commitmentFor(unitsByHour: readonly number[], discount: number): Commitment {
  const ascending = sorted(unitsByHour);
  const n = ascending.length;
  const units = n === 0 ? 0 : Math.floor(ascending[Math.min(n - 1, Math.floor(discount * n))] ?? 0);
  const over = unitsByHour.reduce((sum, u) => sum + Math.max(0, u - units), 0) / Math.max(1, n);
  const idle = unitsByHour.reduce((sum, u) => sum + Math.max(0, units - u), 0) / Math.max(1, n);
  return {
    units,
    cost: units * (1 - discount) + over,
    onDemandCost: unitsByHour.reduce((a, b) => a + b, 0) / Math.max(1, n),
    unused: units > 0 ? idle / units : 0,
  };
}
