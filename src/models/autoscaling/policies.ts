import { DEFAULT_BEHAVIOR } from './hpa.js';
import { forecastFloors, rollingSchedule, spareCores, trendFloors } from './predictive.js';
import { neededReplicas, type Replay, replay, type ScalerPolicy, type Workload } from './replay.js';

/** A policy with the name it is shown by and what implements it. */
export interface NamedPolicy {
  name: string;
  manifest: 'hpa' | 'keda' | 'target-tracking' | 'none';
  policy: ScalerPolicy;
  /** Needs something that makes a forecast and sets the floor; a manifest alone does not. */
  needsForecaster?: true;
  needsSchedule?: true;
  aheadOfTrend?: true;
}

export interface Played extends NamedPolicy {
  run: Replay;
}

export const DEFAULT_POLICY = 'HPA, default (CPU 80 %)';
/** What autoscaling/v2 sets when a manifest names no metric. (Kubernetes API reference, HorizontalPodAutoscalerSpec, v1.33.) */
const DEFAULT_TARGET = 0.8;
const DAY = 1440;
/** A default that breaks the objective for longer than this is no measure for a choice. */
const MOST_VIOLATED = 0.005;
/** Over the load: what the tolerance of a tenth leaves idle, twice; less where something else looks ahead. */
export const STAFFED_MARGIN = 0.2;
export const AHEAD_MARGIN = 0.18;
export const TREND_MINUTES = 3;
export const TREND_TARGET = 0.88;

export interface ReplayOptions {
  /** Minutes of the past that policies learn from; only what comes after is replayed. */
  learn: number;
  startMinute: number;
  minReplicas: number;
  maxReplicas: number;
}

/** The policies that are compared, made from the past alone. */
export function policiesFor(
  ratePerSecond: readonly number[],
  workload: Workload,
  o: ReplayOptions,
): NamedPolicy[] {
  const bounds = { minReplicas: o.minReplicas, maxReplicas: o.maxReplicas };
  const days = Math.max(1, Math.min(7, Math.floor(o.learn / DAY)));
  const reaction = (workload.startSeconds + 60) / 60;
  const peak = ratePerSecond.slice(o.learn).reduce((a, b) => Math.max(a, b), 0);
  const spare = spareCores(workload, Math.max(peak, 1));
  const staffing = { kind: 'staffing' as const, margin: STAFFED_MARGIN, spareCores: spare };
  const quick = {
    ...DEFAULT_BEHAVIOR,
    scaleDown: { ...DEFAULT_BEHAVIOR.scaleDown, stabilizationWindowSeconds: 120 },
  };
  const hpa = (targetUtilisation: number): Extract<ScalerPolicy, { kind: 'hpa' }> => ({
    kind: 'hpa',
    targetUtilisation,
    ...bounds,
  });
  const staffed = (margin: number): Extract<ScalerPolicy, { kind: 'hpa' }> => ({
    ...hpa(DEFAULT_TARGET),
    metric: { ...staffing, margin },
    behavior: quick,
  });
  const enough = o.learn >= DAY;
  const schedule = enough
    ? rollingSchedule(ratePerSecond, o.learn, workload, {
        days,
        slotMinutes: 30,
        quantile: 0.1,
        target: 0.9,
        startMinute: o.startMinute,
      })
    : undefined;
  const forecast = enough
    ? forecastFloors(ratePerSecond, o.learn, workload, {
        days,
        leadMinutes: Math.ceil(reaction) + 1,
        quantile: 0.5,
        target: 0.9,
      })
    : undefined;
  return [
    { name: DEFAULT_POLICY, manifest: 'hpa', policy: hpa(DEFAULT_TARGET) },
    { name: 'HPA, CPU 60 %', manifest: 'hpa', policy: hpa(0.6) },
    {
      name: 'target tracking, CPU 60 %',
      manifest: 'target-tracking',
      policy: {
        kind: 'target-tracking',
        target: 0.6,
        scaleOutCooldownSeconds: 60,
        scaleInCooldownSeconds: 300,
        ...bounds,
      },
    },
    {
      name: 'KEDA, requests a replica at 70 %',
      manifest: 'keda',
      policy: { ...hpa(0.7), metric: { kind: 'rate' } },
    },
    { name: 'KEDA, staffed for the objective', manifest: 'keda', policy: staffed(STAFFED_MARGIN) },
    {
      name: 'KEDA, staffed ahead of the trend',
      aheadOfTrend: true,
      manifest: 'keda',
      policy: {
        ...staffed(AHEAD_MARGIN),
        floors: trendFloors(ratePerSecond, o.learn, workload, {
          windowMinutes: TREND_MINUTES,
          leadMinutes: reaction,
          target: TREND_TARGET,
        }),
      },
    },
    ...(schedule
      ? [
          {
            name: 'schedule + HPA (CPU 80 %)',
            manifest: 'keda' as const,
            needsSchedule: true as const,
            policy: { ...hpa(DEFAULT_TARGET), floors: schedule },
          },
          {
            name: 'schedule + KEDA staffed',
            manifest: 'keda' as const,
            needsSchedule: true as const,
            policy: { ...staffed(STAFFED_MARGIN), floors: schedule },
          },
        ]
      : []),
    ...(forecast
      ? [
          {
            name: 'predictive + HPA (CPU 80 %)',
            manifest: 'keda' as const,
            needsForecaster: true as const,
            policy: { ...hpa(DEFAULT_TARGET), floors: forecast },
          },
          {
            name: 'predictive + KEDA staffed',
            manifest: 'keda' as const,
            needsForecaster: true as const,
            policy: { ...staffed(AHEAD_MARGIN), floors: forecast },
          },
        ]
      : []),
    {
      name: 'fixed at the peak',
      manifest: 'none',
      policy: { kind: 'fixed', replicas: Math.max(o.minReplicas, neededReplicas(peak, workload, 0.85)) },
    },
  ];
}

export interface Comparison {
  played: Played[];
  default: Played;
  /**
   * The cheapest that breaks the objective for no longer than the default and than half a per cent of the time, or than
   * the budget where one was given; where none does, the one that breaks it least. One
   * that needs a forecaster is shown and not chosen: no manifest brings it about.
   */
  chosen: Played;
}

/** Replays every policy over the load after the past, and chooses. */
export function comparePolicies(
  ratePerSecond: readonly number[],
  workload: Workload,
  o: ReplayOptions,
  budgetMinutes?: number,
): Comparison {
  const load = ratePerSecond.slice(o.learn);
  const startMinute = (o.startMinute + o.learn) % DAY;
  const played = policiesFor(ratePerSecond, workload, o).map((p) => ({
    ...p,
    run: replay(load, workload, p.policy, { startMinute }),
  }));
  const first = played[0] as Played;
  const allowed =
    budgetMinutes ?? Math.min(first.run.violationMinutes, Math.floor(MOST_VIOLATED * load.length));
  const ours = played.filter((p) => !p.needsForecaster);
  const within = ours.filter((p) => p.run.violationMinutes <= allowed);
  const chosen = (within.length > 0 ? within : ours).reduce((best, p) =>
    within.length > 0
      ? p.run.replicaHours < best.run.replicaHours
        ? p
        : best
      : p.run.violationMinutes < best.run.violationMinutes
        ? p
        : best,
  );
  return { played, default: first, chosen };
}
