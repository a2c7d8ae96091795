import type { InstancePrice, PriceBook } from '../knowledge/prices.js';
import type { Estimate } from '../models/capacity/fit.js';
import { latencyAt } from './latency.js';
import { PLANNING_SHARE } from './plan.js';
import type { Today } from './today.js';
import { contended, usedAt, type WhatIf } from './what-if.js';

/** The load asked for on another type of instance. */
export interface TypeOption {
  type: string;
  /** Instances that carry it; as a multiple of today's where today's count is not known. */
  count: number;
  /** Speed of a core against today's type. */
  speed: number;
  memoryGiB: number;
  perHour: number;
  /** What the instances cost an hour together, and the change against what runs today. */
  billPerHour: number;
  billChange: number;
  used: number;
  p99?: Estimate;
  /** What has to be checked before it is believed. */
  check: string[];
}

/** So many times the smallest count is tried for an objective that is missed; beyond it capacity is no answer. */
const MOST_TIMES = 4;

/** Change of the fleet from so many of one type to so many of another. */
export const ofFleet = (
  from: InstancePrice,
  now: number,
  to: InstancePrice,
  count: number,
): Pick<WhatIf, 'capacity' | 'coreSpeed'> => ({
  capacity: (count * to.cores) / (now * from.cores),
  coreSpeed: speedOf(to) / speedOf(from),
});

const speedOf = (t: InstancePrice): number => t.speed ?? 1;

/**
 * Each type of the price book with the fewest instances that carry the load at the planning share and, where latency is
 * known, within the objective; the cheapest in front. `undefined` when nothing that grows with instances is known to fill up.
 */
export function typeOptions(
  today: Today,
  rate: number,
  from: InstancePrice,
  book: PriceBook,
  change: WhatIf,
): TypeOption[] | undefined {
  const resource = contended(today);
  if (resource?.scales !== 'instances') return undefined;
  const now = today.instances ?? 1;
  const known = today.instances !== undefined;
  const goal = today.objective.p99;
  const step = known ? 1 : 0.05;
  return book.instances
    .map((to): TypeOption => {
      const at = (count: number) => {
        const then: WhatIf = { ...change, ...ofFleet(from, now, to, count) };
        return { used: usedAt(resource, today, rate, then), p99: latencyAt(today, 'p99', rate, then) };
      };
      const least = Math.max(step, Math.ceil(at(1).used / PLANNING_SHARE / step - 1e-9) * step);
      const holds = (count: number): boolean => {
        const { p99 } = at(count);
        return goal === undefined || p99 === undefined || p99.value <= goal;
      };
      let count = least;
      while (!holds(count) && count < MOST_TIMES * least) count += step;
      if (!holds(count)) count = least;
      const { used, p99 } = at(count);
      const billPerHour = count * to.perHour;
      return {
        type: to.type,
        count,
        speed: speedOf(to) / speedOf(from),
        memoryGiB: to.memoryGiB,
        perHour: to.perHour,
        billPerHour,
        billChange: billPerHour / (now * from.perHour) - 1,
        used,
        ...(p99 ? { p99 } : {}),
        check: [
          ...(holds(count) ? [] : ['misses the objective at any count, work must be cut']),
          ...(to.memoryGiB < from.memoryGiB ? ['less memory an instance'] : []),
          ...(to.type !== from.type && (to.speed === undefined || from.speed === undefined)
            ? ['speed of a core not in the price book']
            : []),
          ...(known && count < 2 && now >= 2 ? ['a single instance'] : []),
        ],
      };
    })
    .sort((a, b) => a.billPerHour - b.billPerHour || (a.type < b.type ? -1 : 1));
}
