import type { CompareVerbOptions } from '../results.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'compare',
  register(program, done) {
    program
      .command('compare')
      .description(
        'Holds the runs of two sides against each other: results of any load tool, one file a run.',
      )
      .argument('<baseline>', 'a result file, or a folder of them')
      .argument('<candidate>', 'a result file, or a folder of them')
      .option('--metric <name>', 'only this metric (latency.p99, errors.ratio …); repeatable', repeatable, [])
      .option('--effect <share>', 'smallest change that matters', '0.05')
      .option('--level <chance>', 'chance of a false alarm over all metrics', '0.05')
      .option('--correction <way>', 'over several metrics: holm or bh', 'holm')
      .option('--json', 'print the result on stdout')
      .action(async (baseline: string, candidate: string, options: CompareVerbOptions) => {
        const { runCompare } = await import('../compare.js');
        done(await runCompare(baseline, candidate, options));
      });
  },
} satisfies Verb;
