import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparePolicies } from '../../src/models/autoscaling/policies.js';
import type { Workload } from '../../src/models/autoscaling/replay.js';
import { replayChart } from '../../src/report/capacity/replay-chart.js';

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
export const WORLD_CUP_WORKLOAD: Workload = {
  serviceSeconds: 0.05,
  coresPerReplica: 2,
  startSeconds: 90,
  objective: { quantile: 0.99, seconds: 0.5 },
};

/** Requests a second, minute by minute. */
export const worldCupRates = (file: string): number[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[1]) / 60);

/**
 * Replays the minutes after the first week against the HPA as its documentation sets it, and the rest. Bursts of up to
 * nine times the load within the hour, and 90 s to start: the default breaks the objective too. With
 * KNEEPOINT_CHARTS a folder, the default and the choice are drawn there.
 */
export function worldCup(
  file: string,
  startSeconds = WORLD_CUP_WORKLOAD.startSeconds,
): {
  policies: PolicyScore[];
  chosen: string;
  beatsDefault: boolean;
} {
  const workload = { ...WORLD_CUP_WORKLOAD, startSeconds };
  const compared = comparePolicies(worldCupRates(file), workload, {
    learn: TRAIN_DAYS * DAY,
    startMinute: 0,
    minReplicas: 2,
    maxReplicas: 400,
  });
  const { default: base, chosen } = compared;
  const charts = process.env.KNEEPOINT_CHARTS;
  if (charts)
    writeFileSync(join(charts, `world-cup-start-${startSeconds}s.svg`), replayChart(compared, workload));
  return {
    policies: compared.played.map(({ name, run }) => ({
      policy: name,
      replicaHours: Math.round(run.replicaHours),
      violationMinutes: run.violationMinutes,
      highest: run.highest,
    })),
    chosen: chosen.name,
    beatsDefault:
      chosen.run.replicaHours < base.run.replicaHours &&
      chosen.run.violationMinutes <= base.run.violationMinutes,
  };
}
