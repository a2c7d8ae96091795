import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { stepFromResult, stepsFromJson, stepsFromTable } from '../../evidence/readers/load-steps.js';
import { asymptoticBounds } from '../../models/capacity/bounds.js';
import { type CapacityFit, fitCapacity, trusted } from '../../models/capacity/fit.js';
import { approximateMva, exactMva, type Station } from '../../models/capacity/mva.js';
import type { CapacityStep } from '../../models/capacity/steps.js';
import { kneeCurve } from '../../report/capacity/knee-curve.js';
import { escapeHtml } from '../../report/html/escape.js';
import { page, short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import { readResults } from '../results.js';
import type { CapacityFitOptions } from './options.js';
import { columns, numberOption, percent, reading, textFile, timeOption, within } from './words.js';

/** `capacity fit`: how far the system goes, from the steps of a load test or from service demands. */
export async function runCapacityFit(files: readonly string[], options: CapacityFitOptions): Promise<number> {
  const objectiveMs = options.slo === undefined ? undefined : timeOption('--slo', options.slo);
  const rates = options.at.map((r) => numberOption('--at', r));
  if (options.demands !== undefined) return fromDemands(await textFile(options.demands), options);
  if (files.length === 0)
    throw new UserError(
      EXIT.badInput,
      'There are no steps to fit.',
      'the command line',
      'Name a table of steps, results of load tests, or service demands with --demands.',
    );
  const steps = (await Promise.all(files.map(stepsOf))).flat();
  const fit = fitCapacity(steps, objectiveMs);
  if (!fit)
    throw new UserError(
      EXIT.badInput,
      `${steps.length} steps do not show how far it goes.`,
      files.join(', '),
      'Give three steps with different loads and their latency or concurrency, or two with utilisation; five allow a check.',
    );
  const asked = rates.length > 0 ? rates : [0.8 * fit.knee.value].filter(Number.isFinite);
  const forecasts = asked.map((rate) => ({ rate, mean: fit.meanAt(rate), p99: fit.p99At(rate) }));
  const lines = fitLines(fit, forecasts, objectiveMs);
  if (options.out !== undefined) {
    await mkdir(options.out, { recursive: true });
    const svg = kneeCurve(fit);
    await writeFile(join(options.out, 'knee.svg'), svg);
    await writeFile(
      join(options.out, 'report.html'),
      page(
        'Capacity',
        `<div class="front"><h1>Capacity</h1><p class="verdict">${escapeHtml(lines[0] ?? '')}</p></div><section>${svg}<pre style="white-space:pre-wrap">${escapeHtml(lines.slice(1).join('\n'))}</pre></section>`,
      ),
    );
    lines.push('', relative(process.cwd(), join(options.out, 'report.html')));
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ steps: fit.steps, judgedOn: fit.judgedOn, heldOut: fit.heldOut, trusted: trusted(fit), candidates: fit.candidates, capacity: fit.capacity, knee: fit.knee, forecasts }, null, 1)}\n`
      : `${lines.join('\n')}\n`,
  );
  return trusted(fit) ? EXIT.fine : EXIT.checkFailed;
}

/** A table, a list of steps as JSON, or the result of any load tool that is known. */
async function stepsOf(file: string): Promise<CapacityStep[]> {
  if (/\.json$/i.test(file)) {
    const text = await textFile(file);
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch {
      content = undefined;
    }
    const steps = reading(() => stepsFromJson(content, file));
    if (steps) return steps;
  }
  if (/\.(csv|tsv|txt)$/i.test(file)) {
    const text = await textFile(file);
    const head = text.slice(0, 2000).split('\n')[0] ?? '';
    if (
      /throughput|rps|qps|tps|(^|[,;\t])x([,;\t]|$)|concurrency|(^|[,;\t])rate/i.test(head) &&
      !/timestamp|label/i.test(head)
    )
      return reading(() => stepsFromTable(text, file));
  }
  const results = await readResults([file]);
  return reading(() => results.map((r) => stepFromResult(r.result, r.name)));
}

type Forecast = {
  rate: number;
  mean: ReturnType<CapacityFit['meanAt']>;
  p99: ReturnType<CapacityFit['p99At']>;
};

function fitLines(
  fit: CapacityFit,
  forecasts: readonly Forecast[],
  objectiveMs: number | undefined,
): string[] {
  const { chosen, knee, capacity } = fit;
  const kneeWords =
    knee.value === Number.POSITIVE_INFINITY
      ? 'The steps show no knee: raise the load until latency rises'
      : knee.by === 'all in use'
        ? `It is full at ${within(capacity)} requests a second`
        : `The knee is at ${within(knee)} requests a second, where ${knee.by === 'objective' ? `p99 reaches ${short(objectiveMs)} ms` : 'mean latency has doubled'}; all there is, is ${within(capacity)}`;
  const beyond =
    Number.isFinite(knee.value) && fit.measuredTo < knee.value
      ? [
          `Measured only up to ${short(fit.measuredTo)} a second, ${percent(fit.measuredTo / knee.value)} of the knee: it is an extrapolation.`,
        ]
      : [];
  const noTail =
    objectiveMs !== undefined && knee.by !== 'objective'
      ? ['No step says its p99, so the objective could not be asked: untested, measure p99 at each step.']
      : [];
  const unseen = `No knee is seen up to ${short(fit.measuredTo)} requests a second: latency hardly rose, so it may come right after that. Measure how busy the processors are at each step (a column cpu), or go higher`;
  const error = chosen.heldOutError ?? chosen.ownError;
  return [
    trusted(fit)
      ? `${fit.kneeSeen ? kneeWords : unseen}.`
      : `Cannot tell how far it goes: the best model is wrong by ${percent(error)} ${chosen.heldOutError === undefined ? 'on these steps' : 'on the steps held back'}. Repeat each step until it settles, on one system, with nothing else changed.`,
    ...(trusted(fit) ? beyond : []),
    ...noTail,
    ...chosen.model.remarks.map((r) => `${chosen.model.id}: ${r}.`),
    '',
    `Models, judged on ${fit.judgedOn}${fit.heldOut > 0 ? `; the ${fit.heldOut} highest of ${fit.steps.length} steps were held back` : '; too few steps to hold any back'}`,
    ...columns([
      ['model', 'error held back', 'error on all', 'capacity', 'parameters'],
      ...fit.candidates.map((c) => [
        `${c === chosen ? '→ ' : '  '}${c.model.id}`,
        c.heldOutError === undefined ? 'not judged' : percent(c.heldOutError, 1),
        percent(c.ownError, 1),
        Number.isFinite(c.model.capacity) ? `${short(c.model.capacity)}/s` : 'no limit seen',
        Object.entries(c.model.parameters)
          .map(([k, v]) => `${k} ${Number(v.toPrecision(4))}`)
          .join(', '),
      ]),
    ]),
    ...(trusted(fit)
      ? [
          '',
          ...columns([
            ['at a load of', 'mean ms', 'p99 ms'],
            ...forecasts.map((f) => [
              `${short(f.rate)}/s`,
              Number.isNaN(f.mean.value) ? 'untested: no latency in the steps' : within(f.mean),
              f.p99 ? within(f.p99) : 'untested: no p99 in the steps',
            ]),
          ]),
          'In brackets: nine of ten refits, and models that did nearly as well.',
        ]
      : []),
  ];
}

interface Demands {
  stations: {
    name: string;
    visits?: number;
    service?: number;
    demand?: number;
    servers?: number;
    kind?: 'queue' | 'delay';
  }[];
  think?: number;
  population?: number;
}

/** Service demands alone: bounds, and mean value analysis up to past the knee. */
function fromDemands(text: string, options: CapacityFitOptions): number {
  const file = options.demands ?? '';
  let given: Demands;
  try {
    given = JSON.parse(text) as Demands;
  } catch (error) {
    throw new UserError(
      EXIT.badInput,
      `The demands are no JSON: ${(error as Error).message.slice(0, 120)}.`,
      file,
      'Write {"stations": [{"name": "cpu", "visits": 1, "service": 0.02}], "think": 1}.',
    );
  }
  const wrong =
    !Array.isArray(given?.stations) || given.stations.length === 0
      ? 'there are no stations'
      : given.stations
          .map((s, i) =>
            typeof s.name === 'string' &&
            (s.demand ?? (s.visits ?? 1) * (s.service ?? Number.NaN)) >= 0 &&
            Number.isInteger(s.servers ?? 1) &&
            (s.servers ?? 1) >= 1
              ? undefined
              : `station ${i + 1} has no name, or no demand or service time in seconds`,
          )
          .find((w) => w !== undefined);
  if (wrong)
    throw new UserError(
      EXIT.badInput,
      `The demands cannot be used: ${wrong}.`,
      file,
      'Give each station a name and visits × service (seconds) or a demand.',
    );
  const stations: Station[] = given.stations.map((s) => ({
    name: s.name,
    kind: s.kind === 'delay' ? 'delay' : 'queue',
    servers: s.servers ?? 1,
  }));
  const visits = given.stations.map((s) => (s.demand === undefined ? (s.visits ?? 1) : 1));
  const service = given.stations.map((s) => s.demand ?? s.service ?? 0);
  const think = given.think ?? 0;
  const demand = visits.map((v, i) => v * (service[i] ?? 0));
  const each = demand.map((d, i) => (stations[i]?.kind === 'delay' ? 0 : d / (stations[i]?.servers ?? 1)));
  const queues = each.filter((d) => d > 0);
  const delays = think + demand.reduce((a, d, i) => a + (stations[i]?.kind === 'delay' ? d : 0), 0);
  if (queues.length === 0)
    throw new UserError(
      EXIT.badInput,
      'No station has a queue: nothing limits.',
      file,
      'Give the demand at the processors or the database.',
    );
  const star = asymptoticBounds(queues, 1, delays).kneePopulation;
  const most = given.population ?? Math.max(2, Math.ceil(star * 2));
  const sizes = [
    ...new Set(
      [1, 0.5, 0.8, 1, 1.5, 2].map((f, i) => (i === 0 ? 1 : Math.max(1, Math.round(star * f)))).concat(most),
    ),
  ].sort((a, b) => a - b);
  const solve = (population: number) => {
    const classes = [{ name: 'all', visits, service, population, think }];
    return population <= 20_000 ? exactMva(stations, classes) : approximateMva(stations, classes);
  };
  const rows = sizes.map((n) => {
    const solved = solve(n);
    const bounds = asymptoticBounds(queues, n, delays);
    return {
      n,
      throughput: solved.throughput[0] ?? 0,
      responseSeconds: solved.response[0] ?? 0,
      bounds: bounds.throughput,
      utilisation: solved.utilisation,
    };
  });
  const order = each
    .map((d, i) => ({ name: stations[i]?.name ?? '', fullAt: d > 0 ? 1 / d : Number.POSITIVE_INFINITY }))
    .filter((o) => Number.isFinite(o.fullAt))
    .sort((a, b) => a.fullAt - b.fullAt);
  const lines = [
    `${order[0]?.name} limits: it is full at ${short(order[0]?.fullAt)} requests a second${order[1] ? `, then ${order[1].name} at ${short(order[1].fullAt)}` : ''}; the bounds cross at ${short(star)} requests inside.`,
    '',
    ...columns([
      ['inside', 'throughput/s', 'at most', 'response ms', `busy: ${stations.map((s) => s.name).join(', ')}`],
      ...rows.map((r) => [
        String(r.n),
        short(r.throughput),
        short(r.bounds[1]),
        short(r.responseSeconds * 1000),
        r.utilisation.map((u, i) => (stations[i]?.kind === 'delay' ? '–' : percent(u))).join(', '),
      ]),
    ]),
    'Mean value analysis of the demands given; nothing was held against a measurement: untested until load steps are given.',
  ];
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ kneePopulation: star, limits: order, rows }, null, 1)}\n`
      : `${lines.join('\n')}\n`,
  );
  return EXIT.fine;
}
