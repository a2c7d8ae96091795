import { type Return, returnsOf } from '../../capacity/returns.js';
import { type Today, todayOf } from '../../capacity/today.js';
import { investigate } from '../../investigate/investigate.js';
import { sortInputs } from '../inputs.js';
import { progressOn } from '../progress.js';
import { badOption } from './words.js';

export interface FromCase {
  today: Today;
  /** The recommendations, with the forecast of each where one was made. */
  returns: readonly Return[];
}

/** What a case and its telemetry say of today, and what could be done. */
export async function fromCase(
  inputs: readonly string[],
  options: { evidence: string[] },
): Promise<FromCase> {
  const { context, result } = await investigate({
    ...sortInputs(inputs, options.evidence, []),
    redact: true,
    progress: progressOn(process.stderr),
  });
  return { today: todayOf(context), returns: returnsOf(result, {}) };
}

/** A recommendation that is tried, by its rank or id. */
export interface Fix {
  title: string;
  gainMs: readonly [number, number];
}

/** The one whose forecast is tried. Throws where there is none, or no forecast of it. */
export function fixOf(text: string, returns: readonly Return[]): Fix {
  const found = returns.find((r) => r.id === text || String(r.rank) === text);
  const known = returns.filter((r) => r.gainMs);
  if (!found?.gainMs)
    throw badOption(
      '--fix',
      found ? `${text} (${found.title}), which has no forecast,` : text,
      known.length > 0
        ? `a recommendation with a forecast: ${known
            .slice(0, 8)
            .map((r) => `${r.rank} (${r.title})`)
            .join(', ')}`
        : 'a recommendation with a forecast; here none has one: it needs traces of slow requests',
    );
  return { title: found.title, gainMs: found.gainMs };
}
