/** A stretch of load whose rate moves evenly from one value to another. */
export type Segment = { name: string; durationS: number; fromPerSecond: number; toPerSecond: number };

/** Steady, a ramp, a peak, and steady again: a flash sale. Rates in requests a second. */
export const flashSale = (steadyPerSecond: number, peakPerSecond: number): Segment[] => [
  { name: 'steady', durationS: 15, fromPerSecond: steadyPerSecond, toPerSecond: steadyPerSecond },
  { name: 'ramp', durationS: 10, fromPerSecond: steadyPerSecond, toPerSecond: peakPerSecond },
  { name: 'peak', durationS: 50, fromPerSecond: peakPerSecond, toPerSecond: peakPerSecond },
  { name: 'after', durationS: 15, fromPerSecond: steadyPerSecond, toPerSecond: steadyPerSecond },
];

/** One rate throughout. */
export const constant = (perSecond: number, durationS: number): Segment[] => [
  { name: 'steady', durationS, fromPerSecond: perSecond, toPerSecond: perSecond },
];

/** How many requests are to be expected. */
export const expectedCount = (shape: readonly Segment[]): number =>
  shape.reduce((sum, s) => sum + (s.durationS * (s.fromPerSecond + s.toPerSecond)) / 2, 0);

/** Seconds into a segment at which `count` requests are expected of it: the root of v·t + (w−v)/(2d)·t² = count. */
function timeOf(count: number, { fromPerSecond: v, toPerSecond: w, durationS: d }: Segment): number {
  const slope = (w - v) / d;
  return slope === 0 ? count / v : (Math.sqrt(v * v + 2 * slope * count) - v) / slope;
}

/**
 * Times of arrival in ms since the start: a Poisson process whose rate follows the shape, by the inverse of its
 * cumulated rate. Source: Çinlar, Introduction to Stochastic Processes (1975), ch. 4, theorem 7.2.
 */
export function arrivals(
  shape: readonly Segment[],
  random: () => number,
): { atMs: number; segment: string }[] {
  const found: { atMs: number; segment: string }[] = [];
  let next = -Math.log(1 - random());
  let startS = 0;
  let before = 0;
  for (const segment of shape) {
    const within = expectedCount([segment]);
    while (next < before + within) {
      found.push({ atMs: (startS + timeOf(next - before, segment)) * 1000, segment: segment.name });
      next -= Math.log(1 - random());
    }
    before += within;
    startS += segment.durationS;
  }
  return found;
}
