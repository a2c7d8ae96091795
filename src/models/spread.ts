import { quantile, sorted } from './quantile.js';

export const mean = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return values.length === 0 ? Number.NaN : sum / values.length;
};

export const median = (values: ArrayLike<number>): number => quantile(sorted(values), 0.5);

/** MAD of normal data × this = standard deviation (1 / Φ⁻¹(3/4); P. J. Rousseeuw and C. Croux, JASA 88, 1993). */
const MAD_TO_SIGMA = 1.4826;

export interface Spread {
  centre: number;
  /** Never below the floor. */
  scale: number;
}

/**
 * Median and scaled median absolute deviation: up to half of the values may be wrong. The scale never falls below
 * `floor` (in the unit of the values), so that a flat baseline does not make every wiggle a deviation.
 */
export function robustSpread(values: ArrayLike<number>, floor: number): Spread {
  const centre = median(values);
  const deviations = Float64Array.from(values, (v) => Math.abs(v - centre));
  return { centre, scale: Math.max(floor, MAD_TO_SIGMA * median(deviations)) };
}

/** How many scales a value lies above (positive) or below the centre. */
export const deviation = (value: number, { centre, scale }: Spread): number => (value - centre) / scale;
