import { compareRuns, DEFAULT_COMPARE } from '../../src/experiments/compare/compare.js';
import type { Run } from '../../src/experiments/compare/run.js';
import { logNormalQuantile, normalQuantile } from '../../src/models/distribution.js';
import { seededRandom } from '../../src/models/random.js';
import type { Suite } from '../main.js';

const HISTORIES = 1000;
const RUNS = 10;
const REQUESTS = 4000;
const SLOWER = 1.1;
/** p50 of 40 ms with a p99 of about 130 ms. */
const LATENCY = { mu: Math.log(40), sigma: 0.5 };

type Uniform = () => number;
/** How the luck of one run follows from the luck of the run before. */
const DRIFTS: Record<string, { size: number; memory: number }> = {
  'drift 2 %': { size: 0.02, memory: 0 },
  'drift 5 %': { size: 0.05, memory: 0 },
  'drift 2 %, slow': { size: 0.02, memory: 0.8 },
  'drift 5 %, slow': { size: 0.05, memory: 0.8 },
};

/** Runs between which nothing changed, and runs whose p99 grew by a tenth: interleaved, as the gate asks for. */
export default {
  suite: 'gate/aa',
  about: 'false alarms on unchanged runs that drift, and power for a p99 that grew by 10 %',
  ownData: true,
  async run() {
    const rates: Record<string, number> = {};
    for (const [name, drift] of Object.entries(DRIFTS)) rates[name] = failures(drift, 1);
    const power: Record<string, number> = {};
    for (const [name, drift] of Object.entries(DRIFTS)) power[name] = failures(drift, SLOWER);
    return {
      cases: HISTORIES * 2 * Object.keys(DRIFTS).length,
      falseAlarmRate: Math.max(...Object.values(rates)),
      power: power['drift 2 %'],
      falseAlarms: rates,
      powerByDrift: power,
    };
  },
} satisfies Suite;

function failures(drift: { size: number; memory: number }, slower: number): number {
  let count = 0;
  for (let h = 0; h < HISTORIES; h++) {
    const random = seededRandom(10_000 + h);
    const runs = history(random, drift, slower);
    const verdict = compareRuns(
      runs.filter((_, i) => i % 2 === 0),
      runs.filter((_, i) => i % 2 === 1),
      DEFAULT_COMPARE,
    ).verdict;
    if (verdict === 'fail') count++;
  }
  return count / HISTORIES;
}

/** Runs in order of time, baseline and candidate in turn. */
function history(random: Uniform, drift: { size: number; memory: number }, slower: number): Run[] {
  const normal = (): number => normalQuantile(Math.max(1e-12, random()));
  let luck = normal() * drift.size;
  return Array.from({ length: 2 * RUNS }, (_, i) => {
    luck = drift.memory * luck + Math.sqrt(1 - drift.memory ** 2) * normal() * drift.size;
    return run(random, i, Math.exp(luck), i % 2 === 1 ? slower : 1);
  });
}

function run(random: Uniform, i: number, luck: number, slower: number): Run {
  const [p50, p95, p99] = ranks(random, [0.5, 0.95, 0.99]).map((p) => luck * logNormalQuantile(LATENCY, p));
  return {
    name: `run ${i + 1}`,
    startedAtMs: i * 60_000,
    metrics: {
      'latency.p50': p50 as number,
      'latency.p95': p95 as number,
      'latency.p99': (p99 as number) * slower,
    },
  };
}

/**
 * The shares at which the sample quantiles of one run fall. Sorted uniform values come from sums of exponential ones, so no
 * sorting. (A. Rényi, On the Theory of Order Statistics, 1953.)
 */
function ranks(random: Uniform, quantiles: readonly number[]): number[] {
  const at = quantiles.map((q) => Math.ceil(q * REQUESTS));
  const out: number[] = [];
  let sum = 0;
  for (let j = 1; j <= (at.at(-1) ?? 0); j++) {
    sum -= Math.log(1 - random()) / (REQUESTS - j + 1);
    if (at.includes(j)) out.push(1 - Math.exp(-sum));
  }
  return out;
}
