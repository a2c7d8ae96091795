import { normalCdf, normalQuantile } from './distribution.js';
import { median } from './spread.js';

/** Up to this many ways to choose the first sample the exact distribution is counted out; beyond, normal with correction. */
const EXACT_UP_TO = 40;

export interface RankTest {
  /** Pairs in which the second is larger, ties counting half. */
  u: number;
  /** Chance of a U this far from the middle, or farther, when both come from one distribution. */
  twoSided: number;
  /** Chance of a U at least this large: evidence that the second sample is larger. */
  greater: number;
  exact: boolean;
}

/**
 * Mann–Whitney U test of two independent samples; exact by counting, also with ties, up to 40 values a side.
 * (H. B. Mann and D. R. Whitney, Annals of Math. Statistics 18, 1947; the permutation distribution of mid-ranks is built one
 * value at a time.) Throws a RangeError for an empty sample.
 */
export function mannWhitney(first: ArrayLike<number>, second: ArrayLike<number>): RankTest {
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) throw new RangeError('a rank test needs values on both sides');
  const ranks = doubledMidRanks([...Array.from(first), ...Array.from(second)]);
  const sum = ranks.slice(n).reduce((a, b) => a + b, 0);
  const u = sum / 2 - (m * (m + 1)) / 2;
  if (n <= EXACT_UP_TO && m <= EXACT_UP_TO) return { u, ...exactTails(ranks, m, sum), exact: true };
  return { u, ...normalTails(ranks, n, m, u), exact: false };
}

/** Twice the mid-ranks, so that they are whole numbers. */
function doubledMidRanks(values: readonly number[]): number[] {
  const order = values.map((v, i) => ({ v, i })).sort((a, b) => a.v - b.v);
  const ranks = new Array<number>(values.length).fill(0);
  for (let s = 0; s < order.length; ) {
    let e = s;
    while (e + 1 < order.length && order[e + 1]?.v === order[s]?.v) e++;
    for (let k = s; k <= e; k++) ranks[order[k]?.i ?? 0] = s + e + 2;
    s = e + 1;
  }
  return ranks;
}

function exactTails(
  ranks: readonly number[],
  size: number,
  sum: number,
): { twoSided: number; greater: number } {
  const total = ranks.reduce((a, b) => a + b, 0);
  // ways[k × width + s]: choices of k ranks with sum s.
  const width = total + 1;
  const ways = new Float64Array((size + 1) * width);
  ways[0] = 1;
  let reached = 0;
  for (const [i, rank] of ranks.entries()) {
    reached += rank;
    for (let k = Math.min(size, i + 1); k >= 1; k--) {
      const [to, from] = [k * width, (k - 1) * width];
      for (let s = reached; s >= rank; s--)
        ways[to + s] = (ways[to + s] as number) + (ways[from + s - rank] as number);
    }
  }
  const row = ways.subarray(size * width);
  const middle = (total * size) / ranks.length;
  const off = Math.abs(sum - middle) - 1e-9;
  let all = 0;
  let greater = 0;
  let both = 0;
  for (let s = 0; s < width; s++) {
    const w = row[s] as number;
    all += w;
    if (s >= sum) greater += w;
    if (Math.abs(s - middle) >= off) both += w;
  }
  return { twoSided: Math.min(1, both / all), greater: greater / all };
}

function normalTails(
  ranks: readonly number[],
  n: number,
  m: number,
  u: number,
): { twoSided: number; greater: number } {
  const N = n + m;
  const counts = new Map<number, number>();
  for (const r of ranks) counts.set(r, (counts.get(r) ?? 0) + 1);
  let ties = 0;
  for (const t of counts.values()) ties += t ** 3 - t;
  const sigma = Math.sqrt(((n * m) / 12) * (N + 1 - ties / (N * (N - 1))));
  if (!(sigma > 0)) return { twoSided: 1, greater: 1 };
  const d = u - (n * m) / 2;
  const tail = (x: number): number => 1 - normalCdf((x - 0.5) / sigma);
  return { twoSided: Math.min(1, 2 * tail(Math.abs(d))), greater: tail(d) };
}

/**
 * Hodges–Lehmann estimate of how much larger the second sample is, with the interval that the rank test gives: the shifts
 * at which it would not reject. `undefined` bounds when the samples are too small for the level.
 * (J. L. Hodges and E. L. Lehmann, Annals of Math. Statistics 34, 1963; interval: D. F. Bauer, JASA 67, 1972.)
 */
export function hodgesLehmann(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  level = 0.95,
): { shift: number; low: number | undefined; high: number | undefined } {
  const pairs = Float64Array.from(
    { length: first.length * second.length },
    (_, k) => (second[k % second.length] as number) - (first[Math.floor(k / second.length)] as number),
  ).sort();
  const c = criticalU(first.length, second.length, (1 - level) / 2);
  return {
    shift: median(pairs),
    low: c === undefined ? undefined : pairs[c],
    high: c === undefined ? undefined : pairs[pairs.length - 1 - c],
  };
}

/** The largest c with P(U < c) + … such that P(U ≤ c − 1) ≤ miss: how many of the sorted pairs lie outside on each side. */
function criticalU(n: number, m: number, miss: number): number | undefined {
  if (n > EXACT_UP_TO || m > EXACT_UP_TO) {
    const sigma = Math.sqrt((n * m * (n + m + 1)) / 12);
    return Math.max(0, Math.floor((n * m) / 2 + normalQuantile(miss) * sigma));
  }
  const counts = countsOfU(n, m);
  const all = counts.reduce((a, b) => a + b, 0);
  let below = 0;
  for (let u = 0; u < counts.length; u++) {
    below += counts[u] as number;
    if (below / all > miss) return u === 0 ? undefined : u - 1;
  }
  return undefined;
}

/** In how many of the orders of n and m values each U occurs, without ties. */
function countsOfU(n: number, m: number): Float64Array {
  // The generating function of U is a Gaussian binomial: Π (1 − x^(m+i)) / (1 − x^i).
  const counts = new Float64Array(n * m + 1);
  counts[0] = 1;
  for (let i = 1; i <= n; i++) {
    for (let u = n * m; u >= m + i; u--) counts[u] = (counts[u] as number) - (counts[u - m - i] as number);
    for (let u = i; u <= n * m; u++) counts[u] = (counts[u] as number) + (counts[u - i] as number);
  }
  return counts;
}

/**
 * Values a side that the rank test needs to see a shift of `shift` standard deviations of normal data with the given power.
 * (G. E. Noether, Sample Size Determination for Some Common Nonparametric Tests, JASA 82, 1987, eq. for two samples.)
 */
export function runsNeeded(shift: number, twoSidedLevel: number, power: number): number {
  if (!(shift > 0)) return Number.POSITIVE_INFINITY;
  const ahead = normalCdf(shift / Math.SQRT2) - 0.5;
  const z = normalQuantile(1 - twoSidedLevel / 2) + normalQuantile(power);
  return Math.ceil((z * z) / (6 * ahead * ahead));
}
