import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { runOfResult } from '../experiments/compare/result-runs.js';
import type { Run } from '../experiments/compare/run.js';
import { gate } from '../experiments/gate/gate.js';
import { parseStore, runOfStored, type StoredRun, storeLine } from '../experiments/gate/store.js';
import { gateJunit, gateMarkdown, gateTerminal } from '../report/comparison.js';
import { EXIT, UserError } from './exit.js';
import type { CompareVerbOptions } from './results.js';
import { caveatsOf, checkMetrics, compareOptionsOf, type ResultFile, readResults } from './results.js';

export interface GateVerbOptions extends CompareVerbOptions {
  baseline: string[];
  candidate: string[];
  store?: string;
  series: string;
  last: string;
  record?: boolean;
  commit?: string;
  junit?: string;
  markdown?: string;
}

/** `gate`: 0 pass, 1 fail, 3 inconclusive. */
export async function runGate(options: GateVerbOptions): Promise<number> {
  const checked = compareOptionsOf(options);
  const stored = options.store ? await storedRuns(options.store, options.series) : [];
  const before = await readResults(options.baseline);
  const after = await readResults(options.candidate);
  const last = Number(options.last);
  if (!Number.isInteger(last) || last < 1)
    throw new UserError(
      EXIT.badInput,
      `--last ${options.last} is no count.`,
      '--last',
      'Give a number of runs.',
    );
  const history = stored.map(runOfStored);
  const baseline: Run[] =
    before.length > 0 ? before.map((f) => runOfResult(f.name, f.result)) : history.slice(-last);
  const candidate = after.map((f) => runOfResult(f.name, f.result));
  if (baseline.length === 0) return firstRuns(options, after);
  checkMetrics(checked.metrics, [...baseline, ...candidate]);
  let answer: ReturnType<typeof gate>;
  try {
    answer = gate(baseline, candidate, history.length > 0 ? history : baseline, checked);
  } catch (error) {
    if (error instanceof RangeError)
      throw new UserError(
        EXIT.badInput,
        `${error.message}.`,
        '--candidate',
        'Give results that share a metric.',
      );
    throw error;
  }
  answer.notes.push(...caveatsOf(after));
  if (options.junit) await writeFile(options.junit, gateJunit(answer));
  if (options.markdown) await writeFile(options.markdown, gateMarkdown(answer));
  if (options.record && answer.verdict !== 'fail') await record(options, after);
  process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : gateTerminal(answer));
  return { pass: EXIT.fine, fail: EXIT.checkFailed, inconclusive: EXIT.couldNotRun }[answer.verdict];
}

async function storedRuns(file: string, series: string): Promise<StoredRun[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new UserError(EXIT.badInput, 'The store cannot be read.', file, 'Check its permissions.');
  }
  const parsed = parseStore(text);
  if ('fault' in parsed)
    throw new UserError(
      EXIT.badInput,
      parsed.fault.what,
      `${file}, line ${parsed.fault.line}`,
      'Mend or remove the line.',
    );
  return parsed.runs.filter((r) => r.series === series);
}

/** Nothing to compare with: the first runs of a store are recorded, else it is an error. */
async function firstRuns(options: GateVerbOptions, after: readonly ResultFile[]): Promise<number> {
  if (!options.store || !options.record)
    throw new UserError(
      EXIT.badInput,
      'There is no baseline.',
      options.store ?? '--baseline',
      'Give --baseline, or start a store with --store FILE --record.',
    );
  await record(options, after);
  process.stdout.write(`The store has its first ${after.length} runs; there was nothing to compare with.\n`);
  return EXIT.couldNotRun;
}

async function record(options: GateVerbOptions, after: readonly ResultFile[]): Promise<void> {
  if (!options.store) return;
  const lines = after.map((f) => {
    const run = runOfResult(f.name, f.result);
    return storeLine({
      format: 'kneepoint.baseline/1',
      series: options.series,
      ...(options.commit ? { commit: options.commit } : {}),
      ...(run.startedAtMs === undefined ? {} : { startedAtMs: run.startedAtMs }),
      source: { file: basename(f.name), sha256: f.sha256, tool: f.result.tool, format: f.result.format },
      metrics: { ...run.metrics },
    });
  });
  await appendFile(options.store, lines.join(''));
}
