import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { totalSeconds } from '../experiments/load/arrivals.js';
import { findKnee } from '../experiments/load/knee.js';
import { liveView } from '../experiments/load/live.js';
import { runDocument, secondLine, sloChecks } from '../experiments/load/output.js';
import {
  forbidden,
  type LoadPlan,
  type PlanFault,
  parsePlan,
  stretchesOf,
} from '../experiments/load/plan.js';
import { runLoad } from '../experiments/load/run.js';
import { watch, watchedFrom } from '../experiments/load/watch.js';
import {
  curveSentence,
  furtherReasons,
  kneeHtml,
  kneeVerdict,
  loadRunHtml,
  short,
  verdictOf,
} from '../report/load-run.js';
import { EXIT, UserError } from './exit.js';

export interface LoadKneeOptions extends LoadRunOptions {
  from: string;
  to: string;
  step: string;
  factor: string;
  watch: string[];
}
export interface LoadRunOptions {
  out: string;
  json?: boolean;
  iOwnThis?: boolean;
}

/** `load run`: 0 valid and within its objectives, 1 one is missed, 3 the run does not count or is too short to tell. */
export async function runLoadPlan(file: string, options: LoadRunOptions): Promise<number> {
  const plan = await planOf(file, options.iOwnThis === true);
  const lines: Promise<string>[] = [];
  const show = liveView(process.stderr, totalSeconds(stretchesOf(plan)));
  const run = await untilInterrupted((signal) =>
    runLoad(plan, {
      signal,
      onSecond(second, histogram) {
        show(second);
        lines.push(secondLine(second, histogram));
      },
    }),
  );
  const document = runDocument(run);
  const slo = sloChecks(run);
  await mkdir(options.out, { recursive: true });
  await Promise.all([
    writeFile(join(options.out, 'run.json'), `${JSON.stringify(document, null, 1)}\n`),
    writeFile(join(options.out, 'seconds.ndjson'), (await Promise.all(lines)).join('')),
    writeFile(join(options.out, 'report.html'), loadRunHtml(document, run.seconds, slo)),
  ]);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...document, slo })}\n`);
  else
    process.stdout.write(
      `${[
        verdictOf(document, slo),
        ...furtherReasons(document).map((r) => `  ${r}`),
        ...document.quantiles.map((q) =>
          q.notEstimable
            ? `  ${q.notEstimable}`
            : `  ${q.name.padEnd(5)} ${short(q.valueMs)} ms  (${short(q.lowMs)}–${short(q.highMs)})`,
        ),
        `  errors ${document.errors} of ${document.requests}`,
        relative(process.cwd(), join(options.out, 'report.html')),
      ].join('\n')}\n`,
    );
  if (document.verdict === 'invalid') return EXIT.couldNotRun;
  if (slo.some((c) => c.answer === 'missed')) return EXIT.checkFailed;
  return slo.every((c) => c.answer === 'met') ? EXIT.fine : EXIT.couldNotRun;
}

/** `load knee`: 0 when a rate that holds was found, 3 when the generator was the limit or no rate held. */
export async function runLoadKnee(file: string, options: LoadKneeOptions): Promise<number> {
  const plan = await planOf(file, options.iOwnThis === true);
  const p99Ms = plan.slo.p99Ms;
  if (p99Ms === undefined)
    throw new UserError(
      EXIT.badInput,
      'The plan has no objective to break.',
      `${file}, slo.p99Ms`,
      'Add slo: { p99Ms: 500 } to the plan.',
    );
  const factor = numberOption('--factor', options.factor);
  const watched = options.watch.map((text) => {
    const found = watchedFrom(text);
    if (typeof found === 'string')
      throw new UserError(
        EXIT.badInput,
        `--watch ${text} names ${found}.`,
        '--watch',
        'Give a name with the id of a process on this machine, or with the folder of a control group: --watch api=1234.',
      );
    return found;
  });
  if (factor <= 1) throw badOption('--factor', options.factor, 'a number above 1');
  const knee = await untilInterrupted((signal) =>
    findKnee(
      plan,
      {
        from: numberOption('--from', options.from),
        to: numberOption('--to', options.to),
        stepSeconds: numberOption('--step', options.step),
        factor,
        refine: 6,
        p99Ms,
        errorRatio: plan.slo.errorRatio ?? 0.01,
        ...(watched.length > 0 ? { watch: () => watch(watched) } : {}),
      },
      (step, hooks) => {
        signal.throwIfAborted();
        return runLoad(step, { ...hooks, signal });
      },
      (s) =>
        process.stderr.write(
          `kneepoint: ${short(s.rate)} /s  p99 ${short(s.p99Ms)} ms  ${s.why ?? s.answer}\n`,
        ),
    ),
  );
  await mkdir(options.out, { recursive: true });
  await Promise.all([
    writeFile(join(options.out, 'knee.json'), `${JSON.stringify(knee, null, 1)}\n`),
    writeFile(join(options.out, 'report.html'), kneeHtml(plan.name, plan.target, knee)),
  ]);
  process.stdout.write(
    options.json ? `${JSON.stringify(knee)}\n` : `${kneeVerdict(knee)}\n  ${curveSentence(knee)}\n`,
  );
  return knee.holds === undefined || knee.ended === 'generator at its limit' ? EXIT.couldNotRun : EXIT.fine;
}

async function planOf(file: string, iOwnThis: boolean): Promise<LoadPlan> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new UserError(EXIT.badInput, 'The plan cannot be read.', file, 'Name a file that exists.');
  }
  const parsed = parsePlan(text);
  if ('fault' in parsed) throw faultOf(file, parsed.fault);
  const no = forbidden(parsed.plan, iOwnThis);
  if (no) throw faultOf(file, no);
  return parsed.plan;
}

const faultOf = (file: string, f: PlanFault): UserError =>
  new UserError(EXIT.badInput, f.what, `${file}, ${f.where}`, f.todo);

function numberOption(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw badOption(name, text, 'a number above 0');
  return value;
}
const badOption = (name: string, text: string, wants: string): UserError =>
  new UserError(EXIT.badInput, `${name} ${text} is not ${wants}.`, name, `Give ${wants}.`);

/** Ctrl-C ends the sending, and what was measured so far is still reported; a second one ends the program. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}
