import type { DecideOptions } from '../approvals.js';
import type { Verb } from '../verb.js';

export default {
  name: 'approve',
  register(program, done) {
    program
      .command('approve')
      .description('Approves a recommendation: signs the exact plan, its evidence and its deliverables.')
      .argument('<result>', 'result.json of an investigation')
      .argument('<recommendation>', 'id of the recommendation, or its beginning')
      .requiredOption('--role <role>', 'the role you decide in: SRE-Lead')
      .requiredOption('--reason <text>', 'why')
      .option('--key <file>', 'your Ed25519 private key: ~/.ssh/id_ed25519, or PEM')
      .option('--by <name>', 'your name in the policy, when ssh-keygen signs')
      .option('--print-statement', 'print what is to be signed with: ssh-keygen -Y sign -n kneepoint')
      .option('--signature <file>', 'a statement with its signature by ssh-keygen below it')
      .option('--hours <number>', 'how long it lasts; the policy says the most')
      .option('--break-glass', 'allow it without the other approvals, for hours, to be reviewed afterwards')
      .option('--at <time>', 'the time of the statement, ISO 8601; now when absent')
      .option('--policy <file>', 'the policy; .kneepoint/policy.yaml when absent')
      .option('--folder <folder>', 'where decisions are kept', '.kneepoint/approvals')
      .action(async (result: string, id: string, options: DecideOptions) => {
        const { decide } = await import('../approvals.js');
        done(decide(result, id, 'approve', options));
      });
  },
} satisfies Verb;
