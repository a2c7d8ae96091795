import { normalQuantile } from './distribution.js';

export interface Estimate {
  value: number;
  interval: [number, number];
}

const Z = normalQuantile(0.975);

/**
 * Processor time of one request: work ÷ requests (the service demand law; P. J. Denning and J. P. Buzen, The
 * Operational Analysis of Queueing Network Models, ACM Computing Surveys 10, 1978). Samples and requests are counts:
 * each adds 1/count to the squared relative error; the 95 % interval is symmetric on the logarithm.
 */
export function demandPerRequest(work: number, samples: number, requests: number): Estimate | undefined {
  if (!(work > 0 && samples > 0 && requests > 0)) return undefined;
  const value = work / requests;
  const spread = Math.exp(Z * Math.sqrt(1 / samples + 1 / requests));
  return { value, interval: [value / spread, value * spread] };
}

/** `share` of an estimate, both uncertain: relative half-widths add in squares on each side. */
export function partOf(whole: Estimate, share: number, shareInterval: readonly [number, number]): Estimate {
  const value = whole.value * share;
  if (!(share > 0)) return { value: 0, interval: [0, whole.interval[1] * shareInterval[1]] };
  const side = (i: 0 | 1): number => {
    const a = whole.interval[i] / whole.value - 1;
    const b = shareInterval[i] / share - 1;
    return Math.hypot(a, b);
  };
  return { value, interval: [Math.max(0, value * (1 - Math.min(1, side(0)))), value * (1 + side(1))] };
}

/** 1 ÷ (1 − share): the most that a part of the whole can bring when it is gone (G. Amdahl, 1967). */
export const amdahl = (share: number): number => 1 / (1 - Math.min(Math.max(share, 0), 0.99));
