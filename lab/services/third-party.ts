import { hash32, logNormal, uniform } from '../load/random.js';

/**
 * Waits as long as work elsewhere takes: log-normal, drawn from the key of the cart, so that the same cart waits
 * as long in every run and runs can be compared pair by pair.
 */
export function elsewhere(key: string, medianMs: number, sigma: number): Promise<void> {
  const random = uniform(hash32(key));
  return new Promise((resolve) => setTimeout(resolve, logNormal(random, medianMs, sigma)));
}
