import type { GateVerbOptions } from '../gate.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'gate',
  register(program, done) {
    program
      .command('gate')
      .description('Says pass, fail or how many more runs are needed; 0 pass, 1 fail, 3 inconclusive.')
      .option('--baseline <path>', 'result files or folders of the baseline; repeatable', repeatable, [])
      .requiredOption(
        '--candidate <path>',
        'result files or folders of the candidate; repeatable',
        repeatable,
        [],
      )
      .option('--store <file>', 'baseline store (JSON lines, kept in the repository)')
      .option('--series <name>', 'which series of the store', 'default')
      .option('--last <count>', 'how many runs of the store are the baseline', '20')
      .option('--record', 'append the candidate to the store unless it fails')
      .option('--commit <id>', 'the commit the candidate was built from')
      .option('--metric <name>', 'only this metric; repeatable', repeatable, [])
      .option('--effect <share>', 'smallest change that matters', '0.05')
      .option('--level <chance>', 'chance of a false alarm over all metrics', '0.05')
      .option('--correction <way>', 'over several metrics: holm or bh', 'holm')
      .option('--junit <file>', 'write JUnit XML')
      .option('--markdown <file>', 'write a comment for the pull request')
      .option('--json', 'print the result on stdout')
      .action(async (options: GateVerbOptions) => {
        const { runGate } = await import('../gate.js');
        done(await runGate(options));
      });
  },
} satisfies Verb;
