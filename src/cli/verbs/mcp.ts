import type { McpOptions } from '../mcp.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'mcp',
  register(program, done) {
    program
      .command('mcp')
      .description('Serves agents over stdio (Model Context Protocol): cases, evidence, hypotheses, what-if.')
      .option(
        '--root <folder>',
        'files below it may be read; repeatable. Without one, text only',
        repeatable,
        [],
      )
      .option('--redaction-rules <file>', 'rules of your own for what is cut')
      .addHelpText(
        'after',
        '\nRegister it as a command of your client, for example:\n  claude mcp add kneepoint -- npx kneepoint mcp --root ./telemetry',
      )
      .action(async (options: McpOptions) => {
        const { runMcp } = await import('../mcp.js');
        done(await runMcp(options));
      });
  },
} satisfies Verb;
