import { Command, CommanderError } from 'commander';
import { Refusal } from '../governance/refusal.js';
import { VERSION } from '../investigate/version.js';
import { EXIT, UserError } from './exit.js';
import { VERBS } from './registry.js';

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
  for (const verb of VERBS)
    verb.register(program, (exit) => {
      code = exit;
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
    if (error instanceof Refusal) {
      process.stderr.write(`${error.what}\n  where: ${error.where}\n  to do: ${error.todo}\n`);
      return error.kind === 'denied' ? EXIT.checkFailed : EXIT.badInput;
    }
    process.stderr.write(
      `kneepoint could not go on: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    if (process.env.KNEEPOINT_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return EXIT.couldNotRun;
  }
}
