import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { FAULTS } from '../faults/index.js';
import type { CalmRow, Catalogue, PairRow } from './catalogue.js';
import { applicable, diagnose, named, scoreCause } from './diagnose.js';
import { type Experiment, WIDEST } from './experiment.js';

/** The file beside recorded runs that says what they are and what was measured after each remedy. */
export const RECORDED = 'recorded.json';

export type RecordedRuns = {
  faults: {
    fault: string;
    baseline: string;
    /** What was measured: the remedy that was made, and the p99 of the slowed operation after it. */
    measured?: { remedy: string; mendedMs: number };
  }[];
  calm: { id: string; folder: string; baseline: string }[];
  pairs: { ids: string[]; baseline: string }[];
};

/** Writes the index of a catalogue's folder, with paths below it. */
export function writeRecorded(
  path: string,
  c: Pick<Catalogue, 'experiments' | 'calm' | 'pairs'>,
  out: string,
): void {
  const below = (folder: string): string => relative(out, folder);
  const runs: RecordedRuns = {
    faults: c.experiments.map((e) => ({
      fault: e.fault,
      baseline: below(e.baseline),
      ...(e.measured
        ? { measured: { remedy: e.measured.remedy, mendedMs: Number(e.measured.mendedMs.toFixed(2)) } }
        : {}),
    })),
    calm: c.calm.map((r) => ({ id: r.id, folder: below(r.folder), baseline: below(r.baseline) })),
    pairs: c.pairs.map((p) => ({ ids: p.id.split('+'), baseline: below(p.baseline) })),
  };
  writeFileSync(path, `${JSON.stringify(runs, null, 2)}\n`);
}

const truthOf = (id: string) => FAULTS.find((f) => f.id === id);

/**
 * Investigates recorded runs again, without servers: what is found now, and how the forecasts made now hold against
 * what was measured then. A forecast counts when the remedy that was made is recommended still.
 */
export async function investigateRecorded(
  folder: string,
  progress: (doing: string) => void = () => undefined,
  /** Only these faults and folders of calm runs. */
  only?: readonly string[],
): Promise<Pick<Catalogue, 'experiments' | 'calm' | 'pairs'>> {
  const runs = JSON.parse(readFileSync(join(folder, RECORDED), 'utf8')) as RecordedRuns;
  const experiments: Experiment[] = [];
  const wanted = (id: string): boolean => only === undefined || only.includes(id);
  for (const run of runs.faults.filter((r) => wanted(r.fault))) {
    const fault = truthOf(run.fault);
    if (!fault) throw new Error(`${run.fault}: no such fault`);
    progress(run.fault);
    const result = await diagnose({
      baseline: join(folder, run.baseline),
      incident: join(folder, run.fault, 'incident'),
      changes: join(folder, run.fault, 'changes.ndjson'),
    });
    const found = scoreCause(result, [fault.truth]);
    const base = {
      fault: run.fault,
      title: fault.title,
      baseline: run.baseline,
      found,
      verdict: result.verdict.kind,
    };
    const chosen = run.measured ? applicable(result, [run.measured.remedy]) : undefined;
    experiments.push({
      ...base,
      ...(run.measured && chosen?.forecast ? { measured: heldAgainst(run.measured, chosen) } : {}),
    });
  }
  const calm: CalmRow[] = [];
  for (const run of runs.calm.filter((r) => wanted(r.folder))) {
    progress(run.folder);
    const result = await diagnose({
      baseline: join(folder, run.baseline),
      incident: join(folder, run.folder),
    });
    const alarms = named(result).filter((f) => f.verdict === 'supported' && f.probability > 0.5);
    calm.push({ ...run, verdict: result.verdict.kind, alarms: alarms.map((f) => f.id) });
  }
  const pairs: PairRow[] = [];
  for (const run of runs.pairs.filter((r) => wanted(r.ids.join('+')))) {
    const id = run.ids.join('+');
    progress(id);
    const faults = run.ids.map(truthOf).filter((f) => f !== undefined);
    const result = await diagnose({
      baseline: join(folder, run.baseline),
      incident: join(folder, id, 'incident'),
      changes: join(folder, id, 'changes.ndjson'),
    });
    const scored = scoreCause(
      result,
      faults.map((f) => f.truth),
    );
    pairs.push({
      id,
      baseline: run.baseline,
      ranks: scored.map((s) => s.rank),
      falseCauses: scored[0]?.falseCauses ?? [],
    });
  }
  return { experiments, calm, pairs };
}

function heldAgainst(
  measured: { remedy: string; mendedMs: number },
  chosen: NonNullable<ReturnType<typeof applicable>>,
): NonNullable<Experiment['measured']> {
  const { forecast, place } = chosen;
  const [low, high] = forecast?.interval ?? [0, 0];
  const width = high / Math.max(1e-9, low);
  return {
    remedy: measured.remedy,
    place,
    ...(forecast ? { forecast } : {}),
    entry: { service: forecast?.service ?? '', operation: forecast?.operation ?? '' },
    faultyMs: Number.NaN,
    mendedMs: measured.mendedMs,
    inside: width <= WIDEST && measured.mendedMs >= low && measured.mendedMs <= high,
    widthFactor: width,
    error: ((forecast?.value ?? 0) - measured.mendedMs) / measured.mendedMs,
    runs: { faulty: [], mended: [measured.mendedMs] },
  };
}
