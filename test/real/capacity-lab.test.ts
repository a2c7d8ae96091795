import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCollector } from '../../lab/record/collector.js';
import { HEALTHY } from '../../lab/settings.js';
import { type Services, type Stores, startServices, startStores } from '../../lab/topology/system.js';
import { findKnee, type KneeStep } from '../../src/experiments/load/knee.js';
import { parsePlan } from '../../src/experiments/load/plan.js';
import { runLoad } from '../../src/experiments/load/run.js';
import { fitCapacity } from '../../src/models/capacity/fit.js';
import type { CapacityStep } from '../../src/models/capacity/steps.js';
import { has } from './tools.js';

const OBJECTIVE_MS = 200;
const KNEE_ERROR = 0.15;
const TAIL_ERROR = 0.3;

const stepOf = (s: KneeStep): CapacityStep => ({
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
describe.skipIf(!has('redis-server') || process.env.KNEEPOINT_QUIET !== '1')('capacity of the lab', () => {
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
arrivals: { process: poisson, stages: [{ rate: 50, seconds: 20 }] }
requests:
  - { name: product, method: GET, path: '/products/{key}', keys: { count: 500, zipf: 1.1 } }
`);
    if ('fault' in parsed) throw new Error(parsed.fault.what);
    const { plan } = parsed;
    const search = {
      from: 50,
      to: 20_000,
      stepSeconds: 20,
      factor: 1.3,
      refine: 3,
      p99Ms: OBJECTIVE_MS,
      errorRatio: 0.01,
    };
    const measured = await findKnee(plan, search, (p) => runLoad(p, {}));
    const knee = measured.holds ?? 0;
    expect(measured.ended).toBe('objective broken');
    const early = measured.steps.filter((s) => s.rate <= 0.6 * knee).map(stepOf);
    const fit = fitCapacity(early, OBJECTIVE_MS);
    const at80 = await findKnee(plan, { ...search, from: 0.8 * knee, to: 0.8 * knee, refine: 0 }, (p) =>
      runLoad(p, {}),
    );
    const p99 = at80.steps[0]?.p99Ms ?? Number.NaN;
    const report = JSON.stringify({
      knee,
      foretold: fit?.knee,
      p99,
      p99Foretold: fit?.p99At(0.8 * knee),
      early,
    });
    expect(Math.abs((fit?.knee.value ?? 0) / knee - 1), report).toBeLessThan(KNEE_ERROR);
    expect(Math.abs((fit?.p99At(0.8 * knee)?.value ?? 0) / p99 - 1), report).toBeLessThan(TAIL_ERROR);
  }, 1_200_000);
});
