import { quantile, sorted } from '../quantile.js';
import { erlangC } from '../queueing.js';
import { type CapacityStep, insideOf, meanOf, overloaded } from './steps.js';
import { fitUsl, uslThroughput } from './usl.js';

/** A model that was fitted to load steps and can be asked beyond them. */
export interface LoadModel {
  id: 'usl' | 'multi-server queue' | 'utilisation law';
  /** Highest throughput; infinite when the data show no limit. */
  capacity: number;
  /** Mean latency at a throughput, in milliseconds; infinite at or above the capacity. */
  meanMs(throughput: number): number;
  /** Throughput with so many requests inside. */
  throughputAt(inside: number): number;
  /** Its parameters, for the reader. */
  parameters: Readonly<Record<string, number>>;
  /** What limits it as evidence. */
  remarks: readonly string[];
}

/** Fits one kind of model; `undefined` when the steps do not hold what it needs. */
export type Fitter = (steps: readonly CapacityStep[]) => LoadModel | undefined;

/** The Universal Scalability Law over requests inside: set by the generator or by Little's law. */
export const fitScalability: Fitter = (steps) => {
  const points = steps.flatMap((s) => {
    const n = insideOf(s);
    return n === undefined || n <= 0 ? [] : [{ n, throughput: s.throughput }];
  });
  const fit = fitUsl(points);
  if (!fit) return undefined;
  const { alpha, beta, gamma } = fit;
  return {
    id: 'usl',
    capacity: fit.peakThroughput,
    meanMs: (x) => {
      const n = insideAt(fit, x);
      return n === undefined ? Number.POSITIVE_INFINITY : (n / x) * 1000;
    },
    throughputAt: (n) => uslThroughput(fit, n),
    parameters: { alpha, beta, gamma, peakInside: fit.peakN },
    remarks: fit.peakInData
      ? []
      : Number.isFinite(fit.peakN)
        ? [`no peak in the data: the one given, at ${fit.peakN.toPrecision(3)} inside, is an extrapolation`]
        : ['no peak in the data, and the law shows none: what is given is its limit'],
  };
};

/** The smaller root of X(N) = x. */
function insideAt(
  { alpha, beta, gamma }: { alpha: number; beta: number; gamma: number },
  x: number,
): number | undefined {
  const a = beta * x;
  const b = alpha * x - beta * x - gamma;
  const c = x * (1 - alpha);
  if (a < 1e-15) return b < 0 ? -c / b : undefined;
  const inner = b * b - 4 * a * c;
  // Of the two forms of the root, the one that subtracts no equals.
  return inner < 0 || b >= 0 ? undefined : (2 * c) / (-b + Math.sqrt(inner));
}

const SERVERS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128];

/**
 * One queue in front of c servers (M/M/c) behind a fixed delay: mean latency is delay + s × (1 + C(c, ρ) / (c(1 − ρ))).
 * Searched over c and s, the delay by least squares; in the logarithm of latency, so that every step counts alike. Where the
 * busy share was measured, it fixes c / s, and only c and the delay are left to latency.
 */
export const fitQueue: Fitter = (steps) => {
  const points = steps.flatMap((s) => {
    const mean = meanOf(s);
    return mean === undefined || mean <= 0 || overloaded(s) ? [] : [{ x: s.throughput, r: mean / 1000 }];
  });
  if (new Set(points.map((p) => p.x)).size < 3) return undefined;
  const top = Math.max(...points.map((p) => p.x));
  const least = Math.min(...points.map((p) => p.r));
  const flat = points.every((p) => p.r < least * 1.05);
  let best: { error: number; c: number; s: number; delay: number } | undefined;
  const fixed = fitUtilisation(steps)?.capacity;
  for (const c of serversKnown(steps) ?? SERVERS) {
    const most = Math.min(least, c / top) * 0.9999;
    const at = (s: number) => ({ ...misfit(points, c, s), c, s });
    const known = fixed === undefined ? undefined : c / fixed;
    if (known !== undefined && known > most) continue;
    const found = known ?? goldenSection((s) => at(s).error, most / 200, most);
    const fit = at(found);
    if (!best || fit.error < best.error - 1e-12) best = fit;
  }
  if (!best) return undefined;
  const { c, s, delay } = best;
  const capacity = c / s;
  const meanMs = (x: number): number => 1000 * (delay + residence(x, s, c));
  const observed = Math.max(0, ...steps.filter(overloaded).map((p) => p.throughput));
  return {
    id: 'multi-server queue',
    capacity:
      flat && observed === 0 && fixed === undefined
        ? Number.POSITIVE_INFINITY
        : observed > 0
          ? observed
          : capacity,
    meanMs,
    throughputAt: (n) => throughputInside(n, capacity, meanMs),
    parameters: { servers: c, serviceMs: s * 1000, delayMs: delay * 1000 },
    remarks: [
      ...(flat && observed === 0 && fixed === undefined
        ? ['latency does not rise within the data: no limit can be read off it']
        : []),
      ...(observed > 0
        ? ['the capacity is the throughput of steps that were sent more than they answered']
        : []),
    ],
  };
};

