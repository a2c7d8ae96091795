import { z } from 'zod';
import { oneLine, type Part } from './answer.js';
import { ToolFault } from './fault.js';
import type { Progress, Session } from './session.js';

interface Described<S extends z.ZodObject> {
  name: string;
  title: string;
  /** What it answers and when to use it. */
  about: string;
  input: S;
  run(args: z.output<S>, session: Session, progress: Progress): Promise<Part[]>;
}

/** One tool, as the server lists and calls it. */
export interface Tool {
  name: string;
  title: string;
  about: string;
  /** JSON Schema of the arguments. */
  inputSchema: Record<string, unknown>;
  /** Checks the arguments and answers. Throws a ToolFault that names the argument. */
  call(args: unknown, session: Session, progress: Progress): Promise<Part[]>;
}

const MOST_ISSUES = 5;

export function tool<S extends z.ZodObject>(described: Described<S>): Tool {
  const { name, title, about, input } = described;
  return {
    name,
    title,
    about,
    inputSchema: z.toJSONSchema(input, { io: 'input' }) as Record<string, unknown>,
    call(args, session, progress) {
      const parsed = input.safeParse(args ?? {});
      if (!parsed.success) throw wrongArguments(name, parsed.error);
      return described.run(parsed.data as z.output<S>, session, progress);
    },
  };
}

function wrongArguments(name: string, error: z.ZodError): ToolFault {
  const shown = error.issues
    .slice(0, MOST_ISSUES)
    .map((i) => `${i.path.join('.') || 'arguments'}: ${oneLine(i.message, 120)}`);
  const rest = error.issues.length - shown.length;
  return new ToolFault(
    `The arguments cannot be read: ${shown.join('; ')}${rest > 0 ? `; ${rest} more` : ''}.`,
    oneLine(name, 60),
    'Give them as the schema of the tool says.',
  );
}

/** Arguments that several tools take. */
export const caseArgument = z.string().max(20).optional().describe('id of the case; the latest when absent');
export const offsetArgument = z.int().min(0).max(1_000_000).default(0).describe('rows to pass over');
export const limitArgument = (usual: number): z.ZodDefault<z.ZodInt> =>
  z.int().min(1).max(100).default(usual).describe('rows at most');
