import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadResult } from '../domain/load-result.js';
import { openFile } from '../evidence/open.js';
import { readLoadResult } from '../evidence/readers/load/index.js';
import { LoadFault } from '../evidence/readers/load/reader.js';
import type { CompareOptions } from '../experiments/compare/compare.js';
import { EXIT, UserError } from './exit.js';

export interface CompareVerbOptions {
  metric: string[];
  effect: string;
  level: string;
  correction: string;
  json?: boolean;
}

export interface ResultFile {
  name: string;
  sha256: string;
  result: LoadResult;
}

/** Every result below the named paths, in the order of their names. A file that is no result is an error, not skipped. */
export async function readResults(paths: readonly string[]): Promise<ResultFile[]> {
  const files = paths.flatMap(filesBelow);
  const out: ResultFile[] = [];
  for (const name of files) {
    const open = await openFile(name);
    try {
      const result = await readLoadResult({ sample: open.sample, bytes: open.bytes, name });
      const damage = open.damage();
      if (damage) throw new LoadFault(`The gzip archive is ${damage}`, name, 'Copy it again.');
      out.push({ name, sha256: await open.sha256(), result });
    } catch (error) {
      if (error instanceof LoadFault) throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
      throw error;
    }
  }
  return out;
}

function filesBelow(path: string): string[] {
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch {
    throw new UserError(
      EXIT.badInput,
      'There is no such file or folder.',
      path,
      'Name result files or a folder of them.',
    );
  }
  if (!folder) return [path];
  const files = readdirSync(path, { withFileTypes: true })
    .filter((e) => e.isFile() && !e.name.startsWith('.'))
    .map((e) => join(path, e.name))
    .sort();
  if (files.length === 0)
    throw new UserError(
      EXIT.badInput,
      'The folder holds no file.',
      path,
      'Put one result file a run into it.',
    );
  return files;
}

/** The options that compare and gate share, checked. */
export function compareOptionsOf(o: CompareVerbOptions): CompareOptions {
  const share = (name: string, text: string): number => {
    const value = Number(text);
    if (value > 0 && value < 1) return value;
    throw new UserError(
      EXIT.badInput,
      `${name} ${text} is no share between 0 and 1.`,
      name,
      'Give 0.05 for 5 %.',
    );
  };
  if (o.correction !== 'holm' && o.correction !== 'bh')
    throw new UserError(
      EXIT.badInput,
      `There is no correction "${o.correction}".`,
      '--correction',
      'Give holm or bh.',
    );
  return {
    minimumEffect: share('--effect', o.effect),
    level: share('--level', o.level),
    correction: o.correction,
    ...(o.metric.length > 0 ? { metrics: o.metric } : {}),
  };
}

/** What the formats of the results say against trusting them, each once. */
export function caveatsOf(files: readonly ResultFile[]): string[] {
  return [...new Set(files.flatMap((f) => f.result.caveats.map((c) => `${f.result.tool}: ${c}`)))];
}

/** A metric that some run lacks, said once with the run. */
export function checkMetrics(
  metrics: readonly string[] | undefined,
  runs: readonly { name: string; metrics: Readonly<Record<string, number>> }[],
): void {
  for (const metric of metrics ?? []) {
    const lacking = runs.find((r) => r.metrics[metric] === undefined);
    if (lacking)
      throw new UserError(
        EXIT.badInput,
        `The run has no ${metric}.`,
        lacking.name,
        `It has ${Object.keys(lacking.metrics).join(', ') || 'none'}.`,
      );
  }
}
