import { repeatable, type Verb } from '../verb.js';

export interface CapacityFitOptions {
  slo?: string;
  at: string[];
  demands?: string;
  out?: string;
  json?: boolean;
}

export default {
  name: 'capacity',
  register(program, done) {
    const capacity = program
      .command('capacity')
      .description('How far a system goes, what the load asked for takes, and what that costs.');
    capacity
      .command('fit')
      .description(
        'Fits models to the steps of a load test, judges them on steps held back, and gives the knee.',
      )
      .argument('[steps...]', 'a table or JSON of steps, or the results of load tests, one a step')
      .option('--slo <time>', 'the p99 that must hold: 700ms')
      .option('--at <rate>', 'forecast mean and p99 at this rate', repeatable, [])
      .option('--demands <file>', 'JSON of service demands instead: bounds and mean value analysis')
      .option('--out <folder>', 'write knee.svg and report.html there')
      .option('--json', 'print the numbers as JSON')
      .action(async (steps: string[], options: CapacityFitOptions) => {
        const { runCapacityFit } = await import('../capacity/fit.js');
        done(await runCapacityFit(steps, options));
      });
  },
} satisfies Verb;
