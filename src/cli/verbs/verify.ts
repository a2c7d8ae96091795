import { repeatable, type Verb } from '../verb.js';
import type { VerifyOptions } from '../verify.js';

export default {
  name: 'verify',
  register(program, done) {
    program
      .command('verify')
      .description('Holds the forecast of a fix against telemetry from after it; 0 held, 1 not held.')
      .argument('<result>', 'result.json of the investigation that made the forecast')
      .requiredOption(
        '--after <path>',
        'telemetry (traces) from after the fix, a run each; repeatable',
        repeatable,
        [],
      )
      .option('--before <path>', 'telemetry from before the fix, a run each; repeatable', repeatable, [])
      .option('--recommendation <id>', 'which recommendation was made; the first that has a forecast')
      .option('--record <file>', 'append to this record of forecasts (JSON lines), and say how they held')
      .option('--json', 'print the result on stdout')
      .action(async (result: string, options: VerifyOptions) => {
        const { runVerify } = await import('../verify.js');
        done(await runVerify(result, options));
      });
  },
} satisfies Verb;
