import type { ChaosExportOptions, ChaosRunOptions } from '../chaos.js';
import { FAULT_HELP } from '../chaos-help.js';
import type { Verb } from '../verb.js';

export default {
  name: 'chaos',
  register(program, done) {
    const chaos = program
      .command('chaos')
      .description('Does harm on purpose, bounded in time, to see what follows.');
    chaos
      .command('run')
      .description('Runs an experiment in the format of Chaos Toolkit; 0 completed, 1 the system deviated.')
      .argument('<experiment>', 'experiment.json')
      .option('--journal <file>', 'where the journal goes', 'journal.json')
      .option('--json', 'print the journal on stdout')
      .option('--i-own-this', 'ask URLs beyond this machine: its owners know')
      .action(async (file: string, options: ChaosRunOptions) => {
        const { runChaos } = await import('../chaos.js');
        done(await runChaos(file, options));
      });
    chaos
      .command('inject')
      .description('One fault for some seconds, then everything is put back.')
      .argument(
        '<fault>',
        'latency, bandwidth, timeout, reset, slicer, limit_data, connections, cpu or pause',
      )
      .argument('[settings...]', 'settings of the fault')
      .option(
        '--experiment <file>',
        'experiment that is approved and has this fault, where a policy asks for it',
      )
      .allowUnknownOption()
      .addHelpText('after', FAULT_HELP)
      .action(async (fault: string, settings: string[], options: { experiment?: string }) => {
        const { injectFault } = await import('../chaos.js');
        done(await injectFault(fault, settings, options.experiment));
      });
    chaos
      .command('export')
      .description('Writes the faults of an experiment for a cluster.')
      .argument('<experiment>', 'experiment.json')
      .requiredOption('--for <system>', 'chaos-mesh or litmus')
      .option('--namespace <name>', 'namespace of the pods', 'default')
      .requiredOption('--selector <label>', 'label of the pods: app=checkout')
      .action(async (file: string, options: ChaosExportOptions) => {
        const { exportChaos } = await import('../chaos.js');
        done(await exportChaos(file, options));
      });
    chaos
      .command('refute')
      .description('Writes the experiment that could refute a finding.')
      .argument('<result>', 'result.json of an investigation')
      .argument('<finding>', 'id of the finding, or a part of it')
      .action(async (result: string, finding: string) => {
        const { refuteFinding } = await import('../chaos.js');
        done(await refuteFinding(result, finding));
      });
  },
} satisfies Verb;
