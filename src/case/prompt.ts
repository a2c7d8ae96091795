import { INPUT_KEYS, type InputKey } from '../domain/index.js';
import type { Inputs } from './inputs.js';
import { isPlaceholder, type Label, labelOf } from './labels.js';
import { sortProse, strayKind } from './prose.js';
import { unrollTables } from './tables.js';

interface Line {
  text: string;
  label?: Label;
  /** How the label is written; labels of one prompt share it. */
  style: string;
  bracketed: boolean;
  /** What stands after the label. */
  rest: string;
}

/**
 * Splits a prompt into the ten inputs: `[app_name]: …` lines in any order, with or without brackets, bullets,
 * headings, bold and fences; labels in plain words; the whole brief with its inputs filled in. When a key comes more
 * than once, the last value wins, so that an example after the explanation of the variables is read. Where the
 * brief's own list of inputs was filled in, the brief's example is left aside.
 */
export function splitPrompt(text: string): Inputs {
  const lines = text.split('\n').map(readLine);
  const bracketed = new Set(lines.flatMap((l) => (l.bracketed && l.label ? [l.label.key] : [])));
  const wholeBrief = lines.some((l) => /^[ \t#*]*(?:tasks|variables|example usage)\b[*: ]*$/i.test(l.text));
  if (wholeBrief) {
    const filled = collect(lines, (l) => !l.bracketed && l.label?.sure !== 'loose');
    if (Object.keys(filled).length >= 2) return filled;
    const example = collect(lines, (l) => l.bracketed);
    if (Object.keys(example).length > 0) return example;
  }
  if (bracketed.size >= 3) return withPreamble(lines, (l) => l.bracketed);
  const sureStyles = new Set(lines.flatMap((l) => (l.label && l.label.sure !== 'loose' ? [l.style] : [])));
  const sureKeys = new Set(lines.flatMap((l) => (l.label && l.label.sure !== 'loose' ? [l.label.key] : [])));
  return withPreamble(
    lines,
    (l) =>
      l.label?.sure !== 'loose' ||
      (!sureKeys.has(l.label.key) && (sureStyles.size === 0 || sureStyles.has(l.style))),
  );
}

/** What is said before the first label belongs to the case as well: its sentences join the inputs they speak of. */
function withPreamble(lines: readonly Line[], counts: (line: Line) => boolean): Inputs {
  const inputs = collect(lines, counts);
  const first = lines.findIndex((l) => l.label !== undefined && counts(l));
  const before = lines
    .slice(0, Math.max(0, first))
    .map((l) => l.text)
    .filter((t) => !isFence(t) && !endsInput(t))
    .join('\n');
  if (before.trim().length < PREAMBLE) return inputs;
  const said = sortProse(before);
  for (const key of INPUT_KEYS) {
    const more = said[key];
    const own = inputs[key];
    if (more !== undefined && !(key === 'app_name' && own))
      inputs[key] = own === undefined ? more : `${more}\n${own}`;
  }
  return inputs;
}
/** Shorter than this it is a greeting or a heading. */
const PREAMBLE = 40;

function collect(lines: readonly Line[], counts: (line: Line) => boolean): Inputs {
  const found: { key: InputKey; lines: string[]; loose: boolean }[] = [];
  let open: (typeof found)[number] | undefined;
  for (const line of lines) {
    if (line.label && counts(line)) {
      open = {
        key: line.label.key,
        lines: [line.rest],
        loose: line.label.sure === 'loose' && line.style === '',
      };
      found.push(open);
    } else if (isFence(line.text)) {
      if (open?.lines.some((l) => l.trim() !== '')) open = undefined;
    } else if (open && endsInput(line.text)) {
      open = undefined;
    } else if (open) {
      // Under a common word as a label, a new sentence may speak of something else.
      const other = open.loose && line.text.trim() !== '' ? strayKind(line.text) : undefined;
      if (other !== undefined && other !== open.key) {
        open = { key: other, lines: [line.text], loose: true };
        found.push(open);
      } else open.lines.push(line.text);
    }
  }
  const inputs: Inputs = {};
  for (const key of INPUT_KEYS) {
    const value = found
      .filter((f) => f.key === key)
      .map((f) => tidy(f.lines))
      .filter((v) => v !== '' && !isPlaceholder(v, key))
      .at(-1);
    if (value !== undefined) inputs[key] = value;
  }
  return inputs;
}

/** A label is at most this long; a longer start of a line is prose. */
const LABEL_LIMIT = 60;
const BULLET = /^[ \t]{0,12}(?:[-*•+][ \t]+|\d{1,2}[.)][ \t]+|>[ \t]?){0,2}/;

function readLine(raw: string): Line {
  const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const bullet = BULLET.exec(text)?.[0] ?? '';
  const heading = /^#{1,6}[ \t]+/.exec(text.slice(bullet.length, bullet.length + 10))?.[0] ?? '';
  const body = text.slice(bullet.length + heading.length);
  const head = body.slice(0, LABEL_LIMIT + 8);
  const bold = /^[*_`]{1,3}/.exec(head)?.[0] ?? '';
  const style = `${bullet.trim() ? 'bullet' : ''}${bullet.length - bullet.trimStart().length > 1 ? 'in' : ''}${heading.trim()}${bold}`;
  const none: Line = { text, style, bracketed: false, rest: '' };
  const bracket = head.slice(bold.length).startsWith('[');
  const close = bracket ? head.indexOf(']') : -1;
  if (close > 0) {
    const label = labelOf(head.slice(bold.length + 1, close));
    if (label) {
      const rest = body.slice(close + 1).replace(/^[*_`]{0,3}[ \t]{0,8}[:=–—-]?[*_`]{0,3}[ \t]*/, '');
      return { ...none, label, bracketed: true, rest };
    }
  }
  const end = labelEnd(head);
  const label = end > 0 ? labelOf(head.slice(0, end)) : undefined;
  if (label) return { ...none, label, rest: body.slice(end + 1).replace(/^[*_`]{0,3}[ \t]*/, '') };
  if (heading || (bold.startsWith('**') && /\*\*[ \t]*$/.test(head))) {
    const whole = body.length <= LABEL_LIMIT ? labelOf(body) : undefined;
    if (whole) return { ...none, label: whole, rest: '' };
  }
  return none;
}

function labelEnd(head: string): number {
  const colon = head.indexOf(':');
  const spaced = head.indexOf(' = ');
  // "app_name=…", one word and the sign without spaces.
  const tight = /^[a-z_]{4,30}=/i.exec(head)?.[0].length ?? 0;
  const equals = spaced >= 0 ? spaced + 1 : tight - 1;
  const at = colon < 0 ? equals : equals < 0 ? colon : Math.min(colon, equals);
  return at > LABEL_LIMIT ? -1 : at;
}

const isFence = (line: string): boolean => /^[ \t]{0,8}(?:```|~~~)/.test(line);

/** Lines of the brief that cannot belong to an input: its tasks, rules, other headings. */
function endsInput(line: string): boolean {
  const t = line.trim();
  if (t === '---' || t === '***' || t === '===') return true;
  if (/^#{1,6}[ \t]/.test(t)) return true;
  return /^(?:\*\*)?(?:tasks?|inputs?|format using markdown|output format|instructions?|example usage)\b[^,;]{0,90}$/i.test(
    t,
  );
}

/** Joins the lines of a value: no empty edges, no emphasis marks. */
function tidy(lines: readonly string[]): string {
  return unrollTables(lines.map((l) => l.trimEnd()).join('\n'))
    .replaceAll('**', '')
    .replaceAll('\u0000', '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
