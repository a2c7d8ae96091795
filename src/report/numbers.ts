import { type Fact, type NumberSegment, type Result, range } from '../domain/index.js';
import { factRow, isMethod, sourceBlocks } from './back.js';
import { compose, type Report } from './compose.js';
import { anchorsOf } from './html/marks.js';
import { TALLY, tally } from './words.js';

/** A number in an output that does not lead to its fact. */
export interface LooseNumber {
  output: 'markdown' | 'html';
  number: string;
  /** The words around it. */
  context: string;
  why: 'belongs to no fact' | 'names a fact that the result does not have' | 'disagrees with its fact';
}

/** Every number of both outputs that does not lead to a fact of the result, or does not agree with it. */
export const looseNumbers = (result: Result, markdown: string, html: string): LooseNumber[] => [
  ...looseInMarkdown(result, markdown),
  ...looseInHtml(result, html),
];

/** In HTML a number is right when it stands in a link to the row of its fact. */
export function looseInHtml(result: Result, html: string): LooseNumber[] {
  const facts = compose(result).facts;
  const anchors = anchorsOf(facts);
  const byAnchor = new Map(facts.map((f) => [anchors.get(f.id), f]));
  const out: LooseNumber[] = [];
  const stack: Open[] = [];
  let before = '';
  for (const [token] of html.matchAll(TOKENS)) {
    if (token.startsWith('<')) {
      step(stack, token);
      continue;
    }
    const text = plainText(token);
    const top = stack[stack.length - 1];
    const ref = top?.ref;
    if (ref !== undefined && !top?.quoted) {
      const fact = byAnchor.get(ref);
      const why = fact
        ? agrees(text, fact)
          ? undefined
          : 'disagrees with its fact'
        : 'names a fact that the result does not have';
      if (why) out.push({ output: 'html', number: text, context: `${before.slice(-60)}${text}`, why });
    } else if (!top?.exempt)
      for (const number of numbersIn(text))
        out.push({ output: 'html', number, context: around(text, number), why: 'belongs to no fact' });
    before = (before + text).slice(-80);
  }
  return out;
}

/**
 * In Markdown a number is right when it is shown as a number of the report is, and that number agrees with its fact.
 * Code, names and quotes hold what others wrote and are left out, as are the numbers of headings and lists.
 */
export function looseInMarkdown(result: Result, markdown: string): LooseNumber[] {
  const report = compose(result);
  const segments = segmentsOf(report);
  const out: LooseNumber[] = [];
  const allowed = new Set<string>();
  for (const { n, ref } of segments) {
    if (ref === TALLY) {
      allowed.add(n);
      continue;
    }
    const fact = report.look.fact(ref);
    if (fact && agrees(n, fact)) allowed.add(n);
    else
      out.push({
        output: 'markdown',
        number: n,
        context: ref,
        why: fact ? 'disagrees with its fact' : 'names a fact that the result does not have',
      });
  }
  const shown = [...allowed].filter((n) => /\d/.test(n)).sort((a, b) => b.length - a.length);
  const known =
    shown.length === 0
      ? /(?!)/g
      : new RegExp(`(?<![\\p{L}\\d.\\u202f])(?:${shown.map(escapeRegExp).join('|')})(?![\\d\\u202f])`, 'gu');
  for (const line of ownWords(markdown)) {
    const rest = line.replace(known, '◦');
    for (const number of numbersIn(rest))
      out.push({ output: 'markdown', number, context: around(rest, number), why: 'belongs to no fact' });
  }
  return out;
}

/**
 * Whether every number in `shown` is the value of the fact, or an end of its interval, within the rounding that is
 * shown; units may be converted (1.8 s for 1 800 ms).
 */
export function agrees(shown: string, fact: Fact): boolean {
  const truths = [fact.value, ...(fact.interval ?? [])];
  const tokens = [...shown.replaceAll('\u202f', '').matchAll(/(\d+(?:\.\d+)?)([µ%\p{L}/]*)/gu)];
  return tokens.every((token, i) => {
    const value = Number(token[1]);
    // In "900–1 150 ms" the unit of the first number is said by the second.
    const unit = token[2] || (tokens[i + 1]?.[2] ?? '');
    // Limits in files are rounded up to whole bytes and the like.
    const slack = Math.max(rounding(token[1] ?? '', value), value * 1e-6);
    // In a file a figure stands without its unit, in the scale that the file's own format asks for.
    const factors = unit === '' ? bareScales(fact.unit) : [conversion(unit, fact.unit)];
    return truths.some((t) => factors.some((factor) => Math.abs(Math.abs(t) * factor - value) <= slack));
  });
}

/** Half of the last digit shown; of a whole number's trailing zeros at most a few per cent. */
function rounding(token: string, value: number): number {
  const decimals = token.split('.')[1]?.length ?? 0;
  if (decimals > 0) return 0.5 * 10 ** -decimals * 1.001;
  const zeros = value === 0 ? 0 : (/0*$/.exec(token)?.[0].length ?? 0);
  return Math.min(0.5 * 10 ** zeros, Math.max(0.5, 0.06 * value)) * 1.001;
}

