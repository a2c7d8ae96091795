import { describe, expect, it } from 'vitest';
import { latencyAt, workThatFits } from '../../src/capacity/latency.js';
import { capacityPlan } from '../../src/capacity/plan.js';
import { type Today, todayOf } from '../../src/capacity/today.js';
import { limitsInOrder, usedAt } from '../../src/capacity/what-if.js';
import { investigate } from '../../src/investigate/investigate.js';
import { EXAMPLES } from '../prompts.js';

const novapay = EXAMPLES.find((e) => e.id === 'novapay')?.text ?? '';
const caseOf = async (text: string) => {
  const { context } = await investigate({ caseText: text, evidence: [], redact: true });
  return { context, today: todayOf(context) };
};

const SERVICE: Today = {
  name: 'orders',
  rate: 1000,
  target: 1500,
  objective: { p99: 400 },
  latency: [{ rate: 1000, p99: 300 }],
  resources: [
    { name: 'CPU', used: 0.6, at: 1000, scales: 'instances', reached: 'all', ownCode: true },
    { name: 'database', used: 0.4, at: 1000, scales: 'fixed', reached: 'misses and writes', ownCode: false },
    {
      name: 'connections',
      used: 0.5,
      at: 1000,
      scales: 'fixed',
      reached: 'misses',
      ownCode: false,
      limit: 100,
    },
  ],
  hitRatio: 0.8,
  readShare: 0.9,
  instances: 6,
  dependencies: [],
};

describe('the plan of a case', () => {
  it('works the example of flash sales through: not within +15 % without cutting work a request', async () => {
    const { today } = await caseOf(novapay);
    const plan = capacityPlan(today, {}, { zones: 3 });
    expect(plan.asked.verdict).toBe('breaks');
    expect(plan.asked.used).toBeCloseTo(1.2, 6);
    const within = plan.ways.find((w) => w.name === 'always on within the cost limit');
    expect(within?.capacity).toBeCloseTo(1.15, 6);
    expect(within?.cut?.low).toBeGreaterThan(0.1);
    expect(within?.cut?.high).toBeLessThan(within?.cutToPlanning ?? 0);
    expect(within?.cutToPlanning).toBeCloseTo(1 - 0.65 / (1.2 / 1.15), 6);
  });

  it('agrees with the readings of the report on the same case', async () => {
    const { context, today } = await caseOf(novapay);
    const plan = capacityPlan(today, {}, { zones: 3 });
    const inputs = new Map(context.readings.flatMap((r) => factsIn(r)).map((f) => [f.name, f.value]));
    const [first, second] = limitsInOrder(today, {});
    expect(first?.fullAt).toBeCloseTo(inputs.get('throughput.full.connections') ?? 0, 6);
    expect(second?.fullAt).toBeCloseTo(inputs.get('throughput.atFull') ?? 0, 6);
    expect(plan.ways[0]?.cutToPlanning).toBeCloseTo(inputs.get('demand.cut') ?? 0, 6);
    const alone = plan.ways.find((w) => w.name === 'capacity alone');
    expect(alone?.capacity).toBeCloseTo(inputs.get('capacity.growth') ?? 0, 6);
    expect(alone?.hoursAWeek).toBeCloseTo(inputs.get('rent.hours.bill.share.100') ?? 0, 6);
  });

  it('says untested where nothing tells how busy anything is', async () => {
    const { today } = await caseOf(
      '[app_name]: x\n[current_metrics]: 100 rps\n[target_metrics]: p99 < 200 ms at 300 rps\n',
    );
    const plan = capacityPlan(today, {}, { zones: 3 });
    expect(plan.asked.verdict).toBe('untested');
    expect(plan.asked.p99).toBeUndefined();
    expect(plan.ways).toEqual([]);
  });
});

