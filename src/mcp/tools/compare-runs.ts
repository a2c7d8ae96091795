import { z } from 'zod';
import { caveatsOf, checkMetrics, readResults } from '../../cli/results.js';
import { compareRuns, DEFAULT_COMPARE } from '../../experiments/compare/compare.js';
import { runOfResult } from '../../experiments/compare/result-runs.js';
import { gateVerdict } from '../../report/comparison.js';
import { ToolFault } from '../fault.js';
import type { Roots } from '../roots.js';
import { tool } from '../tool.js';

const paths = z.array(z.string().min(1).max(1000)).min(1).max(40);

export default tool({
  name: 'compare_runs',
  title: 'Compare load runs',
  about:
    'Holds results of load tests of two versions against each other (k6, Gatling, autocannon, Vegeta, Artillery, HDR logs, kneepoint load; one file a run, or folders of them): a rank test over runs with intervals. fail: worse beyond doubt and by more than effect; pass: such a change is ruled out; inconclusive: how many more runs would tell.',
  input: z.strictObject({
    baseline: paths.describe('results of the version before, below a root'),
    candidate: paths.describe('results of the version after'),
    metrics: z.array(z.string().max(60)).min(1).max(20).optional(),
    effect: z
      .number()
      .gt(0)
      .lt(1)
      .default(DEFAULT_COMPARE.minimumEffect)
      .describe('smallest change that matters, as a share'),
  }),
  async run({ baseline, candidate, metrics, effect }, { roots }) {
    const [a, b] = [await readBelow(baseline, roots), await readBelow(candidate, roots)];
    const [before, after] = [a, b].map((side) => side.map((f) => runOfResult(roots.shown(f.name), f.result)));
    if (!before || !after)
      throw new ToolFault('A side has no run.', 'baseline, candidate', 'Name result files.');
    checkMetrics(metrics, [...before, ...after]);
    const comparison = compareRuns(before, after, {
      ...DEFAULT_COMPARE,
      minimumEffect: effect,
      ...(metrics ? { metrics } : {}),
    });
    const notes = caveatsOf([...a, ...b]);
    return [
      {
        table: ['verdict', 'why'],
        rows: [[comparison.verdict, gateVerdict({ comparison, verdict: comparison.verdict, notes })]],
      },
      {
        table: [
          'metric',
          'verdict',
          'baseline',
          'candidate',
          'change',
          'low',
          'high',
          'p corrected',
          'more runs',
        ],
        rows: comparison.metrics.map((m) => [
          m.metric,
          m.verdict,
          m.baseline,
          m.candidate,
          m.shift,
          m.low,
          m.high,
          m.pAdjusted,
          m.moreRuns,
        ]),
      },
      {
        line: `runs ${comparison.runs.baseline} against ${comparison.runs.candidate}, order ${comparison.order}; change as a share of the baseline`,
      },
      ...(Math.min(a.length, b.length) === 1
        ? [{ line: 'one run a side shares the luck of the run: repeat the runs, in turn' }]
        : []),
      ...(notes.length > 0 ? [{ table: ['caveat'], rows: notes.map((n) => [n]) }] : []),
    ];
  },
});

/** Results below the named paths; a folder's files may be links, and must lie below a root as well. */
async function readBelow(paths: readonly string[], roots: Roots): ReturnType<typeof readResults> {
  const real = paths.map((p) => roots.find(p));
  const files = await readResults(real);
  for (const file of files) roots.find(file.name);
  return files;
}
