import type { Result, Segment, Text } from '../domain/index.js';
import { compose, type Report } from './compose.js';
import { withoutControls } from './markdown-escape.js';
import type { Chart, ChartRow, Look } from './page.js';
import { carried, findingsBy, probability } from './parts/findings.js';
import { counted, STATE } from './words.js';

export interface TerminalOptions {
  /** Path of the HTML report, for the last line. */
  report: string;
  /** ANSI colours; off when not a terminal or with NO_COLOR. */
  color: boolean;
  /** Columns; 80 when not known. */
  width?: number;
}

const MAX_LINES = 40;

/** The report in at most 40 lines, in the order of the others. Untrusted text has no control characters left. */
export function renderTerminal(result: Result, options: TerminalOptions): string {
  const report = compose(result);
  const width = Math.min(100, Math.max(40, options.width ?? 80));
  const paint = painter(options.color);
  const blocks: string[][] = [
    verdict(report, width, paint),
    report.front.budget ? budget(report.front.budget, width, paint) : implied(report, width, paint),
    first(report, width, paint),
    findings(report, width, paint),
    open(report, width, paint),
  ];
  const last = [
    paint('dim', clip(`Classification: ${oneLine(result.classification)}`, width)),
    `Report: ${oneLine(options.report)}`,
  ];
  return `${withinLines(blocks, MAX_LINES - last.length - 1)
    .concat('', last)
    .join('\n')}\n`;
}

type Paint = (style: 'bold' | 'dim' | 'warm' | 'cool', text: string) => string;
const CODES = { bold: '1', dim: '2', warm: '33', cool: '36' } as const;
const painter =
  (color: boolean): Paint =>
  (style, text) =>
    color ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;

function verdict({ front, look }: Report, width: number, paint: Paint): string[] {
  const app = oneLine(look.result.case.appName);
  const head = app ? `${app}: ${front.kindWords.toLowerCase()}` : front.kindWords;
  return [paint('bold', clip(head, width)), ...wrap(literal(front.verdict), width, 7)];
}

function budget(chart: Chart, width: number, paint: Paint): string[] {
  const rows = chart.groups.flatMap((g) => g.rows);
  const shown = rows.length <= 8 ? rows : [...rows.slice(0, 6), ...rows.slice(-2)];
  const values = shown.map((r) => literal(r.value));
  const valueWidth = Math.max(...values.map((v) => v.length));
  const barWidth = Math.max(10, Math.min(28, Math.floor(width * 0.3)));
  const labelWidth = width - barWidth - valueWidth - 4;
  const lines = shown.map((r, i) => {
    const label = clip(literal(r.label), labelWidth).padEnd(labelWidth);
    return `${label}  ${bar(r, chart.max, barWidth, paint)}  ${(values[i] ?? '').padStart(valueWidth)}`;
  });
  const target = chart.lines[0];
  return [...lines, ...(target ? [paint('dim', literal(target.label))] : [])];
}

const SIGN: Partial<Record<Look, string>> = { before: '░', unknown: '╱', excess: '█', now: '█', wait: '▒' };

function bar(row: ChartRow, max: number, width: number, paint: Paint): string {
  const cells = Array.from({ length: width }, () => ' ');
  for (const mark of row.marks) {
    const from = Math.round((mark.from / max) * width);
    const to = Math.max(from + 1, Math.round((mark.to / max) * width));
    for (let i = from; i < Math.min(width, to); i++) cells[i] = SIGN[mark.look] ?? '█';
  }
  return paint('warm', cells.join(''));
}

function implied({ look }: Report, width: number, paint: Paint): string[] {
  const verdict = literal(look.result.verdict.text);
  const strongest = [...look.result.readings]
    .filter((r) => !verdict.includes(literal(r.headline).slice(1)) && !r.id.startsWith('settle-first/'))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 4);
  if (strongest.length === 0) return [];
  return [
    paint('bold', 'What the numbers already imply'),
    ...strongest.flatMap((r) => hang('- ', wrap(literal(r.headline), width - 2, 2))),
  ];
}

function first({ front }: Report, width: number, paint: Paint): string[] {
  if (front.cards.length === 0) return [];
  const out = [paint('bold', 'Do first')];
  front.cards.forEach((c, i) => {
    out.push(clip(`${i + 1}. ${literal(c.title)}`, width));
    out.push(...hang('   ', wrap(literal(c.benefit), width - 3, 1)));
    out.push(
      paint('dim', clip(`   effort ${c.effort}, risk ${c.risk}; approval: ${literal(c.approvals)}`, width)),
    );
  });
  return out;
}

function findings({ look }: Report, width: number, paint: Paint): string[] {
  const standing = findingsBy(look, 'supported', 'plausible').slice(0, 5);
  const lines = standing.map((f) =>
    clip(
      `${STATE[f.verdict]}  ${literal(probability(look, f))}  ${literal(f.title)}${f.claim ? ` (${literal(carried(look, f))})` : ''}`,
      width,
    ),
  );
  const rest = [
    `${literal(counted(findingsBy(look, 'untested').length, 'hypothesis', 'hypotheses'))} untested`,
    `${literal(counted(findingsBy(look, 'refuted').length, 'cause'))} ruled out`,
  ].join(', ');
  return [paint('bold', 'Hypotheses'), ...lines, paint('dim', clip(rest, width))];
}

function open({ look }: Report, width: number, paint: Paint): string[] {
  const { questions, problems } = look.result;
  const out: string[] = [];
  const question = questions[0];
  if (question) out.push(`${paint('bold', 'Settle first')} ${clip(literal(question.question), width - 13)}`);
  const serious = problems.filter((p) => p.severity !== 'note').slice(0, 3);
  for (const p of serious)
    out.push(
      paint(
        'warm',
        clip(`${p.severity}: ${oneLine(p.what)} (${oneLine(p.where)}); ${oneLine(p.todo)}`, width),
      ),
    );
  return out;
}

/** Blocks with a blank line between, the last lines of the longest cut until all fit. */
function withinLines(blocks: readonly string[][], max: number): string[] {
  const kept = blocks.filter((b) => b.length > 0).map((b) => [...b]);
  const total = (): number => kept.reduce((sum, b) => sum + b.length + 1, -1);
  while (total() > max) {
    const longest = kept.reduce((a, b) => (b.length > a.length ? b : a));
    if (longest.length <= 1) break;
    longest.pop();
  }
  return kept.flatMap((b, i) => (i === 0 ? b : ['', ...b]));
}

const oneLine = (text: string): string => withoutControls(text).replace(/\s+/g, ' ').trim();

const literal = (text: Text): string => oneLineKeepingSpaces(text.map(plainSegment).join(''));
const plainSegment = (s: Segment): string =>
  typeof s === 'string'
    ? s
    : 'n' in s
      ? s.n.replaceAll('\u202f', ' ')
      : 'name' in s
        ? s.name
        : `“${s.quote}”`;
const oneLineKeepingSpaces = (text: string): string => withoutControls(text).replace(/[\s\u202f]+/g, ' ');

const clip = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1)).trimEnd()}…`;

function wrap(text: string, width: number, maxLines: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  if (lines.length <= maxLines) return lines.map((l) => clip(l, width));
  return [...lines.slice(0, maxLines - 1), clip(lines.slice(maxLines - 1).join(' '), width)].map((l) =>
    clip(l, width),
  );
}

const hang = (lead: string, lines: readonly string[]): string[] =>
  lines.map((l, i) => (i === 0 ? `${lead}${l}` : `${' '.repeat(lead.length)}${l}`));
