import type { RetainOptions } from '../retain.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'retain',
  register(program, done) {
    const retain = program
      .command('retain')
      .description('How long decisions, reports and telemetry are kept.');
    for (const [name, about] of [
      ['status', 'What is kept, how long still, what is on legal hold.'],
      ['purge', 'Removes what is over its time, and writes that into the audit log.'],
    ] as const)
      retain
        .command(name)
        .description(about)
        .option('--policy <file>', 'the policy; .kneepoint/policy.yaml when absent')
        .option('--reports <folder>', 'a folder of reports; repeatable', repeatable, [])
        .option('--telemetry <path>', 'recorded telemetry; repeatable', repeatable, [])
        .option('--json', 'print it as JSON')
        .action(async (options: RetainOptions) => {
          const { retain: run } = await import('../retain.js');
          done(run(options, name === 'purge'));
        });
  },
} satisfies Verb;
