import type { MetricComparison, Verdict } from '../experiments/compare/compare.js';
import type { GateAnswer } from '../experiments/gate/gate.js';
import { short } from './load-run.js';

const WORD: Record<Verdict, string> = { pass: 'pass', fail: 'FAIL', inconclusive: 'inconclusive' };

/** One sentence on all metrics. */
export function gateVerdict({ comparison: c, verdict }: GateAnswer): string {
  const effect = percent(c.options.minimumEffect);
  const failed = c.metrics.filter((m) => m.verdict === 'fail');
  const runs = `${c.runs.baseline} runs against ${c.runs.candidate}`;
  if (verdict === 'fail')
    return `FAIL: ${failed.map((m) => `${m.metric} ${moved(m)}`).join('; ')} (${runs}).`;
  if (verdict === 'pass') return `pass: no metric got worse by ${effect} or more (${runs}).`;
  const more = Math.max(...c.metrics.map((m) => m.moreRuns));
  const open = c.metrics.filter((m) => m.verdict === 'inconclusive').map((m) => m.metric);
  return `inconclusive: ${more} more ${more === 1 ? 'run' : 'runs'} a side for a ${effect} shift of ${open.join(', ')} (${runs}).`;
}

/** The answer for a terminal. */
export function gateTerminal(answer: GateAnswer): string {
  const rows = answer.comparison.metrics.map(
    (m) =>
      `  ${m.metric.padEnd(14)} ${short(m.baseline).padStart(8)} → ${short(m.candidate).padStart(8)}  ${moved(m)}  p ${short(m.pAdjusted)}  ${WORD[m.verdict]}${m.better ? ' (better)' : ''}`,
  );
  return `${[gateVerdict(answer), ...rows, ...foot(answer).map((l) => `  ${l}`)].join('\n')}\n`;
}

/** A comment for a pull request. */
export function gateMarkdown(answer: GateAnswer): string {
  const rows = answer.comparison.metrics.map(
    (m) =>
      `| ${m.metric} | ${short(m.baseline)} | ${short(m.candidate)} | ${moved(m)} | ${short(m.pAdjusted)} | ${WORD[m.verdict]}${m.better ? ', better' : ''} |`,
  );
  return `### Performance gate: ${WORD[answer.verdict]}

${gateVerdict(answer)}

| Metric | Baseline | Candidate | Change (95 % interval) | p, corrected | Answer |
|---|--:|--:|---|--:|---|
${rows.join('\n')}

${foot(answer)
  .map((l) => `- ${l}`)
  .join('\n')}
`;
}

/** JUnit XML: one test case a metric; what cannot be told is skipped. */
export function gateJunit(answer: GateAnswer): string {
  const { metrics } = answer.comparison;
  const cases = metrics.map((m) => {
    const text = xml(`${m.metric} ${moved(m)}, p ${short(m.pAdjusted)}`);
    const inside =
      m.verdict === 'fail'
        ? `<failure message="${text}"/>`
        : m.verdict === 'inconclusive'
          ? `<skipped message="${m.moreRuns} more runs a side"/>`
          : '';
    return `  <testcase classname="kneepoint.gate" name="${xml(m.metric)}">${inside}</testcase>`;
  });
  const count = (v: Verdict): number => metrics.filter((m) => m.verdict === v).length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="kneepoint gate" tests="${metrics.length}" failures="${count('fail')}" skipped="${count('inconclusive')}">
${cases.join('\n')}
</testsuite>
`;
}

function foot({ comparison: c, calibration, notes }: GateAnswer): string[] {
  const order = c.order === 'interleaved' ? 'The runs are interleaved.' : `Order of the runs: ${c.order}.`;
  const own = calibration
    ? [
        `On ${calibration.splits} splits of the baseline’s own history ${percent(calibration.falseAlarms)} were called failures; what stands out from it: ${Object.entries(
          calibration.floor,
        )
          .map(([k, v]) => `${k} ${percent(v)}`)
          .join(', ')}.`,
      ]
    : [];
  return [
    `Rank test over runs, exact, ${c.options.correction === 'holm' ? 'Holm' : 'Benjamini–Hochberg'} over ${c.metrics.length} metrics; smallest change that matters ${percent(c.options.minimumEffect)}.`,
    order,
    ...own,
    ...notes,
  ];
}

function moved(m: MetricComparison): string {
  const show = (v: number): string => (m.absolute ? short(v) : percent(v, true));
  const interval = m.low !== undefined && m.high !== undefined ? ` (${show(m.low)} to ${show(m.high)})` : '';
  return `${show(m.shift)}${interval}`;
}

const percent = (share: number, sign = false): string =>
  `${sign && share > 0 ? '+' : ''}${(share * 100).toFixed(1).replace('-', '−')} %`;

const xml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
