import type { Catalogue, Scores } from './catalogue.js';
import type { Experiment } from './experiment.js';

const ms = (x: number | undefined): string =>
  x === undefined || !Number.isFinite(x) ? '–' : x >= 100 ? x.toFixed(0) : x.toFixed(1);
const share = (x: number | undefined): string => (x === undefined ? '–' : `${Math.round(100 * x)} %`);

/** A table of Markdown, its columns as wide as the formatter of the documentation makes them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((r) => r[i]?.length ?? 0)));
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((c, i) => c.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [row(head), row(widths.map((w) => '-'.repeat(w))), ...rows.map(row)];
}

/** One line a fault: where its cause was found, and how the forecast of its remedy held. */
function cellsOf(e: Experiment): string[] {
  const found = e.found[0];
  const m = e.measured;
  return [
    e.title,
    found?.rank === undefined ? 'not found' : `${found.rank}`,
    found?.finding?.hypothesis ?? '–',
    share(found?.share),
    found && found.falseCauses.length > 0
      ? found.falseCauses.map((id) => id.split('/')[0] ?? id).join(', ')
      : 'none',
    m?.remedy ?? 'none that can be made',
    m?.forecast ? `${ms(m.forecast.interval[0])}–${ms(m.forecast.interval[1])}` : '–',
    ms(m?.forecast?.value),
    ms(m?.mendedMs),
    m?.inside ? 'inside' : m?.forecast && (m.widthFactor ?? 0) > 4 ? 'too wide' : 'outside',
  ];
}

const HEAD = [
  'Fault',
  'Found at',
  'As',
  'Share of the excess',
  'False causes',
  'Remedy made',
  'Forecast, ms',
  'Middle',
  'Measured, ms',
  'Forecast held',
];

/** The scoreboard as a page of documentation. */
export function accuracyPage(c: Catalogue, scores: Scores): string {
  return `${[
    '# Accuracy',
    '',
    'What Kneepoint finds in faults that were switched on for real, and what it forecasts of their remedies. Each fault was',
    'recorded on the [lab](../lab/README.md) against a healthy baseline and investigated; the first recommendation that can be',
    'made there was made, and faulty and mended system were measured in turn under the same seeded load. Written by',
    '`npm run bench -- lab`.',
    '',
    'The method was developed with these faults; systems of another kind may go worse. Two processors carry the whole lab:',
    'rates are those such a machine carries, and the mechanisms are real ones at that rate.',
    '',
    '## Totals',
    '',
    ...table(
      ['What', 'Score'],
      [
        ['Cause found first', share(scores.top1)],
        ['Cause among the first three', share(scores.top3)],
        ['Both causes of a pair among the first three', c.pairs.length > 0 ? share(scores.pairs) : 'not run'],
        [
          'Calm runs (healthy, noisy, more traffic) with a cause named above one half',
          `${scores.falseAlarms} of ${scores.calmRuns}`,
        ],
        ['Measured p99 inside the 80 % interval, which is no wider than a factor 4', share(scores.coverage)],
        ['Error of the forecast, median of sizes', share(scores.medianAbsError)],
        ['Error of the forecast, mean of sizes', share(scores.meanAbsError)],
        ['Faults', `${c.experiments.length}`],
      ],
    ),
    '',
    '## Faults',
    '',
    'p99 of the slowed operation after the remedy, in ms.',
    '',
    ...table(HEAD, c.experiments.map(cellsOf)),
    '',
    ...(c.skipped.length > 0 ? ['Skipped:', '', ...c.skipped.map((s) => `- ${s.fault}: ${s.why}`), ''] : []),
    ...(c.failed.length > 0
      ? ['Could not be run:', '', ...c.failed.map((s) => `- ${s.fault}: ${s.why}`), '']
      : []),
    '## Two at once',
    '',
    ...table(
      ['Faults', 'Found at', 'False causes'],
      c.pairs.map((p) => [
        p.id.replace('+', ' and '),
        p.ranks.map((r) => (r === undefined ? 'not found' : `${r}`)).join(', '),
        p.falseCauses.map((id) => id.split('/')[0] ?? id).join(', ') || 'none',
      ]),
    ),
    '',
    '## Nothing wrong',
    '',
    ...table(
      ['Condition', 'Causes named above one half'],
      c.calm.map((r) => [r.id, r.alarms.join(', ') || 'none']),
    ),
  ].join('\n')}\n`;
}

/** One line a fault for the terminal. */
export const experimentLine = (e: Experiment): string => {
  const [title = '', ...rest] = cellsOf(e);
  return `${e.fault} (${title}): ${HEAD.slice(1)
    .map((h, i) => `${h.toLowerCase()} ${rest[i] ?? ''}`)
    .join('; ')}`;
};
