import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { scalingManifests } from '../../deliverables/scaling/manifests.js';
import { readLoadSeries } from '../../evidence/readers/load-series.js';
import { type Comparison, comparePolicies } from '../../models/autoscaling/policies.js';
import { neededReplicas, replay, type Workload } from '../../models/autoscaling/replay.js';
import { scheduleFromHistory } from '../../models/autoscaling/schedule.js';
import { policyScatter, replayChart } from '../../report/capacity/replay-chart.js';
import { escapeHtml } from '../../report/html/escape.js';
import { page, short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import type { CapacityAutoscaleOptions } from './options.js';
import {
  badOption,
  columns,
  numberOption,
  percent,
  reading,
  shareOption,
  textFile,
  timeOption,
} from './words.js';

const DAY = 1440;
/** A replay of less says nothing about an autoscaler. */
const LEAST_MINUTES = 30;

/** `capacity autoscale`: policies replayed on a recorded load, and the manifests of the one that serves best. */
export async function runCapacityAutoscale(file: string, options: CapacityAutoscaleOptions): Promise<number> {
  const text = await textFile(file);
  const series = reading(() => readLoadSeries(text, file));
  const workload: Workload = {
    serviceSeconds: timeOption('--service-time', options.serviceTime) / 1000,
    coresPerReplica: numberOption('--cores', options.cores),
    startSeconds: timeOption('--start', options.start) / 1000,
    objective: {
      quantile: shareOption('--quantile', options.quantile),
      seconds: timeOption('--slo', options.slo) / 1000,
    },
  };
  refuseHopeless(workload, options);
  const minutes = series.ratePerSecond.length;
  const learn =
    options.learn === undefined
      ? defaultLearn(minutes)
      : Math.round(timeOption('--learn', options.learn) / 60_000);
  if (minutes - learn < LEAST_MINUTES)
    throw new UserError(
      EXIT.badInput,
      `The load has ${minutes} minutes, and ${learn} of them are learned from: too few are left to replay.`,
      file,
      `Give ${LEAST_MINUTES} minutes more, or a shorter --learn.`,
    );
  const o = {
    learn,
    startMinute: series.startMinute,
    minReplicas: Math.round(numberOption('--min', options.min)),
    maxReplicas: Math.round(numberOption('--max', options.max)),
  };
  if (o.maxReplicas < o.minReplicas)
    throw badOption('--max', options.max, `a number of replicas of at least ${o.minReplicas}`);
  const budget = options.budget === undefined ? undefined : timeOption('--budget', options.budget) / 60_000;
  const compared = comparePolicies(series.ratePerSecond, workload, o, budget);
  const price = options.price === undefined ? undefined : numberOption('--price', options.price);
  const sizes = otherSizes(series.ratePerSecond.slice(learn), workload, compared);
  const lines = autoscaleLines(compared, workload, sizes, price, { minutes, learn, filled: series.filled });
  const name = options.name;
  if (!/^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/.test(name))
    throw badOption('--name', name, 'a name of small letters, digits and hyphens');
  await mkdir(options.out, { recursive: true });
  const past = series.ratePerSecond.slice(
    Math.max(0, minutes - 7 * DAY - ((series.startMinute + minutes) % DAY)),
    minutes - ((series.startMinute + minutes) % DAY),
  );
  const schedule = scheduleFromHistory(
    past.slice(past.length % DAY).map((r) => neededReplicas(r, workload, 0.9)),
    30,
    0.1,
  );
  const files = scalingManifests({
    name,
    workload,
    ...o,
    chosen: compared.chosen,
    schedule,
    ...(options.memory === undefined
      ? {}
      : { memoryMiB: Math.round(numberOption('--memory', options.memory)) }),
  });
  const chart = replayChart(compared, workload);
  const scatter = policyScatter(compared);
  await Promise.all([
    writeFile(join(options.out, 'replay.svg'), chart),
    writeFile(join(options.out, 'cost-and-objective.svg'), scatter),
    ...files.map((f) => writeFile(join(options.out, f.path), f.text)),
    writeFile(
      join(options.out, 'report.html'),
      page(
        'Autoscaling',
        `<div class="front"><h1>Autoscaling of ${escapeHtml(name)}</h1><p class="verdict">${escapeHtml(lines[0] ?? '')}</p></div><section>${chart}<pre style="white-space:pre-wrap">${escapeHtml(lines.slice(1).join('\n'))}</pre>${scatter}${files.map((f) => `<h2>${f.path}</h2><pre>${escapeHtml(f.text)}</pre>`).join('')}</section>`,
      ),
    ),
  ]);
  lines.push(
    '',
    `${relative(process.cwd(), join(options.out, 'report.html'))}, replay.svg, ${files.map((f) => f.path).join(', ')}`,
  );
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ workload, replayedMinutes: minutes - learn, chosen: compared.chosen.name, policies: compared.played.map(({ name: policy, run }) => ({ policy, replicaHours: run.replicaHours, violationMinutes: run.violationMinutes, violatedShare: run.violatedShare, highest: run.highest, scalings: run.scalings, ...(price === undefined ? {} : { cost: run.replicaHours * price }) })), sizes }, null, 1)}\n`
      : `${lines.join('\n')}\n`,
  );
  return EXIT.fine;
}

/** A week where there are more than ten days, else a quarter; none of less than a day. */
const defaultLearn = (minutes: number): number =>
  minutes > 10 * DAY ? 7 * DAY : minutes > 2 * DAY ? DAY : 0;

/** An objective below the service time's own tail cannot be kept by any number of replicas. */
function refuseHopeless(w: Workload, options: CapacityAutoscaleOptions): void {
  const least = w.serviceSeconds * -Math.log(1 - w.objective.quantile);
  if (least > w.objective.seconds)
    throw new UserError(
      EXIT.badInput,
      `Even without waiting, p${short(w.objective.quantile * 100)} would be ${short(least * 1000)} ms with a service time of ${options.serviceTime}.`,
      `--slo ${options.slo}`,
      'Raise the objective, or give the processor time of a request as --service-time.',
    );
}

interface Size {
  cores: number;
  coreHours: number;
  violationMinutes: number;
}

/** The choice with replicas of half, the same and twice the cores: horizontal against vertical. */
function otherSizes(load: readonly number[], workload: Workload, compared: Comparison): Size[] {
  const { policy } = compared.chosen;
  return [0.5, 1, 2].flatMap((factor) => {
    const cores = workload.coresPerReplica * factor;
    const scaled =
      policy.kind === 'fixed'
        ? { ...policy, replicas: Math.ceil(policy.replicas / factor) }
        : {
            ...policy,
            minReplicas: Math.max(1, Math.round(policy.minReplicas / factor)),
            maxReplicas: Math.ceil(policy.maxReplicas / factor),
            ...('floors' in policy && policy.floors
              ? { floors: Float64Array.from(policy.floors, (f) => Math.ceil(f / factor)) }
              : {}),
          };
    const run =
      factor === 1 ? compared.chosen.run : replay(load, { ...workload, coresPerReplica: cores }, scaled);
    return [{ cores, coreHours: run.replicaHours * cores, violationMinutes: run.violationMinutes }];
  });
}

function autoscaleLines(
  c: Comparison,
  w: Workload,
  sizes: readonly Size[],
  price: number | undefined,
  about: { minutes: number; learn: number; filled: number },
): string[] {
  const base = c.default.run;
  const saved = 1 - c.chosen.run.replicaHours / base.replicaHours;
  const more = saved < 0;
  const same = c.chosen.name === c.default.name;
  return [
    same
      ? `${c.chosen.name}: nothing tried is cheaper at as few minutes over the objective (${base.violationMinutes}).`
      : `${c.chosen.name}: ${percent(Math.abs(saved), 1)} ${more ? 'more' : 'less'} than the default HPA, over the objective for ${c.chosen.run.violationMinutes} minutes instead of ${base.violationMinutes}.`,
    `${short((about.minutes - about.learn) / 60)} hours replayed${about.learn > 0 ? `, ${short(about.learn / 60)} before them learned from` : '; too short to learn a schedule from'}${about.filled > 0 ? `; ${about.filled} minutes without a row filled` : ''}. The choice was made on the same hours that are shown.`,
    '',
    ...columns([
      [
        '',
        'replica hours',
        'minutes over',
        'requests in them',
        'most',
        'changes',
        ...(price === undefined ? [] : ['cost']),
      ],
      ...c.played.map((p) => [
        `${p === c.chosen ? '→ ' : '  '}${p.name}${p.needsForecaster ? ' *' : ''}`,
        short(p.run.replicaHours),
        String(p.run.violationMinutes),
        percent(p.run.violatedShare, 2),
        short(p.run.highest),
        String(p.run.scalings),
        ...(price === undefined ? [] : [short(p.run.replicaHours * price)]),
      ]),
    ]),
    ...(c.played.some((p) => p.needsForecaster)
      ? ['  * needs something that makes the forecast; shown, and not chosen.']
      : []),
    '',
    'Larger or smaller replicas, with the choice',
    ...columns([
      ['cores a replica', 'core hours', 'minutes over'],
      ...sizes.map((s) => [short(s.cores), short(s.coreHours), String(s.violationMinutes)]),
    ]),
    '',
    `A request takes ${short(w.serviceSeconds * 1000)} ms of a core, a replica has ${short(w.coresPerReplica)}, and serves ${short(w.startSeconds)} s after it was ordered. A minute is over when the quantile of M/M/c exceeds the objective or work is left over.`,
  ];
}
