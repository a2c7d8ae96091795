import { markdownSections } from '../report/markdown.js';
import { clean } from './answer.js';
import { ToolFault } from './fault.js';
import type { Progress, Session } from './session.js';

/** Tokens of one resource at most: a person's client shows it, or gives it to a model whole. */
export const MOST_RESOURCE_CHARACTERS = 40_000;
const SECTIONS = 10;

/** Sections of the reports of all open cases. */
export const reportResources = (
  session: Session,
): { uri: string; name: string; title: string; mimeType: string }[] =>
  session.cases().flatMap(({ id }) =>
    Array.from({ length: SECTIONS + 1 }, (_, n) => ({
      uri: `kneepoint://cases/${id}/report/${n}`,
      name: `${id} report ${n}`,
      title: n === 0 ? `Case ${id}: verdict and what to do first` : `Case ${id}: section ${n} of the report`,
      mimeType: 'text/markdown',
    })),
  );

export const REPORT_TEMPLATE = {
  uriTemplate: 'kneepoint://cases/{case}/report/{section}',
  name: 'report section',
  title: 'A section of a case’s report: 0 the verdict, 1 to 10 the sections',
  mimeType: 'text/markdown',
};

/** The text of one resource, cut with a count of what did not fit. */
export async function readResource(uri: string, session: Session, progress: Progress): Promise<string> {
  const [, id, section] = /^kneepoint:\/\/cases\/(c\d{1,9})\/report\/(\d{1,2})$/.exec(uri) ?? [];
  const number = Number(section);
  if (id === undefined || !(number <= SECTIONS))
    throw new ToolFault('There is no such resource.', 'uri', 'Take one that the server lists.');
  const { result } = await session.investigation(id, progress);
  const text = clean(markdownSections(result).find((s) => s.number === number)?.text ?? '');
  if (text.length <= MOST_RESOURCE_CHARACTERS) return text;
  const kept = text.slice(0, text.lastIndexOf('\n', MOST_RESOURCE_CHARACTERS - 200));
  return `${kept}\n\n${text.length - kept.length} more characters: read_report section=${number} reads them in parts.`;
}
