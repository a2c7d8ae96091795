import type { QueueOptions } from '../queue.js';
import type { Verb } from '../verb.js';

export default {
  name: 'queue',
  register(program, done) {
    program
      .command('queue')
      .description(
        'From arrivals as they came and the time one takes: waits, backlogs, workers needed, and the settings that follow.',
      )
      .argument('<arrivals>', 'CSV of times and counts, or one time of arrival a line')
      .requiredOption('--service <time>', 'mean time one message takes (120ms, 2s)')
      .option(
        '--variation <scv>',
        'squared coefficient of variation of that time: 0 constant, 1 exponential',
        '1',
      )
      .option('--longest <time>', 'longest time one takes')
      .option('--workers <n>', 'workers today')
      .option('--objective <quantile:time>', 'how long messages may wait', '99:5s')
      .option('--json', 'print the study as JSON')
      .action(async (arrivals: string, options: QueueOptions) => {
        const { runQueue } = await import('../queue.js');
        done(await runQueue(arrivals, options));
      });
  },
} satisfies Verb;
