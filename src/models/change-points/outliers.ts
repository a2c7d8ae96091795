import { median } from '../spread.js';

/** Points on each side that a value is held against. */
const REACH = 3;
/** Scales beyond which a value is pulled in: one in 370 of normal data lies there. */
const LIMIT = 3;
const MAD_TO_SIGMA = 1.4826;

/**
 * Pulls values that stand alone far from their neighbours in to the limit: a spike of one or two points says nothing of a
 * lasting change, and a step stays where it is because a running median keeps edges.
 * (Hampel's identifier; R. K. Pearson, Outliers in Process Modelling and Identification, IEEE TCST 10, 2002.)
 */
export function pullInSpikes(values: ArrayLike<number>): Float64Array {
  const n = values.length;
  const middle = new Float64Array(n);
  for (let i = 0; i < n; i++) middle[i] = median(around(values, i));
  const off = Float64Array.from(middle, (m, i) => (values[i] as number) - m);
  const scale = MAD_TO_SIGMA * median(off.map(Math.abs));
  if (!(scale > 0)) return Float64Array.from(values);
  return off.map((d, i) => (middle[i] as number) + Math.max(-LIMIT * scale, Math.min(LIMIT * scale, d)));
}

function around(values: ArrayLike<number>, i: number): number[] {
  const n = values.length;
  const low = Math.max(0, Math.min(i - REACH, n - 1 - 2 * REACH));
  const high = Math.min(n, Math.max(i + REACH + 1, 2 * REACH + 1));
  const near: number[] = [];
  for (let k = low; k < high; k++) near.push(values[k] as number);
  return near;
}
