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
  /** The wait in service times at a busy share; infinite at full use. */
  shape: (busy: number) => number;
}

/** How many servers one queue feeds is not said by a case: all of these are tried, and the interval spans them. */
const SERVERS = [1, 4, 16, 64];
/** With one load point the share of it that is waiting is unknown; these are tried. */
const WAIT_SHARES = [0.2, 0.5, 0.8];
/** Where the work of a request was measured, how even it is was not: from half as uneven as exponential to three times. */
const UNEVENNESS = [0.75, 1, 2];

/** Mean wait in service times of M/M/c, at a busy share. */
const meanWait =
  (servers: number) =>
  (busy: number): number =>
    busy >= 1 ? Number.POSITIVE_INFINITY : erlangC(servers, servers * busy) / (servers * (1 - busy));

const TAIL: Readonly<Record<Percentile, number>> = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** A percentile of the wait in service times of M/M/c: nothing where that share does not wait. */
const waitOf =
  (servers: number, percentile: Percentile) =>
  (busy: number): number => {
    if (busy >= 1) return Number.POSITIVE_INFINITY;
    const waiting = erlangC(servers, servers * busy);
    const beyond = 1 - TAIL[percentile];
    return waiting <= beyond ? 0 : Math.log(waiting / beyond) / (servers * (1 - busy));
  };

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
  const { servers: known, workMs } = resource;
  if (known !== undefined && workMs !== undefined) {
    const shape = waitOf(known, percentile);
    const last = rest.at(-1) ?? first;
    return UNEVENNESS.map((factor) => ({
      servers: known,
      shape,
      waitMs: workMs * factor,
      baseMs: Math.max(0, last.ms - workMs * factor * shape(last.busy)),
    }));
  }
  return SERVERS.flatMap((servers): Curve[] => {
    const shape = meanWait(servers);
    if (rest.length === 0)
      return WAIT_SHARES.map((share) => ({
        servers,
        shape,
        baseMs: first.ms * (1 - share),
        waitMs: (first.ms * share) / shape(first.busy),
      }));
    const line = lineOf(points.map((p) => [shape(p.busy), p.ms] as const));
    return line.slope >= 0 && line.start >= 0
      ? [{ servers, shape, baseMs: line.start, waitMs: line.slope }]
      : // The base cannot be below nothing: all of it is waiting.
        line.start < 0
        ? [{ servers, shape, baseMs: 0, waitMs: Math.max(...points.map((p) => p.ms / shape(p.busy))) }]
        : [{ servers, shape, baseMs: Math.max(...points.map((p) => p.ms)), waitMs: 0 }];
  });
}

const curveAt = (curve: Curve, busy: number, cpu: number): number =>
  curve.waitMs === 0 && busy < 1 ? curve.baseMs : curve.baseMs + curve.waitMs * cpu * curve.shape(busy);

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
  const gains = gainsOf(percentile, change);
  return span(
    curvesOf(today, percentile).flatMap((c) => {
      const ms = curveAt(
        c,
        busy,
        resource.ownCode ? (change.cpuPerRequest ?? 1) / (change.coreSpeed ?? 1) : 1,
      );
      return gains.map((gain) => Math.max(0, ms - gain));
    }),
  );
}

/** A forecast is of p99; other percentiles stay as they are. */
const gainsOf = (percentile: Percentile, change: WhatIf): readonly number[] =>
  percentile === 'p99' ? (change.gainMs ?? [0]) : [0];

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
  const slow = 1 / (change.coreSpeed ?? 1);
  const goals = gainsOf(percentile, change).map((gain) => objectiveMs + gain);
  const fits = curvesOf(today, percentile).flatMap((c) =>
    goals.flatMap((goal) => workOn(c, busy, slow, goal)),
  );
  return span(fits);
}

/** The largest share of today's work at which a curve keeps the objective; none when its base is above it. */
function workOn(c: Curve, busy: number, slow: number, objectiveMs: number): number[] {
  if (c.baseMs > objectiveMs) return [];
  if (curveAt(c, busy, slow) <= objectiveMs) return [1];
  let low = 0;
  let high = 1;
  for (let i = 0; i < 50; i++) {
    const mid = (low + high) / 2;
    if (curveAt(c, busy * mid, mid * slow) <= objectiveMs) low = mid;
    else high = mid;
  }
  return [low];
}

/** The middle of the readings with the lowest and the highest. */
function span(values: readonly number[]): Estimate | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low] = sorted;
  const high = sorted[sorted.length - 1];
  const value = sorted[Math.floor((sorted.length - 1) / 2)];
  return low === undefined || high === undefined || value === undefined ? undefined : { value, low, high };
}
