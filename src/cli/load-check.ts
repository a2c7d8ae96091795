import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { k6OptionsSchema, summaryNotes, thresholdFaults } from '../experiments/load/k6-thresholds.js';
import { EXIT, UserError } from './exit.js';

/** `load check`: 0 when k6 takes every threshold as it is meant, 1 when one is broken or can never fail. */
export async function checkThresholds(file: string, options: { json?: boolean }): Promise<number> {
  const given = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch(() => {
    throw new UserError(
      EXIT.badInput,
      'The options cannot be read.',
      file,
      'Name a file that exists, or - for stdin.',
    );
  });
  const parsed = k6OptionsSchema.safeParse(jsonOf(given, file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError(
      EXIT.badInput,
      `${issue?.path.join('.') || 'the options'}: ${issue?.message ?? 'not as expected'}.`,
      file,
      'Give what k6 inspect prints: k6 inspect load.js | kneepoint load check -',
    );
  }
  const faults = thresholdFaults(parsed.data);
  const notes = summaryNotes(parsed.data);
  const count = Object.values(parsed.data.thresholds ?? {}).flat().length;
  if (options.json) process.stdout.write(`${JSON.stringify({ thresholds: count, faults, notes })}\n`);
  else
    process.stdout.write(
      `${[
        faults.length > 0
          ? `${faults.length} of ${count} thresholds will not do what they say:`
          : count === 0
            ? 'There is no threshold: the script never fails.'
            : count === 1
              ? 'k6 takes the one threshold as it is meant.'
              : `k6 takes all ${count} thresholds as they are meant.`,
        ...faults.map(
          (f) => `  ${f.metric}${f.expression === undefined ? '' : `  ${f.expression}`}\n    ${f.what}`,
        ),
        ...notes,
      ].join('\n')}\n`,
    );
  return faults.length > 0 ? EXIT.checkFailed : EXIT.fine;
}

function jsonOf(given: string, file: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    throw new UserError(
      EXIT.badInput,
      given.trim() === '' ? 'The options are empty.' : 'This is not JSON.',
      file,
      'Give what k6 inspect prints: k6 inspect load.js | kneepoint load check -',
    );
  }
}
