import { quantile, sorted } from '../quantile.js';
import { fitUtilisation } from './candidates.js';
import { type CapacityStep, meanOf } from './steps.js';

/** Where a resource is full, by the utilisation law over the steps in which it was watched. */
export interface ResourceLimit {
  name: string;
  /** Work a request, as a share of all there is of the resource for so many milliseconds. */
  demandMs: number;
  /** Busy share without any load: neighbours, timers, housekeeping. */
  idleShare: number;
  /** Requests a second at full use. */
  fullAt: number;
  /** Busy share at the highest rate watched. */
  busyTo: number;
}

/** What every resource can carry, the one that is full first in front; none where the rate did not change. */
export const limitsOf = (steps: readonly CapacityStep[]): ResourceLimit[] =>
  namesOf(steps)
    .flatMap((name): ResourceLimit[] => {
      const own = watched(steps, name);
      const fit = fitUtilisation(own);
      const last = own.filter((s) => s.utilisation !== undefined).at(-1);
      return fit
        ? [
            {
              name,
              demandMs: fit.parameters.demandMs ?? 0,
              idleShare: fit.parameters.idleShare ?? 0,
              fullAt: fit.capacity,
              busyTo: last?.utilisation ?? 0,
            },
          ]
        : [];
    })
    .sort((a, b) => a.fullAt - b.fullAt || (a.name < b.name ? -1 : 1));

/** The steps with the busy share of the resource that is full first; unchanged where none was watched at two rates. */
export function byFirstLimit(steps: readonly CapacityStep[]): CapacityStep[] {
  const first = limitsOf(steps)[0];
  return first ? watched(steps, first.name) : [...steps];
}

/** Neighbours that took so much more of the machine than in the other steps made requests wait for them. */
const DISTURBED = 0.1;
const LEAST_TIMED = 3;

/** The steps without the latency of those that neighbours disturbed; unchanged where fewer than three with a latency would be left. */
export function withoutDisturbed(steps: readonly CapacityStep[]): CapacityStep[] {
  const othersIn = (s: CapacityStep): number => Math.max(0, ...(s.resources ?? []).map((r) => r.others ?? 0));
  const usual = quantile(sorted(steps.map(othersIn)), 0.5);
  const isCalm = (s: CapacityStep): boolean => othersIn(s) <= usual + DISTURBED;
  if (steps.filter((s) => isCalm(s) && meanOf(s) !== undefined).length < LEAST_TIMED) return [...steps];
  return steps.map((s) => {
    if (isCalm(s)) return s;
    const { meanMs: _, p50Ms: _p50, p95Ms: _p95, p99Ms: _p99, ...rest } = s;
    return rest;
  });
}

const namesOf = (steps: readonly CapacityStep[]): string[] => [
  ...new Set(steps.flatMap((s) => s.resources?.map((r) => r.name) ?? [])),
];

/**
 * Steps in order of load with one resource as their utilisation. What neighbours took is levelled to its median: it comes and
 * goes with them and not with the rate, and a line through it would lean by chance.
 */
function watched(steps: readonly CapacityStep[], name: string): CapacityStep[] {
  const others = sorted(steps.flatMap((s) => s.resources?.find((r) => r.name === name)?.others ?? []));
  const level = others.length > 0 ? quantile(others, 0.5) : 0;
  return [...steps]
    .sort((a, b) => a.throughput - b.throughput)
    .map((s) => {
      const use = s.resources?.find((r) => r.name === name);
      const { utilisation: _, ...rest } = s;
      return use
        ? {
            ...rest,
            utilisation: use.busy - (use.others ?? level) + level,
            ...(use.servers === undefined ? {} : { servers: use.servers }),
          }
        : rest;
    });
}
