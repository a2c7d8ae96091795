import type { Report } from '../compose.js';
import { markedMarkdown } from '../markdown.js';
import { ownWordsOf, withoutMarks } from '../marked.js';
import { around, KNOWN, numbersIn } from './digits.js';
import { plainText } from './entities.js';
import type { LooseNumber } from './loose.js';

/**
 * Walks the Markdown line by line beside the same report with its numbers marked: what stands outside of the marks,
 * in prose, tables, code and headings alike, may hold no number. A line that the report does not have may say no
 * number that the line in its place does not say.
 */
export function looseInMarkdown(report: Report, markdown: string): LooseNumber[] {
  const marked = markedMarkdown(report).split('\n');
  const given = markdown.split('\n');
  const languages = languagesOf(given);
  const known = new Map(marked.map((line) => [withoutMarks(line), line]));
  const aligned = marked.length === given.length;
  return given.flatMap((line, i): LooseNumber[] => {
    const language = languages[i];
    const same = known.get(line);
    const own = same === undefined ? line : ownWordsOf(same, KNOWN);
    const rest = language === undefined ? plainText(own.replace(ESCAPED, '$1')) : own;
    const expected = same === undefined && aligned ? tokens(withoutMarks(marked[i] ?? '')) : [];
    return numbersIn(rest, language)
      .filter((number) => !expected.includes(number))
      .map((number) => ({
        output: 'markdown',
        number,
        context: around(rest, number),
        why: 'belongs to no fact',
      }));
  });
}

const ESCAPED = /\\([!-/:-@[-`{-~])/g;
const tokens = (line: string): string[] => numbersIn(plainText(line.replace(ESCAPED, '$1')));

/** The language of each line that stands in a fence. */
function languagesOf(lines: readonly string[]): (string | undefined)[] {
  let open: { fence: string; language: string } | undefined;
  return lines.map((line) => {
    const fence = /^(`{3,})(\S*)$/.exec(line);
    if (open) {
      if (line === open.fence) open = undefined;
      return open?.language;
    }
    if (fence) open = { fence: fence[1] ?? '', language: fence[2] ?? '' };
    return undefined;
  });
}
