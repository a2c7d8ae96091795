import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrapInterval } from '../src/models/bootstrap.js';
import { allSuites, type SuiteScores } from './main.js';
import { brierScore, type Outcome } from './scores.js';

interface SuiteResult {
  suite: string;
  about: string;
  scores: SuiteScores;
}

function page(all: readonly SuiteResult[], absent: string[]): string {
  const withOutcomes = all.flatMap(({ suite, scores }) => {
    const outcomes = (scores.outcomes ?? []) as Outcome[];
    return outcomes.length > 0 ? [{ suite, outcomes }] : [];
  });
  const pooled = withOutcomes.flatMap((s) => s.outcomes);
  return [
    '# Calibration',
    '',
    'How far a probability of Kneepoint can be trusted: the probability of the first cause that it names, against how',
    'often that cause was the right one, on public incidents with a known cause. Written by `npm run bench:calibration`.',
    '',
    'These are cases that the method was developed on; the intervals say how little some of them are. Incidents of',
    'another kind may go worse.',
    '',
    '## Reliability',
    '',
    'A probability is calibrated when, of all causes named with 0.8, eight in ten are right. The Brier score is the mean',
    'squared distance from what came true: 0 is perfect, 0.25 is always saying one half.',
    '',
    ...table(
      ['Probability given', 'Cases', 'Mean given', 'Right', '95 % interval'],
      bins(pooled).map((b) => [
        b.label,
        String(b.of.length),
        number(meanOf(b.of.map((o) => o.probability))),
        number(shareRight(b.of)),
        interval(b.of),
      ]),
    ),
    '',
    ...table(
      ['Suite', 'Cases', 'Right', '95 % interval', 'Mean given', 'Brier', 'Brier, always the share right'],
      [...withOutcomes, { suite: 'all', outcomes: pooled }].map(({ suite, outcomes }) => {
        const right = shareRight(outcomes);
        return [
          suite,
          String(outcomes.length),
          number(right),
          interval(outcomes),
          number(meanOf(outcomes.map((o) => o.probability))),
          number(brierScore(outcomes)),
          number(brierScore(outcomes.map((o) => ({ ...o, probability: right })))),
        ];
      }),
    ),
    '',
    'A suite may be run in several ways (a contaminated baseline); each way counts as a case.',
    '',
    '## Beside what knows nothing',
    '',
    ...table(
      ['Suite', 'What', 'Score', 'Trivial rules'],
      all.map(({ suite, about, scores }) => [suite, about, told(scores), trivial(scores)]),
    ),
    '',
    ...(absent.length > 0 ? [`Without data when this was written: ${absent.join(', ')}.`, ''] : []),
  ].join('\n');
}

const EDGES = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.000001] as const;
function bins(outcomes: readonly Outcome[]): { label: string; of: Outcome[] }[] {
  return EDGES.slice(0, -1).flatMap((from, i) => {
    const to = EDGES[i + 1] as number;
    const of = outcomes.filter((o) => o.probability >= from && o.probability < to);
    return of.length > 0 ? [{ label: `${from}–${Math.min(1, to)}`, of }] : [];
  });
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
const shareRight = (outcomes: readonly Outcome[]): number => meanOf(outcomes.map((o) => Number(o.right)));
function interval(outcomes: readonly Outcome[]): string {
  const all = outcomes.every((o) => o.right === outcomes[0]?.right);
  // A bootstrap of equal values has no width; the rule of three bounds it.
  if (all) {
    const bound = Math.min(1, 3 / Math.max(1, outcomes.length));
    return outcomes[0]?.right ? `${number(1 - bound)}–1` : `0–${number(bound)}`;
  }
  const [low, high] = bootstrapInterval(
    outcomes.length,
    (pick) => meanOf(Array.from(pick, (i) => Number(outcomes[i]?.right))),
    { resamples: 2000 },
  );
  return `${number(low)}–${number(high)}`;
}

/** The scores of a suite in a line, but for what has a column of its own. */
const told = (scores: SuiteScores): string =>
  Object.entries(scores)
    .filter(([key]) => !['cases', 'outcomes', 'baselines', 'missed', 'intervals'].includes(key))
    .flatMap(([key, value]) => flat(key, value))
    .join(', ');
const trivial = (scores: SuiteScores): string =>
  Object.entries((scores.baselines ?? {}) as Record<string, unknown>)
    .flatMap(([key, value]) => flat(key, value))
    .join(', ');

function flat(key: string, value: unknown): string[] {
  if (typeof value === 'number') return [`${key} ${number(value)}`];
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([k, v]) => flat(`${key}.${k}`, v));
  return [];
}

const number = (x: number): string => String(Number(x.toFixed(3)));
const table = (header: string[], body: string[][]): string[] => [
  `| ${header.join(' | ')} |`,
  `|${header.map(() => '---').join('|')}|`,
  ...body.map((r) => `| ${r.join(' | ')} |`),
];

/**
 * Writes docs/calibration.md: how often the first cause that is named is the right one, by the probability it was
 * given, over all suites with labelled causes. `npm run bench:calibration -- [--data folder]`.
 */
const at = process.argv.indexOf('--data');
const data = resolve(
  (at >= 0 ? process.argv[at + 1] : undefined) ?? process.env.KNEEPOINT_DATA ?? '../shared/data',
);
const rows: SuiteResult[] = [];
const missing: string[] = [];
for (const suite of (await allSuites()).filter((s) => s.suite.startsWith('rca/'))) {
  const folder = resolve(data, suite.suite);
  if (!existsSync(folder)) {
    missing.push(suite.suite);
    continue;
  }
  console.error(`${suite.suite} …`);
  rows.push({ suite: suite.suite, about: suite.about, scores: await suite.run(folder) });
}
if (rows.length === 0) {
  console.error(
    `no labelled causes in ${data}; give the folder that holds rca/ with --data or KNEEPOINT_DATA`,
  );
  process.exitCode = 3;
} else {
  const path = fileURLToPath(new URL('../docs/calibration.md', import.meta.url));
  writeFileSync(path, page(rows, missing));
  console.error(`wrote ${path}`);
}
