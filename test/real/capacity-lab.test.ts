import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCollector } from '../../lab/record/collector.js';
import { HEALTHY } from '../../lab/settings.js';
import { type Services, type Stores, startServices, startStores } from '../../lab/topology/system.js';
import { findKnee, type KneeStep } from '../../src/experiments/load/knee.js';
import { type LoadPlan, parsePlan } from '../../src/experiments/load/plan.js';
import { type LoadRun, runLoad } from '../../src/experiments/load/run.js';
import { fitCapacity } from '../../src/models/capacity/fit.js';
import type { CapacityStep } from '../../src/models/capacity/steps.js';
import { has } from './tools.js';

const OBJECTIVE_MS = 200;
const KNEE_ERROR = 0.15;
const TAIL_ERROR = 0.3;

const TICKS_PER_SECOND = 100;

/** Seconds that the first thread of the API has worked: it runs the event loop, which is the resource that fills up. */
function loopSeconds(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Runs a plan and keeps, by its rate, which share of the time the event loop was at work. */
const watched =
  (pid: string, busy: Map<number, number>) =>
  async (plan: LoadPlan): Promise<LoadRun> => {
    const [from, startMs] = [loopSeconds(pid), performance.now()];
    const run = await runLoad(plan, {});
    const share = (loopSeconds(pid) - from) / ((performance.now() - startMs) / 1000);
    const stage = 'stages' in plan.arrivals ? plan.arrivals.stages[0] : undefined;
    if (stage && 'rate' in stage) busy.set(stage.rate, share);
    return run;
  };

const stepOf = (s: KneeStep, utilisation: number | undefined): CapacityStep => ({
  ...(utilisation === undefined ? {} : { utilisation }),
  offered: s.rate,
  throughput: s.throughput,
  meanMs: s.meanMs,
  p50Ms: s.p50Ms,
  p99Ms: s.p99Ms,
  from: `${s.rate} a second`,
});

/**
 * The promise of the models on a real system: from load up to six tenths of the knee, where the knee is and how slow it gets at
 * eight tenths. Needs a machine with nothing else on it: set KNEEPOINT_QUIET=1 on one.
 */
describe.skipIf(
  !has('redis-server') ||
    !has('pgrep') ||
    process.platform !== 'linux' ||
    process.env.KNEEPOINT_QUIET !== '1',
)('capacity of the lab', () => {
  let stores: Stores | undefined;
  let services: Services | undefined;
  let collector: Awaited<ReturnType<typeof startCollector>> | undefined;

  beforeAll(async () => {
    stores = await startStores();
    await stores.reset();
    collector = await startCollector();
    services = await startServices({
      stores,
      collectorUrl: collector.url,
      versions: { 'checkout-api': 'capacity', 'coupon-service': 'capacity', 'tax-service': 'capacity' },
      settings: HEALTHY,
      traceRatio: 0,
    });
  }, 120_000);
  afterAll(async () => {
    await services?.stop();
    await collector?.stop();
    await stores?.stop();
  });

  it('foretells the knee within 15 % and p99 at eight tenths of it within 30 %', async () => {
    const parsed = parsePlan(`name: capacity
target: http://127.0.0.1:${services?.port}
warmupSeconds: 5
arrivals: { process: poisson, stages: [{ rate: 400, seconds: 20 }] }
requests:
  - { name: product, method: GET, path: '/products/{key}', keys: { count: 200, zipf: 0.8 } }
`);
    if ('fault' in parsed) throw new Error(parsed.fault.what);
    const { plan } = parsed;
    const search = {
      from: 400,
      to: 20_000,
      stepSeconds: 20,
      factor: 1.3,
      refine: 3,
      p99Ms: OBJECTIVE_MS,
      errorRatio: 0.01,
    };
    const pid = execFileSync('pgrep', ['-n', '-f', 'checkout-api.cjs'], { encoding: 'utf8' }).trim();
    const busy = new Map<number, number>();
    const measured = await findKnee(plan, search, watched(pid, busy));
    const knee = measured.holds ?? 0;
    expect(measured.ended).toBe('objective broken');
    const early = measured.steps.filter((s) => s.rate <= 0.6 * knee).map((s) => stepOf(s, busy.get(s.rate)));
    const fit = fitCapacity(early, OBJECTIVE_MS);
    const at80 = await findKnee(plan, { ...search, from: 0.8 * knee, to: 0.8 * knee, refine: 0 }, (p) =>
      watched(pid, busy)(p),
    );
    const p99 = at80.steps[0]?.p99Ms ?? Number.NaN;
    const report = JSON.stringify({
      knee,
      foretold: fit?.knee,
      p99,
      p99Foretold: fit?.p99At(0.8 * knee),
      early,
      steps: measured.steps.map((s) => stepOf(s, busy.get(s.rate))),
    });
    if (process.env.KNEEPOINT_SHOW) console.log(report);
    expect(Math.abs((fit?.knee.value ?? 0) / knee - 1), report).toBeLessThan(KNEE_ERROR);
    expect(Math.abs((fit?.p99At(0.8 * knee)?.value ?? 0) / p99 - 1), report).toBeLessThan(TAIL_ERROR);
  }, 1_200_000);
});
