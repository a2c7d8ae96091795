import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantileMs } from '../../src/experiments/load/histogram.js';
import { generatorOf } from '../../src/experiments/load/knee.js';
import { type LoadPlan, parsePlan } from '../../src/experiments/load/plan.js';
import { runLoad } from '../../src/experiments/load/run.js';
import { disturbance, watch } from '../../src/experiments/load/watch.js';
import { fitCapacity } from '../../src/models/capacity/fit.js';
import { type CapacityStep, overloaded } from '../../src/models/capacity/steps.js';
import { type Lab, startLab } from './lab.js';
import { has } from './tools.js';

const OBJECTIVE_MS = 200;
const KNEE_ERROR = 0.15;
const TAIL_ERROR = 0.3;

const STEP_SECONDS = 10;
/** Steps below the knee that the models are fitted to, beside those that the search went through. */
const SHARES_OF_KNEE = [0.3, 0.4, 0.5, 0.6];
const FIRST_RATE = 200;
const MOST_RATE = 20_000;
const FACTOR = 1.5;
const HALVINGS = 3;

const WARM = { rate: 1000, seconds: 12 };

interface Step extends CapacityStep {
  offered: number;
  p99Ms: number;
}

/** One rate, held for so many seconds, and how busy what may fill up was meanwhile. */
async function stepAt(plan: LoadPlan, pid: number, rate: number, seconds = STEP_SECONDS): Promise<Step> {
  const watched = watch([{ name: 'checkout-api', pid }]);
  const run = await runLoad({ ...plan, arrivals: { process: 'poisson', stages: [{ rate, seconds }] } }, {});
  return {
    offered: rate,
    throughput: run.throughput,
    meanMs: run.latency.mean / 1000,
    p50Ms: quantileMs(run.latency, 0.5) ?? 0,
    p99Ms: quantileMs(run.latency, 0.99) ?? 0,
    from: `${rate} a second`,
    resources: [...watched(), generatorOf(run)],
  };
}

const repeatsOf = (step: Step): number => (disturbance(step.resources ?? []) === undefined ? 1 : 3);

/** Raises the rate until p99 breaks the objective, then halves the gap: all steps, and the highest rate that held below the break. */
async function measured(plan: LoadPlan, pid: number): Promise<{ steps: Step[]; knee: number }> {
  const steps: Step[] = [];
  const keeps = (step: Step): boolean => step.p99Ms <= OBJECTIVE_MS && !overloaded(step);
  const holds = async (rate: number): Promise<boolean> => {
    let step = await stepAt(plan, pid, rate);
    // A neighbour on the machine can stop everything for a moment; only what breaks again, without one, is broken by its load.
    for (let again = 0; !keeps(step) && again < repeatsOf(step); again++)
      step = await stepAt(plan, pid, rate);
    steps.push(step);
    return keeps(step);
  };
  let [low, high] = [0, FIRST_RATE];
  while (high < MOST_RATE && (await holds(high))) [low, high] = [high, high * FACTOR];
  for (let i = 0; i < HALVINGS; i++) {
    const rate = (low + high) / 2;
    if (await holds(rate)) low = rate;
    else high = rate;
  }
  return { steps: steps.sort((x, y) => x.offered - y.offered), knee: low };
}

/**
 * The promise of the models on a real system: from load up to six tenths of the knee, where the knee is and how slow it gets at
 * eight tenths. Needs a machine with nothing else on it: set KNEEPOINT_QUIET=1 on one.
 */
describe.skipIf(!has('redis-server') || process.platform !== 'linux' || process.env.KNEEPOINT_QUIET !== '1')(
  'capacity of the lab',
  () => {
    let lab: Lab | undefined;

    beforeAll(async () => {
      lab = await startLab(
        { 'checkout-api': 'capacity', 'coupon-service': 'capacity', 'tax-service': 'capacity' },
        0,
      );
    }, 120_000);
    afterAll(async () => {
      await lab?.stop();
    });

    it('foretells the knee within 15 % and p99 at eight tenths of it within 30 %', async () => {
      const parsed = parsePlan(`name: capacity
target: http://127.0.0.1:${lab?.services.port}
warmupSeconds: 3
arrivals: { process: poisson, stages: [{ rate: 200, seconds: 20 }] }
requests:
  - { name: order, method: GET, path: '/orders/{key}', keys: { count: 20000, zipf: 0.9 } }
`);
      if ('fault' in parsed) throw new Error(parsed.fault.what);
      const { plan } = parsed;
      const pid = lab?.services.pids['checkout-api'] ?? 0;
      // Code that is not compiled yet and connections that are not open yet are not what is asked about.
      await stepAt(plan, pid, WARM.rate, WARM.seconds);
      const { steps, knee } = await measured(plan, pid);
      expect(knee, JSON.stringify(steps)).toBeGreaterThan(FIRST_RATE);
      for (const share of SHARES_OF_KNEE) steps.push(await stepAt(plan, pid, share * knee));
      const fit = fitCapacity(
        steps.filter((s) => s.offered <= 0.6 * knee),
        OBJECTIVE_MS,
      );
      const { p99Ms: p99 } = await stepAt(plan, pid, 0.8 * knee, 2 * STEP_SECONDS);
      const report = JSON.stringify({
        knee,
        foretold: fit?.knee,
        p99,
        p99Foretold: fit?.p99At(0.8 * knee),
        model: fit?.chosen.model,
        limits: fit?.limits,
        steps,
      });
      if (process.env.KNEEPOINT_SHOW) console.log(report);
      expect(Math.abs((fit?.knee.value ?? 0) / knee - 1), report).toBeLessThan(KNEE_ERROR);
      expect(Math.abs((fit?.p99At(0.8 * knee)?.value ?? 0) / p99 - 1), report).toBeLessThan(TAIL_ERROR);
    }, 360_000);
  },
);
