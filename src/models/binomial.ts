import { normalQuantile } from './distribution.js';
import { regularisedBeta } from './special.js';

/**
 * Interval of a share seen `hits` times in `samples` trials. Never leaves 0..1 and holds for few samples and small
 * shares. (E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22, 1927.)
 */
export function wilsonInterval(hits: number, samples: number, level = 0.95): [number, number] {
  if (samples <= 0) return [0, 1];
  const z = normalQuantile(0.5 + level / 2);
  const p = Math.min(1, Math.max(0, hits / samples));
  const z2n = (z * z) / samples;
  const centre = (p + z2n / 2) / (1 + z2n);
  const half = (z / (1 + z2n)) * Math.sqrt((p * (1 - p)) / samples + z2n / (4 * samples));
  return [p === 0 ? 0 : Math.max(0, centre - half), p === 1 ? 1 : Math.min(1, centre + half)];
}

/** Samples needed for a share of `share` to be known within ± `half` at `level` (normal approximation). */
export function samplesForShare(share: number, half: number, level = 0.95): number {
  const z = normalQuantile(0.5 + level / 2);
  return Math.ceil((z * z * share * (1 - share)) / (half * half));
}

/**
 * Chance of at least `hits` in `samples` trials of chance `share` each: the exact upper tail, through the incomplete beta
 * function. (M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 1964, 26.5.24.)
 */
export function binomialUpperTail(hits: number, samples: number, share: number): number {
  if (hits <= 0) return 1;
  if (hits > samples) return 0;
  return regularisedBeta(share, hits, samples - hits + 1);
}
