import { type EFFORTS, type Fact, plain, type Recommendation, type Result } from '../domain/index.js';

type Effort = (typeof EFFORTS)[number];

/** Working hours that an effort stands for, from and to; a week has five days of eight hours. */
export const EFFORT_HOURS: Readonly<Record<Effort, readonly [number, number]>> = {
  minutes: [0.25, 2],
  hours: [2, 8],
  days: [8, 40],
  weeks: [40, 160],
};

/** What the user knows of money; what is absent stays untested. */
export interface Prices {
  /** An engineer for an hour. */
  engineerHour?: number;
  /** A minute out of the objective. */
  badMinute?: number;
  /** Minutes out of the objective in a month. */
  badMinutesAMonth?: number;
}

/** What a recommendation costs to make, and what comes back. Milliseconds are of p99; money is a month's. */
export interface Return {
  id: string;
  rank: number;
  title: string;
  effort: Effort;
  hours: readonly [number, number];
  /** Less p99, from and to; absent where no forecast was made. */
  gainMs?: readonly [number, number];
  /** Less p99 an hour of work: the smallest gain over the longest work, and the largest over the shortest. */
  gainMsAnHour?: readonly [number, number];
  /** Share of the way from today's p99 to the target; not above one. */
  ofTheWay?: readonly [number, number];
  cost?: readonly [number, number];
  /** What it saves a month: minutes out of the objective, as far as the way to the target is gone. */
  saves?: readonly [number, number];
  /** Months until it has paid for itself; infinite where it might save nothing. */
  monthsToPay?: readonly [number, number];
}

/**
 * Costs and returns in the order of the recommendations. A forecast counts alone: what several changes bring together
 * is in the report, and is less than their sum. Minutes out of the objective are taken to end in proportion to the way gone to
 * the target, which is the least that can be said without their distribution.
 */
export function returnsOf(result: Result, prices: Prices): Return[] {
  const facts = new Map(result.facts.map((f) => [f.id, f]));
  const goal = smallest(result.facts.filter((f) => f.name === 'latency.p99' && f.phase === 'target'));
  return [...result.recommendations]
    .sort((a, b) => a.rank - b.rank)
    .map((r) => returnOf(r, facts, goal, prices));
}

const smallest = (facts: readonly Fact[]): number | undefined =>
  facts.length === 0 ? undefined : Math.min(...facts.map((f) => f.value));

function returnOf(
  r: Recommendation,
  facts: ReadonlyMap<string, Fact>,
  goal: number | undefined,
  prices: Prices,
): Return {
  const hours = EFFORT_HOURS[r.effort];
  const { engineerHour } = prices;
  const cost = engineerHour === undefined ? undefined : times(hours, engineerHour);
  const base = {
    id: r.id,
    rank: r.rank,
    title: plain(r.title),
    effort: r.effort,
    hours,
    ...(cost ? { cost } : {}),
  };
  const then = r.forecast === undefined ? undefined : facts.get(r.forecast);
  const now = then ? todayOf(then, facts) : undefined;
  if (!then?.interval || now === undefined) return base;
  const gainMs = [Math.max(0, now - then.interval[1]), Math.max(0, now - then.interval[0])] as const;
  const way = goal === undefined || goal >= now ? undefined : now - goal;
  const ofTheWay =
    way === undefined ? undefined : ([Math.min(1, gainMs[0] / way), Math.min(1, gainMs[1] / way)] as const);
  const bad =
    prices.badMinute === undefined || prices.badMinutesAMonth === undefined
      ? undefined
      : prices.badMinute * prices.badMinutesAMonth;
  const saves = bad === undefined || ofTheWay === undefined ? undefined : times(ofTheWay, bad);
  return {
    ...base,
    gainMs,
    gainMsAnHour: [gainMs[0] / hours[1], gainMs[1] / hours[0]],
    ...(ofTheWay ? { ofTheWay } : {}),
    ...(saves ? { saves } : {}),
    ...(saves && cost ? { monthsToPay: [cost[0] / saves[1], cost[1] / saves[0]] } : {}),
  };
}

const times = (pair: readonly [number, number], factor: number): readonly [number, number] => [
  pair[0] * factor,
  pair[1] * factor,
];

/** The p99 that a forecast starts from: the one of the same operation that it was computed from. */
function todayOf(then: Fact, facts: ReadonlyMap<string, Fact>): number | undefined {
  const inputs = then.from.flatMap((p) => (p.kind === 'formula' ? p.facts : []));
  return inputs
    .map((id) => facts.get(id))
    .filter((f) => f?.name === then.name && f.phase === 'incident')
    .map((f) => f?.value)
    .find((v) => v !== undefined);
}
