import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anomalyRules, measureBand, type Watched } from '../deliverables/slo/anomaly.js';
import { anomalyMonitors } from '../deliverables/slo/anomaly-vendors.js';
import { PromqlError } from '../evidence/readers/promql/parse.js';
import { readHistory } from '../experiments/slo/history.js';
import { EXIT, UserError } from './exit.js';
import { inFile, readText } from './slo-files.js';

export interface SloAnomalyOptions {
  query: string;
  name: string;
  season: string;
  out?: string;
  vendors?: string;
  json?: boolean;
}

/** `slo anomaly`: 0 a band with at most an alarm a week was found, 1 none was. */
export function runSloAnomaly(path: string, options: SloAnomalyOptions): number {
  const watched = watchedOf(options);
  const text = readText(path);
  const measured = replayed(watched, path, text, options);
  if (!measured)
    throw new UserError(
      EXIT.badInput,
      `The history is shorter than a ${watched.season} and a day: no band can be measured.`,
      path,
      watched.season === 'week' ? 'Give more weeks, or --season day.' : 'Give three days or more.',
    );
  const { chosen, widths, weeks } = measured;
  if (chosen && options.out) writeFileSync(options.out, anomalyRules(watched, chosen.width));
  if (chosen && options.vendors) writeVendors(watched, chosen.width, options.vendors);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...watched, ...measured })}\n`);
  else
    process.stdout.write(
      [
        ...widths.map((w) => `${w.width} spreads: ${w.alarms} alarms in ${Number(weeks.toFixed(2))} weeks`),
        chosen
          ? `Chosen: ${chosen.width} spreads.${options.out ? ` Rules: ${options.out}` : ''} Alarms that were right count among these: look at each.`
          : 'No width keeps to an alarm a week: this signal has no season, or much was wrong in it.',
        '',
      ].join('\n'),
    );
  return chosen ? EXIT.fine : EXIT.checkFailed;
}

/** Each vendor's own monitor of the signal, a file each. */
function writeVendors(watched: Watched, width: number, folder: string): void {
  const made = anomalyMonitors(watched, width);
  if (!made)
    throw new UserError(
      EXIT.badInput,
      'The vendors’ languages cannot say this query.',
      '--vendors',
      'Give sums of rates, or one of avg, sum, max and min of a series.',
    );
  mkdirSync(folder, { recursive: true });
  for (const [name, object] of [
    ['datadog', made.datadog],
    ['newrelic', made.newRelic],
    ['dynatrace', made.dynatrace],
  ] as const)
    writeFileSync(join(folder, `anomaly-${name}.json`), `${JSON.stringify(object, null, 2)}\n`);
}

function replayed(
  watched: Watched,
  path: string,
  text: string,
  options: SloAnomalyOptions,
): ReturnType<typeof measureBand> {
  try {
    return measureBand(watched, () => inFile(path, () => readHistory(text)));
  } catch (error) {
    if (error instanceof PromqlError)
      throw new UserError(
        EXIT.badInput,
        `The query is no PromQL: ${error.message}.`,
        `--query, character ${error.at + 1}`,
        `Mend: ${options.query}`,
      );
    throw error;
  }
}

function watchedOf(options: SloAnomalyOptions): Watched {
  const { season, name, query } = options;
  if (season !== 'day' && season !== 'week')
    throw new UserError(EXIT.badInput, `--season ${season} is none.`, '--season', 'Take day or week.');
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new UserError(
      EXIT.badInput,
      `--name ${name} is no name of an alert.`,
      '--name',
      'Letters, digits and underscores.',
    );
  return { name, query, season };
}
