import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../src/domain/index.js';
import { compareRuns, type MetricComparison } from '../../src/experiments/compare/compare.js';
import type { Run } from '../../src/experiments/compare/run.js';
import { DECOY } from '../faults/decoy.js';
import type { Fault } from '../faults/fault.js';
import { constant } from '../load/shape.js';
import { quantile } from '../record/tail.js';
import { HEALTHY, type Settings, withSettings } from '../settings.js';
import { applicable, diagnose, type ForecastP99, type Found, scoreCause } from './diagnose.js';
import { type EvidenceSource, writeChanges, writePhase } from './evidence.js';
import { type Load, type Phase, type Session, startSession } from './session.js';
import { spanTimes } from './span-times.js';

/** Requests a second: what leaves a third of two processors free in the healthy system. */
export const RATE = 150;
/** Seconds of a recorded stretch, and of each measured one. */
const RECORDED_S = 12;
/**
 * Seconds of a recorded healthy system, which there is more of than of an incident: its p99 is one end of every forecast, and
 * of a short stretch it rests on three requests.
 */
const HEALTHY_S = 36;
const SEED = 20_261_128;
/** Seconds of load by which what a system uses is seen. */
const BEFORE_S = 6;

export type Options = {
  /** Folder that the evidence goes to. */
  out: string;
  /** Pairs of runs, faulty and mended, that are measured one after the other in turn. */
  pairs: number;
  without?: readonly EvidenceSource[];
  progress: (doing: string) => void;
};

export const loadOf = (factor = 1, seed = SEED, seconds = RECORDED_S): Load => ({
  shape: constant(RATE * factor, seconds),
  seed,
});

export const healthyLoad = (): Load => loadOf(1, SEED, HEALTHY_S);

/** Starts NovaPay and runs the load of the experiments once, so that caches and compiled code are as after a while. */
export async function startWarm(progress: Options['progress']): Promise<Session> {
  const session = await startSession(progress);
  progress('warming up');
  // With the profiler, whose first start takes a while.
  await session.run(loadOf(), { profile: true });
  return session;
}

/** Records the system as it is, as one phase of the evidence. */
export async function record(
  session: Session,
  folder: string,
  load: Load,
  without?: readonly EvidenceSource[],
): Promise<Phase> {
  const phase = await session.run(load, { profile: !without?.includes('profile') });
  await writePhase(folder, phase, load, without);
  return phase;
}

/** What a measurement of a mended system shows beside the faulty one and the forecast. */
export type Measured = {
  /** The remedy that was made, and its place among the recommendations. */
  remedy: string;
  place: number;
  forecast?: ForecastP99;
  /** Operation that got slow, and the service of it. */
  entry: { service: string; operation: string };
  /** p99 of the entry operation over the runs, in ms, by the traces: faulty and mended. */
  faultyMs: number;
  mendedMs: number;
  /** The measured value lies in the interval, which is no wider than a factor 4. */
  inside: boolean;
  widthFactor?: number;
  /** (forecast − measured) / measured. */
  error?: number;
  /** Run by run, by the statistics that gates use. */
  comparison?: MetricComparison;
  runs: { faulty: number[]; mended: number[] };
};

export type Experiment = {
  fault: string;
  /** Folder of the baseline it was held against. */
  baseline: string;
  title: string;
  found: Found[];
  verdict: Result['verdict']['kind'];
  measured?: Measured;
};

/** An interval wider than this factor forecasts nothing. */
export const WIDEST = 4;

const p99 = (sorted: readonly number[]): number => quantile(sorted, 0.99);

/** Settings of the healthy system that faults, together, change. */
export const settingsWith = (faults: readonly Fault[]): Settings =>
  faults.reduce((settings, fault) => withSettings(settings, fault.settings), HEALTHY);

/** Switches faults on, waits until the system has met them, and records the evidence of the incident. */
export async function recordIncident(
  session: Session,
  faults: readonly Fault[],
  { out, without }: Pick<Options, 'out' | 'without'>,
): Promise<{ incident: string; changes: string; phase: Phase }> {
  mkdirSync(out, { recursive: true });
  const changes = join(out, 'changes.ndjson');
  const atMs = Date.now();
  const generation = session.settings().cacheGeneration;
  await session.change({ ...settingsWith(faults), cacheGeneration: generation });
  const cold = faults.some((f) => f.settings.cacheWarmed === false);
  // A cold cache is cold once: what comes first is what is recorded.
  if (cold) await session.change({ cacheGeneration: generation + 1 });
  else await session.settle();
  writeChanges(
    changes,
    [...faults.map((f) => f.deploy), DECOY].map((deploy, i) => ({ ...deploy, atMs: atMs + i })),
  );
  const incident = join(out, 'incident');
  const phase = await record(session, incident, loadOf(), without);
  return { incident, changes, phase };
}

/**
 * One experiment: the fault is recorded against the healthy baseline, investigated, the first recommendation that can
 * be made is made, and faulty and mended system are measured in turn under the same seeded load.
 */
