/** Bounds on throughput and response time of a closed system, from service demands alone. */
export interface Bounds {
  throughput: [number, number];
  response: [number, number];
  /** Population where the two asymptotes meet: the knee that cannot be passed, (ΣD + Z) / Dmax. */
  kneePopulation: number;
}

/**
 * Asymptotic bounds: X ≤ min(1/Dmax, N/(ΣD + Z)), X ≥ N/(NΣD + Z). (E. D. Lazowska et al., Quantitative System
 * Performance, 1984, table 5.1.) `demands` in one unit of time; for a multi-server station give demand / servers.
 */
export function asymptoticBounds(demands: readonly number[], population: number, think: number): Bounds {
  const total = demands.reduce((a, b) => a + b, 0);
  const largest = Math.max(...demands);
  return {
    throughput: [
      population / (population * total + think),
      Math.min(1 / largest, population / (total + think)),
    ],
    response: [Math.max(total, population * largest - think), population * total],
    kneePopulation: (total + think) / largest,
  };
}

/**
 * Balanced job bounds: tighter, for they ask how far demands are from being equal.
 * (Zahorjan et al., CACM 25, 1982; Lazowska et al. 1984, table 5.2.)
 */
export function balancedBounds(demands: readonly number[], population: number, think: number): Bounds {
  const total = demands.reduce((a, b) => a + b, 0);
  const largest = Math.max(...demands);
  const average = total / demands.length;
  const n = population;
  const low = n / (total + think + ((n - 1) * largest) / (1 + think / (n * total)));
  const high = Math.min(1 / largest, n / (total + think + ((n - 1) * average) / (1 + think / total)));
  return {
    throughput: [low, high],
    response: [n / high - think, n / low - think],
    kneePopulation: (total + think) / largest,
  };
}
