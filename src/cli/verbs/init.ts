import type { Verb } from '../verb.js';

export default {
  name: 'init',
  register(program, done) {
    program
      .command('init')
      .description('Asks the ten questions and writes a commented case.yaml.')
      .argument('[file]', 'where to write', 'case.yaml')
      .option('--force', 'overwrite an existing file')
      .action(async (file: string, options: { force?: boolean }) => {
        const { runInit } = await import('../init.js');
        done(await runInit(file, options));
      });
  },
} satisfies Verb;
