import type { ExportOptions } from '../export.js';
import type { Verb } from '../verb.js';

export default {
  name: 'export',
  register(program, done) {
    program
      .command('export')
      .description(
        'Report and deliverables for others: redacted again, up to the level that the policy allows.',
      )
      .argument('<result>', 'result.json of an investigation')
      .requiredOption('--to <folder>', 'where they go')
      .option('--approved', 'only when every recommendation is approved')
      .option('--policy <file>', 'the policy; .kneepoint/policy.yaml when absent')
      .option('--folder <folder>', 'where decisions are kept', '.kneepoint/approvals')
      .option('--redaction-rules <file>', 'rules beside the built-in ones')
      .action(async (result: string, options: ExportOptions) => {
        const { exportResult } = await import('../export.js');
        done(await exportResult(result, options));
      });
  },
} satisfies Verb;
