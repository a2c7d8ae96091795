import { existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isQueue, type Network, networkAt } from '../../capacity/network.js';
import { stepFromResult, stepsFromJson, stepsFromTable } from '../../evidence/readers/load-steps.js';
import { fitCapacity, trusted } from '../../models/capacity/fit.js';
import type { CapacityStep } from '../../models/capacity/steps.js';
import { kneeCurve } from '../../report/capacity/knee-curve.js';
import { escapeHtml } from '../../report/html/escape.js';
import { page, short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import { readResults } from '../results.js';
import { demandsOf, fromDemands, insideTable, solveDemands } from './demands.js';
import { fitLines } from './fit-text.js';
import { networkLines, networkTable } from './network-text.js';
import type { CapacityFitOptions } from './options.js';
import { changedEnough, noTelemetry, readTelemetry } from './telemetry.js';
import { columns, numberOption, percent, reading, textFile, timeOption } from './words.js';

/** `capacity fit`: how far the system goes, from the steps of a load test or from service demands. */
export async function runCapacityFit(files: readonly string[], options: CapacityFitOptions): Promise<number> {
  const objectiveMs = options.slo === undefined ? undefined : timeOption('--slo', options.slo);
  const rates = options.at.map((r) => numberOption('--at', r));
  if (options.demands !== undefined) return fromDemands(await textFile(options.demands), options);
  const folders = files.filter(isFolder);
  if (folders.length > 0 || options.evidence.length > 0 || options.store !== undefined)
    return fromTelemetry([...files, ...options.evidence], options, rates, objectiveMs);
  if (files.length === 0)
    throw new UserError(
      EXIT.badInput,
      'There are no steps to fit.',
      'the command line',
      'Name a table of steps, results of load tests, a folder with telemetry, or service demands with --demands.',
    );
  return fromSteps((await Promise.all(files.map(stepsOf))).flat(), files, options, rates, objectiveMs);
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Steps that a running system went through, and its network. */
async function fromTelemetry(
  paths: readonly string[],
  options: CapacityFitOptions,
  rates: readonly number[],
  objectiveMs: number | undefined,
): Promise<number> {
  const { recorded, network, problems } = await readTelemetry(paths, options.store);
  if (recorded && changedEnough(recorded.steps)) {
    const more = [
      `${recorded.parts} times ${short(recorded.partSeconds)} s of ${recorded.entry}, in ${recorded.steps.length} steps of like load.`,
      ...(network ? ['', ...networkLines(network, recorded.steps)] : []),
    ];
    return fromSteps(recorded.steps, paths, options, rates, objectiveMs, { more, network });
  }
  if (!network) throw noTelemetry(paths, problems);
  const first = network.stations.find((s) => s.soft === undefined) ?? network.stations[0];
  const span = recorded?.steps.map((s) => s.throughput) ?? [network.rate];
  const { rows, limits, star } = solveDemands(demandsOf(network));
  const lines = [
    `${first?.name} limits: by what a request asks of it, it is full at ${short(first?.fullAt)} requests a second, ${short((first?.fullAt ?? 0) / network.rate)} times the ${short(network.rate)} recorded.`,
    `The load stayed at ${short(Math.min(...span))}–${short(Math.max(...span))} a second: how latency grows with it is by the queues alone, untested until it is recorded at other loads.`,
    '',
    ...networkTable(network),
    '',
    ...insideTable(
      rows,
      network.stations.filter(isQueue).map((s) => s.name),
    ),
  ];
  const asked = rates.map((rate) => networkAt(network, rate));
  if (asked.length > 0)
    lines.push(
      '',
      ...columns([
        ['at a load of', 'mean ms', ...network.stations.map((s) => s.name)],
        ...asked.map((a) => [
          `${short(a.rate)}/s`,
          a.meanMs === undefined ? 'untested' : Number.isFinite(a.meanMs) ? short(a.meanMs) : 'without bound',
          ...a.stations.map((s) => percent(s.busy)),
        ]),
      ]),
    );
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ network, steps: recorded?.steps ?? [], kneePopulation: star, limits, rows, forecasts: asked }, null, 1)}\n`
      : `${lines.join('\n')}\n`,
  );
  return EXIT.fine;
}

async function fromSteps(
  steps: readonly CapacityStep[],
  files: readonly string[],
  options: CapacityFitOptions,
  rates: readonly number[],
  objectiveMs: number | undefined,
  telemetry?: { more: string[]; network: Network | undefined },
): Promise<number> {
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
  const lines = [...fitLines(fit, forecasts, objectiveMs), ...(telemetry ? ['', ...telemetry.more] : [])];
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
      ? `${JSON.stringify({ steps: fit.steps, judgedOn: fit.judgedOn, heldOut: fit.heldOut, trusted: trusted(fit), candidates: fit.candidates, limits: fit.limits, ...(fit.tail ? { tail: fit.tail } : {}), capacity: fit.capacity, knee: fit.knee, forecasts, ...(telemetry?.network ? { network: telemetry.network } : {}) }, null, 1)}\n`
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
