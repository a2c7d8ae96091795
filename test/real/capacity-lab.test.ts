import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCollector } from '../../lab/record/collector.js';
import { HEALTHY } from '../../lab/settings.js';
import { type Services, type Stores, startServices, startStores } from '../../lab/topology/system.js';
import { findKnee, type KneeStep } from '../../src/experiments/load/knee.js';
import { type LoadPlan, parsePlan } from '../../src/experiments/load/plan.js';
import { type LoadRun, type RunHooks, runLoad } from '../../src/experiments/load/run.js';
import { fitUtilisation } from '../../src/models/capacity/candidates.js';
import { fitCapacity } from '../../src/models/capacity/fit.js';
import type { CapacityStep } from '../../src/models/capacity/steps.js';
import { has } from './tools.js';

const OBJECTIVE_MS = 200;
const KNEE_ERROR = 0.15;
const TAIL_ERROR = 0.3;

const TICKS_PER_SECOND = 100;

/** Processor seconds in the fields of a `stat` of /proc: its own, in user and system mode. */
const secondsIn = (stat: string): number => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};
const textAt = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // A process that ended in the meantime.
  }
};

/** Seconds that this process and all that it started have worked: the system under load and its generator. */
function ownSeconds(): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: name, stat: textAt(`/proc/${name}/stat`) }))
    .filter((p) => p.stat !== '');
  const parents = new Map(
    stats.map((p) => [p.pid, p.stat.slice(p.stat.lastIndexOf(')') + 2).split(' ')[1] ?? '']),
  );
  const isOwn = (pid: string | undefined): boolean =>
    pid !== undefined && pid !== '0' && (pid === String(process.pid) || isOwn(parents.get(pid)));
  return stats.filter((p) => isOwn(p.pid)).reduce((sum, p) => sum + secondsIn(p.stat), 0);
}

/** Busy shares of the two resources that may fill up: the thread of the API's event loop, and the processors of the machine. */
interface Busy {
  loop: number;
  processors: number;
}

/** Runs a plan and keeps, by its rate, how busy the resources were. */
const watched =
  (pid: string, busy: Map<number, Busy>) =>
  async (plan: LoadPlan, hooks: RunHooks): Promise<LoadRun> => {
    const loop = (): number => secondsIn(textAt(`/proc/${pid}/task/${pid}/stat`));
    const [loopFrom, ownFrom, startMs] = [loop(), ownSeconds(), performance.now()];
    const run = await runLoad(plan, hooks);
    const seconds = (performance.now() - startMs) / 1000;
    const stage = 'stages' in plan.arrivals ? plan.arrivals.stages[0] : undefined;
    if (stage && 'rate' in stage)
      busy.set(stage.rate, {
        loop: (loop() - loopFrom) / seconds,
        processors: (ownSeconds() - ownFrom) / seconds / availableParallelism(),
      });
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

/** The steps with the busy share of the resource that is full first, as its line over the rate has it. */
function withLimit(steps: readonly KneeStep[], busy: ReadonlyMap<number, Busy>): CapacityStep[] {
  const by = (of: keyof Busy): CapacityStep[] => steps.map((s) => stepOf(s, busy.get(s.rate)?.[of]));
  const [loop, processors] = [by('loop'), by('processors')];
  const fullAt = (of: CapacityStep[]): number => fitUtilisation(of)?.capacity ?? Number.POSITIVE_INFINITY;
  return fullAt(loop) < fullAt(processors) ? loop : processors;
}

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
arrivals: { process: poisson, stages: [{ rate: 200, seconds: 20 }] }
requests:
  - { name: order, method: GET, path: '/orders/{key}', keys: { count: 20000, zipf: 0.9 } }
`);
    if ('fault' in parsed) throw new Error(parsed.fault.what);
    const { plan } = parsed;
    const search = {
      from: 200,
      to: 20_000,
      stepSeconds: 12,
      factor: 1.5,
      refine: 3,
      repeats: 0,
      p99Ms: OBJECTIVE_MS,
      errorRatio: 0.01,
    };
    const pid = execFileSync('pgrep', ['-n', '-f', 'checkout-api.cjs'], { encoding: 'utf8' }).trim();
    const busy = new Map<number, Busy>();
    const measured = await findKnee(plan, search, watched(pid, busy));
    const knee = measured.holds ?? Number.NaN;
    expect(knee, JSON.stringify(measured.steps)).toBeGreaterThan(0);
    const early = withLimit(
      measured.steps.filter((s) => s.rate <= 0.6 * knee),
      busy,
    );
    const fit = fitCapacity(early, OBJECTIVE_MS);
    const at80 = await findKnee(
      plan,
      { ...search, from: 0.8 * knee, to: 0.8 * knee, refine: 0 },
      watched(pid, busy),
    );
    const p99 = at80.steps[0]?.p99Ms ?? Number.NaN;
    const report = JSON.stringify({
      knee,
      foretold: fit?.knee,
      p99,
      p99Foretold: fit?.p99At(0.8 * knee),
      early,
      steps: measured.steps.map((s) => ({ ...s, busy: busy.get(s.rate) })),
    });
    if (process.env.KNEEPOINT_SHOW) console.log(report);
    expect(measured.ended, report).toBe('objective broken');
    expect(Math.abs((fit?.knee.value ?? 0) / knee - 1), report).toBeLessThan(KNEE_ERROR);
    expect(Math.abs((fit?.p99At(0.8 * knee)?.value ?? 0) / p99 - 1), report).toBeLessThan(TAIL_ERROR);
  }, 360_000);
});
