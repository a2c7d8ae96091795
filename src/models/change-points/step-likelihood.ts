/** Autocorrelations at lag one that are tried. Near one the series wanders by itself and only a jump is a change. */
const RHO = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.86, 0.91, 0.95, 0.98, 0.995] as const;

/** A place and twice the log likelihood ratio that speaks for it. */
export interface Place {
  at: number;
  ratio: number;
}

/** What a stretch of values says for a step, a bend and a trend. All ratios are twice the log of a likelihood ratio. */
export interface StepEvidence {
  /** A step against a level. */
  step: Place;
  /** A straight trend against a level. */
  trend: number;
  /** A step on a trend, against the trend alone. */
  stepOnTrend: Place;
  /** A trend that changes its slope, against the trend alone. */
  bend: Place;
  /** A smooth curve (a cubic) against the trend alone: what a bend has to beat. */
  curve: number;
  /** Lag-one autocorrelation of the level's residuals, and of the trend's. */
  rho: number;
  rhoOfTrend: number;
}

/**
 * Likelihood of a level, a step, a trend, a step on a trend and a bent trend, with normal first-order autoregressive noise
 * whose autocorrelation and variance are fitted anew for each: dependence that a step makes does not count against the
 * step, and dependence of the noise is not taken for a step. With no autocorrelation this is the CUSUM statistic.
 * (Generalised least squares by whitening, z(t) = y(t) − ρ y(t−1); J. Chakar et al., Bernoulli 23, 2017.)
 * `margin`: fewest values on each side. Needs at least 2 × margin values.
 */
export function stepEvidence(y: ArrayLike<number>, from: number, to: number, margin: number): StepEvidence {
  const m = to - from;
  let spread = 0;
  for (let i = from + 1; i < to; i++) spread += ((y[i] as number) - (y[from] as number)) ** 2;
  const nowhere = { at: from, ratio: 0 };
  const none: StepEvidence = {
    step: nowhere,
    trend: 0,
    stepOnTrend: nowhere,
    bend: nowhere,
    curve: 0,
    rho: 0,
    rhoOfTrend: 0,
  };
  // A flat stretch has no noise to hold a step against.
  if (!(spread > 0)) return none;
  const floor = 1e-12 * spread;
  const best = {
    level: maximum(),
    trend: maximum(),
    curve: maximum(),
    step: maximum(),
    stepOnTrend: maximum(),
    bend: maximum(),
  };
  for (const [i, base] of basesFor(m).entries()) {
    const rho = RHO[i] as number;
    const likelihood = (rss: number): number => -m * Math.log(Math.max(floor, rss)) + Math.log(1 - rho * rho);
    const w = whiten(y, from, m, rho, base);
    const places = searchPlaces(w, margin);
    best.level.take(likelihood(w.level), rho);
    best.trend.take(likelihood(w.trend), rho);
    best.curve.take(likelihood(w.curve), rho);
    best.step.take(likelihood(w.level - places.step.gain), places.step.at);
    best.stepOnTrend.take(likelihood(w.trend - places.stepOnTrend.gain), places.stepOnTrend.at);
    best.bend.take(likelihood(w.trend - places.bend.gain), places.bend.at);
  }
  const place = (b: Maximum, base: Maximum): Place => ({ at: from + b.where, ratio: b.value - base.value });
  return {
    step: place(best.step, best.level),
    trend: best.trend.value - best.level.value,
    stepOnTrend: place(best.stepOnTrend, best.trend),
    bend: place(best.bend, best.trend),
    curve: best.curve.value - best.trend.value,
    rho: best.level.where,
    rhoOfTrend: best.trend.where,
  };
}

interface Maximum {
  value: number;
  where: number;
  take(value: number, where: number): void;
}
const maximum = (): Maximum => ({
  value: Number.NEGATIVE_INFINITY,
  where: 0,
  take(value, where) {
    if (value <= this.value) return;
    this.value = value;
    this.where = where;
  },
});

/** Whitened level, time, and its square and cube: unit vectors at right angles to each other. */
interface Base {
  one: Float64Array;
  time: Float64Array;
  square: Float64Array;
  cube: Float64Array;
}

/** Bases depend on the length alone; stretches of one length come again and again. */
const BASES = new Map<number, readonly Base[]>();
const KEPT = 200;

