import { z } from 'zod';
import type { Run } from '../compare/run.js';

/** One line of a baseline store: one run, with where it came from. Kept in the repository, as JSON lines. */
export const storedRunSchema = z.strictObject({
  format: z.literal('kneepoint.baseline/1'),
  series: z.string().min(1),
  commit: z.string().optional(),
  startedAtMs: z.number().optional(),
  source: z.object({ file: z.string(), sha256: z.string(), tool: z.string(), format: z.string() }),
  metrics: z.record(z.string(), z.number()),
});
export type StoredRun = z.infer<typeof storedRunSchema>;

/** Why a store cannot be read: what, in which line. */
export interface StoreFault {
  what: string;
  line: number;
}

/** Reads a store; lines of other series are kept apart by the caller. */
export function parseStore(text: string): { runs: StoredRun[] } | { fault: StoreFault } {
  const runs: StoredRun[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return { fault: { what: 'The line is not JSON.', line: i + 1 } };
    }
    const parsed = storedRunSchema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return {
        fault: { what: `${issue?.path.join('.') || 'the line'}: ${issue?.message ?? ''}`, line: i + 1 },
      };
    }
    runs.push(parsed.data);
  }
  return { runs };
}

export const storeLine = (run: StoredRun): string => `${JSON.stringify(run)}\n`;

export const runOfStored = (r: StoredRun): Run => ({
  name: r.commit ?? r.source.file,
  ...(r.startedAtMs === undefined ? {} : { startedAtMs: r.startedAtMs }),
  metrics: r.metrics,
});
