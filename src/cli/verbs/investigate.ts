import type { InvestigateOptions } from '../investigate.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'investigate',
  register(program, done) {
    program
      .command('investigate')
      .description('Case and telemetry in; report, deliverables and result out.')
      .argument('[inputs...]', 'a prompt text, a case.yaml, telemetry files or folders, in any mix')
      .option('--evidence <path>', 'telemetry of the trouble: a file or folder; repeatable', repeatable, [])
      .option('--baseline <path>', 'telemetry from before, to compare with; repeatable', repeatable, [])
      .option(
        '--source <system=url>',
        'a system to ask: prometheus=http://localhost:9090; kneepoint sources list names them; repeatable',
        repeatable,
        [],
      )
      .option('--window <time>', 'what to ask for: the last 2h, or from/to in ISO 8601')
      .option('--baseline-window <from/to>', 'a time before the trouble to ask for too')
      .option('--offline', 'do not ask the systems that the case names')
      .option('--out <folder>', 'where the report goes', 'kneepoint-report')
      .option('--json', 'print result.json on stdout instead of the summary')
      .option(
        '--store <where>',
        'keep telemetry in this folder, or on a ClickHouse server (http://user@host:8123/database)',
      )
      .option('--no-redact', 'keep personal data and secrets as they are (on your own machine only)')
      .option(
        '--with-model',
        'let the model of the policy propose causes, which code settles, and word what was found',
      )
      .option('--redaction-rules <file>', 'rules of your own beside the built-in ones (YAML)')
      .option('--policy <file>', 'classification and redaction; .kneepoint/policy.yaml when there')
      .option('--audit', 'write what was done into .kneepoint/audit.jsonl; always when there is a policy')
      .action(async (inputs: string[], options: InvestigateOptions) => {
        const { runInvestigate } = await import('../investigate.js');
        done(await runInvestigate(inputs, options));
      });
  },
} satisfies Verb;
