import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { multiServerWaitQuantile } from '../../src/models/queueing.js';
import { exponentialService, poissonArrivals, simulateQueue } from '../../src/models/queues/simulate.js';
import { waitUnderVaryingLoad, workersForWait } from '../../src/models/queues/varying-load.js';
import { seededRandom } from '../../src/models/random.js';
import { worldCupRates } from '../capacity/world-cup.js';
import type { Suite } from '../main.js';

const SERVICE_SECONDS = 0.1;
const DAY_MINUTES = 1440;
/** Days that the load is taken from: quiet ones and days of matches. */
const DAYS = [1, 8, 14, 20, 27];
const OBJECTIVES_SECONDS = [0.5, 2, 10];

interface Row {
  what: string;
  servers: number;
  toldSeconds: number;
  /** Mean of the runs, and the least and greatest: where the peak is about what the servers can do, no two runs agree. */
  simulatedSeconds: number;
  runs: [number, number];
  error: number;
}
const SEEDS = [1, 2, 3];

/** Waits that the models tell beside waits that a simulation of every arrival gives. */
export default {
  suite: 'queues',
  about: 'p99 wait told for M/M/c and for days of World Cup 98, beside a simulation of each arrival',
  ownData: true,
  async run(folder) {
    const steady = [
      [1, 0.8],
      [4, 0.8],
      [20, 0.8],
      [20, 0.95],
    ].map(([servers = 1, busy = 0]): Row => {
      const rate = (busy * servers) / SERVICE_SECONDS;
      const minutes = Math.ceil(1_500_000 / rate / 60);
      return row(
        `M/M/c, ${busy} busy`,
        servers,
        multiServerWaitQuantile(rate, SERVICE_SECONDS, servers, 0.99),
        [...new Array<number>(minutes).fill(rate)],
      );
    });
    // The data of the suite stand beside its folder, with the other recorded loads.
    const file = join(folder, '..', 'load', 'worldcup98-june.csv');
    const rates = existsSync(file) ? worldCupRates(file) : [];
    const bursty = DAYS.flatMap((day) => {
      const ratePerSecond = rates.slice((day - 1) * DAY_MINUTES, day * DAY_MINUTES);
      if (ratePerSecond.length < DAY_MINUTES) return [];
      const tried = new Set<number>();
      return OBJECTIVES_SECONDS.flatMap((seconds): Row[] => {
        const load = {
          ratePerSecond,
          stepSeconds: 60,
          serviceSeconds: SERVICE_SECONDS,
          arrivalVariation: 1,
          serviceVariation: 1,
        };
        const workers = workersForWait(load, 0.99, seconds);
        if (workers === undefined || tried.has(workers)) return [];
        tried.add(workers);
        return [
          row(
            `June ${day}, p99 of at most ${seconds} s`,
            workers,
            waitUnderVaryingLoad(load, workers).quantileSeconds(0.99),
            ratePerSecond,
          ),
        ];
      });
    });
    return {
      cases: steady.length + bursty.length,
      steadyWorstError: worst(steady),
      burstyWorstError: worst(bursty),
      rows: [...steady, ...bursty],
    };
  },
} satisfies Suite;

function row(what: string, servers: number, told: number, ratePerSecond: readonly number[]): Row {
  const runs = SEEDS.map((seed) => {
    const arrivals = poissonArrivals(ratePerSecond, 60, seededRandom(seed));
    const service = exponentialService(SERVICE_SECONDS, seededRandom(seed + 50));
    const waits = simulateQueue(arrivals, service, servers).waits.sort();
    return waits[Math.floor(0.99 * waits.length)] ?? Number.NaN;
  });
  const simulated = runs.reduce((a, b) => a + b, 0) / runs.length;
  return {
    what,
    servers,
    toldSeconds: told,
    simulatedSeconds: simulated,
    runs: [Math.min(...runs), Math.max(...runs)],
    error: Math.abs(told / simulated - 1),
  };
}

const worst = (rows: readonly Row[]): number | null =>
  rows.length === 0 ? null : Math.max(...rows.map((r) => r.error));
