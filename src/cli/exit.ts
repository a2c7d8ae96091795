/** Exit codes of every command. */
export const EXIT = { fine: 0, checkFailed: 1, badInput: 2, couldNotRun: 3 } as const;

/** Something the user can mend: what was wrong, where, what to do. */
export class UserError extends Error {
  constructor(
    readonly code: (typeof EXIT)[keyof typeof EXIT],
    what: string,
    where: string,
    todo: string,
  ) {
    super(`${what}\n  where: ${where}\n  to do: ${todo}`);
  }
}
