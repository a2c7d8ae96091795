import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suspectRelease } from '../../src/facts/changes/canary.js';
import type {
  EdgeSeries,
  PodCalls,
  PodPoint,
  Release,
  RolloutEvidence,
} from '../../src/facts/changes/rollout-evidence.js';
import type { Suite } from '../main.js';

interface Truth {
  fault_release_service?: string;
}
interface Plan {
  plan?: Record<
    string,
    {
      process: Record<
        string,
        { release_pod: string[]; delete_pod: string[]; release_complete_timestamp: number }
      >;
    }
  >;
  detect_timestamp?: number;
}

/**
 * Which of several releases under way is guilty. `top1` to `top5` over the cases that have a guilty release;
 * `none`: share of the others in which no release is named. Five minutes after the alarm are looked at;
 * `atDetection` and `afterTwoMinutes` say what less gives.
 */
const canary: Suite = {
  suite: 'rca/canary',
  about: 'guilty release among canary releases: new pods against old pods, along the call graph',
  async run(folder) {
    const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Record<string, Truth>;
    const rows = Object.keys(truth)
      .filter((name) => existsSync(join(folder, name, 'releases.json')))
      .sort()
      .map((name) => {
        const evidence = load(join(folder, name));
        return {
          name,
          guilty: truth[name]?.fault_release_service,
          ranked: namesOf(suspectRelease(evidence)),
          atDetection: namesOf(suspectRelease(evidence, 0)),
          afterTwoMinutes: namesOf(suspectRelease(evidence, 120_000)),
          latest: latestFirst(evidence),
          releases: evidence.releases.length,
        };
      });
    const guilty = rows.filter((r) => r.guilty !== undefined);
    const innocent = rows.filter((r) => r.guilty === undefined);
    const within = (k: number, pick: (r: (typeof rows)[number]) => readonly string[]): number =>
      guilty.filter((r) =>
        pick(r)
          .slice(0, k)
          .includes(r.guilty ?? ''),
      ).length / Math.max(1, guilty.length);
    return {
      cases: rows.length,
      top1: within(1, (r) => r.ranked),
      top3: within(3, (r) => r.ranked),
      top5: within(5, (r) => r.ranked),
      none: innocent.filter((r) => r.ranked.length === 0).length / Math.max(1, innocent.length),
      atDetection: { top1: within(1, (r) => r.atDetection), top3: within(3, (r) => r.atDetection) },
      afterTwoMinutes: {
        top1: within(1, (r) => r.afterTwoMinutes),
        top3: within(3, (r) => r.afterTwoMinutes),
      },
      baselines: {
        latestRelease: within(1, (r) => r.latest),
        random: guilty.reduce((p, r) => p + 1 / r.releases, 0) / Math.max(1, guilty.length),
      },
      missed: guilty.filter((r) => r.ranked[0] !== r.guilty).map((r) => r.name),
    };
  },
};
export default canary;

const namesOf = (answer: ReturnType<typeof suspectRelease>): string[] =>
  answer.none ? [] : answer.ranked.map((r) => r.service);

const latestFirst = (evidence: RolloutEvidence): string[] =>
  evidence.releases
    .map((r) => ({ service: r.service, atMs: Math.min(...r.steps.map((s) => s.startMs)) }))
    .filter((r) => r.atMs <= evidence.detectedMs)
    .sort((a, b) => b.atMs - a.atMs)
    .map((r) => r.service);

/** Reads one case; the order of the plan says nothing. */
function load(folder: string): RolloutEvidence {
  const plan = JSON.parse(readFileSync(join(folder, 'releases.json'), 'utf8')) as Plan;
  const files = readdirSync(folder).filter((f) => f.endsWith('.csv'));
  return {
    releases: Object.entries(plan.plan ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([service, { process }]): Release => ({
          service,
          steps: Object.entries(process)
            .map(([start, step]) => ({
              startMs: Number(start) * 1000,
              readyMs: step.release_complete_timestamp * 1000,
              newPods: step.release_pod,
              oldPods: step.delete_pod,
            }))
            .sort((a, b) => a.startMs - b.startMs),
        }),
      ),
    pods: files
      .filter((f) => f.split('_').length === 3)
      .sort()
      .map((f) => podCalls(f, readFileSync(join(folder, f), 'utf8'))),
    edges: files
      .filter((f) => /^(source|destination)_success\.csv$/.test(f))
      .flatMap((f) => edgeSeries(readFileSync(join(folder, f), 'utf8'))),
    detectedMs: (plan.detect_timestamp ?? 0) * 1000,
  };
}

const table = (csv: string): string[][] =>
  csv
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));

const number = (text: string | undefined): number | undefined => {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

/** The header's names are permuted: after the success share come CPU, memory, those of the node twice, latency in s. */
function podCalls(file: string, csv: string): PodCalls {
  const [pod = '', caller = '', callee = ''] = file.replace(/\.csv$/, '').split('_');
  return {
    pod,
    service: pod.replace(/-v\d.*$/, ''),
    caller,
    callee,
    points: table(csv)
      .slice(1)
      .map((row): PodPoint => {
        const [success, cpu, memory, latency] = [row[2], row[3], row[4], row[7]].map(number);
        return {
          atMs: Number(row[1]) * 1000,
          ...(success === undefined ? {} : { success: success / 100 }),
          ...(latency === undefined ? {} : { latencyMs: latency * 1000 }),
          ...(memory === undefined ? {} : { memory }),
          ...(cpu === undefined ? {} : { cpu }),
        };
      }),
  };
}

function edgeSeries(csv: string): EdgeSeries[] {
  const [header = [], ...rows] = table(csv);
  return header.slice(2).map((name, i) => {
    const [caller = '', callee = ''] = name.split('_');
    return {
      caller,
      callee,
      points: rows.flatMap((row) => {
        const success = number(row[i + 2]);
        return success === undefined ? [] : [{ atMs: Number(row[1]) * 1000, success: success / 100 }];
      }),
    };
  });
}
