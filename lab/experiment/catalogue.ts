import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plain } from '../../src/domain/index.js';
import { CALM } from '../faults/calm.js';
import type { Calm, Fault } from '../faults/fault.js';
import { FAULTS } from '../faults/index.js';
import { PAIRS } from '../faults/pairs.js';
import { diagnose, named, scoreCause } from './diagnose.js';
import {
  type Experiment,
  healthyLoad,
  loadOf,
  record,
  recordIncident,
  restore,
  runExperiment,
  startWarm,
} from './experiment.js';
import { RECORDED, writeRecorded } from './recorded.js';
import { experimentLine } from './scoreboard.js';
import type { Session } from './session.js';

/** Runs in which nothing is wrong: so many, over the calm conditions in turn. */
const CALM_RUNS = 10;
/** A new baseline is recorded after so many conditions, so that drift of the machine is small. */
const BASELINE_EVERY = 14;
/** A cause named with more than this on a calm run is a false alarm. */
const ALARM = 0.5;

export type CalmRow = { id: string; folder: string; baseline: string; alarms: string[]; verdict: string };
export type PairRow = { id: string; baseline: string; ranks: (number | undefined)[]; falseCauses: string[] };
export type Catalogue = {
  experiments: Experiment[];
  skipped: { fault: string; why: string }[];
  failed: { fault: string; why: string }[];
  calm: CalmRow[];
  pairs: PairRow[];
  seconds: number;
};

export type CatalogueOptions = {
  out: string;
  pairs: number;
  only?: readonly string[];
  progress: (doing: string) => void;
};

/**
 * Runs every fault, calm condition and pair on one start of the servers; they are started again only when a condition
 * broke them. What is known so far is kept in the folder after each condition.
 */
export async function runCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const { out, progress } = options;
  const started = performance.now();
  const wanted = (id: string): boolean => options.only === undefined || options.only.includes(id);
  const found: Catalogue = { experiments: [], skipped: [], failed: [], calm: [], pairs: [], seconds: 0 };
  let session = await startWarm(progress);
  let baseline = '';
  let conditions = 0;
  let baselines = 0;
  const condition = async (id: string, work: (baseline: string) => Promise<void>): Promise<void> => {
    try {
      if (conditions++ % BASELINE_EVERY === 0) {
        baseline = join(out, `baseline-${++baselines}`);
        progress('recording the healthy system');
        await record(session, baseline, healthyLoad());
      }
      await work(baseline);
    } catch (error) {
      progress(`${id}: ${(error as Error).message}`);
      found.failed.push({ fault: id, why: (error as Error).message });
      await session.stop().catch(() => undefined);
      session = await startWarm(progress);
      conditions = 0;
    }
    found.seconds = (performance.now() - started) / 1000;
    writeRecorded(join(out, RECORDED), found, out);
    writeFileSync(join(out, 'catalogue.json'), `${JSON.stringify(found, null, 2)}\n`);
  };
  try {
    for (const fault of FAULTS.filter((f) => wanted(f.id))) {
      const why = fault.missing?.();
      if (why) {
        progress(`${fault.id}: skipped, ${why}`);
        found.skipped.push({ fault: fault.id, why });
        continue;
      }
      const own = { out: join(out, fault.id), pairs: options.pairs, progress };
      await condition(fault.id, async (base) => {
        const done = await runExperiment(session, fault, base, own);
        progress(experimentLine(done));
        found.experiments.push(done);
      });
    }
    for (const calm of calmRuns().filter((c) => wanted(c.id)))
      await condition(calm.id, async (base) => {
        found.calm.push(await calmRun(session, calm, base, options, found.calm.length));
      });
    for (const ids of PAIRS.filter((p) => wanted(p.join('+'))))
      await condition(ids.join('+'), async (base) => {
        found.pairs.push(await pairRun(session, ids, base, options));
      });
  } finally {
    await session.stop().catch(() => undefined);
  }
  return found;
}

const calmRuns = (): Calm[] =>
  Array.from({ length: CALM_RUNS }, (_, i) => CALM[i % CALM.length]).filter((c) => c !== undefined);

async function calmRun(
  session: Session,
  calm: Calm,
  baseline: string,
  { out, progress }: CatalogueOptions,
  at: number,
): Promise<CalmRow> {
  progress(`${calm.id}: recording`);
  const folder = join(out, `calm-${at + 1}-${calm.id}`);
  await session.change(calm.settings);
  // Another seed each time: the same system under other requests.
  await record(session, folder, loadOf(calm.loadFactor, 100 + at));
  await restore(session);
  const result = await diagnose({ baseline, incident: folder });
  return {
    id: calm.id,
    folder,
    baseline,
    verdict: plain(result.verdict.text),
    alarms: named(result)
      .filter((f) => f.verdict === 'supported' && f.probability > ALARM)
      .map((f) => f.id),
  };
}

async function pairRun(
  session: Session,
  ids: readonly [string, string],
  baseline: string,
  { out, progress }: CatalogueOptions,
): Promise<PairRow> {
  const faults = ids.map((id) => FAULTS.find((f) => f.id === id)).filter((f): f is Fault => f !== undefined);
  const id = ids.join('+');
  progress(`${id}: recording`);
  const { incident, changes } = await recordIncident(session, faults, { out: join(out, id) });
  await restore(session);
  const result = await diagnose({ baseline, incident, changes });
  const scored = scoreCause(
    result,
    faults.map((f) => f.truth),
  );
  return { id, baseline, ranks: scored.map((s) => s.rank), falseCauses: scored[0]?.falseCauses ?? [] };
}

export type Scores = {
  top1: number;
  top3: number;
  pairs: number;
  falseAlarms: number;
  calmRuns: number;
  coverage: number;
  forecasts: number;
  medianAbsError: number;
  meanAbsError: number;
};

const shareOf = <T>(all: readonly T[], is: (x: T) => boolean): number =>
  all.length === 0 ? 0 : all.filter(is).length / all.length;

/** The totals. A fault whose remedy could not be made or had no forecast counts as a forecast missed. */
export function scoresOf(c: Pick<Catalogue, 'experiments' | 'calm' | 'pairs'>): Scores {
  const rank = (e: Experiment): number => e.found[0]?.rank ?? Number.POSITIVE_INFINITY;
  const errors = c.experiments
    .flatMap((e) => (e.measured?.error === undefined ? [] : [Math.abs(e.measured.error)]))
    .sort((a, b) => a - b);
  const middle = (errors.length - 1) / 2;
  return {
    top1: shareOf(c.experiments, (e) => rank(e) === 1),
    top3: shareOf(c.experiments, (e) => rank(e) <= 3),
    pairs: shareOf(c.pairs, (p) => p.ranks.every((r) => r !== undefined && r <= 3)),
    falseAlarms: c.calm.filter((r) => r.alarms.length > 0).length,
    calmRuns: c.calm.length,
    coverage: shareOf(c.experiments, (e) => e.measured?.inside === true),
    forecasts: errors.length,
    medianAbsError:
      errors.length === 0
        ? Number.NaN
        : ((errors[Math.floor(middle)] ?? 0) + (errors[Math.ceil(middle)] ?? 0)) / 2,
    meanAbsError: errors.length === 0 ? Number.NaN : errors.reduce((a, b) => a + b, 0) / errors.length,
  };
}
