import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantileMs } from '../../src/experiments/load/histogram.js';
import { generatorOf } from '../../src/experiments/load/knee.js';
import { dueRate, watchMeasured } from '../../src/experiments/load/measured-part.js';
import { type LoadPlan, parsePlan } from '../../src/experiments/load/plan.js';
import { runLoad } from '../../src/experiments/load/run.js';
import { disturbance, watch } from '../../src/experiments/load/watch.js';
import { fitCapacity } from '../../src/models/capacity/fit.js';
import { type CapacityStep, overloaded } from '../../src/models/capacity/steps.js';
import { quantile, sorted } from '../../src/models/quantile.js';
import { type Lab, startLab } from './lab.js';
import { has } from './tools.js';

const OBJECTIVE_MS = 200;
const KNEE_ERROR = 0.15;
const TAIL_ERROR = 0.3;

const STEP_SECONDS = 10;
/** The steps near the load that is asked about are held for longer: in ten seconds p99 is that of a hundred stops. */
const NEAR_SECONDS = 20;
/** Steps below the knee that the models are fitted to, beside those that the search went through. */
const SHARES_OF_KNEE = [0.3, 0.4, 0.5, 0.6];
const FIRST_RATE = 200;
const MOST_RATE = 20_000;
const FACTOR = 1.5;
const HALVINGS = 3;

const WARM = { rate: 1000, seconds: 12 };
const ORDERS = 20_000;
/** Orders that are asked for at once while the cache is filled. */
const FILLING = 32;
/** Runs at eight tenths of the knee, of which the median is held against what was foretold: one alone is off by a fifth, and more. */
const HELD_RUNS = 3;
const MOST_HELD_RUNS = 6;

interface Step extends CapacityStep {
  /** The rate that was asked for; chance makes the one that is sent another. */
  rate: number;
  p99Ms: number;
}

/** Holds a rate for so many seconds, and tells how busy what may fill up was meanwhile. */
type StepAt = (rate: number, seconds?: number) => Promise<Step>;

/** Each step asks for other orders: what the steps before asked for is in the cache. */
function stepsOf(plan: LoadPlan, pid: number): StepAt {
  let runs = 0;
  return async (rate, seconds = STEP_SECONDS) => {
    const seed = plan.seed + 2 * runs++;
    const own: LoadPlan = { ...plan, seed, arrivals: { process: 'poisson', stages: [{ rate, seconds }] } };
    const watched = watchMeasured(own, () => watch([{ name: 'checkout-api', pid }]));
    const run = await runLoad(own, { onSecond: watched.onSecond });
    return {
      rate,
      offered: dueRate(run) ?? rate,
      throughput: run.throughput,
      meanMs: run.latency.mean / 1000,
      p50Ms: quantileMs(run.latency, 0.5) ?? 0,
      p95Ms: quantileMs(run.latency, 0.95) ?? 0,
      p99Ms: quantileMs(run.latency, 0.99) ?? 0,
      from: `${rate} a second`,
      resources: [...watched.uses(), generatorOf(run)],
    };
  };
}

/** Asks for every order once: a cache that is still filling makes each step faster than the one before it. */
async function fillCache(port: number): Promise<void> {
  let next = 1;
  const ask = async (): Promise<void> => {
    while (next <= ORDERS) {
      const answer = await fetch(`http://127.0.0.1:${port}/orders/${next++}`);
      await answer.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: FILLING }, ask));
}

const isDisturbed = (step: Step): boolean => disturbance(step.resources ?? []) !== undefined;

const repeatsOf = (step: Step): number => (isDisturbed(step) ? 3 : 1);

/** Raises the rate until p99 breaks the objective, then halves the gap: all steps, and the highest rate that held below the break. */
async function measured(stepAt: StepAt): Promise<{ steps: Step[]; knee: number }> {
  const steps: Step[] = [];
  const keeps = (step: Step): boolean => step.p99Ms <= OBJECTIVE_MS && !overloaded(step);
  const holds = async (rate: number): Promise<boolean> => {
    let step = await stepAt(rate);
    // A neighbour on the machine can stop everything for a moment; only what breaks again, without one, is broken by its load.
    for (let again = 0; !keeps(step) && again < repeatsOf(step); again++) step = await stepAt(rate);
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
  return { steps: steps.sort((x, y) => x.rate - y.rate), knee: low };
}

/** Runs at one rate until enough were left alone by neighbours: those of them, or all where too few were. */
async function heldAt(stepAt: StepAt, rate: number): Promise<number[]> {
  const runs: Step[] = [];
  const calm = (): Step[] => runs.filter((s) => !isDisturbed(s));
  while (runs.length < MOST_HELD_RUNS && calm().length < HELD_RUNS)
    runs.push(await stepAt(rate, NEAR_SECONDS));
  return (calm().length > 0 ? calm() : runs).map((s) => s.p99Ms);
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
  - { name: order, method: GET, path: '/orders/{key}', keys: { count: ${ORDERS}, zipf: 0.9 } }
`);
      if ('fault' in parsed) throw new Error(parsed.fault.what);
      const { plan } = parsed;
      const pid = lab?.services.pids['checkout-api'] ?? 0;
      // Code that is not compiled yet, connections that are not open yet and a cold cache are not what is asked about.
      await fillCache(lab?.services.port ?? 0);
      const stepAt = stepsOf(plan, pid);
      await stepAt(WARM.rate, WARM.seconds);
      const { steps, knee } = await measured(stepAt);
      expect(knee, JSON.stringify(steps)).toBeGreaterThan(FIRST_RATE);
      for (const share of SHARES_OF_KNEE) steps.push(await stepAt(share * knee, NEAR_SECONDS));
      const fit = fitCapacity(
        steps.filter((s) => s.rate <= 0.6 * knee),
        OBJECTIVE_MS,
      );
      const held = await heldAt(stepAt, 0.8 * knee);
      const p99 = quantile(sorted(held), 0.5);
      const report = JSON.stringify({
        knee,
        foretold: fit?.knee,
        p99,
        held,
        p99Foretold: fit?.p99At(0.8 * knee),
        model: fit?.chosen.model,
        tail: fit?.tail,
        limits: fit?.limits,
        steps,
      });
      if (process.env.KNEEPOINT_SHOW) console.log(report);
      expect(Math.abs((fit?.knee.value ?? 0) / knee - 1), report).toBeLessThan(KNEE_ERROR);
      expect(Math.abs((fit?.p99At(0.8 * knee)?.value ?? 0) / p99 - 1), report).toBeLessThan(TAIL_ERROR);
    }, 700_000);
  },
);
