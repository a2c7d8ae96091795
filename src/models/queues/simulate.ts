import type { Random } from '../random.js';

/** What customers of a queue met. Times in seconds. */
export interface QueueRun {
  waits: Float64Array;
  /** Busy share of the servers from the first arrival to the last departure. */
  utilisation: number;
  /** When the last one left. */
  endSeconds: number;
}

/**
 * First come, first served, with `servers` servers: each arrival takes the server that is free first. Exact for given
 * arrival and service times. (J. Kiefer and J. Wolfowitz, Trans. AMS 78, 1955, by a heap of the servers' free times.)
 */
export function simulateQueue(
  arrivalsSeconds: ArrayLike<number>,
  serviceSeconds: (i: number) => number,
  servers: number,
): QueueRun {
  const free = new Float64Array(servers);
  const waits = new Float64Array(arrivalsSeconds.length);
  let busy = 0;
  let end = 0;
  for (let i = 0; i < arrivalsSeconds.length; i++) {
    const at = arrivalsSeconds[i] as number;
    const start = Math.max(at, free[0] as number);
    const service = serviceSeconds(i);
    waits[i] = start - at;
    busy += service;
    end = Math.max(end, start + service);
    sink(free, start + service);
  }
  const first = (arrivalsSeconds[0] as number | undefined) ?? 0;
  return { waits, utilisation: end > first ? busy / (servers * (end - first)) : 0, endSeconds: end };
}

/** Replaces the smallest of a heap by `value`. */
function sink(heap: Float64Array, value: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++;
    if ((heap[child] as number) >= value) break;
    heap[at] = heap[child] as number;
    at = child;
  }
  heap[at] = value;
}

/** Poisson arrivals whose rate is constant within each step of `stepSeconds`. */
export function poissonArrivals(
  ratePerSecond: readonly number[],
  stepSeconds: number,
  random: Random,
): Float64Array {
  const times: number[] = [];
  ratePerSecond.forEach((rate, step) => {
    const end = (step + 1) * stepSeconds;
    // Memoryless: the wait for the next arrival starts anew at the step.
    for (let at = step * stepSeconds + gap(rate, random); at < end; at += gap(rate, random)) times.push(at);
  });
  return Float64Array.from(times);
}

const gap = (rate: number, random: Random): number =>
  rate > 0 ? -Math.log(1 - random()) / rate : Number.POSITIVE_INFINITY;

/** Exponential service of a mean; the simplest that varies as much as it lasts. */
export const exponentialService =
  (meanSeconds: number, random: Random): (() => number) =>
  () =>
    -meanSeconds * Math.log(1 - random());

/** Log-normal service of a mean and a squared coefficient of variation, by Box and Muller. */
export function logNormalService(meanSeconds: number, variation: number, random: Random): () => number {
  const sigma = Math.sqrt(Math.log(1 + variation));
  const mu = Math.log(meanSeconds) - (sigma * sigma) / 2;
  return () =>
    Math.exp(mu + sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}
