import type { LoadOrder, Outcome } from '../load/generator.js';
import { constant, type Segment } from '../load/shape.js';
import { type Collector, startCollector } from '../record/collector.js';
import { type DatabaseFile, databaseFiles } from '../record/database-files.js';
import { watchMachine } from '../record/machine-metrics.js';
import type { Signal } from '../record/otlp-file.js';
import { watchSessions, watchStores } from '../record/store-metrics.js';
import { type ThreadProfile, watchThreads } from '../record/thread-profile.js';
import { HEALTHY, type Settings } from '../settings.js';
import { type Child, startChild } from '../topology/child.js';
import { type Operator, startOperator } from '../topology/operator.js';
import { processorSecondsOf } from '../topology/processor-time.js';
import { type Services, type Stores, startServices, startStores, type Versions } from '../topology/system.js';

export type Load = { shape: Segment[]; seed: number };

/** What one stretch of load left: outcomes of its requests, what was exported meanwhile, and what it cost. */
export type Phase = {
  outcomes: Outcome[];
  telemetry: { signal: Signal; body: string }[];
  /** What the database kept of it: counters of statements, its log. */
  files: (DatabaseFile | ThreadProfile)[];
  /** V8 profile of the checkout API, when one was taken. */
  profile?: unknown;
  startMs: number;
  endMs: number;
  /** Processor seconds a second of services and stores together. */
  processorSeconds: number;
};

/** NovaPay started once, with settings that change between stretches of load. */
export type Session = {
  stores: Stores;
  services: Services;
  settings: () => Settings;
  /** Changes settings, of services and of what is beside them. */
  change: (settings: Partial<Settings>) => Promise<void>;
  /** Load that is not looked at: after a change, until caches and pools have met it. */
  settle: (seconds?: number) => Promise<void>;
  /** Load with all that is exported during it. */
  run: (load: Load, options?: { profile?: boolean }) => Promise<Phase>;
  stop: () => Promise<void>;
};

const VERSIONS: Versions = { 'checkout-api': '4.11.2', 'coupon-service': '2.1.0', 'tax-service': '1.8.0' };
/** The database in the same zone: a tail in which faults are not hidden. */
const ROUND_TRIP_MS = { primary: 2, reader: 2 } as const;
const STORES_EVERY_MS = 1_000;
const SETTLE_PER_SECOND = 100;
const SETTLE_S = 1.5;
const SETTLE_SEED = 77;
const PAUSE_MS = 150;
const PROFILER_MS = 400;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts stores, collector, services and the load generator. `progress` is told what is being done. */
export async function startSession(progress: (doing: string) => void = () => undefined): Promise<Session> {
  progress('starting PostgreSQL, Redis and the services');
  const stores = await startStores(ROUND_TRIP_MS);
  await stores.reset();
  const collector = await startCollector();
  const services = await startServices({
    stores,
    collectorUrl: collector.url,
    versions: VERSIONS,
    settings: HEALTHY,
    traceRatio: 1,
  });
  const generator = await startChild<{ ready: true }>('load/generator.mjs');
  const operator = startOperator(stores, services);
  let now = HEALTHY;
  const session: Session = {
    stores,
    services,
    settings: () => now,
    async change(settings) {
      // Entries keep the life they were given: another one begins with another generation of them.
      const aged = settings.cacheTtlMs !== undefined && settings.cacheTtlMs !== now.cacheTtlMs;
      const change = aged ? { ...settings, cacheGeneration: now.cacheGeneration + 1 } : settings;
      now = { ...now, ...change };
      // What is beside the services first: a cache is warmed before the services read from it.
      await operator.apply(now);
      await services.change(change);
    },
    async settle(seconds = SETTLE_S) {
      await send(generator, services.port, {
        shape: constant(SETTLE_PER_SECOND, seconds),
        seed: SETTLE_SEED,
      });
      await pause(PAUSE_MS);
      await services.flush();
    },
    run: (load, options = {}) =>
      runPhase({ stores, services, collector, generator, operator }, load, options.profile ?? false),
    async stop() {
      await operator.stop();
      generator.process.disconnect();
      await services.stop();
      await collector.stop();
      await stores.stop();
    },
  };
  progress('filling the cache');
  await session.change({ cacheGeneration: 1 });
  return session;
}

function send(generator: Child<unknown>, port: number, load: Load): Promise<Outcome[]> {
  const order: LoadOrder = { port, ...load };
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('the load generator ended before its load did'));
    generator.process.once('exit', ended);
    generator.process.once('message', (message) => {
      generator.process.off('exit', ended);
      resolve((message as { outcomes: Outcome[] }).outcomes);
    });
    generator.process.send(order);
  });
}

type Parts = {
  stores: Stores;
  services: Services;
  collector: Collector;
  generator: Child<unknown>;
  operator: Operator;
};

async function runPhase(parts: Parts, load: Load, withProfile: boolean): Promise<Phase> {
  const { stores, services, collector, generator, operator } = parts;
  // Kept as it comes and written later: the collector shares the machine with what it observes.
  const telemetry: Phase['telemetry'] = [];
  const keep = (signal: Signal, body: string): void => {
    telemetry.push({ signal, body });
  };
  // Starting and ending the profiler stops the process for a moment: both lie outside of what is recorded.
  const endProfile = withProfile ? services.profile() : undefined;
  if (endProfile) await pause(PROFILER_MS);
  await services.flush();
  collector.receive(keep);
  const write = (body: string): void => keep('metrics', body);
  const endStores = await watchStores(stores, write, STORES_EVERY_MS);
  const endSessions = await watchSessions(stores, write);
  const endFiles = await databaseFiles(stores);
  const endMachine = watchMachine(write, operator.quotas);
  const riskPid = services.riskPid();
  const pids = [...stores.pids, ...Object.values(services.pids), ...(riskPid === undefined ? [] : [riskPid])];
  const limited = new Map([
    ['checkout-api', [services.pids['checkout-api']]],
    ['postgresql', [stores.primaryPid]],
  ]);
  const endThreads = withProfile ? watchThreads(riskPid) : undefined;
  const spentBy = (): number[] => [...limited.values()].map(processorSecondsOf);
  const [spentBefore, eachBefore] = [processorSecondsOf(pids), spentBy()];
  const startMs = Date.now();
  const outcomes = await send(generator, services.port, load);
  const endMs = Date.now();
  const spent = processorSecondsOf(pids) - spentBefore;
  const eachAfter = spentBy();
  const seconds = (endMs - startMs) / 1000;
  operator.observe(
    new Map(
      [...limited.keys()].map((name, i) => [name, ((eachAfter[i] ?? 0) - (eachBefore[i] ?? 0)) / seconds]),
    ),
  );
  endMachine();
  const files = await endFiles();
  await endSessions();
  await endStores();
  await services.flush();
  collector.receive();
  const profile = await endProfile?.();
  const threads = await endThreads?.();
  return {
    outcomes,
    telemetry,
    files: [...files, ...(threads === undefined ? [] : [threads])],
    ...(profile === undefined ? {} : { profile }),
    startMs,
    endMs,
    processorSeconds: spent / seconds,
  };
}
