import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DEFAULT_HISTORY, type HistoryChange, historyChanges } from '../experiments/history/changes.js';
import { HistoryFault, readHistory } from '../experiments/history/read.js';
import { type Explained, historyTerminal } from '../report/history.js';
import { EXIT, UserError } from './exit.js';

export interface HistoryOptions {
  repo?: string;
  effect: string;
  json?: boolean;
}

/** `history`: 0 when nothing is worse now than before, 1 when a change for the worse has lasted to the end. */
export async function runHistory(file: string, options: HistoryOptions): Promise<number> {
  const effect = Number(options.effect);
  if (!(effect >= 0 && effect < 1))
    throw new UserError(
      EXIT.badInput,
      `--effect ${options.effect} is no share.`,
      '--effect',
      'Give 0.05 for 5 %.',
    );
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(EXIT.badInput, 'The history cannot be read.', file, 'Name a file that exists.');
  });
  let changes: Explained[];
  let counts: { series: number; points: number };
  try {
    const series = readHistory(text, file);
    counts = { series: series.length, points: Math.max(...series.map((s) => s.points.length)) };
    changes = historyChanges(series, { ...DEFAULT_HISTORY, minimumEffect: effect });
  } catch (error) {
    if (error instanceof HistoryFault)
      throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
    throw error;
  }
  const repo = options.repo;
  if (repo !== undefined)
    changes = await Promise.all(changes.map(async (c) => ({ ...c, commits: await commitsBetween(repo, c) })));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...counts, changes })}\n`
      : historyTerminal(changes, counts.series, counts.points),
  );
  const open = changes.some((c) => c.direction === 'worse' && c.wentAwayAt === undefined && !c.movedTo);
  return open ? EXIT.checkFailed : EXIT.fine;
}

const COMMIT = /^[0-9a-f]{7,40}$/i;
const MOST_COMMITS = 50;

/** Commits after the last point before the change, up to the first after it; none when the labels are no commits. */
async function commitsBetween(repo: string, c: HistoryChange): Promise<string[]> {
  if (!COMMIT.test(c.until)) return [];
  const range = COMMIT.test(c.after) ? `${c.after}..${c.until}` : c.until;
  const args = [
    '-C',
    repo,
    'log',
    '--format=%h %s',
    `--max-count=${COMMIT.test(c.after) ? MOST_COMMITS : 1}`,
    range,
    '--',
  ];
  try {
    const { stdout } = await promisify(execFile)('git', args);
    return stdout.split('\n').filter((l) => l !== '');
  } catch {
    throw new UserError(
      EXIT.badInput,
      `git does not know the commits ${c.after} and ${c.until}.`,
      repo,
      'Name the repository that the history was measured on, with all its commits.',
    );
  }
}
