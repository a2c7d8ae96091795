import type { Verb } from '../verb.js';

export default {
  name: 'demo',
  register(program, done) {
    program
      .command('demo')
      .description('Investigates the recorded NovaPay incident that comes with Kneepoint, offline.')
      .option('--out <folder>', 'where the report goes', 'kneepoint-report')
      .option('--json', 'print result.json on stdout instead of the summary')
      .option('--healthy', 'investigate the healthy recording instead: nothing should be found')
      .action(async (options: { out: string; json?: boolean; healthy?: boolean }) => {
        const { runDemo } = await import('../demo.js');
        done(await runDemo(options));
      });
  },
} satisfies Verb;
