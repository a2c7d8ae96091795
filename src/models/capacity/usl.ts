/** Throughput at a concurrency, offered load, or number of processors. */
export interface LoadStep {
  n: number;
  throughput: number;
}

/**
 * The Universal Scalability Law: X(N) = γN / (1 + α(N − 1) + βN(N − 1)).
 * (N. J. Gunther, Guerrilla Capacity Planning, 2007, eq. 4.33, with γ for the rate of one.)
 */
export interface ScalabilityLaw {
  /** Contention: the share of work that is serial. */
  alpha: number;
  /** Coherency: the cost of every pair keeping in step. */
  beta: number;
  /** Throughput of one, in the unit of the data. */
  gamma: number;
}

export interface ScalabilityFit extends ScalabilityLaw {
  /** Where throughput is highest, sqrt((1 − α) / β); infinite without coherency cost. */
  peakN: number;
  peakThroughput: number;
  /** False when the peak lies beyond the largest N measured: then it is an extrapolation. */
  peakInData: boolean;
  /** Standard errors of α, β, γ from the curvature at the optimum; NaN where a bound holds the parameter. */
  standardErrors: { alpha: number; beta: number; gamma: number };
  /** Parameters held at their bound of zero. */
  atBound: ('alpha' | 'beta')[];
  /** Share of the variance of throughput that the curve explains. */
  rSquared: number;
  /** Residual standard deviation, in the unit of throughput. */
  residual: number;
}

export const uslThroughput = ({ alpha, beta, gamma }: ScalabilityLaw, n: number): number =>
  (gamma * n) / (1 + alpha * (n - 1) + beta * n * (n - 1));

/** N of the highest throughput: sqrt((1 − α) / β) (Gunther 2007, eq. 4.36); at least 1, infinite when β is 0. */
export const uslPeak = ({ alpha, beta }: ScalabilityLaw): number =>
  beta > 0 ? Math.sqrt(Math.max(0, 1 - alpha) / beta) : alpha >= 1 ? 1 : Number.POSITIVE_INFINITY;

type Name = 'alpha' | 'beta' | 'gamma';
const FREE: readonly (readonly Name[])[] = [
  ['alpha', 'beta', 'gamma'],
  ['alpha', 'gamma'],
  ['beta', 'gamma'],
  ['gamma'],
];

/**
 * Least-squares fit with α, β ≥ 0 and γ > 0. Every set of active bounds is fitted, and the best admissible one kept:
 * with two bounded parameters there are four, so nothing is left to a heuristic. `undefined` with fewer than three
 * distinct N, or when a value is not positive and finite.
 */
export function fitUsl(steps: readonly LoadStep[]): ScalabilityFit | undefined {
  const usable = steps.every((s) => s.n > 0 && s.throughput > 0 && Number.isFinite(s.n * s.throughput));
  if (!usable || new Set(steps.map((s) => s.n)).size < 3) return undefined;
  const fits = FREE.flatMap((free) => {
    const law = leastSquares(steps, free);
    return law && law.alpha >= 0 && law.beta >= 0 && law.gamma > 0 ? [{ free, law }] : [];
  });
  const best = fits.sort((a, b) => sumOfSquares(steps, a.law) - sumOfSquares(steps, b.law))[0];
  return best ? described(steps, best.law, best.free) : undefined;
}

function described(steps: readonly LoadStep[], law: ScalabilityLaw, free: readonly Name[]): ScalabilityFit {
  const rss = sumOfSquares(steps, law);
  const mean = steps.reduce((sum, s) => sum + s.throughput, 0) / steps.length;
  const total = steps.reduce((sum, s) => sum + (s.throughput - mean) ** 2, 0);
  const degrees = steps.length - free.length;
  const variance = degrees > 0 ? rss / degrees : Number.NaN;
  const inverse = inverseOf(normalMatrix(steps, law, free));
  const error = (name: Name): number => {
    const at = free.indexOf(name);
    return at < 0 || !inverse ? Number.NaN : Math.sqrt(variance * (inverse[at]?.[at] ?? Number.NaN));
  };
  const peakN = uslPeak(law);
  return {
    ...law,
    peakN,
    peakThroughput: Number.isFinite(peakN) ? uslThroughput(law, peakN) : limitOf(law),
    peakInData: peakN <= Math.max(...steps.map((s) => s.n)),
    standardErrors: { alpha: error('alpha'), beta: error('beta'), gamma: error('gamma') },
    atBound: (['alpha', 'beta'] as const).filter((name) => !free.includes(name)),
    rSquared: total > 0 ? 1 - rss / total : Number.NaN,
    residual: Math.sqrt(variance),
  };
}

/** What throughput tends to when there is no peak: γ / α, or without contention no limit. */
const limitOf = ({ alpha, gamma }: ScalabilityLaw): number =>
  alpha > 0 ? gamma / alpha : Number.POSITIVE_INFINITY;

/**
 * Levenberg–Marquardt over the free parameters, the others at 0. Starts from the fit of N/X, which is linear in
 * 1/γ, α/γ and β/γ. (D. W. Marquardt, J. SIAM 11, 1963.)
 */
