import { multiServerWaitQuantile } from '../queueing.js';
import {
  DEFAULT_BEHAVIOR,
  desiredForAverage,
  type HpaMemory,
  NO_MEMORY,
  type ScalingBehavior,
  scaleOnce,
} from './hpa.js';
import { floorAt, type ScheduledFloor } from './schedule.js';
import { NO_TRACKING, type TargetTracking, type TrackingMemory, trackOnce } from './target-tracking.js';

/** What one replica can do, and when a request counts as too slow. */
export interface Workload {
  /** Mean processor time of a request on one core. */
  serviceSeconds: number;
  coresPerReplica: number;
  /** From the decision until the replica serves. */
  startSeconds: number;
  /** The latency objective: this share of requests within this time. */
  objective: { quantile: number; seconds: number };
}

/**
 * - `cpu`: processor use, which cannot show more than all of it: a replica that drowns reports 100 %;
 * - `rate`: requests a second for each replica (KEDA, an external metric as AverageValue), at the target utilisation;
 * - `staffing`: replicas from the rate itself: load × (1 + margin) + spare cores. In M/M/c the tail of the wait is set by the
 *   cores to spare and not by their share, so that a small fleet keeps relatively more and a large one less.
 */
export type ScalingMetric =
  | { kind: 'cpu' }
  | { kind: 'rate' }
  | { kind: 'staffing'; margin: number; spareCores: number };

export type ScalerPolicy =
  | { kind: 'fixed'; replicas: number }
  | {
      kind: 'hpa';
      targetUtilisation: number;
      minReplicas: number;
      maxReplicas: number;
      behavior?: ScalingBehavior;
      tolerance?: number;
      /** What it scales on; without one, the mean processor use of the replicas that serve. */
      metric?: ScalingMetric;
      /** Floors by the clock (a KEDA cron trigger, a scheduled action); the higher of the two wins. */
      schedule?: readonly ScheduledFloor[];
      /** Floors minute by minute of the load replayed: what a forecast made before each minute asked for. */
      floors?: ArrayLike<number>;
    }
  | ({ kind: 'target-tracking' } & TargetTracking);

export interface ReplayStep {
  minute: number;
  ratePerSecond: number;
  /** Replicas that served during the minute, on average. */
  serving: number;
  utilisation: number;
  violated: boolean;
}
export interface Replay {
  steps: ReplayStep[];
  /** Paid time: every replica from its start. */
  replicaHours: number;
  violationMinutes: number;
  /** Share of requests that arrived in a violated minute. */
  violatedShare: number;
  scalings: number;
  highest: number;
}

/** The controller's period: 15 s for the HPA, a minute for target tracking. */
const TICK = 15;
const MINUTE = 60;
/** Callers give up after this long: no longer backlog is kept. */
const PATIENCE = 30;
/** A replica reports its metrics this long after they were measured. */
const METRIC_DELAY = 30;

/**
 * Replays a recorded load (requests a second, one value a minute) against a policy. Utilisation is rate × service
 * time / cores of the replicas that serve; work that cannot be done waits and is done first in the next tick. A minute is violated when the
 * objective's quantile of M/M/c exceeds its limit, or a backlog is left. `startMinute` is the minute of the day of the
 * first value.
 */