const residence = (x: number, s: number, c: number): number => {
  const busy = (x * s) / c;
  return busy >= 1 ? Number.POSITIVE_INFINITY : s * (1 + erlangC(c, x * s) / (c * (1 - busy)));
};

function misfit(
  points: readonly { x: number; r: number }[],
  c: number,
  s: number,
): { error: number; delay: number } {
  const own = points.map((p) => residence(p.x, s, c));
  if (own.some((v) => !Number.isFinite(v))) return { error: Number.POSITIVE_INFINITY, delay: 0 };
  const delay = Math.max(
    0,
    points.reduce((sum, p, i) => sum + (p.r - (own[i] ?? 0)) / p.r, 0) /
      points.reduce((sum, p) => sum + 1 / p.r, 0),
  );
  const error = points.reduce((sum, p, i) => sum + Math.log((delay + (own[i] ?? 0)) / p.r) ** 2, 0);
  return { error, delay };
}

/** Demand a request = busy share ÷ throughput, over an idle share (P. J. Denning and J. P. Buzen 1978). */
export const fitUtilisation: Fitter = (steps) => {
  const used = steps.flatMap((s) =>
    s.utilisation === undefined || overloaded(s) ? [] : [{ x: s.throughput, u: s.utilisation }],
  );
  if (new Set(used.map((p) => p.x)).size < 2) return undefined;
  const line = lineOf(used.map((p) => [p.x, p.u]));
  const idle = Math.max(0, line.start);
  const demand =
    line.start > 0
      ? line.slope
      : used.reduce((a, p) => a + p.u * p.x, 0) / used.reduce((a, p) => a + p.x * p.x, 0);
  if (!(demand > 0) || idle >= 1) return undefined;
  const capacity = (1 - idle) / demand;
  const [servers = 1] = serversKnown(steps) ?? [];
  /** Mean wait in service times of M/M/c at a throughput. */
  const shape = (x: number): number => {
    const busy = idle + demand * x;
    return erlangC(servers, servers * busy) / (servers * (1 - busy));
  };
  const curve = waitingCurve(
    steps.filter((s) => !overloaded(s) && s.throughput < capacity),
    shape,
    serversKnown(steps) ? 1000 * servers * demand : undefined,
  );
  const meanMs = (x: number): number =>
    x >= capacity ? Number.POSITIVE_INFINITY : curve ? curve.start + curve.slope * shape(x) : Number.NaN;
  return {
    id: 'utilisation law',
    capacity,
    meanMs,
    throughputAt: (n) => throughputInside(n, capacity, meanMs),
    parameters: { demandMs: demand * 1000, idleShare: idle },
    remarks: curve
      ? []
      : ['latency was not given: it says where the resource is full, and not how long requests wait'],
  };
};

/** Servers of the watched resource, where every step that was watched says the same. */
function serversKnown(steps: readonly CapacityStep[]): [number] | undefined {
  const said = new Set(steps.flatMap((s) => (s.utilisation === undefined ? [] : [s.servers ?? 0])));
  const [only] = said;
  return said.size === 1 && only !== undefined && only > 0 ? [only] : undefined;
}

const LEAST_LOADED = 3;

