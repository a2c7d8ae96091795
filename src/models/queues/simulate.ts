import { normalNumbers, type Random } from '../random.js';

/** What customers of a queue met. Times in seconds. */
export interface QueueRun {
  waits: Float64Array;
  /** Busy share of the servers from the first arrival to the last departure. */
  utilisation: number;
  /** When the last one left. */
  endSeconds: number;
}

/**
 * First come, first served: told when the next one arrives and how long its service takes, says how long it waits for
 * the server that is free first. Exact. (J. Kiefer and J. Wolfowitz, Trans. AMS 78, 1955, by a heap of free times.)
 */
export function firstFree(servers: number): (atSeconds: number, serviceSeconds: number) => number {
  const free = new Float64Array(servers);
  return (at, service) => {
    const start = Math.max(at, free[0] as number);
    sink(free, start + service);
    return start - at;
  };
}

/** What the customers of `servers` servers meet, for given arrival and service times. */
export function simulateQueue(
  arrivalsSeconds: ArrayLike<number>,
  serviceSeconds: (i: number) => number,
  servers: number,
): QueueRun {
  const waitOf = firstFree(servers);
  const waits = new Float64Array(arrivalsSeconds.length);
  let busy = 0;
  let end = 0;
  for (let i = 0; i < arrivalsSeconds.length; i++) {
    const at = arrivalsSeconds[i] as number;
    const service = serviceSeconds(i);
    const wait = waitOf(at, service);
    waits[i] = wait;
    busy += service;
    end = Math.max(end, at + wait + service);
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

/** Log-normal service of a mean and a squared coefficient of variation. */
export function logNormalService(meanSeconds: number, variation: number, random: Random): () => number {
  const sigma = Math.sqrt(Math.log(1 + variation));
  const mu = Math.log(meanSeconds) - (sigma * sigma) / 2;
  return () =>
    Math.exp(mu + sigma * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

/**
 * Gamma service of a mean and a squared coefficient of variation: constant at 0, exponential at 1.
 * (G. Marsaglia and W. W. Tsang, ACM TOMS 26, 2000; shapes below one by a power of a uniform number.)
 */
export function gammaService(meanSeconds: number, variation: number, random: Random): () => number {
  if (variation <= 0) return () => meanSeconds;
  if (variation === 1) return exponentialService(meanSeconds, random);
  const shape = 1 / variation;
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  const normal = normalNumbers(random);
  const draw = (): number => {
    for (;;) {
      const x = normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  const scale = meanSeconds / shape;
  return shape < 1 ? () => scale * draw() * (1 - random()) ** variation : () => scale * draw();
}
