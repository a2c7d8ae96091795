import type { Command } from 'commander';

/** One command of the CLI. One file each, in `src/cli/verbs/`, light to load: the work is imported in the action. */
export interface Verb {
  name: string;
  /**
   * Adds the command with its options. `done` takes the exit code of the action: 0 fine, 1 a check failed,
   * 2 bad input, 3 could not run.
   */
  register(program: Command, done: (code: number) => void): void;
}

/** For an option that may be given several times. */
export const repeatable = (value: string, before: string[]): string[] => [...before, value];
