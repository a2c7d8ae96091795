import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { plain, type Result } from '../src/domain/index.js';
import { type InvestigationInput, investigate } from '../src/investigate/investigate.js';
import { renderHtml } from '../src/report/html.js';
import { renderMarkdown } from '../src/report/markdown.js';
import { looseNumbers } from '../src/report/numbers.js';

// The recorded case as the demo investigates it. When a change of results is meant: `npm run golden -- -u`, then
// look at what changed below `test/golden/` before it is committed.

// A whole investigation: slow on a loaded machine, which says nothing about the result.
vi.setConfig({ testTimeout: 180_000 });

const CASE = new URL('../examples/novapay/', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, CASE));
const caseText = readFileSync(at('case.yaml'), 'utf8');

const INCIDENT: InvestigationInput['evidence'] = [
  { path: at('incident'), role: 'incident' },
  { path: at('healthy'), role: 'baseline' },
  { path: at('changes.ndjson'), role: 'unspecified' },
];
const HEALTHY: InvestigationInput['evidence'] = [{ path: at('healthy'), role: 'unspecified' }];

const resultOf = async (evidence: InvestigationInput['evidence']): Promise<Result> =>
  (await investigate({ caseText, evidence, redact: true })).result;

const loose = (result: Result) => looseNumbers(result, renderMarkdown(result), renderHtml(result));

test('the recorded incident: verdict, budget, findings and first recommendations are as they were', async () => {
  const result = await resultOf(INCIDENT);
  await expect(summary(result)).toMatchFileSnapshot('golden/novapay-incident.txt');
  expect(loose(result)).toEqual([]);
});

test('the healthy recording: nothing is named', async () => {
  const result = await resultOf(HEALTHY);
  expect(result.verdict.kind).toBe('no-cause');
  await expect(summary(result)).toMatchFileSnapshot('golden/novapay-healthy.txt');
  expect(loose(result)).toEqual([]);
});

function summary(result: Result): string {
  const value = new Map(result.facts.map((f) => [f.id, f.value]));
  const shown = (id: string, digits = 3): string => {
    const v = value.get(id);
    return v === undefined ? '?' : String(Number(v.toPrecision(digits)));
  };
  const title = new Map(result.findings.map((f) => [f.id, plain(f.title)]));
  const e = result.excess;
  return [
    `verdict: ${result.verdict.kind}`,
    plain(result.verdict.text),
    '',
    ...(e
      ? [
          `excess above p${e.percentile}: ${shown(e.baselineMs)} ms before, ${shown(e.incidentMs)} ms now, ${shown(e.excessMs)} ms more`,
          ...e.bars.map((b) => `  ${shown(b.ms)} ms, share ${shown(b.share, 2)}: ${title.get(b.finding)}`),
          `  ${shown(e.unexplainedMs)} ms, share ${shown(e.unexplainedShare, 2)}: unexplained`,
          '',
        ]
      : []),
    'findings:',
    ...result.findings.map(
      (f) => `  ${f.verdict} ${f.probability.toFixed(2)} ${f.id}: ${plain(f.decidedBy)}`,
    ),
    '',
    'recommendations:',
    ...result.recommendations
      .slice(0, 6)
      .map((r) => `  ${r.rank} ${r.id}: ${plain(r.title)}${r.forecast ? ` → ${shown(r.forecast)} ms` : ''}`),
    '',
    'paths:',
    ...result.paths.flatMap((p) => [
      `  ${plain(p.title)}`,
      ...p.pieces.map(
        (x) =>
          `    ${shown(x.durationMs)} ms ${x.kind} ${x.service} ${x.operation}${x.count > 1 ? ` ×${x.count}` : ''}`,
      ),
    ]),
    '',
    'problems:',
    ...result.problems.map((p) => `  ${p.severity} ${p.where}: ${p.what}`),
    '',
  ].join('\n');
}
