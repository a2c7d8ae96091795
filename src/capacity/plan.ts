import type { Estimate } from '../models/capacity/fit.js';
import { PLANNING } from '../readings/utilisation-at-target.js';
import { latencyAt, workThatFits } from './latency.js';
import type { Today } from './today.js';
import { contended, type Limit, limitsInOrder, rateAt, usedAt, type WhatIf } from './what-if.js';

export const PLANNING_SHARE = PLANNING.value;
const WEEK_HOURS = 168;

export interface State {
  name: string;
  rate: number;
  /** Busy share of what latency follows. */
  used?: number;
  p50?: Estimate;
  p95?: Estimate;
  p99?: Estimate;
  /** The objective holds for every reading, for none, or it depends. */
  verdict: 'holds' | 'breaks' | 'depends' | 'untested';
  /** Resources beyond full use. */
  over: string[];
  /** What would have to be known. */
  untested?: string;
}

export interface Growth {
  perMonth: number;
  /** In which the growth a month lies in nine of ten cases, where a recorded load shows it. */
  perMonthWithin?: readonly [number, number];
  season: number;
  event: number;
}

export interface CapacityPlan {
  now?: State;
  asked: State;
  limits: Limit[];
  /** Rate at which the first hard limit is at the planning share, and at full use. */
  headroom?: {
    planningRate: number;
    fullRate: number;
    ofNow: number;
    months?: { planning: Estimate; full: Estimate };
  };
  /** What each way to reach the objective takes. */
  ways: Way[];
  failures: State[];
}

export interface Way {
  name: string;
  /** Work a request that must go, as a share: for the objective, to run calmly, and only to be able to. */
  cut?: Estimate;
  cutToPlanning?: number;
  cutToFull?: number;
  capacity: number;
  /** Rise of the bill, if the tier were all of it. */
  costUpTo?: number;
  hoursAWeek?: number;
}

/** Works a plan out: the load asked for, what limits, what each way takes, and what happens when something fails. */
export function capacityPlan(
  today: Today,
  change: WhatIf,
  options: { growth?: Growth; zones: number },
): CapacityPlan {
  const rate = change.rate ?? today.target ?? today.rate ?? 0;
  const asked = stateOf('load asked for', today, rate, change);
  const limits = limitsInOrder(today, change);
  const hard = limits.find((l) => l.resource.soft === undefined);
  return {
    ...(today.rate === undefined ? {} : { now: stateOf('today’s highest load', today, today.rate, {}) }),
    asked,
    limits,
    ...(hard && today.rate !== undefined
      ? { headroom: headroomOf(today, change, hard, today.rate, options.growth) }
      : {}),
    ways: waysOf(today, rate, change),
    failures: failuresOf(today, rate, change, options.zones),
  };
}

function stateOf(name: string, today: Today, rate: number, change: WhatIf): State {
  const resource = contended(today);
  const used = resource ? usedAt(resource, today, rate, change) : undefined;
  const [p50, p95, p99] = (['p50', 'p95', 'p99'] as const).map((p) => latencyAt(today, p, rate, change));
  const over = today.resources
    .filter((r) => usedAt(r, today, rate, change) > 1)
    .map((r) => `${r.name}${r.soft ? ' (to be checked)' : ''}`);
  const full = used !== undefined && used >= 1;
  return {
    name,
    rate,
    ...(used === undefined ? {} : { used }),
    ...(p50 ? { p50 } : {}),
    ...(p95 ? { p95 } : {}),
    ...(p99 ? { p99 } : {}),
    over,
    verdict: full ? 'breaks' : verdictOf(today, rate, change, p99),
    ...(resource
      ? {}
      : { untested: 'nothing says how busy anything is: measure processor use at a known rate' }),
  };
}

/** By the objective; what is beyond full use breaks it whatever the queue of the processors says, or may. */
function verdictOf(today: Today, rate: number, change: WhatIf, p99: Estimate | undefined): State['verdict'] {
  const goal = today.objective.p99;
  const over = today.resources.filter((r) => usedAt(r, today, rate, change) > 1);
  if (over.some((r) => r.soft === undefined)) return 'breaks';
  if (goal === undefined || !p99) return 'untested';
  if (p99.low > goal) return 'breaks';
  return p99.high <= goal && over.length === 0 ? 'holds' : 'depends';
}

function headroomOf(
  today: Today,
  change: WhatIf,
  first: Limit,
  rate: number,
  growth: Growth | undefined,
): NonNullable<CapacityPlan['headroom']> {
  const planningRate = rateAt(first.resource, today, change, PLANNING_SHARE);
  const monthsBy = (limit: number, perMonth: number): number =>
    perMonth > 0
      ? Math.max(
          0,
          Math.log(limit / (rate * (growth?.season ?? 1) * (growth?.event ?? 1))) / Math.log1p(perMonth),
        )
      : Number.POSITIVE_INFINITY;
  const months = (limit: number): Estimate => {
    const value = growth?.perMonth ?? 0;
    const [slow, fast] = growth?.perMonthWithin ?? [value, value];
    return { value: monthsBy(limit, value), low: monthsBy(limit, fast), high: monthsBy(limit, slow) };
  };
  return {
    planningRate,
    fullRate: first.fullAt,
    ofNow: planningRate / rate - 1,
    ...(growth ? { months: { planning: months(planningRate), full: months(first.fullAt) } } : {}),
  };
}

