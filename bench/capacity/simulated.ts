import { fitCapacity } from '../../src/models/capacity/fit.js';
import type { CapacityStep } from '../../src/models/capacity/steps.js';
import { quantile, sorted } from '../../src/models/quantile.js';
import {
  exponentialService,
  logNormalService,
  poissonArrivals,
  simulateQueue,
} from '../../src/models/queues/simulate.js';
import { type Random, seededRandom } from '../../src/models/random.js';

/** A system whose truth is known because it is simulated: servers, service time and its variation, a fixed delay. */
interface System {
  servers: number;
  serviceSeconds: number;
  variation: number;
  delaySeconds: number;
  /** Stops of everything, of exponential length: with each so many-th request, or with one in so many by chance. */
  stalls?: { seconds: number; everyRequests: number; atRandom: boolean };
}

const SYSTEMS: readonly System[] = [1, 2, 4, 8, 16].flatMap((servers) => [
  { servers, serviceSeconds: 0.02, variation: 0.5, delaySeconds: 0 },
  { servers, serviceSeconds: 0.02, variation: 1, delaySeconds: 0.03 },
  { servers, serviceSeconds: 0.01, variation: 2, delaySeconds: 0.005 },
]);
/** One line that stops now and then, as a process does whose garbage is collected or whose processor another has. */
const STALLING: readonly System[] = [true, false].flatMap((atRandom) =>
  [
    { seconds: 0.03, everyRequests: 30, atRandom },
    { seconds: 0.05, everyRequests: 100, atRandom },
    { seconds: 0.1, everyRequests: 300, atRandom },
  ].flatMap((stalls) => [
    { servers: 1, serviceSeconds: 0.005, variation: 0.5, delaySeconds: 0, stalls },
    { servers: 1, serviceSeconds: 0.005, variation: 1, delaySeconds: 0.01, stalls },
  ]),
);
const STEP_SECONDS = 120;
/** Stops are few: of a shorter step each would meet a handful. */
const STALLING_STEP_SECONDS = 600;
const STEPS = [0.15, 0.25, 0.35, 0.45, 0.52, 0.6];

function run(s: System, rate: number, seconds: number, seed: number): CapacityStep {
  const random = seededRandom(seed);
  const arrivals = poissonArrivals([rate], seconds, random);
  const draw = logNormalService(s.serviceSeconds, s.variation, random);
  const stallOf = stallsOf(s, random);
  const service = Float64Array.from(arrivals, (_, i) => draw() + stallOf(i));
  const { waits, utilisation } = simulateQueue(arrivals, (i) => service[i] ?? 0, s.servers);
  const ms = sorted(waits.map((w, i) => 1000 * (w + (service[i] ?? 0) + s.delaySeconds)));
  return {
    offered: rate,
    throughput: rate,
    meanMs: ms.reduce((a, b) => a + b, 0) / ms.length,
    p50Ms: quantile(ms, 0.5),
    p95Ms: quantile(ms, 0.95),
    p99Ms: quantile(ms, 0.99),
    utilisation,
    from: `${rate}`,
  };
}

/** Seconds that everything stops with a request, by its place in line. */
function stallsOf({ stalls }: System, random: Random): (i: number) => number {
  if (!stalls) return () => 0;
  const { seconds, everyRequests: every, atRandom } = stalls;
  const stops = (i: number): boolean => (atRandom ? random() * every < 1 : i % every === every - 1);
  return (i) => (stops(i) ? exponentialService(seconds, random)() : 0);
}

export interface SimulatedScores {
  systems: number;
  /** Share of systems of which the fit says that it has seen a knee at all. */
  seen: number;
  /** Of those, the share whose knee was foretold within 15 %, from load up to six tenths of it. */
  kneeWithin15: number;
  /** Share whose p99 at eight tenths of the knee was foretold within 30 %. */
  p99Within30: number;
  /** Share of intervals that hold the truth. */
  kneeCoverage: number;
  p99Coverage: number;
  medianKneeError: number;
}

/** The same on systems that stop now and then. */
export const simulatedStalls = (withBusyShare: boolean): SimulatedScores =>
  simulated(withBusyShare, STALLING);

/** The acceptance of the lab on simulated systems: the knee is where p99 reaches four times that of the lightest step. */
export function simulated(withBusyShare: boolean, systems: readonly System[] = SYSTEMS): SimulatedScores {
  const rows = systems.map((s, i) => {
    const full = s.servers / s.serviceSeconds;
    const light = run(s, full * 0.1, 600, 1000 + i).p99Ms ?? 0;
    const objective = 4 * light;
    let low = 0.1 * full;
    let high = full;
    for (let k = 0; k < 9; k++) {
      const mid = (low + high) / 2;
      if ((run(s, mid, s.stalls ? STALLING_STEP_SECONDS : 400, 7 + i).p99Ms ?? 0) > objective) high = mid;
      else low = mid;
    }
    const knee = low;
    const seconds = s.stalls ? STALLING_STEP_SECONDS : STEP_SECONDS;
    const steps = STEPS.map((share, k) => run(s, share * knee, seconds, 31 * i + k));
    const fit = fitCapacity(withBusyShare ? steps : steps.map(({ utilisation: _, ...s }) => s), objective);
    const truth = run(s, 0.8 * knee, 1200, 99 + i).p99Ms ?? 0;
    const p99 = fit?.p99At(0.8 * knee);
    const holds = (e: { low: number; high: number } | undefined, v: number): boolean =>
      e !== undefined && e.low <= v && v <= e.high;
    return {
      knee: Math.abs((fit?.knee.value ?? 0) / knee - 1),
      p99: Math.abs((p99?.value ?? 0) / truth - 1),
      seen: fit?.kneeSeen === true,
      kneeIn: holds(fit?.knee, knee),
      p99In: holds(p99, truth),
    };
  });
  const share = (of: (r: (typeof rows)[number]) => boolean): number =>
    Math.round((rows.filter(of).length / rows.length) * 1000) / 1000;
  return {
    systems: rows.length,
    seen: share((r) => r.seen),
    kneeWithin15:
      Math.round(
        (rows.filter((r) => r.seen && r.knee <= 0.15).length /
          Math.max(1, rows.filter((r) => r.seen).length)) *
          1000,
      ) / 1000,
    p99Within30: share((r) => r.p99 <= 0.3),
    kneeCoverage: share((r) => r.kneeIn),
    p99Coverage: share((r) => r.p99In),
    medianKneeError: Number(quantile(sorted(rows.filter((r) => r.seen).map((r) => r.knee)), 0.5).toFixed(3)),
  };
}