/**
 * Mean latency as a start and a wait that grows with the queue: M/G/c, the slope free, for how uneven work is was not measured;
 * never below that of work that is always the same (half that of exponential work). Fitted where the queue is, from half the highest load on, when there are three steps
 * there: below, latency moves with processors that wake up and caches that cool.
 */
function waitingCurve(
  steps: readonly CapacityStep[],
  shape: (throughput: number) => number,
  serviceMs: number | undefined,
): { start: number; slope: number } | undefined {
  const timed = steps.flatMap((s) => {
    const ms = meanOf(s);
    return ms === undefined ? [] : [{ x: s.throughput, ms }];
  });
  const top = Math.max(...timed.map((t) => t.x));
  const loaded = serviceMs === undefined ? [] : timed.filter((t) => t.x >= top / 2);
  const used = loaded.length >= LEAST_LOADED ? loaded : timed;
  if (used.length < 2) return undefined;
  const points = used.map((t) => [shape(t.x), t.ms] as const);
  if (serviceMs === undefined) {
    const line = lineOf(points);
    return { slope: Math.max(0, line.slope), start: Math.max(0, line.start) };
  }
  const slope = Math.max(serviceMs / 2, steadyLine(points).slope);
  return { slope, start: Math.max(0, quantile(sorted(points.map(([w, ms]) => ms - slope * w)), 0.5)) };
}

/** The throughput at which so many are inside: N = X × R(X), by halving. */
function throughputInside(n: number, capacity: number, meanMs: (x: number) => number): number {
  let low = 0;
  let high = capacity;
  for (let i = 0; i < 60; i++) {
    const mid = (low + high) / 2;
    if ((mid * meanMs(mid)) / 1000 > n) high = mid;
    else low = mid;
  }
  return low;
}

/** The least-squares line through points. */
export function lineOf(points: readonly (readonly [number, number])[]): { slope: number; start: number } {
  const n = points.length;
  const mx = points.reduce((a, [x]) => a + x, 0) / n;
  const my = points.reduce((a, [, y]) => a + y, 0) / n;
  const sxx = points.reduce((a, [x]) => a + (x - mx) ** 2, 0);
  const slope = sxx > 0 ? points.reduce((a, [x, y]) => a + (x - mx) * (y - my), 0) / sxx : 0;
  return { slope, start: my - slope * mx };
}

/**
 * The line of the median slope of all pairs: one point that chance threw off does not move it (P. K. Sen, JASA 63, 1968).
 * Pairs count by how far apart they are, for those that lie close tell little of the slope.
 */
export function steadyLine(points: readonly (readonly [number, number])[]): { slope: number; start: number } {
  const slopes = points.flatMap(([x, y], i) =>
    points
      .slice(i + 1)
      .flatMap(([u, v]) => (u === x ? [] : [{ slope: (v - y) / (u - x), weight: Math.abs(u - x) }])),
  );
  if (slopes.length === 0) return lineOf(points);
  const slope = weightedMedian(slopes);
  return { slope, start: quantile(sorted(points.map(([x, y]) => y - slope * x)), 0.5) };
}

function weightedMedian(values: readonly { slope: number; weight: number }[]): number {
  const ordered = [...values].sort((a, b) => a.slope - b.slope);
  const half = ordered.reduce((a, v) => a + v.weight, 0) / 2;
  let below = 0;
  for (const v of ordered) {
    below += v.weight;
    if (below >= half) return v.slope;
  }
  return ordered.at(-1)?.slope ?? 0;
}

const GOLD = (Math.sqrt(5) - 1) / 2;

function goldenSection(f: (x: number) => number, from: number, to: number): number {
  let [a, b] = [Math.log(from), Math.log(to)];
  let [c, d] = [b - GOLD * (b - a), a + GOLD * (b - a)];
  let [fc, fd] = [f(Math.exp(c)), f(Math.exp(d))];
  for (let i = 0; i < 36; i++) {
    if (fc <= fd) {
      [b, d, fd] = [d, c, fc];
      c = b - GOLD * (b - a);
      fc = f(Math.exp(c));
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + GOLD * (b - a);
      fd = f(Math.exp(d));
    }
  }
  return Math.exp((a + b) / 2);
}
