/**
 * The Kubernetes horizontal pod autoscaler as its controller computes it, one decision at a time.
 * (Kubernetes documentation, Horizontal Pod Autoscaling, algorithm details and configurable scaling behaviour, v1.33;
 * kubernetes/kubernetes pkg/controller/podautoscaler replica_calculator.go and horizontal.go, same version.)
 */

/** What a pod reports. `value` in the unit of the target; a pod that is not ready is set aside as the controller does. */
export interface PodMetric {
  state: 'ready' | 'not-ready' | 'missing';
  /** Present for pods that report; not-ready ones may report too. */
  value?: number;
}

/** Relative distance from the target within which nothing is done. */
export const DEFAULT_TOLERANCE = 0.1;

/** Replicas for an average over pods: ceil(current × value / target), nothing within the tolerance. */
export function desiredForAverage(
  currentReplicas: number,
  value: number,
  target: number,
  tolerance = DEFAULT_TOLERANCE,
): number {
  const ratio = value / target;
  return withinTolerance(ratio, tolerance) ? currentReplicas : ceil(currentReplicas * ratio);
}

/**
 * Replicas for a per-pod metric with pods that are not ready or report nothing. Missing pods count as exactly at the
 * target when scaling down and as idle when scaling up; pods that are not ready count as idle when scaling up. When
 * that turns the direction, nothing is done.
 */
export function desiredForPods(
  currentReplicas: number,
  pods: readonly PodMetric[],
  target: number,
  tolerance = DEFAULT_TOLERANCE,
): number {
  const ready = pods.filter((p) => p.state === 'ready' && p.value !== undefined);
  if (ready.length === 0) return currentReplicas;
  const missing = pods.filter((p) => p.state === 'missing' || (p.state === 'ready' && p.value === undefined));
  const notReady = pods.filter((p) => p.state === 'not-ready');
  const sum = ready.reduce((total, p) => total + (p.value ?? 0), 0);
  const ratio = sum / (ready.length * target);
  const up = ratio > 1;
  if (missing.length === 0 && !(up && notReady.length > 0))
    return withinTolerance(ratio, tolerance) ? currentReplicas : ceil(ratio * ready.length);
  const counted = ready.length + missing.length + (up ? notReady.length : 0);
  const filled = sum + (up ? 0 : missing.length * target);
  const next = filled / (counted * target);
  if (withinTolerance(next, tolerance) || (ratio < 1 && next > 1) || (up && next < 1)) return currentReplicas;
  const replicas = ceil(next * counted);
  const turned = (next < 1 && replicas > currentReplicas) || (next > 1 && replicas < currentReplicas);
  return turned ? currentReplicas : replicas;
}

/** The highest of several metrics; one that is unavailable (`undefined`) forbids scaling down. */
export function desiredForMetrics(currentReplicas: number, each: readonly (number | undefined)[]): number {
  const known = each.filter((d) => d !== undefined);
  if (known.length === 0) return currentReplicas;
  const highest = Math.max(...known);
  return known.length < each.length && highest < currentReplicas ? currentReplicas : highest;
}

export interface ScalingPolicy {
  type: 'Pods' | 'Percent';
  value: number;
  periodSeconds: number;
}
export interface ScalingRules {
  stabilizationWindowSeconds: number;
  selectPolicy: 'Max' | 'Min' | 'Disabled';
  policies: readonly ScalingPolicy[];
}
export interface ScalingBehavior {
  scaleUp: ScalingRules;
  scaleDown: ScalingRules;
}

/** What applies when a manifest says nothing. */
export const DEFAULT_BEHAVIOR: ScalingBehavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Percent', value: 100, periodSeconds: 15 },
      { type: 'Pods', value: 4, periodSeconds: 15 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
};

/** What the controller remembers between decisions. Times in seconds. */
export interface HpaMemory {
  recommendations: readonly { at: number; replicas: number }[];
  /** Changes made: how many replicas were added (> 0) or removed (< 0), and when. */
  changes: readonly { at: number; by: number }[];
}
export const NO_MEMORY: HpaMemory = { recommendations: [], changes: [] };

export interface HpaLimits {
  minReplicas: number;
  maxReplicas: number;
}

