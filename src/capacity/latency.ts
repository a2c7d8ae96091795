import { lineOf } from '../models/capacity/candidates.js';
import type { Estimate } from '../models/capacity/fit.js';
import { erlangC } from '../models/queueing.js';
import type { Today } from './today.js';
import { contended, usedAt, type WhatIf } from './what-if.js';

export type Percentile = 'p50' | 'p95' | 'p99';

/** One way the measured points can be read: a base, and a wait that grows as the queue of so many servers does. */
export interface Curve {
  baseMs: number;
  waitMs: number;
  servers: number;
}

/** How many servers one queue feeds is not said by a case: all of these are tried, and the interval spans them. */
const SERVERS = [1, 4, 16, 64];
/** With one load point the share of it that is waiting is unknown; these are tried. */
const WAIT_SHARES = [0.2, 0.5, 0.8];

/** Mean wait in service times of M/M/c, at a busy share. */
const waitShape = (servers: number, busy: number): number =>
  busy >= 1 ? Number.POSITIVE_INFINITY : erlangC(servers, servers * busy) / (servers * (1 - busy));

/** Every reading of the latency known today; none when there is no latency or nothing that fills up. */
export function curvesOf(today: Today, percentile: Percentile): Curve[] {
  const resource = contended(today);
  if (!resource) return [];
  const points = today.latency.flatMap((p) => {
    const ms = p[percentile];
    const busy = usedAt(resource, today, p.rate, {});
    return ms === undefined || busy >= 1 ? [] : [{ busy, ms }];
  });
  const [first, ...rest] = points;
  if (!first) return [];
  return SERVERS.flatMap((servers): Curve[] => {
    if (rest.length === 0)
      return WAIT_SHARES.map((share) => ({
        servers,
        baseMs: first.ms * (1 - share),
        waitMs: (first.ms * share) / waitShape(servers, first.busy),
      }));
    const line = lineOf(points.map((p) => [waitShape(servers, p.busy), p.ms] as const));
    return line.slope >= 0 && line.start >= 0
      ? [{ servers, baseMs: line.start, waitMs: line.slope }]
      : // The base cannot be below nothing: all of it is waiting.
        line.start < 0
        ? [{ servers, baseMs: 0, waitMs: Math.max(...points.map((p) => p.ms / waitShape(servers, p.busy))) }]
        : [{ servers, baseMs: Math.max(...points.map((p) => p.ms)), waitMs: 0 }];
  });
}

const curveAt = (curve: Curve, busy: number, cpu: number): number =>
  curve.waitMs === 0 && busy < 1
    ? curve.baseMs
    : curve.baseMs + curve.waitMs * cpu * waitShape(curve.servers, busy);

/** A percentile at a rate with changes applied, spanning every reading; `undefined` when latency is not known. */
export function latencyAt(
  today: Today,
  percentile: Percentile,
  rate: number,
  change: WhatIf,
): Estimate | undefined {
  const resource = contended(today);
  if (!resource) return undefined;
  const busy = usedAt(resource, today, rate, change);
  return span(
    curvesOf(today, percentile).map((c) =>
      curveAt(c, busy, resource.ownCode ? (change.cpuPerRequest ?? 1) : 1),
    ),
  );
}

/**
 * Work a request that is left when p99 keeps the objective at a rate with a capacity: 1 when nothing must be cut.
 * `undefined` when latency is not known, or no cut suffices.
 */
export function workThatFits(
  today: Today,
  percentile: Percentile,
  objectiveMs: number,
  rate: number,
  change: WhatIf,
): Estimate | undefined {
  const resource = contended(today);
  if (!resource?.ownCode) return undefined;
  const busy = usedAt(resource, today, rate, { ...change, cpuPerRequest: 1 });
  const fits = curvesOf(today, percentile).flatMap((c) => {
    if (c.baseMs > objectiveMs) return [];
    if (curveAt(c, busy, 1) <= objectiveMs) return [1];
    let low = 0;
    let high = 1;
    for (let i = 0; i < 50; i++) {
      const mid = (low + high) / 2;
      if (curveAt(c, busy * mid, mid) <= objectiveMs) low = mid;
      else high = mid;
    }
    return [low];
  });
  return span(fits);
}

/** The middle of the readings with the lowest and the highest. */
function span(values: readonly number[]): Estimate | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low] = sorted;
  const high = sorted[sorted.length - 1];
  const value = sorted[Math.floor((sorted.length - 1) / 2)];
  return low === undefined || high === undefined || value === undefined ? undefined : { value, low, high };
}