/** Today's capacity, capacity within the cost limit, and the capacity that needs no cut; cuts are of today's work. */
function waysOf(today: Today, rate: number, change: WhatIf): Way[] {
  const resource = contended(today);
  if (resource?.scales !== 'instances') return [];
  const base = change.capacity ?? 1;
  const way = (name: string, capacity: number): Way => {
    const used = usedAt(resource, today, rate, { ...change, capacity, cpuPerRequest: 1 });
    const goal = today.objective.p99;
    const fits =
      goal === undefined ? undefined : workThatFits(today, 'p99', goal, rate, { ...change, capacity });
    const extra = capacity - 1;
    return {
      name,
      capacity,
      cutToPlanning: Math.max(0, 1 - PLANNING_SHARE / used),
      cutToFull: Math.max(0, 1 - 1 / used),
      ...(fits ? { cut: { value: 1 - fits.value, low: 1 - fits.high, high: 1 - fits.low } } : {}),
      ...(extra > 0 ? { costUpTo: extra } : {}),
      ...(extra > 0 && today.costLimit !== undefined
        ? { hoursAWeek: Math.min(WEEK_HOURS, (today.costLimit * WEEK_HOURS) / extra) }
        : {}),
    };
  };
  const needed = usedAt(resource, today, rate, { ...change, capacity: 1, cpuPerRequest: 1 }) / PLANNING_SHARE;
  return [
    way(base === 1 ? 'today’s capacity' : 'the capacity tried', base),
    ...(today.costLimit === undefined || today.costLimit === 0
      ? []
      : [way('always on within the cost limit', 1 + today.costLimit)]),
    ...(needed > 1 ? [way('capacity alone', needed)] : []),
  ];
}

function failuresOf(today: Today, rate: number, change: WhatIf, zones: number): State[] {
  const capacity = change.capacity ?? 1;
  const count = today.instances === undefined ? undefined : Math.round(today.instances * capacity);
  const unknown = (name: string, untested: string): State => ({
    name,
    rate,
    verdict: 'untested',
    over: [],
    untested,
  });
  const one =
    count === undefined
      ? unknown('one instance lost', 'how many instances there are: give --now instances=8')
      : count < 2
        ? { ...unknown('the one instance lost', 'nothing is left to serve'), verdict: 'breaks' as const }
        : stateOf(`one of ${count} instances lost`, today, rate, {
            ...change,
            capacity: (capacity * (count - 1)) / count,
          });
  // Fewer instances than zones are in as many zones as there are instances.
  const spread = count === undefined ? zones : Math.min(zones, count);
  const zone =
    spread < 2
      ? { ...unknown('the one zone lost', 'nothing is left to serve'), verdict: 'breaks' as const }
      : stateOf(`one of ${spread} zones lost`, today, rate, {
          ...change,
          capacity: (capacity * (spread - 1)) / spread,
        });
  const hit = change.hitRatio ?? today.hitRatio;
  const behind = today.resources.some((r) => r.reached.startsWith('misses'));
  const cold =
    hit === undefined
      ? []
      : [
          behind
            ? stateOf('cache cold', today, rate, { ...change, hitRatio: 0 })
            : unknown(
                'cache cold',
                `what stands behind the cache gets ${(1 / (1 - hit)).toFixed(1)} times the reads: measure how busy it is`,
              ),
        ];
  const held = today.resources.some((r) => r.limit !== undefined)
    ? [stateOf('statements take twice as long', today, rate, { ...change, hold: 2 })]
    : [];
  const slow = today.dependencies.map((d) => {
    const name = `${d.name} twice as slow`;
    if (d.latencyMs === undefined) return unknown(name, `how long a call of ${d.name} takes: measure it`);
    const state = stateOf(name, today, rate, change);
    const later = (e: Estimate | undefined): Estimate | undefined =>
      e && {
        value: e.value + (d.latencyMs ?? 0),
        low: e.low + (d.latencyMs ?? 0),
        high: e.high + (d.latencyMs ?? 0),
      };
    const p99 = later(state.p99);
    const goal = today.objective.p99;
    return {
      ...state,
      ...(p99 ? { p99 } : {}),
      ...(p99 && goal !== undefined && state.verdict !== 'untested' && p99.low > goal
        ? { verdict: 'breaks' as const }
        : {}),
      ...(p99 && goal !== undefined && state.verdict === 'holds' && p99.high > goal
        ? { verdict: p99.low > goal ? ('breaks' as const) : ('depends' as const) }
        : {}),
    };
  });
  return [one, zone, ...cold, ...held, ...slow];
}
