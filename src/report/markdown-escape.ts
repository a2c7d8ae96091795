import { withoutMarks } from './marked.js';

/** Control characters and bidirectional overrides, which change how the text around them reads. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is cut
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text without control characters and marks of ours; line breaks and tabs stay. */
export const withoutControls = (text: string): string => readable(withoutMarks(text));

const readable = (text: string): string => text.replace(/\r\n?/g, '\n').replace(CONTROL, '');
const oneLine = (text: string): string => readable(text).replace(/\s*\n\s*/g, ' ');

/** Text that GitHub shows as it is written: no markup, no HTML, no link, no mention. */
export function escapeText(text: string): string {
  return oneLine(withoutMarks(text))
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*[\]|~!]/g, '\\$&')
    .replace(/_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_/gu, '\\_')
    .replace(/(?<=https?|ftp):(?=\/\/)/gi, '&#58;')
    .replace(/\bwww\./gi, 'www&#46;')
    .replace(/@(?=[\p{L}\p{N}])/gu, '&#64;');
}

/** A line whose first characters start no heading, list or rule. */
export const escapeLineStart = (line: string): string =>
  line
    .replace(/^(\s*)(#{1,6})(?=\s|$)/, '$1\\$2')
    .replace(/^(\s*)([-+=])(?=\s|$|[-+=])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])(?=\s|$)/, '$1\\$2');

/**
 * A code span that holds the text whatever backticks it has. Text with a pipe is written as HTML instead: tables are
 * cut at pipes before code spans are read, and no escape is safe after a backslash.
 */
export function codeSpan(text: string): string {
  const clean = oneLine(text);
  if (clean.trim() === '') return '` `';
  if (clean.includes('|')) return `<code>${clean.replace(/[^\p{L}\p{N} \ue000-\ue002]/gu, entity)}</code>`;
  const fence = '`'.repeat(longestRun(clean) + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

const entity = (character: string): string => `&#${character.codePointAt(0)};`;

/** A fenced block that no content can close. */
export function codeBlock(language: string, text: string): string {
  const clean = readable(text).replaceAll('\u202f', '').replace(/\n+$/, '');
  const fence = '`'.repeat(Math.max(3, longestRun(clean) + 1));
  return `${fence}${language.replace(/[^\w+#-]/g, '')}\n${clean}\n${fence}`;
}

const longestRun = (text: string): number =>
  Math.max(0, ...[...text.matchAll(/`+/g)].map((m) => m[0].length));
