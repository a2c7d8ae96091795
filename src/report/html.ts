import { createHash } from 'node:crypto';
import { type Fact, formatQuantity, type Result } from '../domain/index.js';
import { factHeads, factRow, type InputView, isMethod, type Stretch, sourceBlocks } from './back.js';
import { compose, type Report } from './compose.js';
import type { Card, Front } from './front.js';
import { PATTERNS } from './html/chart.js';
import { escapeHtml } from './html/escape.js';
import { type Anchors, anchorsOf, codeText, inline } from './html/marks.js';
import { block, figure, pieces, table } from './html/pieces.js';
import { SCRIPT } from './html/script.js';
import { STYLE } from './html/style.js';
import { withoutControls } from './markdown-escape.js';
import type { Section } from './page.js';
import { factTitle, tally } from './words.js';

/**
 * The report as one HTML file: everything inside, readable without scripts and offline. The policy in its head lets
 * nothing run or load but its own style and script, named by their hashes.
 */
export function renderHtml(result: Result): string {
  const report = compose(result);
  const anchors = anchorsOf(report.facts);
  const app = clean(result.case.appName) || 'Performance report';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${digest(STYLE)}'; script-src '${digest(SCRIPT)}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${app}: ${report.front.kindWords.toLowerCase()}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">To the verdict</a>
${PATTERNS}
<div class="page">
<header class="top"><b>Kneepoint</b><span>Performance report</span><span class="class">${clean(result.classification)}</span></header>
<div class="body">
<main id="content">
${front(report.front, app, anchors)}
${contents(report)}
<div class="rest">
${report.sections.map((s, i) => section(s, i + 1, anchors)).join('\n')}
${report.back.map((s) => section(s, undefined, anchors)).join('\n')}
${inputs(report, anchors)}
${evidence(report, anchors)}
</div>
</main>
</div>
<footer>Kneepoint <code>${clean(result.version)}</code>. Numbers lead to the fact behind them. The same input gives the same report.</footer>
</div>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const clean = (text: string): string => escapeHtml(withoutControls(text));
const digest = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

function front(f: Front, app: string, anchors: Anchors): string {
  const parts = [
    `<h1><span class="name">${app}</span></h1>`,
    `<p class="kind kind-${f.kind}">${f.kindWords}</p>`,
    `<p class="verdict">${inline(f.verdict, anchors)}</p>`,
  ];
  if (f.budget) parts.push(figure(f.budget, anchors, 'h2'));
  if (f.implied.length > 0)
    parts.push(
      `<section class="implied" id="implied"><h2>What the numbers already imply</h2>${pieces(f.implied, anchors)}</section>`,
    );
  if (f.cards.length > 0)
    parts.push(
      `<section id="first"><h2>Do first</h2><ol class="cards">${f.cards.map((c) => card(c, anchors)).join('')}</ol></section>`,
    );
  if (f.paths) parts.push(figure(f.paths, anchors, 'h2'));
  return `<div class="front">${parts.join('\n')}</div>`;
}

function card(c: Card, anchors: Anchors): string {
  const command = c.command ? `<pre tabindex="0"><code>${codeText(c.command, anchors)}</code></pre>` : '';
  return `<li class="card"><h3><span class="s">${c.rank}</span>${inline(c.title, anchors)}</h3><p>${inline(c.benefit, anchors)}</p><dl><dt>Effort</dt><dd>${c.effort}</dd><dt>Risk</dt><dd>${c.risk}</dd><dt>Approval</dt><dd>${inline(c.approvals, anchors)}</dd><dt>Verify</dt><dd>${inline(c.verification, anchors)}</dd></dl>${command}</li>`;
}

function contents(report: Report): string {
  const ten = report.sections.map(
    (s, i) => `<li><a href="#section-${i + 1}"><span class="s">${i + 1}</span>${s.title}</a></li>`,
  );
  const behind = [
    ...report.back.map((s) => [s.id, s.title]),
    ['inputs', 'Inputs as understood'],
    ['evidence', 'Evidence'],
  ];
  const rest = behind.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`);
  return `<nav aria-labelledby="contents"><h2 id="contents">Contents</h2><ol>${ten.join('')}</ol><ul>${rest.join('')}</ul></nav>`;
}

function section(s: Section, number: number | undefined, anchors: Anchors): string {
  const id = number === undefined ? s.id : `section-${number}`;
  const lead = number === undefined ? '' : `<span class="s">${number}</span>`;
  return `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${lead}${s.title}</h2>\n${pieces(s.pieces, anchors)}</section>`;
}

function inputs(report: Report, anchors: Anchors): string {
  const how =
    report.inputs.length > 0
      ? '<p>Marked numbers were read as facts and lead to them; underlined words were understood as parts, changes, limits or tools; wavy ones hold a number or a statement that was not understood.</p>'
      : '<p>No text was given; the case is its telemetry alone.</p>';
  const not =
    report.inputsNotGiven.length > 0 ? `<p>Not given: ${report.inputsNotGiven.join(', ')}.</p>` : '';
  return `<section id="inputs"><h2>Inputs as understood</h2>${how}${report.inputs.map((v) => input(v, anchors)).join('\n')}${not}</section>`;
}

const input = (view: InputView, anchors: Anchors): string =>
  `<div class="input"><h3>${view.title}</h3><blockquote>${view.stretches.map((s) => stretch(s, anchors)).join('')}</blockquote></div>`;

function stretch(s: Stretch, anchors: Anchors): string {
  const text = clean(s.text);
  if (s.understood === 'word') return `<span class="word">${text}</span>`;
  if (s.understood === 'no') return `<span class="no">${text}</span>`;
  if (s.understood === 'plain') return text;
  const anchor = anchors.get(s.facts[0]?.id ?? '');
  return anchor ? `<mark><a class="n" href="#${anchor}">${text}</a></mark>` : `<mark>${text}</mark>`;
}

function evidence(report: Report, anchors: Anchors): string {
  const own = report.facts.filter((f) => !isMethod(f));
  const method = report.facts.filter(isMethod);
  const rows = (facts: readonly Fact[]): string =>
    `<div class="facts">${table(
      {
        kind: 'table',
        columns: factHeads.map((t) =>
          t.startsWith('>') ? { title: t.slice(2), align: 'right' as const } : { title: t },
        ),
        rows: facts.map((f) => withInputs(factRow(f), f, report)),
      },
      anchors,
      (i) => anchors.get(facts[i]?.id ?? ''),
    )}</div>`;
  const others =
    report.otherFacts > 0
      ? `<p><span class="s">${tally(report.otherFacts).n}</span> other facts, which no sentence needs, are in <code>result.json</code>.</p>`
      : '';
  return `<section id="evidence"><h2>Evidence</h2>${sourceBlocks(report.look)
    .map((b) => block(b, anchors))
    .join('')}<h3>Facts that this report rests on</h3>${rows(own)}${others}${
    method.length > 0
      ? `<h3 id="method">Constants of the method and known figures of products</h3>${rows(method)}`
      : ''
  }</section>`;
}

const MOST_INPUTS = 6;

/** A derived fact names the facts it was computed from, each as a link. */
function withInputs(row: ReturnType<typeof factRow>, fact: Fact, report: Report): ReturnType<typeof factRow> {
  const ids = fact.from.flatMap((p) => (p.kind === 'formula' ? p.facts : []));
  const inputs = ids.map((id) => report.look.fact(id)).filter((f) => f !== undefined);
  if (inputs.length === 0) return row;
  const last = row[row.length - 1] ?? [];
  const named = inputs
    .slice(0, MOST_INPUTS)
    .flatMap((f, i): ReturnType<typeof factRow>[number] => [
      i === 0 ? ' from ' : ', ',
      ...factTitle(f),
      ' ',
      { n: shortValue(f), ref: f.id },
    ]);
  const more = inputs.length > MOST_INPUTS ? [' and others'] : [];
  return [...row.slice(0, -1), [...last, ...named, ...more]];
}

const shortValue = (f: Fact): string => formatQuantity(f.value, f.unit);