/** Facts below any value, by the numbers shown. */
function factsIn(value: unknown): { name: string; value: number }[] {
  if (Array.isArray(value)) return value.flatMap(factsIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('fact' in value && typeof value.fact === 'object' && value.fact !== null)
    return [value.fact as { name: string; value: number }];
  return Object.values(value).flatMap(factsIn);
}

describe('changes tried', () => {
  const use = (name: string, change: Parameters<typeof usedAt>[3]): number => {
    const resource = SERVICE.resources.find((r) => r.name === name);
    return resource ? usedAt(resource, SERVICE, 1000, change) : Number.NaN;
  };
  it('spreads the load over more instances, but not that of a database', () => {
    expect(use('CPU', { capacity: 1.5 })).toBeCloseTo(0.4);
    expect(use('database', { capacity: 1.5 })).toBeCloseTo(0.4);
  });
  it('takes reads off the database when the cache answers more: misses 18 % → 9 % of requests, writes stay 10 %', () => {
    expect(use('database', { hitRatio: 0.9 })).toBeCloseTo((0.4 * 0.19) / 0.28);
    expect(use('connections', { hitRatio: 0.9 })).toBeCloseTo(0.25);
    expect(use('CPU', { hitRatio: 0.9 })).toBeCloseTo(0.6);
  });
  it('sends five times the misses when the cache is cold', () => {
    expect(use('connections', { hitRatio: 0 })).toBeCloseTo(2.5);
  });
  it('takes the forecast of a fix off p99 as an interval, and off nothing else', () => {
    const [before, after] = [{}, { gainMs: [40, 90] as const }].map((c) =>
      latencyAt(SERVICE, 'p99', 1000, c),
    );
    expect(after?.high).toBeCloseTo((before?.high ?? 0) - 40, 6);
    expect(after?.low).toBeCloseTo((before?.low ?? 0) - 90, 6);
    const timed = { ...SERVICE, latency: [{ rate: 1000, p50: 100, p99: 300 }] };
    expect(latencyAt(timed, 'p50', 1000, { gainMs: [40, 90] })).toEqual(latencyAt(timed, 'p50', 1000, {}));
    expect(workThatFits(SERVICE, 'p99', 280, 1000, { gainMs: [40, 90] })?.high).toBe(1);
    expect(workThatFits(SERVICE, 'p99', 280, 1000, {})?.high).toBeLessThan(1);
  });
  it('counts a larger pool, a longer hold, and less work a request', () => {
    expect(use('connections', { pool: 200 })).toBeCloseTo(0.25);
    expect(use('connections', { hold: 2 })).toBeCloseTo(1);
    expect(use('CPU', { cpuPerRequest: 0.7 })).toBeCloseTo(0.42);
  });
});

describe('failures', () => {
  const plan = capacityPlan(
    SERVICE,
    { rate: 1000 },
    { zones: 3, growth: { perMonth: 0.05, season: 1, event: 1 } },
  );
  const failure = (name: string) => plan.failures.find((f) => f.name.startsWith(name));
  it('takes one of six instances and one of three zones away', () => {
    expect(failure('one of 6 instances')?.used).toBeCloseTo(0.72);
    expect(failure('one of 3 zones')?.used).toBeCloseTo(0.9);
  });
  it('names what a cold cache fills', () => {
    expect(failure('cache cold')?.over).toEqual(['database', 'connections']);
  });
  it('does not call it well when something else would be beyond full use', () => {
    expect(failure('cache cold')?.verdict).toBe('breaks');
    const soft = SERVICE.resources.map((r) => (r.name === 'CPU' ? r : { ...r, soft: 'a default' }));
    const cold = capacityPlan(
      { ...SERVICE, objective: { p99: 2000 }, resources: soft },
      { rate: 500 },
      { zones: 3 },
    );
    expect(cold.failures.find((f) => f.name === 'cache cold')?.verdict).toBe('depends');
  });
  it('has the one instance of a fleet of one break', () => {
    const one = capacityPlan({ ...SERVICE, instances: 1 }, {}, { zones: 1 });
    expect(one.failures.slice(0, 2).map((f) => f.verdict)).toEqual(['breaks', 'breaks']);
  });
  it('counts months until growth eats the headroom', () => {
    expect(plan.headroom?.planningRate).toBeCloseTo(1083.33, 1);
    expect(plan.headroom?.months?.planning.value).toBeCloseTo(Math.log(0.65 / 0.6) / Math.log(1.05), 6);
  });
  it('widens with one load point: how much of it is waiting is unknown', () => {
    expect(plan.asked.p99?.value).toBeCloseTo(300, 6);
    const later = capacityPlan(SERVICE, {}, { zones: 3 }).asked;
    expect(later.p99?.low).toBeLessThan(later.p99?.high ?? 0);
  });
});
