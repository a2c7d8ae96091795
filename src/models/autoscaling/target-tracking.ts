/**
 * Target tracking as cloud providers run it: an alarm above the target scales out in proportion, an alarm below nine
 * tenths of it for a long time scales in. (AWS Application Auto Scaling user guide, target tracking scaling policies,
 * 2025: scale-out after 3 datapoints of one minute above the target, scale-in after 15 below 90 % of it.)
 */
export interface TargetTracking {
  target: number;
  minReplicas: number;
  maxReplicas: number;
  /** Time between two scale-outs, and two scale-ins. */
  scaleOutCooldownSeconds: number;
  scaleInCooldownSeconds: number;
}

export interface TrackingMemory {
  /** One value a minute, newest last. */
  minutes: readonly number[];
  lastOutAt: number;
  lastInAt: number;
}
export const NO_TRACKING: TrackingMemory = {
  minutes: [],
  lastOutAt: Number.NEGATIVE_INFINITY,
  lastInAt: Number.NEGATIVE_INFINITY,
};

const OUT_MINUTES = 3;
const IN_MINUTES = 15;
const IN_SHARE = 0.9;

/** One decision a minute, on the mean of the metric over the last minute. */
export function trackOnce(
  nowSeconds: number,
  replicas: number,
  value: number,
  policy: TargetTracking,
  memory: TrackingMemory,
): { replicas: number; memory: TrackingMemory } {
  const minutes = [...memory.minutes, value].slice(-IN_MINUTES);
  const next: TrackingMemory = { ...memory, minutes };
  const recent = minutes.slice(-OUT_MINUTES);
  const proportional = Math.ceil((replicas * value) / policy.target - 1e-9);
  const bounded = Math.min(policy.maxReplicas, Math.max(policy.minReplicas, proportional));
  const above = recent.length === OUT_MINUTES && recent.every((v) => v > policy.target);
  if (above && bounded > replicas && nowSeconds - memory.lastOutAt >= policy.scaleOutCooldownSeconds)
    return { replicas: bounded, memory: { ...next, lastOutAt: nowSeconds } };
  const below = minutes.length === IN_MINUTES && minutes.every((v) => v < IN_SHARE * policy.target);
  const cool = nowSeconds - Math.max(memory.lastInAt, memory.lastOutAt) >= policy.scaleInCooldownSeconds;
  if (below && bounded < replicas && cool)
    return { replicas: bounded, memory: { ...next, lastInAt: nowSeconds } };
  return { replicas, memory: next };
}
