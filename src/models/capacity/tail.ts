import type { LoadModel } from './candidates.js';
import type { CapacityStep } from './steps.js';

/** How p99 grows with load, on top of a model of the mean. */
export interface Tail {
  id: 'waits' | 'stalls';
  /** Milliseconds; infinite at or above the capacity. */
  p99Ms(throughput: number): number;
  /** Its parameters, for the reader. */
  parameters: Readonly<Record<string, number>>;
}

/**
 * Fits one kind of tail to what the steps say beside a model of them, from `near` on where one is known; `undefined` when they do
 * not hold what it needs.
 */
export type TailFitter = (model: LoadModel, steps: readonly CapacityStep[], near?: Tail) => Tail | undefined;

/** Of exponential waits, which queues tend to under load, the 99th percentile is so many means (J. F. C. Kingman 1961). */
export const TAIL_OF_WAITS = Math.log(100);
