/**
 * Standard normal distribution function Φ(z). Series near zero (G. Marsaglia, Evaluating the Normal Distribution,
 * J. Stat. Software 11, 2004, eq. 3), continued fraction in the tails (Abramowitz & Stegun 1964, 26.2.14).
 */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  if (z > 5) return 1 - normalCdf(-z);
  if (z < -5) return upperTail(-z);
  let sum = z;
  let term = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + sum * density(z);
}

const density = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

function upperTail(z: number): number {
  let fraction = z;
  for (let k = 120; k >= 1; k--) fraction = z + k / fraction;
  return density(z) / fraction;
}

const CENTRE = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
    67265.7709270087, 33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852854,
  ],
] as const;
const MIDDLE = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
] as const;
const FAR = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
    0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
  ],
] as const;

/**
 * Inverse of the standard normal distribution function for 0 < p < 1; about 16 digits.
 * M. J. Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution, Applied Statistics 37, 1988 (PPND16).
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const z = r <= 5 ? ratio(MIDDLE, r - 1.6) : ratio(FAR, r - 5);
  return q < 0 ? -z : z;
}

const polynomial = (c: readonly number[], x: number): number => c.reduceRight((sum, a) => sum * x + a, 0);
const ratio = ([over, under]: readonly [readonly number[], readonly number[]], x: number): number =>
  polynomial(over, x) / polynomial(under, x);

/** A log-normal distribution: ln X is normal with mean `mu` and standard deviation `sigma`. */
export interface LogNormal {
  mu: number;
  sigma: number;
}

/**
 * The log-normal through two quantiles: value `x1` at share `p1`, `x2` at `p2`. `undefined` when the values are not
 * positive or do not rise with the shares. (sigma = ln(x2/x1) / (z2 − z1), mu = ln x1 − sigma z1.)
 */
export function logNormalThrough(p1: number, x1: number, p2: number, x2: number): LogNormal | undefined {
  const [z1, z2] = [normalQuantile(p1), normalQuantile(p2)];
  const sigma = Math.log(x2 / x1) / (z2 - z1);
  const mu = Math.log(x1) - sigma * z1;
  return x1 > 0 && x2 > 0 && Number.isFinite(mu) && sigma > 0 ? { mu, sigma } : undefined;
}

/** The value below which a share `p` of a log-normal lies. */
export const logNormalQuantile = ({ mu, sigma }: LogNormal, p: number): number =>
  Math.exp(mu + sigma * normalQuantile(p));

/** The share of a log-normal that lies at or below `x`. */
export const logNormalCdf = ({ mu, sigma }: LogNormal, x: number): number =>
  x <= 0 ? 0 : normalCdf((Math.log(x) - mu) / sigma);

/** The mean of a log-normal, exp(mu + sigma²/2). */
export const logNormalMean = ({ mu, sigma }: LogNormal): number => Math.exp(mu + (sigma * sigma) / 2);
