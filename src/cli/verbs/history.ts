import type { HistoryOptions } from '../history.js';
import type { Verb } from '../verb.js';

export default {
  name: 'history',
  register(program, done) {
    program
      .command('history')
      .description('Finds where the results of builds changed for good, and the commits between.')
      .argument('<file>', 'CSV as Otava reads it, data of github-action-benchmark, or a store of the gate')
      .option('--repo <folder>', 'git repository to list the commits from')
      .option('--effect <share>', 'smallest change that is told', '0.02')
      .option('--json', 'print the result on stdout')
      .action(async (file: string, options: HistoryOptions) => {
        const { runHistory } = await import('../history.js');
        done(await runHistory(file, options));
      });
  },
} satisfies Verb;
