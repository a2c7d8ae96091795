import type { StatusOptions } from '../approvals.js';
import type { Verb } from '../verb.js';

export default {
  name: 'status',
  register(program, done) {
    program
      .command('status')
      .description('Where recommendations stand with their approvals; 0 all approved, 1 not.')
      .argument('<result>', 'result.json of an investigation')
      .argument('[recommendations...]', 'ids; all when absent')
      .option('--policy <file>', 'the policy; .kneepoint/policy.yaml when absent')
      .option('--folder <folder>', 'where decisions are kept', '.kneepoint/approvals')
      .option('--json', 'print it as JSON')
      .action(async (result: string, ids: string[], options: StatusOptions) => {
        const { showStatus } = await import('../approvals.js');
        done(showStatus(result, ids, options));
      });
  },
} satisfies Verb;
