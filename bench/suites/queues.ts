import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { multiServerWaitQuantile } from '../../src/models/queueing.js';
import { exponentialService, logNormalService } from '../../src/models/queues/simulate.js';
import { type Chance, waitUnderVaryingLoad, workersForWait } from '../../src/models/queues/varying-load.js';
import { worldCupRates } from '../capacity/world-cup.js';
import type { Suite } from '../main.js';
import { p99OfRuns, type Served } from '../queues/each-arrival.js';

const SERVICE_SECONDS = 0.1;
const DAY_MINUTES = 1440;
/** Days that the load is taken from: quiet ones and days of matches. */
const DAYS = [1, 8, 14, 20, 27];
const OBJECTIVES_SECONDS = [0.5, 2, 10];
/** Days that are also served with other times, and with a rate that moves within the minute. */
const OTHER_DAYS = [20];
const SERVICE_VARIATIONS = [0.3, 3];
/** Runs of those: they cost more, and show only that the model holds there too. */
const OTHER_RUNS = 32;

interface Row {
  what: string;
  servers: number;
  told: Chance;
  /** Median p99 of the runs, what it lies within, how many runs, and what eight of ten lie within. */
  simulated: number;
  medianWithin: [number, number];
  runs: number;
  runsWithin: [number, number];
  /** Of the middle that was told, against the median of the runs. */
  error: number;
  /** Share of runs within the range that was told for eight of ten. */
  covered: number;
}

/** Waits that the models tell beside waits that a simulation of every arrival gives. */
export default {
  suite: 'queues',
  about: 'p99 wait told for M/M/c and for days of World Cup 98, beside runs that serve each arrival',
  ownData: true,
  async run(folder) {
    const steady = [
      [1, 0.8],
      [4, 0.8],
      [20, 0.8],
      [20, 0.95],
    ].flatMap(([servers = 1, busy = 0]): Row[] => {
      const rate = (busy * servers) / SERVICE_SECONDS;
      const minutes = Math.ceil(1_500_000 / rate / 60);
      const queue = served(new Array<number>(minutes).fill(rate), servers);
      const exact = multiServerWaitQuantile(rate, SERVICE_SECONDS, servers, 0.99);
      return [
        row(`M/M/c, ${busy} busy, by formula`, queue, undefined, { low: exact, middle: exact, high: exact }),
        row(`M/M/c, ${busy} busy`, queue),
      ];
    });
    // The data of the suite stand beside its folder, with the other recorded loads.
    const file = join(folder, '..', 'load', 'worldcup98-june.csv');
    const rates = existsSync(file) ? worldCupRates(file) : [];
    const dayOf = (day: number): number[] => rates.slice((day - 1) * DAY_MINUTES, day * DAY_MINUTES);
    const bursty = (rates.length === 0 ? [] : DAYS).flatMap((day) =>
      workersTried(dayOf(day), 1).map((servers) => row(`June ${day}`, served(dayOf(day), servers))),
    );
    const other = (rates.length === 0 ? [] : OTHER_DAYS).flatMap((day) => [
      ...SERVICE_VARIATIONS.flatMap((variation) =>
        workersTried(dayOf(day), variation).map((servers) =>
          row(`June ${day}, service varies ${variation}`, served(dayOf(day), servers, variation), OTHER_RUNS),
        ),
      ),
      ...workersTried(dayOf(day), 1).map((servers) =>
        row(
          `June ${day}, rate moves within minutes`,
          { ...served(dayOf(day), servers), moves: true },
          OTHER_RUNS,
        ),
      ),
    ]);
    return {
      cases: steady.length + bursty.length + other.length,
      steadyWorstError: worst(steady),
      burstyWorstError: worst(bursty),
      otherWorstError: worst(other),
      burstyAbove20Percent: bursty.filter((r) => r.error > 0.2).length,
      burstyCovered: covered(bursty),
      otherCovered: covered(other),
      rows: [...steady, ...bursty, ...other],
    };
  },
} satisfies Suite;

const served = (ratePerSecond: readonly number[], servers: number, serviceVariation = 1): Served => ({
  ratePerSecond,
  stepSeconds: 60,
  moves: false,
  servers,
  serviceSeconds: SERVICE_SECONDS,
  serviceVariation,
  service: (random) =>
    serviceVariation === 1
      ? exponentialService(SERVICE_SECONDS, random)
      : logNormalService(SERVICE_SECONDS, serviceVariation, random),
});

const loadOf = (q: Pick<Served, 'ratePerSecond' | 'serviceVariation'>) => ({
  ratePerSecond: q.ratePerSecond,
  stepSeconds: 60,
  serviceSeconds: SERVICE_SECONDS,
  arrivalVariation: 1,
  serviceVariation: q.serviceVariation,
});

/** The fewest that are enough for each objective, and one less: there the peak is about what they can do. */
function workersTried(ratePerSecond: readonly number[], serviceVariation: number): number[] {
  const load = loadOf({ ratePerSecond, serviceVariation });
  const enough = OBJECTIVES_SECONDS.flatMap((s) => workersForWait(load, 0.99, s) ?? []);
  return [...new Set(enough.flatMap((n) => [n, n - 1]))].filter((n) => n > 0).sort((a, b) => b - a);
}

function row(
  what: string,
  queue: Served,
  mostRuns?: number,
  told = waitUnderVaryingLoad(loadOf(queue), queue.servers).quantileSeconds(0.99),
): Row {
  const { runs, median, medianInterval } = p99OfRuns(queue, mostRuns);
  const at = (share: number): number => runs[Math.round(share * (runs.length - 1))] ?? Number.NaN;
  return {
    what,
    servers: queue.servers,
    told,
    simulated: median,
    medianWithin: medianInterval,
    runs: runs.length,
    runsWithin: [at(0.1), at(0.9)],
    error: Math.abs(told.middle / median - 1),
    covered: runs.filter((r) => r >= told.low && r <= told.high).length / runs.length,
  };
}

const worst = (rows: readonly Row[]): number | null =>
  rows.length === 0 ? null : Math.max(...rows.map((r) => r.error));

const covered = (rows: readonly Row[]): number | null =>
  rows.length === 0 ? null : rows.reduce((sum, r) => sum + r.covered, 0) / rows.length;