export function replay(
  ratePerSecond: readonly number[],
  workload: Workload,
  policy: ScalerPolicy,
  options: { startMinute?: number; startReplicas?: number } = {},
): Replay {
  const bounds = boundsOf(policy);
  let ordered = Math.max(
    bounds[0],
    Math.min(
      bounds[1],
      options.startReplicas ?? neededReplicas(ratePerSecond[0] ?? 0, workload, targetOf(policy)),
    ),
  );
  /** Replicas that serve, and those that start, by the second they will. */
  let serving = ordered;
  let starting: { at: number; count: number }[] = [];
  let hpa: HpaMemory = NO_MEMORY;
  let tracking: TrackingMemory = NO_TRACKING;
  let backlogSeconds = 0;
  let paidSeconds = 0;
  let scalings = 0;
  const seen: { at: number; utilisation: number }[] = [];
  const steps: ReplayStep[] = [];
  let violatedRequests = 0;
  let requests = 0;

  ratePerSecond.forEach((rate, minute) => {
    let busySum = 0;
    let servingSum = 0;
    let late = false;
    for (let tick = 0; tick < MINUTE / TICK; tick++) {
      const now = minute * MINUTE + tick * TICK;
      serving += starting.filter((s) => s.at <= now).reduce((sum, s) => sum + s.count, 0);
      starting = starting.filter((s) => s.at > now);
      const cores = serving * workload.coresPerReplica;
      const work = rate * workload.serviceSeconds * TICK + backlogSeconds;
      const done = Math.min(work, cores * TICK);
      backlogSeconds = Math.min(work - done, cores * PATIENCE);
      const utilisation = done / (cores * TICK);
      busySum += utilisation;
      servingSum += serving;
      paidSeconds += (serving + starting.reduce((sum, s) => sum + s.count, 0)) * TICK;
      if (backlogSeconds > 1e-9 || tooSlow(rate, cores, workload)) late = true;
      seen.push({ at: now, utilisation });
      if (seen.length > 8) seen.shift();
      const metric = [...seen].reverse().find((s) => s.at <= now - METRIC_DELAY)?.utilisation ?? utilisation;
      let wanted = ordered;
      if (policy.kind === 'hpa') {
        const seenRate = ratePerSecond[Math.max(0, Math.floor((now - METRIC_DELAY) / MINUTE))] ?? rate;
        const desired = desiredBy(policy, workload, {
          serving,
          ordered,
          utilisation: metric,
          rate: seenRate,
        });
        const floor = Math.max(
          floorAt(policy.schedule ?? [], ((options.startMinute ?? 0) + minute) % 1440),
          policy.floors?.[minute] ?? 0,
        );
        const scaled = scaleOnce(
          now,
          ordered,
          desired,
          { minReplicas: Math.max(policy.minReplicas, floor), maxReplicas: policy.maxReplicas },
          policy.behavior ?? DEFAULT_BEHAVIOR,
          hpa,
        );
        wanted = scaled.replicas;
        hpa = scaled.memory;
      } else if (policy.kind === 'target-tracking' && tick === 0) {
        const tracked = trackOnce(now, ordered, metric, policy, tracking);
        wanted = tracked.replicas;
        tracking = tracked.memory;
      }
      if (wanted > ordered) starting.push({ at: now + workload.startSeconds, count: wanted - ordered });
      if (wanted < ordered) {
        let drop = ordered - wanted;
        starting = starting
          .reverse()
          .map((s) => {
            const cut = Math.min(s.count, drop);
            drop -= cut;
            return { ...s, count: s.count - cut };
          })
          .filter((s) => s.count > 0)
          .reverse();
        serving -= drop;
      }
      if (wanted !== ordered) scalings++;
      ordered = wanted;
    }
    const ticks = MINUTE / TICK;
    steps.push({
      minute,
      ratePerSecond: rate,
      serving: servingSum / ticks,
      utilisation: busySum / ticks,
      violated: late,
    });
    requests += rate * MINUTE;
    if (late) violatedRequests += rate * MINUTE;
  });
  return {
    steps,
    replicaHours: paidSeconds / 3600,
    violationMinutes: steps.filter((s) => s.violated).length,
    violatedShare: requests > 0 ? violatedRequests / requests : 0,
    scalings,
    highest: steps.reduce((most, s) => Math.max(most, s.serving), 0),
  };
}

/** What the controller wants before its windows and limits. */
function desiredBy(
  policy: Extract<ScalerPolicy, { kind: 'hpa' }>,
  workload: Workload,
  seen: { serving: number; ordered: number; utilisation: number; rate: number },
): number {
  const metric = policy.metric ?? { kind: 'cpu' };
  const { serving, ordered } = seen;
  if (metric.kind === 'cpu') {
    const desired = desiredForAverage(serving, seen.utilisation, policy.targetUtilisation, policy.tolerance);
    // Pods that start have no metric yet: they count as idle going up, and keep the order.
    return ordered > serving ? Math.max(desired, ordered) : desired;
  }
  const load = seen.rate * workload.serviceSeconds;
  const cores =
    metric.kind === 'rate' ? load / policy.targetUtilisation : load * (1 + metric.margin) + metric.spareCores;
  const wanted = cores / workload.coresPerReplica;
  // An average per replica is held against the replicas ordered, those that start among them.
  return desiredForAverage(ordered, wanted / Math.max(1, ordered), 1, policy.tolerance);
}

/** Replicas that keep utilisation at or below `target` at a rate. */
export const neededReplicas = (ratePerSecond: number, workload: Workload, target: number): number =>
  Math.max(
    1,
    Math.ceil((ratePerSecond * workload.serviceSeconds) / (workload.coresPerReplica * target) - 1e-9),
  );

/** True when the objective does not hold at a rate, in the steady state of M/M/c. */
export function tooSlow(rate: number, cores: number, { serviceSeconds, objective }: Workload): boolean {
  const wait = multiServerWaitQuantile(
    rate,
    serviceSeconds,
    Math.max(1, Math.round(cores)),
    objective.quantile,
  );
  // The service time's own spread is exponential: its quantile comes on top of the wait's.
  return wait + serviceSeconds * -Math.log(1 - objective.quantile) > objective.seconds;
}

const boundsOf = (policy: ScalerPolicy): [number, number] =>
  policy.kind === 'fixed' ? [policy.replicas, policy.replicas] : [policy.minReplicas, policy.maxReplicas];
const targetOf = (policy: ScalerPolicy): number =>
  policy.kind === 'hpa' ? policy.targetUtilisation : policy.kind === 'target-tracking' ? policy.target : 0.65;