function basesFor(m: number): readonly Base[] {
  const known = BASES.get(m);
  if (known) return known;
  if (BASES.size >= KEPT) BASES.clear();
  const bases = RHO.map((rho) => baseOf(m, rho));
  BASES.set(m, bases);
  return bases;
}

function baseOf(m: number, rho: number): Base {
  const mid = (m - 1) / 2;
  const power = (p: number): Float64Array => filtered(m, rho, (i) => ((i - mid) / m) ** p);
  const one = unit(power(0));
  const time = unit(without(power(1), one));
  const square = unit(without(without(power(2), one), time));
  const cube = unit(without(without(without(power(3), one), time), square));
  return { one, time, square, cube };
}

function filtered(m: number, rho: number, value: (i: number) => number): Float64Array {
  const out = new Float64Array(m);
  out[0] = Math.sqrt(1 - rho * rho) * value(0);
  for (let i = 1; i < m; i++) out[i] = value(i) - rho * value(i - 1);
  return out;
}

/** Whitened values without their level, and residual sums of squares. */
interface Whitened extends Base {
  rho: number;
  z: Float64Array;
  level: number;
  trend: number;
  curve: number;
}

function whiten(y: ArrayLike<number>, from: number, m: number, rho: number, base: Base): Whitened {
  const first = y[from] as number;
  const z = without(
    filtered(m, rho, (i) => (y[from + i] as number) - first),
    base.one,
  );
  const level = dot(z, z);
  const trend = level - dot(z, base.time) ** 2;
  return { ...base, rho, z, level, trend, curve: trend - dot(z, base.square) ** 2 - dot(z, base.cube) ** 2 };
}

interface Gain {
  at: number;
  gain: number;
}

/** By how much the best step, step on a trend and bend lower the residual sum of squares. */
function searchPlaces(w: Whitened, margin: number): { step: Gain; stepOnTrend: Gain; bend: Gain } {
  const { z, one, time, rho } = w;
  const m = z.length;
  const rest = 1 - rho;
  const zTime = dot(z, time);
  const out = { step: { at: 0, gain: 0 }, stepOnTrend: { at: 0, gain: 0 }, bend: { at: 0, gain: 0 } };
  const offer = (to: Gain, at: number, cross: number, norm: number, full: number): void => {
    const gain = norm > 1e-9 * full ? (cross * cross) / norm : 0;
    if (gain > to.gain) {
      to.gain = gain;
      to.at = at;
    }
  };
  // Sums over the values after i, plain and weighted by their distance from i + 1.
  const after = { z: 0, one: 0, time: 0 };
  const far = { z: 0, one: 0, time: 0 };
  for (let i = m - 1; i >= margin; i--) {
    const k = m - 1 - i;
    if (k + 1 >= margin) {
      // A whitened step at i is 1 at i and 1 − ρ after it.
      const norm = 1 + rest * rest * k;
      const onOne = (one[i] as number) + rest * after.one;
      const onTime = (time[i] as number) + rest * after.time;
      const cross = (z[i] as number) + rest * after.z;
      const left = norm - onOne * onOne;
      offer(out.step, i, cross, left, norm);
      offer(out.stepOnTrend, i, cross - onTime * zTime, left - onTime * onTime, norm);
      // A whitened bend at i is 0 at i, then 1 + (1 − ρ) × 0, 1, 2 …
      const bendNorm = k + rest * k * (k - 1) + (rest * rest * (k - 1) * k * (2 * k - 1)) / 6;
      const bendOne = after.one + rest * far.one;
      const bendTime = after.time + rest * far.time;
      const bendCross = after.z + rest * far.z;
      offer(
        out.bend,
        i,
        bendCross - bendTime * zTime,
        bendNorm - bendOne * bendOne - bendTime * bendTime,
        bendNorm,
      );
    }
    far.z += after.z;
    far.one += after.one;
    far.time += after.time;
    after.z += z[i] as number;
    after.one += one[i] as number;
    after.time += time[i] as number;
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Takes a unit vector's share out of `a`, in place. */
function without(a: Float64Array, b: Float64Array): Float64Array {
  const share = dot(a, b);
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) - share * (b[i] as number);
  return a;
}

function unit(a: Float64Array): Float64Array {
  const length = Math.sqrt(dot(a, a));
  return length > 0 ? a.map((v) => v / length) : a;
}
