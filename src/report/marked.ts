/**
 * Marks around what a renderer took from a segment: numbers that lead to facts, and words of others. They let a check
 * walk an output and tell these from the renderer's own words; a report that is written out has none.
 */
const NUMBER = '\ue000';
const OTHERS = '\ue001';
const END = '\ue002';

const ANY = /[\ue000-\ue002]/g;

/** Text without characters that could be taken for marks. */
export const withoutMarks = (text: string): string => text.replace(ANY, '');

/** A number of a segment, or one that the report counted. */
export const asNumber = (text: string): string => `${NUMBER}${text}${END}`;

/** A name or a quotation: what others wrote. */
export const asOthers = (text: string): string => `${OTHERS}${text}${END}`;

/** What of a line with marks is the renderer's own, each mark replaced by `instead`. */
export const ownWordsOf = (line: string, instead: string): string =>
  line.replace(/\ue000[^\ue002]*\ue002|\ue001[^\ue002]*\ue002/g, instead);

/** A change of a line that looks at the text alone and adds characters at one place at most. */
export function throughMarks(line: string, change: (text: string) => string): string {
  const before = withoutMarks(line);
  const after = change(before);
  if (after === before) return line;
  let same = 0;
  while (same < before.length && before[same] === after[same]) same++;
  const added = after.slice(same, same + after.length - before.length);
  let at = 0;
  for (let seen = 0; at < line.length && seen < same; at++) if (!ANY_ONE.test(line.charAt(at))) seen++;
  return `${line.slice(0, at)}${added}${line.slice(at)}`;
}
const ANY_ONE = /[\ue000-\ue002]/;