export async function runExperiment(
  session: Session,
  fault: Fault,
  baseline: string,
  options: Options,
): Promise<Experiment> {
  const own = fault.base && (await recordBase(session, fault.base, options));
  options.progress(`${fault.id}: recording`);
  const { incident, changes, phase } = await recordIncident(session, [fault], options);
  options.progress(`${fault.id}: investigating`);
  const against = own ?? baseline;
  const result = await diagnose({
    baseline: against,
    incident,
    ...(options.without?.includes('changes') ? {} : { changes }),
  });
  const found = scoreCause(result, [fault.truth]);
  const base: Experiment = {
    fault: fault.id,
    title: fault.title,
    baseline: against,
    found,
    verdict: result.verdict.kind,
  };
  const chosen = applicable(result, Object.keys(fault.remedies));
  const measured =
    chosen && result.excess
      ? await measure(session, fault, phase, chosen, result.excess.subject, options)
      : undefined;
  await restore(session);
  return { ...base, ...(measured ? { measured } : {}) };
}

/** The healthy system of a fault that has more than the others: recorded as the baseline of its own. */
async function recordBase(
  session: Session,
  base: Partial<Settings>,
  { out, without, progress }: Options,
): Promise<string> {
  progress(`${Object.keys(base).join(', ')}: recording the healthy system with them`);
  const folder = join(out, 'healthy');
  // Once without limits, so that they can be set by what is used.
  await session.change({ ...base, cpuQuota: 0, primaryQuota: 0 });
  await session.settle();
  await session.run(loadOf(1, SEED, BEFORE_S));
  await session.change(base);
  await session.settle();
  await record(session, folder, healthyLoad(), without);
  return folder;
}

/** Back to the healthy system. */
export async function restore(session: Session): Promise<void> {
  const { cacheGeneration, cacheWarmed } = session.settings();
  // A cache that was left cold is filled anew: the next baseline is to meet what the one before did.
  const generation = cacheWarmed ? cacheGeneration : cacheGeneration + 1;
  await session.change({ ...HEALTHY, cacheGeneration: generation });
  await session.settle();
}

async function measure(
  session: Session,
  fault: Fault,
  first: Phase,
  chosen: NonNullable<ReturnType<typeof applicable>>,
  entry: Result['facts'][number]['subject'],
  options: Options,
): Promise<Measured> {
  const { recommendation, place, forecast } = chosen;
  const mended = fault.remedies[recommendation.remedy] ?? {};
  const timesOf = (phase: Phase): number[] => spanTimes(phase, entry.service ?? '', entry.name);
  const faultyTimes = [timesOf(first)];
  const mendedTimes: number[][] = [];
  const starts = { faulty: [first.startMs], mended: [] as number[] };
  const settings = settingsWith([fault]);
  const cold = fault.settings.cacheWarmed === false;
  for (let pair = 0; pair < options.pairs; pair++) {
    options.progress(`${fault.id}: ${recommendation.remedy}, pair ${pair + 1} of ${options.pairs}`);
    const load = loadOf(1, SEED);
    const sides = pair % 2 === 0 ? (['mended', 'faulty'] as const) : (['faulty', 'mended'] as const);
    for (const side of sides) {
      // The recorded incident is the faulty run of the first pair.
      if (pair === 0 && side === 'faulty') continue;
      const { cacheGeneration } = session.settings();
      await session.change({
        ...settings,
        ...(side === 'mended' ? mended : {}),
        // A cold cache is cold once, and a warm one is filled before it is read from.
        cacheGeneration: cold ? cacheGeneration + 1 : cacheGeneration,
      });
      if (!cold || side === 'mended') await session.settle();
      const phase = await session.run(load);
      (side === 'mended' ? mendedTimes : faultyTimes).push(timesOf(phase));
      starts[side].push(phase.startMs);
    }
  }
  const all = (runs: readonly number[][]): number[] => runs.flat().sort((a, b) => a - b);
  const runsOf = (runs: readonly number[][], at: readonly number[]): Run[] =>
    runs.map((times, i) => ({
      name: `run ${i + 1}`,
      startedAtMs: at[i] ?? 0,
      metrics: { 'latency.p99': p99(times) },
    }));
  const [faultyMs, mendedMs] = [p99(all(faultyTimes)), p99(all(mendedTimes))];
  const comparison = compareRuns(runsOf(faultyTimes, starts.faulty), runsOf(mendedTimes, starts.mended))
    .metrics[0] as MetricComparison;
  const width = forecast ? forecast.interval[1] / Math.max(1e-9, forecast.interval[0]) : undefined;
  return {
    remedy: recommendation.remedy,
    place,
    ...(forecast ? { forecast } : {}),
    entry: { service: entry.service ?? '', operation: entry.name },
    faultyMs,
    mendedMs,
    inside:
      forecast !== undefined &&
      width !== undefined &&
      width <= WIDEST &&
      mendedMs >= forecast.interval[0] &&
      mendedMs <= forecast.interval[1],
    ...(width === undefined ? {} : { widthFactor: width }),
    ...(forecast ? { error: (forecast.value - mendedMs) / mendedMs } : {}),
    comparison,
    runs: { faulty: faultyTimes.map(p99), mended: mendedTimes.map(p99) },
  };
}
