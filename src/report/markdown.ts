import type { Block, Fact, Result, Segment, Text } from '../domain/index.js';
import { factHeads, factRow, type InputView, isMethod, sourceBlocks } from './back.js';
import { compose, type Report } from './compose.js';
import type { Card } from './front.js';
import { escapeHtml } from './html/escape.js';
import { codeBlock, codeSpan, escapeLineStart, escapeText, withoutControls } from './markdown-escape.js';
import { asNumber, asOthers, throughMarks, withoutMarks } from './marked.js';
import type { Chart, Piece, Section } from './page.js';
import { counted, shown } from './words.js';

/** The report as GitHub-flavoured Markdown. All text that is not ours is escaped. */
export const renderMarkdown = (result: Result): string => withoutMarks(markedMarkdown(compose(result)));

/** The same with a mark around each number of a fact and around what others wrote, for the check of numbers. */
export function markedMarkdown(report: Report): string {
  const parts = [
    ...head(report),
    ...front(report),
    ...report.sections.map((s, i) => section(s, `${asNumber(String(i + 1))}. `)),
    '---',
    ...report.back.map((s) => section(s, '')),
    inputs(report),
    evidence(report),
  ];
  return `${parts.filter((p) => p !== '').join('\n\n')}\n`;
}

/** One part of the report as Markdown: the front as `0`, then the ten sections. */
export interface MarkdownSection {
  number: number;
  title: string;
  text: string;
}

/** The front and the ten sections, each by itself. */
export function markdownSections(result: Result): MarkdownSection[] {
  const report = compose(result);
  const opening = [...head(report), ...front(report)].filter((p) => p !== '').join('\n\n');
  return [
    { number: 0, title: 'Verdict and what to do first', text: withoutMarks(opening) },
    ...report.sections.map((s, i) => ({
      number: i + 1,
      title: s.title,
      text: withoutMarks(section(s, `${i + 1}. `)),
    })),
  ];
}

function head({ look }: Report): string[] {
  const { result } = look;
  const app = result.case.appName ? `: ${asOthers(escapeText(result.case.appName))}` : '';
  return [`# Performance report${app}`, `Classification: ${asOthers(escapeText(result.classification))}`];
}

function front({ front }: Report): string[] {
  const out = [`**${front.kindWords}.** ${inline(front.verdict)}`];
  if (front.budget) out.push(chart(front.budget, '##', true));
  if (front.implied.length > 0) out.push('## What the numbers already imply', pieces(front.implied));
  if (front.cards.length > 0) out.push('## Do first', cards(front.cards));
  if (front.paths) out.push(chart(front.paths, '##', false));
  return out;
}

function cards(all: readonly Card[]): string {
  return all
    .map((c, i) => {
      const lines = [
        `${asNumber(String(i + 1))}. **${inline(c.title)}**`,
        `   ${inline(c.benefit)}`,
        `   Effort ${c.effort} · risk ${c.risk} · approval: ${inline(c.approvals)}`,
      ];
      if (c.command && !multiline(c.command)) lines.push(`   Verify: ${codeSpan(literal(c.command))}`);
      else lines.push(`   Verify: ${inline(c.verification)}`);
      return lines.join('  \n');
    })
    .join('\n');
}

const section = (s: Section, number: string): string =>
  [`## ${number}${s.title}`, pieces(s.pieces)].filter((x) => x !== '').join('\n\n');

/** Lesser points that follow each other make one list. */
function pieces(all: readonly Piece[]): string {
  const out: string[] = [];
  let listed = false;
  for (const p of all) {
    const text = piece(p);
    if (text === '') continue;
    if (p.kind === 'aside' && listed) out[out.length - 1] += `\n${text}`;
    else out.push(text);
    listed = p.kind === 'aside';
  }
  return out.join('\n\n');
}

function piece(p: Piece): string {
  switch (p.kind) {
    case 'note':
      return [`**${inline(p.lead)}**`, ...p.pieces.map(piece)].join('\n\n');
    case 'aside':
      return `- ${line(p.lead)}`;
    case 'chart':
      return p.repeats ? '' : chart(p.chart, '###', true);
    default:
      return block(p);
  }
}

function block(b: Block): string {
  switch (b.kind) {
    case 'paragraph':
      return line(b.text);
    case 'heading':
      return `### ${inline(b.text)}`;
    case 'list':
      return b.items
        .map((item, i) => `${b.ordered ? `${asNumber(String(i + 1))}.` : '-'} ${line(item)}`)
        .join('\n');
    case 'table':
      return table(b);
    case 'code':
      return b.caption
        ? `${line(b.caption)}\n\n${codeBlock(b.language, literal(b.text))}`
        : codeBlock(b.language, literal(b.text));
    case 'plan':
      return `${line(b.title)}\n\n${codeBlock('', b.steps.map(stepLine).join('\n'))}`;
    case 'details':
      return folded(b.summary, b.blocks.map(block).join('\n\n'));
  }
}

/** A node of a plan as PostgreSQL's text form would indent it, with all that is measured of it. */
const stepLine = (s: Extract<Block, { kind: 'plan' }>['steps'][number]): string =>
  `${'  '.repeat(s.depth)}${literal(s.name)}  (${s.marks.map((m) => `${m.metric} ${literal(m.value)}`).join(', ')})`;

