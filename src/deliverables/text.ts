import { bareNumber, type Fact, type NumberSegment, type Segment, type Text } from '../domain/index.js';

/** A number for code: digits and a point only, in the fact's own unit or a multiple of it. */
export const digits = (fact: Fact, factor = 1, decimals = 3): NumberSegment =>
  bareNumber(fact, factor, (value) => String(Number(value.toFixed(decimals))));

/** A whole number for code, rounded up: sizes and limits. */
export const whole = (fact: Fact, factor = 1): NumberSegment =>
  bareNumber(fact, factor, (value) => String(Math.ceil(value - 1e-9)));

/** A string literal for JavaScript, JSON and YAML: quoted and escaped, no line breaks, no closing tags. */
export const literal = (text: string): string =>
  JSON.stringify(text.replace(/[\r\n\u2028\u2029]+/g, ' ')).replaceAll('<', '\\u003c');

/**
 * What others wrote, cut down to what no file format reads as more than words: no quotes, braces, angle brackets,
 * dollar and at signs, hashes, back-ticks, pipes, backslashes or line breaks; at most 80 characters.
 */
export function plainName(text: string): string {
  const kept = text
    .replace(/[^\p{L}\p{N}\p{M} ._/:()+,&%=≈→–-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/\.{2,}/g, '.')
    .trim();
  return kept.length <= 80 ? kept : `${kept.slice(0, 79)}…`;
}

/** A text with its names and quotes cut down to plain words, for files that are not rendered by us. */
export const safe = (text: Text): Text =>
  text.map((s): Segment => {
    if (typeof s === 'string' || 'n' in s) return s;
    return 'name' in s ? { name: plainName(s.name) } : { quote: plainName(s.quote) };
  });

/** One line of a comment: plain words. */
export const comment = (text: string): string => plainName(text);

/** A text as the content of a double-quoted string of YAML or JSON, with the quotes. */
export const quoted = (text: Text): Text => [
  '"',
  ...safe(text).map((s): Segment => (typeof s === 'string' ? inQuotes(s) : s)),
  '"',
];

const inQuotes = (own: string): string => JSON.stringify(own).slice(1, -1).replaceAll('<', '\\u003c');

/** A text in Markdown: names as code, quotes in quotation marks. */
export const markdown = (text: Text): Text =>
  safe(text).map((s): Segment => {
    if (typeof s === 'string' || 'n' in s) return s;
    return 'name' in s ? `\`${s.name || '-'}\`` : s;
  });

/** A cell of a Markdown table. */
export const cell = (text: Text): Text =>
  markdown(text).map(
    (s): Segment => (typeof s === 'string' ? s.replace(/\|/g, '\\|').replace(/\n+/g, ' ') : s),
  );

/** A text as a sentence: a capital at its start, one full stop at its end. */
export function sentence(text: Text): Text {
  const [first, ...rest] = text;
  const start: Text =
    typeof first === 'string' ? [first.charAt(0).toUpperCase() + first.slice(1), ...rest] : text;
  const last = start[start.length - 1];
  return typeof last === 'string' && /[.!?]$/.test(last) ? start : [...start, '.'];
}

/** A value of JSON whose numbers may be those of facts and whose strings may be texts. */
export type Json =
  | string
  | number
  | boolean
  | null
  | NumberSegment
  | { text: Text }
  | Json[]
  | { [key: string]: Json | undefined };

/** JSON with an indent of two; numbers of facts keep their facts. */
export function json(value: Json, indent = ''): Text {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return [String(value)];
  if (typeof value === 'string') return [literal(value)];
  if (isNumber(value)) return [value];
  if (isText(value)) return quoted(value.text);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return ['[]'];
    return lines(
      value.map((v) => json(v, inner)),
      ['[', ']'],
      indent,
    );
  }
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  if (entries.length === 0) return ['{}'];
  return lines(
    entries.map(([k, v]) => [`${literal(k)}: `, ...json(v as Json, inner)]),
    ['{', '}'],
    indent,
  );
}

function lines(items: Text[], [open, close]: readonly [string, string], indent: string): Text {
  const out: Text = [`${open}\n`];
  items.forEach((item, i) => {
    out.push(`${indent}  `, ...item, i < items.length - 1 ? ',\n' : '\n');
  });
  out.push(`${indent}${close}`);
  return out;
}

const isNumber = (value: object): value is NumberSegment => 'n' in value && 'ref' in value;
const isText = (value: object): value is { text: Text } =>
  'text' in value && Array.isArray((value as { text: unknown }).text) && Object.keys(value).length === 1;