/**
 * One pass of the controller: stabilises the recommendation over its windows, then limits the step by the policies
 * and the replica bounds. Returns the replicas to run and the memory for the next pass.
 */
export function scaleOnce(
  nowSeconds: number,
  currentReplicas: number,
  desired: number,
  limits: HpaLimits,
  behavior: ScalingBehavior,
  memory: HpaMemory,
): { replicas: number; memory: HpaMemory } {
  const { scaleUp, scaleDown } = behavior;
  const longest = Math.max(scaleUp.stabilizationWindowSeconds, scaleDown.stabilizationWindowSeconds);
  const recommendations = [
    ...memory.recommendations.filter((r) => nowSeconds - r.at < longest),
    { at: nowSeconds, replicas: desired },
  ];
  const stable = stabilised(nowSeconds, currentReplicas, desired, recommendations, behavior);
  const stepped = limitStep(nowSeconds, currentReplicas, stable, limits, behavior, memory.changes);
  const replicas = clamp(stepped, limits);
  const keep = Math.max(...[...scaleUp.policies, ...scaleDown.policies].map((p) => p.periodSeconds), 0);
  const changes = memory.changes.filter((c) => nowSeconds - c.at < keep);
  return {
    replicas,
    memory: {
      recommendations,
      changes:
        replicas === currentReplicas
          ? changes
          : [...changes, { at: nowSeconds, by: replicas - currentReplicas }],
    },
  };
}

/** Scaling up goes to the lowest, scaling down to the highest recommendation of its window. */
function stabilised(
  now: number,
  current: number,
  desired: number,
  recommendations: HpaMemory['recommendations'],
  { scaleUp, scaleDown }: ScalingBehavior,
): number {
  let lowest = desired;
  let highest = desired;
  for (const r of recommendations) {
    if (now - r.at < scaleUp.stabilizationWindowSeconds) lowest = Math.min(lowest, r.replicas);
    if (now - r.at < scaleDown.stabilizationWindowSeconds) highest = Math.max(highest, r.replicas);
  }
  return Math.min(Math.max(current, lowest), Math.max(highest, lowest));
}

function limitStep(
  now: number,
  current: number,
  wanted: number,
  limits: HpaLimits,
  { scaleUp, scaleDown }: ScalingBehavior,
  changes: HpaMemory['changes'],
): number {
  const sumOf = (seconds: number, sign: 1 | -1): number =>
    changes
      .filter((c) => now - c.at < seconds && Math.sign(c.by) === sign)
      .reduce((sum, c) => sum + Math.abs(c.by), 0);
  if (wanted > current) {
    const reach = scaleUp.policies.map((p) => {
      const start = current - sumOf(p.periodSeconds, 1) + sumOf(p.periodSeconds, -1);
      return p.type === 'Pods' ? start + p.value : ceil(start * (1 + p.value / 100));
    });
    const limit = choose(scaleUp, reach, current, Math.max, Math.min);
    return Math.min(wanted, Math.max(limit, current), limits.maxReplicas);
  }
  if (wanted < current) {
    const reach = scaleDown.policies.map((p) => {
      const start = current + sumOf(p.periodSeconds, -1) - sumOf(p.periodSeconds, 1);
      return p.type === 'Pods' ? start - p.value : Math.trunc(start * (1 - p.value / 100));
    });
    const limit = choose(scaleDown, reach, current, Math.min, Math.max);
    return Math.max(wanted, Math.min(limit, current), limits.minReplicas);
  }
  return wanted;
}

/** `Max` takes the policy that changes most, `Min` the one that changes least. */
function choose(
  rules: ScalingRules,
  reach: readonly number[],
  current: number,
  most: (...xs: number[]) => number,
  least: (...xs: number[]) => number,
): number {
  if (rules.selectPolicy === 'Disabled' || reach.length === 0) return current;
  return rules.selectPolicy === 'Max' ? most(...reach) : least(...reach);
}

const withinTolerance = (ratio: number, tolerance: number): boolean =>
  Math.abs(1 - ratio) <= tolerance + 1e-12;
const clamp = (replicas: number, { minReplicas, maxReplicas }: HpaLimits): number =>
  Math.min(maxReplicas, Math.max(minReplicas, replicas));
/** Round-off of a product must not add a replica. */
const ceil = (x: number): number => Math.ceil(x - 1e-9);
