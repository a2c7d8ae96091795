import { readFileSync } from 'node:fs';
import {
  neededReplicas,
  type Replay,
  replay,
  type ScalerPolicy,
  type Workload,
} from '../../src/models/autoscaling/replay.js';
import { scheduleFromHistory } from '../../src/models/autoscaling/schedule.js';

/** One of the policies on the same load: its cost, and how long the objective was broken. */
export interface PolicyScore {
  policy: string;
  replicaHours: number;
  violationMinutes: number;
  highest: number;
}

const TRAIN_DAYS = 7;
const DAY = 1440;
/** A replica of two cores that needs 50 ms of one for a request, and 90 s to start. */
const WORKLOAD: Workload = {
  serviceSeconds: 0.05,
  coresPerReplica: 2,
  startSeconds: 90,
  objective: { quantile: 0.99, seconds: 0.5 },
};

/** Replays the minutes after the first week, from which the schedule is learned, against four policies. */
export function worldCup(file: string): { policies: PolicyScore[]; beatsDefault: boolean } {
  const rates = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[1]) / 60);
  const past = rates.slice(0, TRAIN_DAYS * DAY);
  const load = rates.slice(TRAIN_DAYS * DAY);
  const needed = past.map((r) => neededReplicas(r, WORKLOAD, 0.8));
  const bounds = { minReplicas: 2, maxReplicas: 400 };
  const schedule = scheduleFromHistory(needed, 30, 0.9);
  const policies: [string, ScalerPolicy][] = [
    ['hpa default (target 0.5)', { kind: 'hpa', targetUtilisation: 0.5, ...bounds }],
    [
      'target tracking (0.5)',
      {
        kind: 'target-tracking',
        target: 0.5,
        scaleOutCooldownSeconds: 60,
        scaleInCooldownSeconds: 300,
        ...bounds,
      },
    ],
    ['hpa 0.6', { kind: 'hpa', targetUtilisation: 0.6, ...bounds }],
    ['hpa 0.7', { kind: 'hpa', targetUtilisation: 0.7, ...bounds }],
    ['schedule + hpa 0.6', { kind: 'hpa', targetUtilisation: 0.6, schedule, ...bounds }],
    ['schedule + hpa 0.7', { kind: 'hpa', targetUtilisation: 0.7, schedule, ...bounds }],
  ];
  const scores = policies.map(([policy, p]) => scoreOf(policy, replay(load, WORKLOAD, p)));
  const first = scores[0];
  const beatsDefault = scores
    .slice(1)
    .some(
      (s) =>
        first !== undefined &&
        s.replicaHours < first.replicaHours &&
        s.violationMinutes <= first.violationMinutes,
    );
  return { policies: scores, beatsDefault };
}

const scoreOf = (policy: string, run: Replay): PolicyScore => ({
  policy,
  replicaHours: Math.round(run.replicaHours),
  violationMinutes: run.violationMinutes,
  highest: run.highest,
});
