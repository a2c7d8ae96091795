import type { Estimate } from '../models/capacity/fit.js';
import { type Front, paretoFront } from '../models/capacity/pareto.js';
import { latencyAt } from './latency.js';
import { PLANNING_SHARE } from './plan.js';
import type { Today } from './today.js';
import { contended, usedAt, type WhatIf } from './what-if.js';

/** A way to carry the load: work cut, capacity added, always or by the hour. */
export interface CostOption {
  /** Share of CPU a request that is cut. */
  cut: number;
  capacity: number;
  hoursAWeek: number;
  /** Change of the bill: capacity × time × the tier's share of it. */
  billChange: number;
  used: number;
  p99?: Estimate;
}

const WEEK_HOURS = 168;
const CUTS = [0, 0.1, 0.2, 0.3, 0.4, 0.5];
const CAPACITIES = [1, 1.05, 1.1, 1.15, 1.25, 1.4, 1.6, 1.85, 2.2, 2.6];

export interface CostFront extends Front<CostOption> {
  options: CostOption[];
}

/**
 * Options under hard limits: the cost limit, the objective, and processors below full use at the planning share. Small are
 * to be the bill, the work that must be cut, and use. `share` is the tier's part of the bill, `peakHours` a week
 * how long rented capacity runs.
 */
export function costFront(
  today: Today,
  rate: number,
  share: number,
  peakHours: number,
): CostFront | undefined {
  const resource = contended(today);
  if (resource?.scales !== 'instances') return undefined;
  const options = CUTS.flatMap((cut) =>
    CAPACITIES.flatMap((capacity): CostOption[] =>
      (capacity === 1 ? [WEEK_HOURS] : [WEEK_HOURS, peakHours]).map((hours) => {
        const change: WhatIf = { capacity, cpuPerRequest: 1 - cut };
        const p99 = latencyAt(today, 'p99', rate, change);
        return {
          cut,
          capacity,
          hoursAWeek: hours,
          billChange: ((capacity - 1) * share * hours) / WEEK_HOURS,
          used: usedAt(resource, today, rate, change),
          ...(p99 ? { p99 } : {}),
        };
      }),
    ),
  );
  const goal = today.objective.p99;
  const limit = today.costLimit;
  const front = paretoFront(
    options,
    [(o) => o.billChange, (o) => o.cut],
    [
      {
        name: `use within ${Math.round(PLANNING_SHARE * 100)} %`,
        holds: (o) => o.used <= PLANNING_SHARE + 1e-9,
      },
      ...(limit === undefined
        ? []
        : [{ name: 'the cost limit', holds: (o: CostOption) => o.billChange <= limit + 1e-9 }]),
      ...(goal === undefined || options.every((o) => o.p99 === undefined)
        ? []
        : [
            {
              name: 'the objective',
              holds: (o: CostOption) => (o.p99?.value ?? Number.POSITIVE_INFINITY) <= goal,
            },
          ]),
    ],
  );
  return { ...front, options };
}