function leastSquares(steps: readonly LoadStep[], free: readonly Name[]): ScalabilityLaw | undefined {
  let law = startOf(steps, free);
  if (!law) return undefined;
  let rss = sumOfSquares(steps, law);
  let damping = 1e-3;
  for (let round = 0; round < 500; round++) {
    const matrix = normalMatrix(steps, law, free);
    const gradient = free.map((name) =>
      steps.reduce(
        (sum, s) => sum + slope(law as ScalabilityLaw, s.n, name) * residualOf(s, law as ScalabilityLaw),
        0,
      ),
    );
    const damped = matrix.map((row, i) => row.map((v, k) => (i === k ? v * (1 + damping) : v)));
    const step = solve(damped, gradient);
    if (!step) return undefined;
    const next: ScalabilityLaw = { ...law };
    free.forEach((name, i) => {
      next[name] = (law as ScalabilityLaw)[name] + (step[i] ?? 0);
    });
    const nextRss = sumOfSquares(steps, next);
    if (nextRss <= rss) {
      const settled = free.every(
        (name, i) => Math.abs(step[i] ?? 0) <= 1e-12 * (Math.abs(next[name]) + 1e-12),
      );
      law = next;
      rss = nextRss;
      damping = Math.max(1e-12, damping / 10);
      if (settled) break;
    } else {
      damping *= 10;
      if (damping > 1e12) break;
    }
  }
  return law;
}

function startOf(steps: readonly LoadStep[], free: readonly Name[]): ScalabilityLaw | undefined {
  // N/X = 1/γ + (α/γ)(N − 1) + (β/γ)N(N − 1)
  const columns = free.map((name) =>
    steps.map((s) => (name === 'gamma' ? 1 : name === 'alpha' ? s.n - 1 : s.n * (s.n - 1))),
  );
  const matrix = columns.map((a) => columns.map((b) => a.reduce((sum, v, i) => sum + v * (b[i] ?? 0), 0)));
  const right = columns.map((a) =>
    a.reduce((sum, v, i) => sum + v * ((steps[i]?.n ?? 0) / (steps[i]?.throughput ?? 1)), 0),
  );
  const found = solve(matrix, right);
  if (!found) return undefined;
  const at = (name: Name): number => {
    const i = free.indexOf(name);
    return i < 0 ? 0 : (found[i] ?? 0);
  };
  const best = Math.max(...steps.map((s) => s.throughput / s.n));
  const gamma = at('gamma') > 0 ? 1 / at('gamma') : best;
  return { gamma, alpha: at('alpha') * gamma, beta: at('beta') * gamma };
}

const residualOf = (s: LoadStep, law: ScalabilityLaw): number => s.throughput - uslThroughput(law, s.n);
const sumOfSquares = (steps: readonly LoadStep[], law: ScalabilityLaw): number =>
  steps.reduce((sum, s) => sum + residualOf(s, law) ** 2, 0);

/** Slope of X(N) by a parameter. */
function slope(law: ScalabilityLaw, n: number, name: Name): number {
  const under = 1 + law.alpha * (n - 1) + law.beta * n * (n - 1);
  if (name === 'gamma') return n / under;
  const by = name === 'alpha' ? n - 1 : n * (n - 1);
  return (-law.gamma * n * by) / (under * under);
}

const normalMatrix = (steps: readonly LoadStep[], law: ScalabilityLaw, free: readonly Name[]): number[][] =>
  free.map((a) =>
    free.map((b) => steps.reduce((sum, s) => sum + slope(law, s.n, a) * slope(law, s.n, b), 0)),
  );

/** Gaussian elimination with scaling of the diagonal: the parameters differ by orders of magnitude. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const scale = matrix.map((row, i) => Math.sqrt(Math.abs(row[i] ?? 0)) || 1);
  const rows = matrix.map((row, i) => [
    ...row.map((v, k) => v / ((scale[i] ?? 1) * (scale[k] ?? 1))),
    (right[i] ?? 0) / (scale[i] ?? 1),
  ]);
  const size = rows.length;
  for (let i = 0; i < size; i++) {
    let pivot = i;
    for (let r = i + 1; r < size; r++)
      if (Math.abs(rows[r]?.[i] ?? 0) > Math.abs(rows[pivot]?.[i] ?? 0)) pivot = r;
    const own = rows[pivot];
    if (!own || !(Math.abs(own[i] ?? 0) > 1e-14)) return undefined;
    rows[pivot] = rows[i] as number[];
    rows[i] = own;
    for (let r = 0; r < size; r++) {
      const other = rows[r];
      if (r === i || !other) continue;
      const by = (other[i] ?? 0) / (own[i] ?? 1);
      for (let k = i; k <= size; k++) other[k] = (other[k] ?? 0) - by * (own[k] ?? 0);
    }
  }
  return rows.map((row, i) => (row[size] ?? 0) / (row[i] ?? 1) / (scale[i] ?? 1));
}

function inverseOf(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const columns = matrix.map((_, i) =>
    solve(
      matrix,
      matrix.map((_, k) => (k === i ? 1 : 0)),
    ),
  );
  if (columns.some((c) => c === undefined)) return undefined;
  return matrix.map((_, i) => columns.map((c) => c?.[i] ?? Number.NaN));
}
