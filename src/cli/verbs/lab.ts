import { repeatable, type Verb } from '../verb.js';

interface LabOptions {
  out: string;
  pairs?: string;
  without?: string[];
  json?: boolean;
}

const argsOf = (o: Partial<LabOptions>): string[] => [
  ...(o.out === undefined ? [] : ['--out', o.out]),
  ...(o.pairs === undefined ? [] : ['--pairs', o.pairs]),
  ...(o.without ?? []).flatMap((s) => ['--without', s]),
  ...(o.json ? ['--json'] : []),
];

export default {
  name: 'lab',
  register(program, done) {
    const lab = program
      .command('lab')
      .description('Real faults in a real system: found, forecast, mended, measured (from a checkout).');
    lab
      .command('list')
      .description('Names the faults that can be switched on.')
      .option('--json', 'print them as JSON')
      .action(async (options: Partial<LabOptions>) => {
        const { runLab } = await import('../lab.js');
        done(await runLab(['list', ...argsOf(options)]));
      });
    lab
      .command('run')
      .description(
        'One fault: recorded, investigated, its first remedy made and measured; 0 when the forecast held, 1 when not.',
      )
      .argument('<fault>', 'a fault that `lab list` names')
      .option('--out <folder>', 'where evidence and result go', 'kneepoint-lab')
      .option('--pairs <n>', 'pairs of faulty and mended runs, in turn', '4')
      .option(
        '--without <source>',
        'leave out traces, metrics, logs, profile or changes; repeatable',
        repeatable,
        [],
      )
      .option('--json', 'print the result as JSON')
      .action(async (fault: string, options: LabOptions) => {
        const { runLab } = await import('../lab.js');
        done(await runLab(['run', fault, ...argsOf(options)]));
      });
    lab
      .command('story')
      .description(
        'The example live: its symptoms, its causes, remedies one by one, and a page; 0 when the target is met.',
      )
      .option('--out <folder>', 'where the page and the evidence go', 'kneepoint-lab')
      .option('--json', 'print the result as JSON')
      .action(async (options: LabOptions) => {
        const { runLab } = await import('../lab.js');
        done(await runLab(['story', ...argsOf(options)]));
      });
  },
} satisfies Verb;