const folded = (summary: Text, content: string): string =>
  `<details><summary>${summary.map(htmlSegment).join('')}</summary>\n\n${content}\n\n</details>`;

function table(b: Extract<Block, { kind: 'table' }>): string {
  const cell = (text: Text): string => inline(text).replace(/\n/g, ' ');
  const lines = [
    `| ${b.columns.map((c) => escapeText(c.title)).join(' | ')} |`,
    `|${b.columns.map((c) => (c.align === 'right' ? '---:' : '---')).join('|')}|`,
    ...b.rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  ];
  return b.caption ? `${line(b.caption)}\n\n${lines.join('\n')}` : lines.join('\n');
}

function chart(c: Chart, level: string, open: boolean): string {
  const data = open ? table(c.table) : folded(['The data as a table'], table(c.table));
  return `${level} ${inline(c.title)}\n\n${inline(c.howToRead)}\n\n${data}`;
}

function inputs(report: Report): string {
  const out = ['## Inputs as understood'];
  if (report.inputs.length === 0) out.push('No text was given; the case is its telemetry alone.');
  else
    out.push(
      'Bold numbers were read as facts; ~~struck~~ parts hold a number or a statement that was not understood.',
    );
  for (const view of report.inputs) out.push(`**${view.title}**\n${quoted(view)}`);
  if (report.inputsNotGiven.length > 0) out.push(`Not given: ${report.inputsNotGiven.join(', ')}.`);
  return out.join('\n\n');
}

function quoted(view: InputView): string {
  const marked = view.stretches
    .map((s) => {
      const text = escapeText(s.text.replace(/\s+/g, ' '));
      const [, before = '', core = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(text) ?? [];
      if (core === '') return text;
      if (s.understood === 'number') return `${before}**${core}**${after}`;
      return s.understood === 'no' ? `${before}~~${core}~~${after}` : text;
    })
    .join('');
  return `> ${asOthers(marked)}`;
}

const factTable = (facts: readonly Fact[]): string =>
  table({
    kind: 'table',
    columns: factHeads.map((t) =>
      t.startsWith('>') ? { title: t.slice(2), align: 'right' as const } : { title: t },
    ),
    rows: facts.map(factRow),
  });

/** Constants that stand in for what was not said. */
const TRIED = /assumed|plan|\.share\.|indexed|reserve/i;

function evidence(report: Report): string {
  const own = report.facts.filter((f) => !isMethod(f));
  const method = report.facts.filter(isMethod);
  const out = ['## Evidence', ...sourceBlocks(report.look).map(block)];
  // Measured facts name their query and records; stated ones stand in the inputs above.
  if (report.look.result.sources.length > 0 && own.length > 0)
    out.push(
      folded(['Facts: ', ...counted(own.length, 'number'), ' that this report rests on'], factTable(own)),
    );
  const assumed = method.filter((f) => TRIED.test(f.name));
  if (assumed.length > 0)
    out.push(
      `Tried or planned with, because the case does not say them: ${assumed.map((f) => `${asOthers(codeSpan(f.name))} ${inline(shown(f))}`).join(', ')}.`,
    );
  out.push(
    `This report rests on ${inline(counted(own.length, 'number'))} of the case and ${inline(counted(method.length, 'constant'))} of the method and of products. Each has its value, formula or place in the text, source and date in ${codeSpan('result.json')}, and beside it in ${codeSpan('report.html')}.`,
  );
  out.push(
    `Kneepoint ${asOthers(codeSpan(report.look.result.version))}; the same input gives the same report.`,
  );
  return out.join('\n\n');
}

const inline = (text: Text): string => text.map(segment).join('');

/** Text that stands at the start of a line. */
const line = (text: Text): string => throughMarks(inline(text), escapeLineStart);

function segment(s: Segment): string {
  if (typeof s === 'string') return escapeText(s);
  if ('n' in s) return asNumber(escapeText(s.n));
  if ('name' in s) return asOthers(codeSpan(withoutMarks(s.name)));
  return `“${asOthers(escapeText(s.quote))}”`;
}

/** Inside `<summary>` Markdown is not read, so marks are written as HTML. */
function htmlSegment(s: Segment): string {
  const clean = (text: string): string => escapeHtml(withoutControls(text).replace(/[ \t\n]+/g, ' '));
  if (typeof s === 'string') return clean(s);
  if ('n' in s) return asNumber(clean(s.n));
  return asOthers('name' in s ? `<code>${clean(s.name)}</code>` : `“${clean(s.quote)}”`);
}

/** Text for code: no marks of Markdown, figures without their thin spaces. */
const literal = (text: Text): string =>
  text
    .map((s) => {
      if (typeof s === 'string') return withoutMarks(s);
      if ('n' in s) return asNumber(s.n.replaceAll('\u202f', ''));
      return asOthers(withoutMarks('name' in s ? s.name : s.quote));
    })
    .join('');

const multiline = (text: Text): boolean => literal(text).includes('\n');
