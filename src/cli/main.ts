import { Command, CommanderError } from 'commander';
import { VERSION } from '../investigate/version.js';
import { EXIT, UserError } from './exit.js';

/**
 * Runs one command line and returns its exit code: 0 fine, 1 a check failed, 2 bad input, 3 could not run.
 * Commands are loaded when they are asked for, so that `--help` starts at once.
 */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = EXIT.fine;
  const program = new Command('kneepoint')
    .description(
      'Finds and proves what limits a service, ranks the fixes with a forecast, writes the deliverables.',
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .showHelpAfterError('(kneepoint --help lists the commands)');

  program
    .command('investigate')
    .description('Case and telemetry in; report, deliverables and result out.')
    .argument('[inputs...]', 'a prompt text, a case.yaml, telemetry files or folders, in any mix')
    .option('--evidence <path>', 'telemetry of the trouble: a file or folder; repeatable', collectOption, [])
    .option('--baseline <path>', 'telemetry from before, to compare with; repeatable', collectOption, [])
    .option('--out <folder>', 'where the report goes', 'kneepoint-report')
    .option('--json', 'print result.json on stdout instead of the summary')
    .option('--no-redact', 'keep personal data and secrets as they are (on your own machine only)')
    .action(async (inputs: string[], options: InvestigateOptions) => {
      const { runInvestigate } = await import('./investigate.js');
      code = await runInvestigate(inputs, options);
    });

  program
    .command('init')
    .description('Asks the ten questions and writes a commented case.yaml.')
    .argument('[file]', 'where to write', 'case.yaml')
    .option('--force', 'overwrite an existing file')
    .action(async (file: string, options: { force?: boolean }) => {
      const { runInit } = await import('./init.js');
      code = await runInit(file, options);
    });

  program
    .command('demo')
    .description('Investigates the recorded NovaPay incident that comes with Kneepoint, offline.')
    .option('--out <folder>', 'where the report goes', 'kneepoint-report')
    .option('--json', 'print result.json on stdout instead of the summary')
    .option('--healthy', 'investigate the healthy recording instead: nothing should be found')
    .action(async (options: { out: string; json?: boolean; healthy?: boolean }) => {
      const { runDemo } = await import('./demo.js');
      code = await runDemo(options);
    });

  try {
    await program.parseAsync(['node', 'kneepoint', ...args]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.badInput;
    if (error instanceof UserError) {
      process.stderr.write(`${error.message}\n`);
      return error.code;
    }
    process.stderr.write(
      `kneepoint could not go on: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    if (process.env.KNEEPOINT_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return EXIT.couldNotRun;
  }
}

export interface InvestigateOptions {
  evidence: string[];
  baseline: string[];
  out: string;
  json?: boolean;
  redact: boolean;
}

const collectOption = (value: string, before: string[]): string[] => [...before, value];
