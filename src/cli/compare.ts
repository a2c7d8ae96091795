import { compareRuns } from '../experiments/compare/compare.js';
import { runOfResult } from '../experiments/compare/result-runs.js';
import { gateTerminal } from '../report/comparison.js';
import { EXIT, UserError } from './exit.js';
import type { CompareVerbOptions } from './results.js';
import { caveatsOf, checkMetrics, compareOptionsOf, readResults } from './results.js';

/** `compare`: 0 when no metric got worse, 1 when one did, 3 when the runs cannot tell. */
export async function runCompare(
  before: string,
  after: string,
  options: CompareVerbOptions,
): Promise<number> {
  const checked = compareOptionsOf(options);
  const [a, b] = [await readResults([before]), await readResults([after])];
  const [baseline, candidate] = [a, b].map((side) => side.map((f) => runOfResult(f.name, f.result))) as [
    ReturnType<typeof runOfResult>[],
    ReturnType<typeof runOfResult>[],
  ];
  checkMetrics(checked.metrics, [...baseline, ...candidate]);
  let comparison: ReturnType<typeof compareRuns>;
  try {
    comparison = compareRuns(baseline, candidate, checked);
  } catch (error) {
    if (error instanceof RangeError)
      throw new UserError(
        EXIT.badInput,
        `${error.message}.`,
        `${before}, ${after}`,
        'Give results that share a metric.',
      );
    throw error;
  }
  const single = Math.min(a.length, b.length) === 1;
  const notes = [
    ...(single
      ? [
          'One run a side: its requests share the luck of the run, and a test over requests calls many unchanged pairs different. Repeat the runs, in turn.',
        ]
      : []),
    ...caveatsOf([...a, ...b]),
  ];
  const answer = { verdict: comparison.verdict, comparison, notes };
  process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : gateTerminal(answer));
  return { pass: EXIT.fine, fail: EXIT.checkFailed, inconclusive: EXIT.couldNotRun }[answer.verdict];
}
