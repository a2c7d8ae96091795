import type { Profile } from '../../domain/index.js';
import { demandPerRequest, type Estimate, partOf } from '../../models/request-cost.js';
import type { Interpretation, ProfileCause } from './interpret.js';

/** What a process served while it was profiled. */
export interface Served {
  /** Requests that this process served in the profile's time. */
  requests: number;
  /** Mean time of one of them, waiting included. */
  meanMs?: number;
}

/** What one request costs, in milliseconds of processor time, and what of its own time that is. */
export interface RequestCost {
  perRequestMs: Estimate;
  causes: { cause: ProfileCause; costMs: Estimate; wallShare?: Estimate }[];
  /** Why the cost is not set against the time of a request, where a time was given. */
  notWall?: string;
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  nanoseconds: 1e-6,
  microseconds: 1e-3,
  milliseconds: 1,
  seconds: 1000,
};

/**
 * Milliseconds at work of the profiled process: the weight of its samples where that is time, else samples × the time
 * between two. `undefined` when the profile tells neither, or does not measure time.
 */
export function workMs(profile: Profile, seen: Interpretation): number | undefined {
  if (seen.family !== 'processor' && seen.family !== 'wall') return undefined;
  const unit = profile.sampleTypes[seen.sampleType]?.unit ?? '';
  let weight = 0;
  for (const v of profile.tree.values[seen.sampleType] ?? []) weight += v;
  const busy = 1 - seen.idleShare;
  const scale = TIME_UNITS[unit];
  if (scale !== undefined) return weight * scale * busy;
  return unit === 'count' && profile.periodNs ? weight * profile.periodNs * 1e-6 * busy : undefined;
}

/** Cost of a request by cause. `undefined` when the profile does not tell its work as time, or nothing was served. */
export function requestCost(profile: Profile, seen: Interpretation, served: Served): RequestCost | undefined {
  const work = workMs(profile, seen);
  const perRequestMs =
    work === undefined ? undefined : demandPerRequest(work, seen.busySamples, served.requests);
  if (!perRequestMs) return undefined;
  const { meanMs } = served;
  // More processor time than the request lasts: work beside requests, several threads, or requests not all counted.
  const fits = meanMs !== undefined && meanMs > 0 && perRequestMs.interval[0] <= meanMs;
  return {
    perRequestMs,
    causes: seen.causes
      .filter((c) => c.basis === 'samples')
      .map((cause) => {
        const costMs = partOf(perRequestMs, cause.share, cause.interval);
        return { cause, costMs, ...(fits ? { wallShare: shareOf(costMs, meanMs) } : {}) };
      }),
    ...(meanMs !== undefined && !fits
      ? {
          notWall:
            'A request costs more processor time than it lasts: the process does other work too, or not all of its requests were counted.',
        }
      : {}),
  };
}

const shareOf = (cost: Estimate, meanMs: number): Estimate => ({
  value: Math.min(1, cost.value / meanMs),
  interval: [Math.min(1, cost.interval[0] / meanMs), Math.min(1, cost.interval[1] / meanMs)],
});
