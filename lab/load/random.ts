/**
 * A seeded generator of uniform numbers in [0, 1), the same on every machine.
 * Source: Tommy Ettinger, mulberry32 (2017), public domain.
 */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A 32-bit hash of a text. Source: Fowler, Noll, Vo, FNV-1a (RFC 9923), 32-bit parameters. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A standard normal number out of two uniform ones. Source: Box & Muller, Ann. Math. Stat. 29 (1958), eq. 1. */
export const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A log-normal number, from its median and the standard deviation of its logarithm. */
export const logNormal = (random: () => number, median: number, sigma: number): number =>
  median * Math.exp(sigma * normal(random));

/**
 * Draws from 0..count−1, rank r with weight 1/(r+1)^exponent (Zipf, Human Behavior and the Principle of Least
 * Effort, 1949), by bisection of the cumulated weights.
 */
export function zipf(count: number, exponent: number): (random: () => number) => number {
  const cumulated: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) {
    sum += rank ** -exponent;
    cumulated.push(sum);
  }
  return (random) => {
    const wanted = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
