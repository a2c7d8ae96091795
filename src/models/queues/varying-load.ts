import { erlangC } from '../queueing.js';

/** Workers in front of a queue whose arrival rate changes from step to step. */
export interface VaryingLoad {
  ratePerSecond: readonly number[];
  stepSeconds: number;
  serviceSeconds: number;
  /** Squared coefficients of variation: of the gaps between arrivals (1 for Poisson), and of service. */
  arrivalVariation: number;
  serviceVariation: number;
}

export interface VaryingWait {
  /** The wait that a share `quantile` of all customers does not exceed. */
  quantileSeconds(quantile: number): number;
  meanSeconds: number;
  /** Largest backlog in customers, and how long the longest backlog stood. */
  worstBacklog: number;
  longestBacklogSeconds: number;
  /** Steps whose load was above what the workers can do. */
  overloadedSteps: number;
  utilisation: number;
}

/** Parts a step is divided into, so that a backlog grows and drains within it. */
const PARTS = 12;

/**
 * Waits under a load that changes slowly against the service time: within each part of a step the queue is taken as
 * stationary G/G/c around the fluid backlog left by what came before. Without backlog a wait exceeds t with
 * C · exp(−2(cμ − λ)t / (c_a² + c_s²)); with one of B, customers first wait B / (cμ). Near and above full load the
 * stationary queue would be infinite; there it is cut to what the time since the last idle moment can build up,
 * √(elapsed × (c_a² λ + c_s² μc)) by the diffusion limit. (W. Whitt, Stochastic-Process Limits, 2002, §9.6 for
 * G/G/c in heavy traffic; G. F. Newell, Applications of Queueing Theory, 1982, ch. 2 for the fluid.)
 */
export function waitUnderVaryingLoad(load: VaryingLoad, workers: number): VaryingWait {
  const { stepSeconds, serviceSeconds, arrivalVariation, serviceVariation } = load;
  const capacity = workers / serviceSeconds;
  const spread = (arrivalVariation + serviceVariation) / 2;
  const part = stepSeconds / PARTS;
  const pieces: { weight: number; delay: number; waits: number; decay: number }[] = [];
  let backlog = 0;
  let worst = 0;
  let standing = 0;
  let longest = 0;
  let overloaded = 0;
  let busySince = 0;
  let served = 0;
  load.ratePerSecond.forEach((rate) => {
    if (rate > capacity) overloaded++;
    for (let p = 0; p < PARTS; p++) {
      const before = backlog;
      backlog = Math.max(0, backlog + (rate - capacity) * part);
      const middle = (before + backlog) / 2;
      worst = Math.max(worst, backlog);
      standing = middle > 1 ? standing + part : 0;
      longest = Math.max(longest, standing);
      const busy = rate / capacity;
      busySince = busy > 0.98 || middle > 1 ? busySince + part : part;
      served += Math.min(before + rate * part, capacity * part);
      if (rate === 0) continue;
      const slack = Math.max(capacity - rate, 1e-12);
      // The queue's own noise: stationary far from full load, what diffusion has built up near it.
      const stationary = spread / slack;
      const built = Math.sqrt((arrivalVariation * rate + serviceVariation * capacity) * busySince) / capacity;
      pieces.push({
        weight: rate * part,
        delay: middle / capacity,
        waits: middle > 1 || busy >= 1 ? 1 : erlangC(workers, rate * serviceSeconds),
        decay: 1 / Math.max(1e-12, Math.min(stationary, built)),
      });
    }
  });
  const total = pieces.reduce((sum, x) => sum + x.weight, 0);
  const above = (t: number): number =>
    pieces.reduce(
      (sum, x) => sum + x.weight * (t < x.delay ? 1 : x.waits * Math.exp(-x.decay * (t - x.delay))),
      0,
    ) / Math.max(total, 1e-12);
  return {
    quantileSeconds: (quantile) => bisect(above, 1 - quantile),
    meanSeconds:
      pieces.reduce((sum, x) => sum + x.weight * (x.delay + x.waits / x.decay), 0) / Math.max(total, 1e-12),
    worstBacklog: worst,
    longestBacklogSeconds: longest,
    overloadedSteps: overloaded,
    utilisation: served / (capacity * stepSeconds * Math.max(1, load.ratePerSecond.length)),
  };
}

function bisect(above: (t: number) => number, share: number): number {
  if (above(0) <= share) return 0;
  let high = 1e-3;
  while (above(high) > share && high < 1e9) high *= 2;
  let low = high === 1e-3 ? 0 : high / 2;
  for (let i = 0; i < 60; i++) {
    const mid = (low + high) / 2;
    if (above(mid) > share) low = mid;
    else high = mid;
  }
  return (low + high) / 2;
}

/** The fewest workers whose wait stays within `seconds` for a share `quantile` of customers; `undefined` above `most`. */
export function workersForWait(
  load: VaryingLoad,
  quantile: number,
  seconds: number,
  most = 10_000,
): number | undefined {
  const mean = load.ratePerSecond.reduce((a, b) => a + b, 0) / Math.max(1, load.ratePerSecond.length);
  let low = Math.max(1, Math.floor(mean * load.serviceSeconds));
  let high = Math.max(low, Math.ceil(Math.max(...load.ratePerSecond, 0) * load.serviceSeconds) + 1);
  const enough = (workers: number): boolean =>
    waitUnderVaryingLoad(load, workers).quantileSeconds(quantile) <= seconds;
  while (!enough(high)) {
    high = Math.ceil(high * 1.2) + 1;
    if (high > most) return undefined;
  }
  while (low < high) {
    const mid = (low + high) >> 1;
    if (enough(mid)) high = mid;
    else low = mid + 1;
  }
  return high;
}
