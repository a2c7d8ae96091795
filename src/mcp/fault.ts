import { UserError } from '../cli/exit.js';
import { StoreError } from '../evidence/store/index.js';
import { Refusal } from '../governance/refusal.js';

/** What a tool could not do: what was wrong, where, and what to do about it. */
export class ToolFault extends Error {
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
  ) {
    super(`${what}\nwhere: ${where}\nto do: ${todo}`);
  }
}

/** The words that a client is told. What was not foreseen is named without a stack, which would name paths of the machine. */
export function faultText(error: unknown): string {
  if (error instanceof ToolFault || error instanceof UserError || error instanceof StoreError)
    return error.message;
  if (error instanceof Refusal) return new ToolFault(error.what, error.where, error.todo).message;
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return `This could not be done: ${said}\nwhere: the tool\nto do: Check the arguments; when it stays so, report it.`;
}