const SECONDS: Record<string, number> = {
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  d: 86_400,
  days: 86_400,
  hours: 3600,
  minutes: 60,
  seconds: 1,
  µs: 1e-6,
};
const BYTES: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** What a value in the unit of its fact is multiplied by to be in the unit shown. */
function conversion(shown: string, unit: Fact['unit']): number {
  switch (unit) {
    case 'ms':
      return shown in SECONDS ? 1e-3 / (SECONDS[shown] ?? 1) : 1;
    case 's':
      return shown in SECONDS ? 1 / (SECONDS[shown] ?? 1) : 1;
    case 'bytes':
    case 'bytes/s':
      return 1 / (BYTES[shown.replace(/\/s$/, '')] ?? 1);
    case 'ratio':
    case 'none':
      return shown === '%' ? 100 : 1;
    default:
      return SCALES[shown] ?? 1;
  }
}

/** What a value may be multiplied by when its unit is not shown: per cent, milliseconds, minutes, megabytes. */
function bareScales(unit: Fact['unit']): number[] {
  switch (unit) {
    case 'ratio':
      return [1, 100];
    case 'ms':
      return [1, 1e-3, 1e3];
    case 's':
      return [1, 1e3, 1 / 60, 1 / 3600, 1 / 86_400];
    case 'bytes':
    case 'bytes/s':
      return [1, 1e-3, 1e-6, 1e-9, 1 / 1024, 1 / 1024 ** 2, 1 / 1024 ** 3];
    case '1/s':
      return [1, 60];
    case 'factor':
      return [1, 100];
    default:
      return [1];
  }
}

const SCALES: Record<string, number> = { k: 1e-3, M: 1e-6, 'k/s': 1e-3, '/min': 60, '/h': 3600 };

/** Digits that belong to names: p99, k6, HTTP/2, SHA-256, 5xx, ordinals, sections of the report. */
const NAMES = [
  /\bHTTP\/\d(?:\.\d)?/g,
  /\b[A-Z]{2,}-\d+/g,
  /(?<![\p{L}\p{N}_])\p{L}[\p{L}_]*\d[\p{L}\d_]*(?:\.\d+)?/gu,
  /\b[1-5]xx\b/g,
  /\b\d+(?:st|nd|rd|th)\b/g,
  /\bsections? \d+(?:(?:, | and | or |–)\d+)*/gi,
];

function numbersIn(text: string): string[] {
  let rest = text;
  for (const name of NAMES) rest = rest.replace(name, ' ');
  return rest.match(/[-−+]?\d[\d\u202f]*(?:[.,:]\d+)*/g) ?? [];
}

interface Open {
  tag: string;
  /** Holds what others wrote, or numbers that the report counts. */
  exempt: boolean;
  /** The user's text: what stands in a link there is theirs too. */
  quoted: boolean;
  /** The anchor of the fact that this element names. */
  ref?: string;
}

const TOKENS = /<!--[\s\S]*?-->|<(?:script|style|title)\b[\s\S]*?<\/(?:script|style|title)>|<[^>]+>|[^<]+/g;
const VOID = /^(?:meta|link|br|hr|img|input|rect|line|path|circle|!doctype)$/i;

function step(stack: Open[], tag: string): void {
  if (/^<(?:!--|script|style|title)/i.test(tag)) return;
  const closing = /^<\/([\w-]+)/.exec(tag)?.[1];
  if (closing) {
    while (stack.length > 0 && stack.pop()?.tag !== closing);
    return;
  }
  const name = /^<([!\w-]+)/.exec(tag)?.[1] ?? '';
  if (VOID.test(name) || tag.endsWith('/>')) return;
  const parent = stack[stack.length - 1];
  const ref = /href="#(fact-[\w-]+)"/.exec(tag)?.[1] ?? /data-fact="(fact-[\w-]+)"/.exec(tag)?.[1];
  const quoted = (parent?.quoted ?? false) || name === 'blockquote' || name === 'q';
  const exempt =
    (parent?.exempt ?? false) || quoted || /^(?:code|pre)$/.test(name) || /class="(?:s|name)"/.test(tag);
  stack.push({ tag: name, exempt, quoted, ...(ref === undefined ? {} : { ref }) });
}

/** The lines of our own words: without code, quotes, HTML, and without the numbers of headings and lists. */
function ownWords(markdown: string): string[] {
  const noFences = markdown.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '');
  return noFences
    .split('\n')
    .filter((line) => !line.startsWith('> ') && !line.startsWith('# '))
    .map((line) =>
      plainText(
        line
          .replace(/<code>[^<]*<\/code>/g, ' ')
          .replace(/<[^>]+>/g, ' ')
          .replace(/(?<![\\`])(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, ' ')
          .replace(/“[^”]*”/g, ' ')
          .replace(/^#+ \d+\. /, ' ')
          .replace(/^\s*\d+\\?\. /, ' ')
          .replace(/\\([!-/:-@[-`{-~])/g, '$1'),
      ),
    );
}

function segmentsOf(report: Report): NumberSegment[] {
  const out: NumberSegment[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (value !== null && typeof value === 'object') {
      if (isNumber(value)) out.push(value);
      else for (const item of Object.values(value)) walk(item);
    }
  };
  walk([report.front, report.sections, report.back, sourceBlocks(report.look), report.facts.map(factRow)]);
  for (const fact of report.facts) if (fact.interval) out.push(range(fact));
  out.push(
    tally(report.facts.filter((f) => !isMethod(f)).length),
    tally(report.facts.filter(isMethod).length),
    tally(report.otherFacts),
  );
  return out;
}

const isNumber = (value: object): value is NumberSegment => 'n' in value && 'ref' in value;

const plainText = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&amp;/g, '&');
const around = (text: string, number: string): string => {
  const at = Math.max(0, text.indexOf(number));
  return text.slice(Math.max(0, at - 50), at + number.length + 50).trim();
};
const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
